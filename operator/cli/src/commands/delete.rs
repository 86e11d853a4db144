//! `delete`: an app goes, and the command ends when nothing of it remains but the data that its policies keep.
//! What is deleted is the server's and the collector's doing; here it is asked for, awaited and told.

mod remains;

use std::io::{self, BufRead, IsTerminal};
use std::time::Duration;

use kube::api::{DeleteParams, Preconditions};
use kube::core::DynamicObject;
use kube::{Api, ResourceExt};
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::status::read::{answer, object};
use crate::args::change::Delete;
use crate::connection::{self, Connection};
use crate::failure::{Failure, Failures};
use crate::output::Output;
use crate::refusal;
use remains::{Remains, remains};

pub fn run(args: &Delete, output: &Output) -> Result<(), Failures> {
    connection::block_on(delete(args, output))?.map_err(Failures::from)
}

async fn delete(args: &Delete, output: &Output) -> Result<(), Failure> {
    let connection = Connection::open(&args.target).await?;
    let app = object(&connection, &args.name).await?;
    let before = remains(&connection, &args.name).await?;
    output.note(format_args!("{} in {} goes, with {} objects", args.name, connection.namespace, before.going.len()));
    before.kept.iter().for_each(|kept| output.note(format_args!("kept, for it holds data: {kept}")));
    if !args.yes {
        confirm(&args.name, output)?;
    }
    ask(&connection, &connection.apps(), &app).await?;
    let left = wait(&connection, args, output).await?;
    output.data(format_args!("{} is deleted", args.name));
    if !left.kept.is_empty() {
        let list = left.kept.join(" ");
        output.note(format_args!(
            "An app of this name finds its data again. To give it up: kubectl delete -n {} {list}",
            connection.namespace
        ));
    }
    Ok(())
}

/// A person at a terminal says the name; nobody else is asked.
fn confirm(name: &str, output: &Output) -> Result<(), Failure> {
    let fix = format!("say it with the command: aegisctl delete {name} --yes");
    if !io::stdin().is_terminal() {
        return Err(Failure::new("nothing was deleted", "nobody is there to confirm it: stdin is not a terminal", fix));
    }
    output.prompt(format_args!("Type {name} to delete it: "));
    let mut said = String::new();
    let read = io::stdin().lock().read_line(&mut said);
    if read.is_ok() && said.trim() == name {
        return Ok(());
    }
    Err(Failure::new("nothing was deleted", "the name was not confirmed", fix))
}

/// Asks for the deletion of that very app, and not of one that took its place meanwhile.
async fn ask(connection: &Connection, apps: &Api<DynamicObject>, app: &DynamicObject) -> Result<(), Failure> {
    let preconditions = Some(Preconditions { uid: app.uid(), resource_version: None });
    let params = DeleteParams { preconditions, ..DeleteParams::background() };
    match answer(connection, apps.delete(&app.name_any(), &params)).await? {
        Ok(_) => Ok(()),
        Err(error) if refusal::is_absent(&error) => Ok(()),
        Err(error) => Err(refusal::of_change(&error, connection)),
    }
}

/// Waits until only what is kept remains, or says what else does.
async fn wait(connection: &Connection, args: &Delete, output: &Output) -> Result<Remains, Failure> {
    let started = Instant::now();
    let limit = Duration::from_secs(args.wait);
    let mut ticks = interval(Duration::from_secs(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut told = String::new();
    loop {
        ticks.tick().await;
        let left = remains(connection, &args.name).await?;
        if left.going.is_empty() {
            return Ok(left);
        }
        if started.elapsed() >= limit {
            return Err(overdue(args, &left));
        }
        let now = left.summary();
        if now != told {
            output.step(format_args!("waiting for {now}"));
            told = now;
        }
    }
}

fn overdue(args: &Delete, left: &Remains) -> Failure {
    let list: Vec<String> = left.going.iter().map(ToString::to_string).collect();
    let fix = format!(
        "wait longer: aegisctl delete {} --yes --wait {}; what a finalizer holds is for its controller to let go",
        args.name,
        args.wait.max(60) * 2
    );
    Failure::new(format_args!("something of {} remains after {} s", args.name, args.wait), list.join(", "), fix)
}
