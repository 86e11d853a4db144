//! `migration`: a Job named by all it is made of, for a Job cannot be changed. Whether it is due is the stage's decision.

use k8s_openapi::api::batch::v1::{Job, JobSpec};
use serde_json::json;

use crate::{
    App,
    app::Migration,
    canonical, names,
    parts::{container, pod},
};

/// Name of the Job.
pub(crate) fn name(app: &App, migration: &Migration) -> String {
    names::part(&app.name, "migration", &canonical::digest(&json!([migration.inputs, spec(app, migration)])))
}

pub(super) fn job(app: &App) -> Vec<Job> {
    app.migration.iter().map(|migration| of(app, migration)).collect()
}

fn of(app: &App, migration: &Migration) -> Job {
    let mut metadata = names::role_metadata(app, &migration.role, &name(app, migration));
    metadata.annotations = Some([(names::INPUTS_ANNOTATION.to_owned(), migration.inputs.clone())].into());
    Job { metadata, spec: Some(spec(app, migration)), ..Default::default() }
}

fn spec(app: &App, migration: &Migration) -> JobSpec {
    let role = &migration.role;
    JobSpec {
        active_deadline_seconds: Some(migration.deadline),
        backoff_limit: Some(3),
        template: pod::never_restarted(pod::template(app, role, container::container(app, role))),
        ..Default::default()
    }
}
