//! `schedule`: when an app's schedules run and ran, a run out of turn, and a rest.

mod job;
mod table;

use std::process::ExitCode;

use aegis_crds::AegisAppStatus;
use aegis_plan::nearest::nearest;
use kube::core::DynamicObject;
use serde_json::{Value, json};

use super::status;
use crate::args::schedule::{List, Place, Run, Schedule, Switch};
use crate::connection::{self, Connection};
use crate::edit::{self, Edit, Step};
use crate::failure::{Failure, Failures};
use crate::output::Output;

/// Version of the printed JSON.
const VERSION: u8 = 1;

pub fn run(args: &Schedule, output: &Output) -> Result<ExitCode, Failures> {
    connection::block_on(async {
        match args {
            Schedule::List(args) => list(args, output).await.map(|()| ExitCode::SUCCESS),
            Schedule::Run(args) => once(args, output).await,
            Schedule::Pause(args) => switch(args, true, output).await.map(|()| ExitCode::SUCCESS),
            Schedule::Resume(args) => switch(args, false, output).await.map(|()| ExitCode::SUCCESS),
        }
    })?
}

async fn list(args: &List, output: &Output) -> Result<(), Failures> {
    let connection = Connection::open(&args.target).await?;
    let app = status::read::object(&connection, &args.name).await?;
    let told = status::report::status(&app)?;
    match args.output.written(&printed(&args.name, &connection.namespace, &told)) {
        Some(text) => output.data(text),
        None if told.schedules.is_empty() => output.note(nothing(&app)),
        None => output.data(table::schedules(&told, &output.data_page)),
    }
    Ok(())
}

/// As `-o json` prints it.
fn printed(name: &str, namespace: &str, told: &AegisAppStatus) -> Value {
    json!({"version": VERSION, "name": name, "namespace": namespace, "schedules": told.schedules})
}

/// Why there is nothing to show.
fn nothing(app: &DynamicObject) -> &'static str {
    if written(&app.data["spec"]).next().is_some() { "The operator has told nothing of its schedules yet." } else { "It has no schedules." }
}

async fn once(args: &Run, output: &Output) -> Result<ExitCode, Failures> {
    let Place { name, schedule, target } = &args.place;
    let connection = Connection::open(target).await?;
    let app = status::read::object(&connection, name).await?;
    let cron_job = job::cron_job(&connection, name, schedule).await?;
    let wanted = job::job(&cron_job)?;
    if app.data["spec"]["suspended"] == true {
        output.warning(format_args!("{name} is suspended: what the run asks of other roles, nobody answers"));
    }
    super::run::begin(&connection, &wanted, format_args!("of schedule {schedule}"), args.detach, output).await
}

async fn switch(args: &Switch, to: bool, output: &Output) -> Result<(), Failures> {
    let Place { name, schedule, target } = &args.place;
    let connection = Connection::open(target).await?;
    let app = status::read::object(&connection, name).await?;
    let spec = &app.data["spec"];
    let at = written(spec).position(|known| known == schedule).ok_or_else(|| unknown(name, schedule, written(spec)))?;
    if !to && !spec["schedules"][at]["suspended"].as_bool().unwrap_or_default() {
        output.data(format_args!("{schedule} of {name} is not paused"));
    } else {
        let path = vec![Step::Field("schedules"), Step::Item(schedule.clone(), at), Step::Field("suspended")];
        edit::apply(&connection, &app, &Edit::new(path, json!(to)), output).await?;
    }
    if !to && spec["suspended"] == true {
        output.warning(format_args!("{name} is suspended, and fires nothing until it is resumed too: aegisctl resume {name}"));
    }
    status::after_change(&connection, name, args.wait, output).await
}

/// Names of the schedules of a spec.
fn written(spec: &Value) -> impl Iterator<Item = &str> {
    spec["schedules"].as_array().into_iter().flatten().filter_map(|schedule| schedule["name"].as_str())
}

/// That there is no schedule of that name, and which there are.
fn unknown<'a>(app: &str, schedule: &str, known: impl Iterator<Item = &'a str>) -> Failure {
    let known: Vec<&str> = known.collect();
    let what = format!("{app} has no schedule {schedule}");
    if known.is_empty() {
        return Failure::new(what, "it has none", format_args!("see what it has: aegisctl status {app}"));
    }
    let fix =
        nearest(schedule, known.iter().copied()).map_or_else(|| "name one of these".to_owned(), |meant| format!("did you mean {meant}?"));
    Failure::new(what, format_args!("it has {}", known.join(", ")), fix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_that_is_not_there_is_told_with_those_that_are() {
        let spec = json!({"schedules": [{"name": "nightly"}, {"name": "hourly"}]});
        let told = unknown("shop", "nihgtly", written(&spec));
        assert_eq!((told.why.as_str(), told.fix.as_str()), ("it has nightly, hourly", "did you mean nightly?"));
        assert_eq!(unknown("shop", "x", written(&json!({}))).why, "it has none");
    }
}
