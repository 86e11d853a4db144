//! `logs`: what the pods of an app say, as it comes. Which pods those are goes by the operator's labels.

use std::collections::HashSet;
use std::time::Duration;

use aegis_plan::names::{AGENT, APP_LABEL, ROLE_LABEL, SECTION_LABEL};
use futures::{AsyncBufReadExt, StreamExt, TryStreamExt, stream::FuturesUnordered};
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use kube::api::{ListParams, LogParams};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::{MissedTickBehavior, interval};

use super::status::read;
use crate::args::apps::Logs;
use crate::connection::{self, Connection};
use crate::failure::Failure;
use crate::output::Output;
use crate::page::Colour;
use crate::pods;
use crate::refusal;

/// Between two looks for pods that have come.
const LOOK: Duration = Duration::from_secs(2);
/// Lines that wait to be printed.
const WAITING: usize = 1024;
/// Widest column of what introduces a line.
const WIDEST: usize = 32;
const COLOURS: [Colour; 4] = [Colour::Cyan, Colour::Green, Colour::Yellow, Colour::Bold];

/// A line, and how it is introduced.
type Line = (String, String);

pub fn run(args: &Logs, output: &Output) -> Result<(), Failure> {
    connection::block_on(read_all(args, output))?
}

async fn read_all(args: &Logs, output: &Output) -> Result<(), Failure> {
    let connection = Connection::open(&args.target).await?;
    let app = read::one(&connection, &args.name).await?;
    // a pool that follows its work has no pods at times
    let known: Vec<&str> = app.components.iter().map(|component| component.name.as_str()).collect();
    if let Some(role) = args.role.as_deref().filter(|role| !known.contains(role)) {
        return Err(pods::unknown(&args.name, role, &known));
    }
    let pods = pods(&connection, args).await?;
    if pods.is_empty() && !args.follow {
        let what = args.role.as_ref().unwrap_or(&args.name);
        let fix =
            format!("see what it waits for: aegisctl status {} -n {}; or wait for it here: --follow", args.name, connection.namespace);
        return Err(Failure::new(format_args!("{what} has no pods"), "nothing of it runs now", fix));
    }
    let has_prefix = !args.no_prefix && (args.follow || pods.len() > 1);
    if args.follow {
        let every = |_: &Pod| true;
        return tokio::select! {
            read = followed(&connection, args, &every, false, output) => read,
            _ = tokio::signal::ctrl_c() => Ok(()),
        };
    }
    let (sender, lines) = channel(WAITING);
    let (read, ()) = tokio::join!(once(&connection, args, &pods, sender, output), print(lines, has_prefix, false, output));
    read
}

/// Prints what the pods that are meant say, and those that come, on and on. Where no colours are shown, those that processes were told
/// to use are taken out again.
pub(super) async fn followed(
    connection: &Connection,
    args: &Logs,
    is_meant: &dyn Fn(&Pod) -> bool,
    is_coloured: bool,
    output: &Output,
) -> Result<(), Failure> {
    let (sender, lines) = channel(WAITING);
    let is_bleached = is_coloured && !output.data_page.colour;
    tokio::join!(follow(connection, args, is_meant, sender, output), print(lines, !args.no_prefix, is_bleached, output)).0
}

async fn print(mut lines: Receiver<Line>, has_prefix: bool, is_bleached: bool, output: &Output) {
    let mut width = 0;
    let colours = regex_lite::Regex::new("\u{1b}\\[[0-9;]*m").expect("it is a pattern");
    while let Some((head, line)) = lines.recv().await {
        let line = if is_bleached { colours.replace_all(&line, "").into_owned() } else { line };
        if has_prefix {
            // a column for people; programs cut at the first space
            width = if output.data_page.is_live { head.len().max(width).min(WIDEST) } else { 0 };
            output.data(format_args!("{} {line}", painted(&head, width, output)));
        } else {
            output.data(line);
        }
    }
}

