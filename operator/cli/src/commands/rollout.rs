//! `rollout`: the releases of an app, as the cluster remembers them, and what can be asked of the operator about them.
//! A request is an annotation of the app; the spec is never changed.

pub(super) mod changes;
mod history;
mod request;

use aegis_plan::names::APP_LABEL;
use k8s_openapi::api::apps::v1::ControllerRevision;
use kube::api::{ListParams, Patch, PatchParams};
use serde_json::json;

use super::status::read;
use super::status::report::Report;
use crate::args::apps::{History as Args, Restart, Retry, Rotate, Target, Undo};
use crate::connection::{self, Connection};
use crate::edit::MANAGER;
use crate::failure::{Failure, Failures};
use crate::output::Output;
use crate::refusal;
use history::History;
use request::Request;

pub fn history(args: &Args, output: &Output) -> Result<(), Failures> {
    let Asked { history, .. } = connection::block_on(Asked::read(&args.name, &args.target))??;
    if history.revisions.is_empty() {
        output
            .note(format_args!("No spec of {0} was accepted yet. What it lacks: aegisctl status {0} -n {1}", args.name, history.namespace));
    }
    match args.output.written(&history) {
        Some(text) => output.data(text),
        None if history.revisions.is_empty() => {}
        None => output.data(history.table(&output.data_page)),
    }
    Ok(())
}

pub fn undo(args: &Undo, output: &Output) -> Result<(), Failures> {
    ask(&args.name, &args.target, output, |asked| request::undo(&asked.history, args.to, args.across_migration))
}

pub fn retry(args: &Retry, output: &Output) -> Result<(), Failures> {
    ask(&args.name, &args.target, output, |asked| request::retry(&asked.history))
}

pub fn restart(args: &Restart, output: &Output) -> Result<(), Failures> {
    ask(&args.name, &args.target, output, |asked| request::restart(&asked.report, args.role.as_deref()))
}

pub fn rotate(args: &Rotate, output: &Output) -> Result<(), Failures> {
    ask(&args.name, &args.target, output, |asked| request::rotate(&asked.report))
}

/// An app and its releases.
struct Asked {
    connection: Connection,
    report: Report,
    history: History,
}

impl Asked {
    async fn read(name: &str, target: &Target) -> Result<Self, Failure> {
        let connection = Connection::open(target).await?;
        let report = read::one(&connection, name).await?;
        let params = ListParams::default().labels(&format!("{APP_LABEL}={name}"));
        let listed = read::answer(&connection, connection.namespaced::<ControllerRevision>().list(&params)).await?;
        let revisions = listed.map_err(|error| refusal::explain(&error, &connection))?.items;
        let history = History::of(&report.name, &report.namespace, report.release.as_deref(), revisions);
        Ok(Self { connection, report, history })
    }
}

/// Asks the operator, by annotations of the app.
fn ask(name: &str, target: &Target, output: &Output, request: impl Fn(&Asked) -> Result<Request, Failure>) -> Result<(), Failures> {
    connection::block_on(async {
        let asked = Asked::read(name, target).await?;
        let Asked { connection, report, .. } = &asked;
        if report.observed_generation < report.generation {
            return Err(unseen(report).into());
        }
        let Request { annotations, warning, said } = request(&asked)?;
        let patch = Patch::Merge(json!({"metadata": {"annotations": annotations}}));
        let apps = connection.apps();
        let params = PatchParams { field_manager: Some(MANAGER.to_owned()), ..Default::default() };
        let answer = read::answer(connection, apps.patch(name, &params, &patch)).await?;
        answer.map_err(|error| refusal::of_change(&error, connection))?;
        warning.iter().for_each(|warning| output.warning(warning));
        if report.reason == "Paused" {
            output.warning("reconciling is paused: the operator does it once spec.paused is false");
        }
        output.note(format_args!("{said} Follow it: aegisctl rollout status {name} -n {}", report.namespace));
        Ok(())
    })?
}

/// What is asked is about the newest spec, so that has to be known first.
fn unseen(report: &Report) -> Failure {
    Failure::new(
        format_args!("the newest spec of {} has no revision yet", report.name),
        format_args!("the operator has not looked at generation {}", report.generation),
        "ask again in a moment; if it stays so, see that the operator runs: kubectl -n aegis-system get pods",
    )
}
