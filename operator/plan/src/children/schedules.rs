//! `schedules`: a CronJob each. Missed times are not caught up in a storm.

use aegis_crds::schedules::{ConcurrencyPolicy, Enqueue};
use k8s_openapi::api::{
    batch::v1::{CronJob, CronJobSpec, JobSpec, JobTemplateSpec},
    core::v1::{Container, EnvVar, EnvVarSource, ObjectFieldSelector, PodTemplateSpec},
};
use kube_core::ObjectMeta;
use serde_json::{Value, json};

use crate::{
    App,
    app::Schedule,
    names,
    parts::{agent, container, environment, http, pod},
    schedules,
};

/// A run that could not start within this many seconds is skipped.
const STARTING_DEADLINE: i64 = 200;
/// Tries after the first to reach a broker.
const TRIES: i32 = 5;
/// Name of a pod's Job, which Kubernetes ends with the minute that it was due.
const JOB: &str = "metadata.labels['batch.kubernetes.io/job-name']";

pub(super) fn cron_jobs(app: &App) -> Vec<CronJob> {
    app.schedules.iter().map(|schedule| of(app, schedule)).collect()
}

fn of(app: &App, schedule: &Schedule) -> CronJob {
    let role = &schedule.role;
    let metadata = names::role_metadata(app, role, &http::object(app, role));
    CronJob {
        spec: Some(CronJobSpec {
            schedule: schedule.cron.clone(),
            time_zone: Some(schedule.time_zone.clone()),
            concurrency_policy: Some(policy(schedule.concurrency).into()),
            starting_deadline_seconds: Some(STARTING_DEADLINE),
            successful_jobs_history_limit: Some(3),
            failed_jobs_history_limit: Some(3),
            suspend: Some(schedules::is_suspended(app, schedule)),
            job_template: JobTemplateSpec {
                metadata: Some(ObjectMeta { labels: metadata.labels.clone(), ..Default::default() }),
                spec: Some(JobSpec {
                    active_deadline_seconds: Some(schedule.deadline),
                    backoff_limit: Some(if schedule.task.is_some() { TRIES } else { 0 }),
                    template: pod::never_restarted(template(app, schedule)),
                    ..Default::default()
                }),
            },
        }),
        metadata,
        ..Default::default()
    }
}

/// The pod of a run: the app's own process, or one that puts a task into a queue.
fn template(app: &App, schedule: &Schedule) -> PodTemplateSpec {
    let role = &schedule.role;
    let command = pod::template(app, role, container::container(app, role));
    let Some((task, config)) = schedule.task.as_ref().zip(agent::config(app)) else { return command };
    PodTemplateSpec { spec: Some(agent::pod_spec(app, &config, enqueuer(app, task))), ..command }
}

/// Puts a task into a queue, with the name of its Job as id: of a run that is tried again it is put there once.
fn enqueuer(app: &App, task: &Enqueue) -> Container {
    let json = |value: Value| value.to_string();
    let mut words = vec!["/aegis-agent".to_owned(), "enqueue".into(), "--worker".into(), task.worker.clone()];
    words.extend(task.queue.iter().flat_map(|queue| ["--queue".to_owned(), queue.clone()]));
    words.extend([
        "--actor".to_owned(),
        task.actor.clone(),
        "--args".into(),
        json(json!(task.args)),
        "--kwargs".into(),
        json(json!(task.kwargs)),
    ]);
    let mut container = agent::container(app, words.iter().map(|word| environment::escaped(word)).collect());
    let run = ObjectFieldSelector { field_path: JOB.into(), ..Default::default() };
    container.env.get_or_insert_default().push(EnvVar {
        name: "AEGIS_TASK_ID".into(),
        value_from: Some(EnvVarSource { field_ref: Some(run), ..Default::default() }),
        ..Default::default()
    });
    container
}

fn policy(policy: ConcurrencyPolicy) -> &'static str {
    match policy {
        ConcurrencyPolicy::Allow => "Allow",
        ConcurrencyPolicy::Forbid => "Forbid",
        ConcurrencyPolicy::Replace => "Replace",
    }
}
