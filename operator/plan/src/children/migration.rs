//! `migration`: a Job named by all it is made of, for a Job cannot be changed. Whether it is due is the stage's decision.

use k8s_openapi::{
    api::{
        batch::v1::{Job, JobSpec},
        core::v1::{Affinity, PodAffinity, PodAffinityTerm, PodTemplateSpec},
    },
    apimachinery::pkg::apis::meta::v1::{LabelSelector, LabelSelectorRequirement},
};
use serde_json::json;

use crate::{
    App,
    app::{Migration, Role},
    canonical, names,
    parts::{container, pod},
};
use aegis_crds::volumes::AccessMode;

/// Name of the Job.
pub(crate) fn name(app: &App, migration: &Migration) -> String {
    let run = json!([migration.inputs, spec(app, migration)]);
    // a retry is a Job of its own; without one the name stays
    let run = migration.retry.as_ref().map_or(run.clone(), |word| json!([run, word]));
    names::part(&app.name, "migration", &canonical::digest(&run))
}

pub(super) fn job(app: &App) -> Vec<Job> {
    app.migration.iter().map(|migration| of(app, migration)).collect()
}

fn of(app: &App, migration: &Migration) -> Job {
    let mut metadata = names::role_metadata(app, &migration.role, &name(app, migration));
    let made_for = migration.made_for.map(|number| (names::REVISION_ANNOTATION.to_owned(), number.to_string()));
    let inputs = (names::INPUTS_ANNOTATION.to_owned(), migration.inputs.clone());
    metadata.annotations = Some([inputs].into_iter().chain(made_for).collect());
    Job { metadata, spec: Some(spec(app, migration)), ..Default::default() }
}

fn spec(app: &App, migration: &Migration) -> JobSpec {
    let role = &migration.role;
    JobSpec {
        active_deadline_seconds: Some(migration.deadline),
        backoff_limit: Some(3),
        template: beside(app, pod::never_restarted(pod::template(app, role, container::container(app, role)))),
        ..Default::default()
    }
}

/// A volume that one node has at a time is where the release before still runs: the migration goes to that node, or it
/// would wait for the volume for ever, and the role that holds it for the migration.
fn beside(app: &App, mut template: PodTemplateSpec) -> PodTemplateSpec {
    // Accept lets the migration share such volumes with one role only.
    if let (Some(spec), Some(role)) = (&mut template.spec, app.roles().find(|role| shares_a_node(app, role))) {
        // The migration's own pods are selected too: where no other runs, a pod that selects itself may go anywhere.
        let either = |key: &str, values: [&str; 2]| LabelSelectorRequirement {
            key: key.into(),
            operator: "In".into(),
            values: Some(values.map(str::to_owned).into()),
        };
        let selector = LabelSelector {
            match_labels: Some([(names::APP_LABEL.to_owned(), app.name.clone())].into()),
            match_expressions: Some(vec![
                either(names::SECTION_LABEL, [role.section, "migration"]),
                either(names::ROLE_LABEL, [&role.name, "migration"]),
            ]),
        };
        let term = PodAffinityTerm { label_selector: Some(selector), topology_key: "kubernetes.io/hostname".into(), ..Default::default() };
        let affinity = PodAffinity { required_during_scheduling_ignored_during_execution: Some(vec![term]), ..Default::default() };
        spec.affinity = Some(Affinity { pod_affinity: Some(affinity), ..Default::default() });
    }
    template
}

fn shares_a_node(app: &App, role: &Role) -> bool {
    let mut shared = app.volumes_of("migration").filter(|volume| volume.claim.access == AccessMode::ReadWriteOnce);
    shared.any(|volume| volume.roles.contains(&role.name))
}
