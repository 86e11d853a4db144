//! `migration`: a Job named by its inputs, so that the same inputs never run twice.

use k8s_openapi::api::{
    batch::v1::{Job, JobSpec},
    core::v1::PodTemplateSpec,
};

use crate::{
    App,
    app::Migration,
    names,
    parts::{container, pod},
};

/// Name of the Job of these inputs.
pub(crate) fn name(app: &App, migration: &Migration) -> String {
    names::part(&app.name, "migration", &migration.inputs)
}

pub(super) fn job(app: &App) -> Vec<Job> {
    app.migration.iter().map(|migration| of(app, migration)).collect()
}

fn of(app: &App, migration: &Migration) -> Job {
    let role = &migration.role;
    let template = pod::template(app, role, container::container(app, role));
    Job {
        metadata: names::role_metadata(app, role, &name(app, migration)),
        spec: Some(JobSpec {
            active_deadline_seconds: Some(migration.deadline),
            backoff_limit: Some(3),
            template: never_restarted(template),
            ..Default::default()
        }),
        ..Default::default()
    }
}

/// Failed pods stay to be looked at; the Job's own count makes new ones.
pub(super) fn never_restarted(mut template: PodTemplateSpec) -> PodTemplateSpec {
    if let Some(spec) = &mut template.spec {
        spec.restart_policy = Some("Never".into());
    }
    template
}
