//! `status` and `rollout status`: what the operator reports of one app or of all, once, until it is ready, or on and on.
//! They change nothing.

mod many;
pub mod next;
pub mod one;
mod progress;
pub mod read;
pub(super) mod report;
mod wait;
mod watch;

use serde::Serialize;

use crate::args::apps::{RolloutStatus, Status, StatusFormat};
use crate::connection::{self, Connection, Source};
use crate::failure::{Failure, Failures};
use crate::output::Output;
use crate::page::Page;
use many::Many;
use report::Report;
use wait::Waited;

pub fn run(args: &Status, output: &Output) -> Result<(), Failures> {
    connection::block_on(show(args, output))?
}

/// Once a command has changed an app: waits for it where that is asked.
pub async fn after_change(connection: &Connection, name: &str, seconds: Option<u64>, output: &Output) -> Result<(), Failures> {
    match seconds {
        Some(seconds) => until_ready(connection, name, seconds, output).await,
        None => Ok(()),
    }
}

/// Waits until the newest spec runs; what there is to say was said on the way.
pub fn rollout(args: &RolloutStatus, output: &Output) -> Result<(), Failures> {
    connection::block_on(async {
        let connection = Connection::open(&args.target).await?;
        until_ready(&connection, &args.name, args.timeout, output).await
    })?
}

/// The same, of a cluster that was connected before.
pub async fn until_ready(connection: &Connection, name: &str, seconds: u64, output: &Output) -> Result<(), Failures> {
    wait::until_ready(connection, name, seconds, output).await?.result
}

async fn show(args: &Status, output: &Output) -> Result<(), Failures> {
    let connection = Connection::open(&args.target).await?;
    if let Source::Local(path) = &connection.source {
        output.note(format_args!("Looking at the local cluster; for kubectl: export KUBECONFIG={}", path.display()));
    }
    match (&args.name, args.wait) {
        (Some(name), Some(seconds)) => waited(&connection, name, seconds, args.output, output).await,
        (Some(name), None) if args.watch => Ok(watch::one(&connection, name, args.output, output).await?),
        (Some(name), None) => {
            let report = read::one(&connection, name).await?;
            output.data(one(&report, args.output, &output.data_page));
            Ok(())
        }
        (None, _) if args.watch => Ok(watch::many(&connection, args.all_namespaces, args.output, output).await?),
        (None, _) => {
            let found = read::many(&connection, args.all_namespaces).await?;
            if found.apps.is_empty() {
                output.note(nothing(&connection, args.all_namespaces));
            }
            print_many(&found, args, output);
            Ok(())
        }
    }
}

/// Waits, and prints how it ended.
async fn waited(connection: &Connection, name: &str, seconds: u64, format: StatusFormat, output: &Output) -> Result<(), Failures> {
    let Waited { report, result } = wait::until_ready(connection, name, seconds, output).await?;
    output.data(one(&report, format, &output.data_page));
    result
}

fn print_many(found: &Many, args: &Status, output: &Output) {
    let text = many(found, args.output, &output.data_page);
    if !text.is_empty() {
        output.data(text);
    }
}

fn nothing(connection: &Connection, everywhere: bool) -> String {
    if everywhere {
        return "There is no AegisApp in the cluster. Write one and apply it: kubectl apply -f app.yaml".to_owned();
    }
    format!("There is no AegisApp in namespace {}. Those of every namespace: aegisctl status -A", connection.namespace)
}

/// One app in the asked format.
fn one(report: &Report, format: StatusFormat, page: &Page) -> String {
    match format {
        StatusFormat::Table | StatusFormat::Wide => one::text(report, page),
        StatusFormat::Name => many::name(report),
        _ => plain(report, format),
    }
}

/// Several apps in the asked format.
fn many(found: &Many, format: StatusFormat, page: &Page) -> String {
    match format {
        StatusFormat::Table => many::text(found, page),
        StatusFormat::Wide => many::wide(found, page),
        StatusFormat::Name => many::names(found),
        _ => plain(found, format),
    }
}

fn plain(data: &impl Serialize, format: StatusFormat) -> String {
    let json = || serde_json::to_string_pretty(data).expect("plain data is writable");
    let text = if format == StatusFormat::Yaml { crate::yaml::text(data) } else { json() };
    text.trim_end().to_owned()
}

/// The app went away while it was looked at.
fn gone(name: &str) -> Failure {
    Failure::new(format_args!("AegisApp {name} was deleted"), "somebody deleted it meanwhile", "apply it again: kubectl apply -f app.yaml")
}
