//! `open`: the address of an app, in a browser where there is one; a loopback port to a pod where the app has no route.

use std::process::{Command, Stdio};
use std::sync::Arc;

use k8s_openapi::api::core::v1::Pod;
use kube::{Api, ResourceExt};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

use super::status::read;
use super::status::report::Report;
use crate::args::look::Open;
use crate::connection::{self, Connection};
use crate::failure::Failure;
use crate::output::Output;
use crate::pods;

/// Programs that open an address in a browser.
const BROWSERS: [&str; 2] = ["xdg-open", "open"];

pub fn run(args: &Open, output: &Output) -> Result<(), Failure> {
    connection::block_on(async {
        let connection = Connection::open(&args.target).await?;
        let report = read::one(&connection, &args.name).await?;
        let role = role(args, &report)?;
        match (address(&report, args), args.url) {
            (Some(url), _) => {
                output.data(&url);
                browse(&url, output);
                Ok(())
            }
            (None, true) => Err(no_route(args)),
            (None, false) => tokio::select! {
                end = forward(&connection, args, role, output) => end,
                _ = tokio::signal::ctrl_c() => Ok(()),
            },
        }
    })?
}

/// The role that is meant, which the app must have.
fn role<'a>(args: &Open, report: &'a Report) -> Result<&'a str, Failure> {
    let served: Vec<&str> = report.components.iter().map(|component| component.section.as_str()).collect();
    let known: Vec<&str> = ["frontend", "api"].into_iter().filter(|role| served.contains(role)).collect();
    match &args.role {
        Some(role) => known.iter().copied().find(|known| known == role).ok_or_else(|| pods::unknown(&args.name, role, &known)),
        None => known.first().copied().ok_or_else(|| {
            let fix = format!("see what there is: aegisctl status {}", args.name);
            Failure::new(format_args!("{} has no address", args.name), "it has neither an api nor a frontend", fix)
        }),
    }
}

/// Where a route leads to the app from outside, unless a role or a port of its own is asked for.
fn address(report: &Report, args: &Open) -> Option<String> {
    if args.port.is_some() || (args.role.is_some() && !args.url) {
        return None;
    }
    report.routes.iter().find(|route| route.ready).or(report.routes.first()).map(|route| route.url.clone())
}

fn no_route(args: &Open) -> Failure {
    let fix = format!("write one (kubectl explain aegisapp.spec.routes), or leave out --url: aegisctl open {}", args.name);
    Failure::new(format_args!("{} has no address outside of its cluster", args.name), "it has no route", fix)
}

/// Leads a loopback port to a pod of the role, for each connection to one that runs then.
async fn forward(connection: &Connection, args: &Open, role: &str, output: &Output) -> Result<(), Failure> {
    pods::one(connection, &args.name, role, None).await?;
    let listener = TcpListener::bind(("127.0.0.1", args.port.unwrap_or(0))).await.map_err(|error| {
        Failure::new(format_args!("port {} of 127.0.0.1", args.port.unwrap_or(0)), error, "name another with --port, or none")
    })?;
    let url = format!("http://{}", listener.local_addr().map_err(|error| Failure::new("the port", error, "try again"))?);
    output.data(&url);
    output.note(format_args!("It leads to {role} of {} until Ctrl-C.", args.name));
    browse(&url, output);
    let api: Arc<Api<Pod>> = Arc::new(connection.namespaced());
    let mut open = tokio::task::JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                match pods::one(connection, &args.name, role, None).await {
                    Ok(pod) => drop(open.spawn(carry(api.clone(), pod, stream))),
                    Err(failure) => output.warning(failure),
                }
            }
            Some(ended) = open.join_next() => {
                if let Ok(Err(why)) = ended {
                    output.warning(format_args!("a connection broke off: {why}"));
                }
            }
        }
    }
}

/// One connection, to its end.
async fn carry(api: Arc<Api<Pod>>, pod: Pod, mut stream: TcpStream) -> Result<(), String> {
    let name = pod.name_any();
    let ports = pods::container(&pod).and_then(|container| container.ports.as_ref()?.first()).map(|port| port.container_port);
    let port = ports.and_then(|port| u16::try_from(port).ok()).ok_or_else(|| format!("pod {name} names no port"))?;
    let mut forwarded = api.portforward(&name, &[port]).await.map_err(|error| error.to_string())?;
    let error = forwarded.take_error(port);
    let mut inside = forwarded.take_stream(port).ok_or_else(|| format!("pod {name} gave no stream"))?;
    // whoever ends first ends it; that is no trouble
    copy_bidirectional(&mut stream, &mut inside).await.ok();
    drop(inside);
    forwarded.abort();
    match error {
        Some(error) => error.await.map_or(Ok(()), Err),
        None => Ok(()),
    }
}

/// Shows an address to whoever sits at the terminal.
fn browse(url: &str, output: &Output) {
    if !output.data_page.is_live {
        return;
    }
    let open =
        |program: &&str| Command::new(program).arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().is_ok();
    if !BROWSERS.iter().any(open) {
        output.note("No browser could be opened here; open the address yourself.");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::apps::Target;
    use serde_json::{Value, json};

    fn report(status: Value) -> Report {
        let app = json!({"metadata": {"name": "shop", "generation": 1}, "status": status});
        Report::of(&serde_json::from_value(app).unwrap()).unwrap()
    }

    fn args(role: Option<&str>, url: bool, port: Option<u16>) -> Open {
        let target = Target { namespace: None, kubeconfig: None, context: None };
        Open { name: "shop".into(), role: role.map(Into::into), target, url, port }
    }

    #[test]
    fn a_route_that_leads_somewhere_comes_first() {
        let route =
            |name: &str, ready: bool| json!({"name": name, "url": format!("https://{name}.example.com"), "ready": ready, "reason": "R"});
        let report = report(json!({"routes": [route("a", false), route("b", true)]}));
        assert_eq!(address(&report, &args(None, false, None)), Some("https://b.example.com".into()));
        assert_eq!(address(&report, &args(None, false, Some(8000))), None, "a port of one's own");
        assert_eq!(address(&report, &args(Some("api"), false, None)), None, "a role of one's own");
    }

    #[test]
    fn a_frontend_is_what_people_want_to_see() {
        let component = |name: &str| json!({"name": name, "section": name, "ready": 1, "desired": 1, "reason": "Running"});
        let both = report(json!({"components": [component("api"), component("frontend")]}));
        assert_eq!(role(&args(None, false, None), &both).unwrap(), "frontend");
        assert_eq!(role(&args(Some("api"), false, None), &both).unwrap(), "api");
        assert!(role(&args(Some("fronted"), false, None), &both).unwrap_err().fix.contains("did you mean frontend?"));
        assert!(role(&args(None, false, None), &report(json!({}))).unwrap_err().why.contains("neither"));
    }
}
