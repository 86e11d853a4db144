//! `exec`: a command in a pod that a role has, with this process's own stdin, stdout and stderr. Its exit code becomes ours.

mod terminal;

use std::process::ExitCode;

use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Status;
use kube::ResourceExt;
use kube::api::{AttachParams, AttachedProcess, TerminalSize};
use tokio::io::{AsyncWriteExt, copy, stderr, stdin, stdout};
use tokio::signal::unix::{SignalKind, signal};

use crate::args::look::Exec;
use crate::connection::{self, Connection};
use crate::failure::{Failure, Failures};
use crate::output::Output;
use crate::pods;
use crate::refusal;
use terminal::Raw;

pub fn run(args: &Exec, output: &Output) -> Result<ExitCode, Failures> {
    if args.tty && !terminal::is_there() {
        let fix = "run it from a terminal, or leave out -t";
        return Err(Failure::new("no terminal can be given to the command", "stdin or stdout is not one", fix).into());
    }
    connection::block_on(async {
        let connection = Connection::open(&args.target).await?;
        let pod = pods::one(&connection, &args.name, &args.role, args.pod.as_deref()).await?;
        output.note(format_args!("In pod {}:", pod.name_any()));
        inside(&connection, &pod, args).await
    })?
    .map_err(Failures::from)
}

async fn inside(connection: &Connection, pod: &Pod, args: &Exec) -> Result<ExitCode, Failure> {
    let container = pods::container(pod).map(|container| container.name.clone()).unwrap_or_default();
    // a terminal has one stream out
    let params = AttachParams::default().container(container).stdin(args.stdin).stdout(true).stderr(!args.tty).tty(args.tty);
    let started = connection.namespaced::<Pod>().exec(&pod.name_any(), args.words.iter().map(String::as_str), &params).await;
    let mut process = started.map_err(|error| refusal::of_change(&error, connection))?;
    let raw = if args.tty { Some(Raw::begin()?) } else { None };
    let status = joined(&mut process).await;
    drop(raw);
    ended(status, pod, args)
}

/// Passes everything on until the command has ended.
async fn joined(process: &mut AttachedProcess) -> Option<Status> {
    let status = process.take_status()?;
    if let Some(mut input) = process.stdin() {
        tokio::spawn(async move {
            copy(&mut stdin(), &mut input).await.ok();
            input.shutdown().await.ok();
        });
    }
    if let Some(sizes) = process.terminal_size() {
        tokio::spawn(resize(sizes));
    }
    let (out, error) = (process.stdout(), process.stderr());
    let out = async {
        if let Some(mut from) = out {
            let mut to = stdout();
            copy(&mut from, &mut to).await.ok();
            to.flush().await.ok();
        }
    };
    let error = async {
        if let Some(mut from) = error {
            let mut to = stderr();
            copy(&mut from, &mut to).await.ok();
            to.flush().await.ok();
        }
    };
    let ((), (), status) = tokio::join!(out, error, status);
    status
}

async fn resize(mut sizes: futures::channel::mpsc::Sender<TerminalSize>) {
    let Ok(mut changes) = signal(SignalKind::window_change()) else { return };
    while let Some((width, height)) = terminal::size() {
        if futures::SinkExt::send(&mut sizes, TerminalSize { width, height }).await.is_err() || changes.recv().await.is_none() {
            return;
        }
    }
}

/// The command's own exit code, or why there is none.
fn ended(status: Option<Status>, pod: &Pod, args: &Exec) -> Result<ExitCode, Failure> {
    let fix = format!("see how the pod is: aegisctl status {}; then run it again", args.name);
    let lost = |why: &str| Failure::new(format_args!("the command in pod {} was lost", pod.name_any()), why, &fix);
    let status = status.ok_or_else(|| lost("the connection ended before it did"))?;
    if status.status.as_deref() == Some("Success") {
        return Ok(ExitCode::SUCCESS);
    }
    match code(&status) {
        Some(code) => Ok(ExitCode::from(code)),
        None => Err(Failure::new(
            format_args!("{} did not start in pod {}", args.words.first().map_or("it", String::as_str), pod.name_any()),
            status.message.unwrap_or_default(),
            "name a program that the image has; words of a shell need one: -- sh -c '...'",
        )),
    }
}

fn code(status: &Status) -> Option<u8> {
    let mut causes = status.details.iter().flat_map(|details| details.causes.iter().flatten());
    let code: i32 = causes.find(|cause| cause.reason.as_deref() == Some("ExitCode"))?.message.as_deref()?.parse().ok()?;
    Some(u8::try_from(code).unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_exit_code_is_the_commands_own() {
        let status = |causes| serde_json::from_value::<Status>(json!({"status": "Failure", "details": {"causes": causes}})).unwrap();
        assert_eq!(code(&status(json!([{"reason": "ExitCode", "message": "42"}]))), Some(42));
        assert_eq!(code(&status(json!([]))), None);
    }
}
