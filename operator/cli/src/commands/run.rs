//! `run`: a command once, in the context that a role has now. It makes a Job that belongs to the app and that the operator leaves alone.

mod job;
mod pod;

use std::fmt::Display;
use std::pin::pin;
use std::process::ExitCode;
use std::time::Duration;

use aegis_plan::names::CONTAINER;
use futures::{AsyncBufReadExt, TryStreamExt};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Event, Pod};
use kube::ResourceExt;
use kube::api::{DeleteParams, ListParams, LogParams, PostParams};
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::status;
use crate::args::change::Run;
use crate::connection::{self, Connection};
use crate::failure::{Failure, Failures};
use crate::output::Output;
use crate::refusal;
use pod::State;

/// Between two looks at the pod while it starts or ends.
const LOOK: Duration = Duration::from_millis(500);
/// A Job has its pod within this time, or something refuses it.
const REFUSED: Duration = Duration::from_secs(5);
/// What a shell says of a command that Ctrl-C has ended.
const INTERRUPTED: u8 = 130;

pub fn run(args: &Run, output: &Output) -> Result<ExitCode, Failures> {
    connection::block_on(once(args, output))?
}

async fn once(args: &Run, output: &Output) -> Result<ExitCode, Failures> {
    let connection = Connection::open(&args.target).await?;
    let app = status::read::object(&connection, &args.name).await?;
    let template = job::template(&connection, &args.name, &args.role).await?;
    let wanted = job::job(&app, template, args);
    begin(&connection, &wanted, format_args!("in the context of {}", args.role), args.detach, output).await
}

/// Makes a Job, and prints what it prints and how it ends unless it is left alone.
pub async fn begin(connection: &Connection, wanted: &Job, what: impl Display, detach: bool, output: &Output) -> Result<ExitCode, Failures> {
    let made = status::read::answer(connection, connection.namespaced::<Job>().create(&PostParams::default(), wanted)).await?;
    let job = made.map_err(|error| refusal::of_change(&error, connection))?.name_any();
    if detach {
        output.data(&job);
        return Ok(ExitCode::SUCCESS);
    }
    output.step(format_args!("Job {job} {what}"));
    tokio::select! {
        ended = follow(connection, &job, output) => ended,
        _ = tokio::signal::ctrl_c() => {
            remove(connection, &job).await?;
            output.note(format_args!("Job {job} is ended and deleted"));
            Ok(ExitCode::from(INTERRUPTED))
        }
    }
}

/// Prints what it prints, until it ends.
async fn follow(connection: &Connection, job: &str, output: &Output) -> Result<ExitCode, Failures> {
    let pod = started(connection, job, output).await?;
    let pods = connection.namespaced::<Pod>();
    let params = LogParams { follow: true, container: Some(CONTAINER.to_owned()), ..Default::default() };
    let log = pods.log_stream(&pod, &params).await.map_err(|error| refusal::of_change(&error, connection))?;
    let mut lines = pin!(log.lines());
    while let Some(line) = lines.try_next().await.map_err(|error| broken(job, &connection.namespace, &error))? {
        output.data(line);
    }
    let mut ticks = looks();
    loop {
        ticks.tick().await;
        let State::Ended { code, why } = look(connection, job).await?.1 else { continue };
        if code != 0 {
            output.note(format_args!("Job {job} ended with exit code {code}{why}"));
        }
        return Ok(ExitCode::from(u8::try_from(code).unwrap_or(1)));
    }
}

/// Waits until the pod has a log; tells why it has none yet.
async fn started(connection: &Connection, job: &str, output: &Output) -> Result<String, Failures> {
    let (mut ticks, since) = (looks(), Instant::now());
    let mut told = String::new();
    loop {
        ticks.tick().await;
        match look(connection, job).await? {
            (pod, State::Runs | State::Ended { .. }) => return Ok(pod),
            (pod, State::Stuck(why)) => {
                remove(connection, job).await?;
                return Err(
                    Failure::new(format_args!("pod {pod} cannot start"), why, "the Job is deleted; mend that and run it again").into()
                );
            }
            (_, State::Absent) if since.elapsed() > REFUSED => refused(connection, job).await?,
            (_, State::Waits(why)) if why != told => {
                output.step(&why);
                told = why;
            }
            _ => {}
        }
    }
}

/// The newest pod of the Job, and how it stands.
async fn look(connection: &Connection, job: &str) -> Result<(String, State), Failure> {
    let params = ListParams::default().labels(&format!("batch.kubernetes.io/job-name={job}"));
    let listed = status::read::answer(connection, connection.namespaced::<Pod>().list(&params)).await?;
    let pods = listed.map_err(|error| refusal::of_change(&error, connection))?.items;
    Ok(pods.first().map_or((String::new(), State::Absent), |pod| (pod.name_any(), pod::state(pod))))
}

/// A Job whose pod is refused says so in its events.
async fn refused(connection: &Connection, job: &str) -> Result<(), Failures> {
    let params = ListParams::default().fields(&format!("involvedObject.name={job},reason=FailedCreate"));
    let listed = status::read::answer(connection, connection.namespaced::<Event>().list(&params)).await?;
    let events = listed.map_err(|error| refusal::of_change(&error, connection))?.items;
    let Some(message) = events.into_iter().find_map(|event| event.message) else { return Ok(()) };
    remove(connection, job).await?;
    Err(Failure::new("the cluster refuses the pod", message, "change the policy or quota, or wait for room; the Job is deleted").into())
}

async fn remove(connection: &Connection, job: &str) -> Result<(), Failure> {
    let deleted = status::read::answer(connection, connection.namespaced::<Job>().delete(job, &DeleteParams::background())).await?;
    deleted.map(drop).map_err(|error| refusal::of_change(&error, connection))
}

fn looks() -> tokio::time::Interval {
    let mut ticks = interval(LOOK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

fn broken(job: &str, namespace: &str, error: &std::io::Error) -> Failure {
    let fix = format!("it runs on: kubectl -n {namespace} logs -f job/{job}; to end it: kubectl -n {namespace} delete job {job}");
    Failure::new(format_args!("the log of Job {job} broke off"), error, fix)
}
