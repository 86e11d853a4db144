//! `support-bundle`: what somebody needs who is to help, in one archive. Secrets are there by name alone, and texts are blacked out.

mod archive;
mod redact;

use std::fs::OpenOptions;
use std::io::{IsTerminal, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{Event, Node, Pod};
use kube::api::{ListParams, LogParams};
use kube::{Api, ResourceExt};
use serde_json::{Value, json};

use super::doctor;
use super::doctor::operators::OPERATORS;
use super::events::last;
use super::status::read::{self, answer};
use crate::args::doctor::SupportBundle;
use crate::connection::{self, Connection};
use crate::failure::Failure;
use crate::objects;
use crate::output::Output;
use crate::refusal;
use archive::Archive;

pub fn run(args: &SupportBundle, output: &Output) -> Result<(), Failure> {
    connection::block_on(async {
        let connection = Connection::open(&args.target).await?;
        let place = place(args, &connection)?;
        let names = names(&connection, args).await?;
        let mut archive = Archive::default();
        for name in &names {
            output.step(format_args!("reading {name}"));
            app(&connection, name, args, &mut archive).await;
        }
        output.step("reading the operator and the cluster");
        around(&connection, args, &mut archive).await;
        let missed = archive.missed();
        let (files, bytes) = archive.finish().map_err(|error| Failure::new("the archive", error, "free some memory, or name one app"))?;
        match place {
            None => std::io::stdout().lock().write_all(&bytes).map_err(|error| Failure::new("stdout", error, "name a file with --into"))?,
            Some(place) => {
                keep(&place, &bytes, args.force)?;
                output.data(place.display());
            }
        }
        output.note(format_args!("{files} files, {} KiB; {missed} could not be read (index.txt says which)", bytes.len() / 1024));
        output.note("Next: look through it, for nobody knows your secrets' shapes as you do; then send it to who is to help");
        Ok(())
    })?
}

/// Where it goes; nothing means stdout.
fn place(args: &SupportBundle, connection: &Connection) -> Result<Option<PathBuf>, Failure> {
    let place = args.into.clone().unwrap_or_else(|| format!("aegis-support-{}.tar.gz", connection.namespace).into());
    if place.as_os_str() == "-" {
        let fix = "pipe it on, or name a file with --into";
        return if std::io::stdout().is_terminal() {
            Err(Failure::new("stdout", "an archive is nothing for a terminal", fix))
        } else {
            Ok(None)
        };
    }
    if place.exists() && !args.force {
        return Err(Failure::new(place.display(), "it is there already", "name another with --into, or write over it: --force"));
    }
    Ok(Some(place))
}

/// For its owner alone. Nothing that came meanwhile is written over.
fn keep(place: &Path, bytes: &[u8], is_forced: bool) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    options.write(true).mode(0o600).create(is_forced).truncate(is_forced).create_new(!is_forced);
    let written = options.open(place).and_then(|mut file| file.write_all(bytes));
    written.map_err(|error| Failure::new(place.display(), error, "name another file with --into, or write over it: --force"))
}

async fn names(connection: &Connection, args: &SupportBundle) -> Result<Vec<String>, Failure> {
    if let Some(name) = &args.name {
        return Ok(vec![read::object(connection, name).await?.name_any()]);
    }
    let listed = answer(connection, connection.apps().list(&ListParams::default())).await?;
    let names: Vec<String> =
        listed.map_err(|error| refusal::explain(&error, connection))?.items.iter().map(ResourceExt::name_any).collect();
    if names.is_empty() {
        let why = format!("there is no AegisApp in namespace {}", connection.namespace);
        return Err(Failure::new("nothing is to be bundled", why, "name another with -n; see what there is: aegisctl status -A"));
    }
    Ok(names)
}

