//! `doctor`: why an app is not Ready, what others follow from first; or whether a cluster can take the operator. It changes nothing.

mod app;
mod finding;
pub mod operators;
mod pre;

use std::process::ExitCode;

use kube::ResourceExt;
use kube::api::ListParams;
use kube::core::DynamicObject;
use serde_json::json;

use super::status::read::{self, answer};
use crate::args::Format;
use crate::args::doctor::Doctor;
use crate::connection::{self, Connection};
use crate::failure::{Failure, Failures};
use crate::output::Output;
use crate::page::Colour;
use crate::refusal;
use finding::{Diagnosis, Severity};

/// Version of the printed JSON.
const VERSION: u8 = 1;

pub fn run(args: &Doctor, output: &Output) -> Result<ExitCode, Failures> {
    if args.pre {
        return Ok(connection::block_on(pre::run(args, output))??);
    }
    let diagnoses = connection::block_on(async {
        let mut connection = Connection::open(&args.target).await?;
        diagnose(&mut connection, args).await
    })??;
    match args.output.written(&json!({"version": VERSION, "apps": diagnoses})) {
        Some(text) => output.data(text),
        None if diagnoses.is_empty() => output.note("There is no AegisApp here. Those of every namespace: aegisctl doctor -A"),
        None => diagnoses.iter().for_each(|diagnosis| output.data(diagnosis.text(&output.data_page))),
    }
    let is_wrong = diagnoses.iter().any(Diagnosis::is_wrong);
    if let (Format::Text, true, [first, ..]) = (args.output, is_wrong, diagnoses.as_slice()) {
        output.note(format_args!("Next: mend what comes first, then aegisctl status {} -n {} --wait 300", first.name, first.namespace));
    }
    Ok(if is_wrong { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn diagnose(connection: &mut Connection, args: &Doctor) -> Result<Vec<Diagnosis>, Failure> {
    let operators = operators::find(connection).await?;
    let names: Vec<(String, String)> = match &args.name {
        Some(name) => {
            read::object(connection, name).await?;
            vec![(connection.namespace.clone(), name.clone())]
        }
        None => {
            let apps = if args.all_namespaces { connection.all_apps() } else { connection.apps() };
            let listed = answer(connection, apps.list(&ListParams::default())).await?;
            let listed = listed.map_err(|error| refusal::explain(&error, connection))?;
            listed.items.iter().map(|app: &DynamicObject| (app.namespace().unwrap_or_default(), app.name_any())).collect()
        }
    };
    let mut diagnoses = vec![];
    for (namespace, name) in names {
        connection.namespace = namespace;
        diagnoses.push(app::of(connection, &name, operators.as_deref()).await?);
    }
    Ok(diagnoses)
}

/// What is found about one app, as `-o json` prints it.
pub async fn report(connection: &Connection, name: &str) -> Result<serde_json::Value, Failure> {
    let operators = operators::find(connection).await?;
    let diagnosis = app::of(connection, name, operators.as_deref()).await?;
    Ok(json!({"version": VERSION, "apps": [diagnosis]}))
}

/// The colour of a severity.
fn colour(severity: Severity) -> Colour {
    if severity == Severity::Error { Colour::Red } else { Colour::Yellow }
}