/// Each role in a colour of its own, as long as there are colours.
fn painted(head: &str, width: usize, output: &Output) -> String {
    let role = head.split('/').next().unwrap_or_default();
    let number: usize = role.bytes().map(usize::from).sum();
    output.data_page.paint(COLOURS[number % COLOURS.len()], &format!("{head:<width$}"))
}

/// The pods of the role, or of all roles: what is provisioned and the agent speak when they are named.
async fn pods(connection: &Connection, args: &Logs) -> Result<Vec<Pod>, Failure> {
    let params = ListParams::default().labels(&format!("{APP_LABEL}={}", args.name));
    let listed = read::answer(connection, connection.namespaced::<Pod>().list(&params)).await?;
    let pods = listed.map_err(|error| refusal::of_change(&error, connection))?.items;
    let is_meant = |pod: &Pod| match &args.role {
        Some(role) => label(pod, ROLE_LABEL) == role,
        None => !["bindings", AGENT].contains(&label(pod, SECTION_LABEL)),
    };
    Ok(pods.into_iter().filter(is_meant).collect())
}

fn label<'a>(pod: &'a Pod, key: &str) -> &'a str {
    pod.labels().get(key).map_or("", String::as_str)
}

/// Reads what there is. Nobody waits for a pod that has not begun.
async fn once(connection: &Connection, args: &Logs, pods: &[Pod], sender: Sender<Line>, output: &Output) -> Result<(), Failure> {
    let mut all: FuturesUnordered<_> =
        pods.iter().map(async |pod| (pod.name_any(), one(connection, args, pod, sender.clone(), output).await)).collect();
    let mut silent = vec![];
    while let Some((pod, read)) = all.next().await {
        silent.extend(read.err().map(|error| (pod, error)));
    }
    for (pod, error) in &silent {
        output.note(format_args!("pod {pod} has nothing to read: {}", said(error)));
    }
    match silent.into_iter().next() {
        Some((_, error)) if pods.len() == 1 => Err(refusal::of_change(&error, connection)),
        _ => Ok(()),
    }
}

fn said(error: &kube::Error) -> String {
    match error {
        kube::Error::Api(status) => status.message.clone(),
        other => other.to_string(),
    }
}

/// Reads on, and from every pod that comes; one that has not begun is tried again.
async fn follow(
    connection: &Connection,
    args: &Logs,
    is_meant: &dyn Fn(&Pod) -> bool,
    sender: Sender<Line>,
    output: &Output,
) -> Result<(), Failure> {
    let (mut reading, mut known) = (FuturesUnordered::new(), HashSet::new());
    let mut ticks = interval(LOOK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {
                for pod in pods(connection, args).await?.into_iter().filter(is_meant) {
                    let restarts = pod.status.iter().flat_map(|status| status.container_statuses.iter().flatten());
                    let life = (pod.name_any(), restarts.map(|container| container.restart_count).sum::<i32>());
                    if known.insert(life.clone()) {
                        let sender = sender.clone();
                        reading.push(async move { (life, one(connection, args, &pod, sender, output).await) });
                    }
                }
            }
            Some((life, read)) = reading.next() => {
                if read.is_err() {
                    known.remove(&life);
                }
            }
        }
    }
}

/// Reads one pod. It fails where there is nothing to read yet.
async fn one(connection: &Connection, args: &Logs, pod: &Pod, sender: Sender<Line>, output: &Output) -> Result<(), kube::Error> {
    let name = pod.name_any();
    let head = format!("{}/{}", label(pod, ROLE_LABEL), name.rsplit('-').next().unwrap_or(&name));
    let params = LogParams {
        follow: args.follow,
        previous: args.previous,
        tail_lines: Some(args.tail),
        since_seconds: args.since,
        ..Default::default()
    };
    let mut lines = connection.namespaced::<Pod>().log_stream(&name, &params).await?.lines();
    loop {
        match lines.try_next().await {
            Ok(Some(line)) => {
                if sender.send((head.clone(), line)).await.is_err() {
                    return Ok(());
                }
            }
            Ok(None) => return Ok(()),
            Err(error) => {
                output.warning(format_args!("what pod {name} says broke off: {error}; run this again to go on"));
                return Ok(());
            }
        }
    }
}