/// One app with all its objects.
async fn app(connection: &Connection, name: &str, args: &SupportBundle, archive: &mut Archive) {
    let folder = format!("apps/{name}");
    match read::object(connection, name).await {
        Ok(app) => archive.object(&format!("{folder}/app.yaml"), &json!(app)),
        Err(failure) => archive.miss(&format!("{folder}/app.yaml"), &failure),
    }
    match doctor::report(connection, name).await {
        Ok(report) => archive.object(&format!("{folder}/doctor.yaml"), &report),
        Err(failure) => archive.miss(&format!("{folder}/doctor.yaml"), &failure),
    }
    for kind in objects::kinds() {
        let place = format!("{folder}/objects/{}", kind.kind);
        match objects::list(connection, kind, name, true).await {
            Ok(Some(found)) => {
                found.iter().for_each(|object| archive.object(&format!("{place}/{}.yaml", object.name_any()), &json!(object)))
            }
            Ok(None) => archive.miss(&place, &"you may not list them"),
            Err(failure) => archive.miss(&place, &failure),
        }
    }
    let pods = connection.namespaced::<Pod>();
    logs(&pods, &format!("{}={name}", aegis_plan::names::APP_LABEL), args, &folder, archive).await;
    let events = connection.namespaced::<Event>();
    match answer(connection, events.list(&ListParams::default()))
        .await
        .map(|listed| listed.map_err(|error| refusal::of_change(&error, connection)))
    {
        Ok(Ok(found)) => {
            let prefix = format!("{name}-");
            let is_its =
                |event: &&Event| event.involved_object.name.as_ref().is_some_and(|about| about == name || about.starts_with(&prefix));
            let since = args.since.map(|since| Timestamp::now() - SignedDuration::from_secs(since));
            let is_new = |event: &&Event| since.is_none_or(|since| last(event).parse::<Timestamp>().is_ok_and(|last| last >= since));
            let events: Vec<Value> = found.items.iter().filter(is_its).filter(is_new).map(|event| json!(event)).collect();
            archive.object(&format!("{folder}/events.yaml"), &json!({ "items": events }));
        }
        Ok(Err(failure)) | Err(failure) => archive.miss(&format!("{folder}/events.yaml"), &failure),
    }
}

/// What every container says, and said before it was restarted; those that prepare a pod too.
async fn logs(pods: &Api<Pod>, selector: &str, args: &SupportBundle, folder: &str, archive: &mut Archive) {
    let listed = match pods.list(&ListParams::default().labels(selector)).await {
        Ok(listed) => listed.items,
        Err(error) => return archive.miss(&format!("{folder}/logs"), &refusal::cause(&error)),
    };
    for pod in listed {
        let statuses = pod.status.iter().flat_map(|status| [&status.init_container_statuses, &status.container_statuses]);
        let statuses = statuses.flatten().flatten();
        for container in statuses {
            for previous in [false, true].into_iter().take(if container.restart_count > 0 { 2 } else { 1 }) {
                let (container_name, tail_lines) = (Some(container.name.clone()), Some(args.tail));
                let params = LogParams { container: container_name, previous, tail_lines, since_seconds: args.since, ..Default::default() };
                let place = format!("{folder}/logs/{}-{}{}.log", pod.name_any(), container.name, if previous { "-previous" } else { "" });
                match pods.logs(&pod.name_any(), &params).await {
                    Ok(text) => archive.text(&place, &text),
                    Err(error) => archive.miss(&place, &refusal::cause(&error)),
                }
            }
        }
    }
}

/// The operators with their logs, the nodes and the versions.
async fn around(connection: &Connection, args: &SupportBundle, archive: &mut Archive) {
    let version = connection.server_version().await.unwrap_or_else(|error| refusal::cause(&error));
    archive.object("version.yaml", &json!({"aegisctl": super::version::CLIENT, "kubernetes": version}));
    match connection.everywhere::<Node>().list(&ListParams::default()).await {
        Ok(nodes) => nodes.items.iter().for_each(|node| {
            let status = node.status.as_ref();
            let told = json!({"info": status.map(|status| &status.node_info), "conditions": status.map(|status| &status.conditions),
                "allocatable": status.map(|status| &status.allocatable), "taints": node.spec.as_ref().map(|spec| &spec.taints)});
            archive.object(&format!("nodes/{}.yaml", node.name_any()), &told);
        }),
        Err(error) => archive.miss("nodes", &refusal::cause(&error)),
    }
    let operators = ListParams::default().labels(OPERATORS);
    match connection.everywhere::<Deployment>().list(&operators).await {
        Ok(found) => found.items.iter().for_each(|one| {
            let place = format!("operators/{}/{}.yaml", one.namespace().unwrap_or_default(), one.name_any());
            archive.object(&place, &json!(one));
        }),
        Err(error) => return archive.miss("operators", &refusal::cause(&error)),
    }
    let pods = match connection.everywhere::<Pod>().list(&operators).await {
        Ok(pods) => pods.items,
        Err(error) => return archive.miss("operators/logs", &refusal::cause(&error)),
    };
    let mut namespaces: Vec<String> = pods.iter().filter_map(ResourceExt::namespace).collect();
    namespaces.dedup();
    for namespace in namespaces {
        logs(&connection.namespaced_in(&namespace), OPERATORS, args, &format!("operators/{namespace}"), archive).await;
    }
}
