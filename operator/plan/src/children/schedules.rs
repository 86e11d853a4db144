//! `schedules`: a CronJob each. Missed times are not caught up in a storm.

use aegis_crds::schedules::ConcurrencyPolicy;
use k8s_openapi::api::batch::v1::{CronJob, CronJobSpec, JobSpec, JobTemplateSpec};
use kube_core::ObjectMeta;

use crate::{
    App,
    app::Schedule,
    names,
    parts::{container, http, pod},
};

/// A run that could not start within this many seconds is skipped.
const STARTING_DEADLINE: i64 = 200;

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
            suspend: Some(app.is_suspended),
            job_template: JobTemplateSpec {
                metadata: Some(ObjectMeta { labels: metadata.labels.clone(), ..Default::default() }),
                spec: Some(JobSpec {
                    active_deadline_seconds: Some(schedule.deadline),
                    backoff_limit: Some(0),
                    template: pod::never_restarted(pod::template(app, role, container::container(app, role))),
                    ..Default::default()
                }),
            },
        }),
        metadata,
        ..Default::default()
    }
}

fn policy(policy: ConcurrencyPolicy) -> &'static str {
    match policy {
        ConcurrencyPolicy::Allow => "Allow",
        ConcurrencyPolicy::Forbid => "Forbid",
        ConcurrencyPolicy::Replace => "Replace",
    }
}
