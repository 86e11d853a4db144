//! Whether a migration has succeeded, is due, or has to wait for another. It makes no object.

use crate::{
    App, Facts, children,
    facts::{Detail, JobSeen, PodSeen, Seen},
    names::{INPUTS_ANNOTATION, MIGRATED_ANNOTATION},
};

/// The inputs whose migration has succeeded, when they are those of `app`.
pub(crate) fn migrated(app: &App, facts: &Facts) -> Option<String> {
    let migration = app.migration.as_ref()?;
    let mut done = facts.children.iter().filter(|seen| matches!(&seen.detail, Detail::Job(job) if job.complete));
    let is_complete = done.any(|seen| seen.annotations.get(INPUTS_ANNOTATION) == Some(&migration.inputs));
    let is_recorded = facts.revisions().any(|(seen, _)| seen.annotations.get(MIGRATED_ANNOTATION) == Some(&migration.inputs));
    (is_complete || is_recorded).then(|| migration.inputs.clone())
}

/// Whether the roles need not wait: there is no migration, it has succeeded, or it must not run any more.
pub(crate) fn is_over(app: &App, facts: &Facts) -> bool {
    app.migration.is_none() || app.revision.is_past || migrated(app, facts).is_some()
}

/// Whether it has failed for good.
pub(crate) fn has_failed(app: &App, facts: &Facts) -> bool {
    let job = app.migration.as_ref().and_then(|migration| facts.job(&children::migration::name(app, migration)));
    job.is_some_and(|job| job.failure.is_some()) && !is_over(app, facts)
}

/// Whether the migration's Job is wanted: one that is there stays; a new one is made only when its inputs have never
/// succeeded, for a rollback must not run an old migration on a newer database.
pub(crate) fn has_job(app: &App, facts: &Facts) -> bool {
    let Some(migration) = &app.migration else { return false };
    let name = children::migration::name(app, migration);
    let is_due = !app.is_suspended && !is_over(app, facts) && !is_overtaking(app, &name, facts);
    is_due || facts.job(&name).is_some()
}

/// Two migrations never run side by side: the one of a release that was overtaken ends first, its pods too.
pub(crate) fn is_overtaking(app: &App, name: &str, facts: &Facts) -> bool {
    overtaken(app, name, facts).next().is_some() || migrating_pods(facts).next().is_some()
}

/// The overtaken migration that is not at work: it would only be tried again, or its pod cannot start.
pub(crate) fn overtaken_at_rest<'a>(app: &App, facts: &'a Facts) -> Option<&'a Seen> {
    let name = children::migration::name(app, app.migration.as_ref()?);
    if migrating_pods(facts).any(|pod| pod.phase == "Running") {
        return None;
    }
    // a Job may count a pod that is not seen yet, and that may be at work
    let (seen, _) = overtaken(app, &name, facts).find(|(_, job)| job.active == 0 || migrating_pods(facts).next().is_some())?;
    Some(seen)
}

/// Migrations of other releases that have neither succeeded nor failed for good.
fn overtaken<'a>(app: &App, name: &str, facts: &'a Facts) -> impl Iterator<Item = (&'a Seen, &'a JobSeen)> {
    facts.children.iter().filter_map(move |seen| match &seen.detail {
        Detail::Job(job) if seen.key.name != name && seen.owners.contains(&app.uid) => {
            (!job.complete && job.failure.is_none()).then_some((seen, job))
        }
        _ => None,
    })
}

/// Pods of migrations that are not over.
fn migrating_pods(facts: &Facts) -> impl Iterator<Item = &PodSeen> {
    facts.pods.iter().filter(|pod| pod.section == "migration" && !pod.is_over())
}
