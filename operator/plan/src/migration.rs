//! Whether a migration has succeeded, has failed or is due, or has to wait for another; and what it may have done to the
//! database. It makes no object.

use std::cell::LazyCell;

use crate::{
    App, Facts, children,
    facts::{Detail, JobSeen, PodSeen, Seen},
    names::{INPUTS_ANNOTATION, MIGRATED_ANNOTATION, REVISION_ANNOTATION},
};

/// Why a process could not even be started, in the words of its node.
const NEVER_RAN: &str = "StartError";

/// Notes what is known of the migration of `app`.
pub(crate) fn known(app: &mut App, facts: &Facts) {
    made_for(app, facts);
    let Some(migration) = &app.migration else { return };
    let inputs = migration.inputs.clone();
    // an operator that wrote no number let the world go on, and it is not stopped again
    let is_half = migration.made_for.is_some() && has_failed(app, facts) && job(app, facts).is_some_and(|job| may_have_changed(job, facts));
    app.revision.migrated = migrated(app, facts).or(app.revision.migrated.take());
    app.revision.half_migrated = is_half.then_some(inputs).or(app.revision.half_migrated.take());
    if app.revision.migrated.is_some() {
        app.revision.half_migrated = None;
    }
}

/// Another try of the migration, under that word.
pub(crate) fn retried(app: &mut App, word: &str, facts: &Facts) {
    if let Some(migration) = &mut app.migration {
        migration.retry = Some(word.to_owned());
    }
    known(app, facts);
}

/// What is there says for which revision it was made, and goes on to say so.
fn made_for(app: &mut App, facts: &Facts) {
    let number = app.revision.number;
    let said = seen(app, facts).map(|(seen, _)| seen.annotations.get(REVISION_ANNOTATION).and_then(|number| number.parse().ok()));
    if let Some(migration) = &mut app.migration {
        migration.made_for = said.unwrap_or(Some(number));
    }
}

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
    job(app, facts).is_some_and(|job| job.failure.is_some()) && !is_over(app, facts)
}

/// Its Job. One that failed for an earlier revision does not count: what is accepted anew is tried anew.
pub(crate) fn job<'a>(app: &App, facts: &'a Facts) -> Option<&'a JobSeen> {
    seen(app, facts).filter(|(_, job)| !is_spent(app, job)).map(|(_, job)| job)
}

fn seen<'a>(app: &App, facts: &'a Facts) -> Option<(&'a Seen, &'a JobSeen)> {
    let migration = app.migration.as_ref()?;
    // the whole of its Job is made for its name
    let name = LazyCell::new(|| children::migration::name(app, migration));
    facts.children.iter().find_map(|seen| match &seen.detail {
        Detail::Job(job) if seen.key.name == *name => Some((seen, job)),
        _ => None,
    })
}

fn is_spent(app: &App, job: &JobSeen) -> bool {
    let made_for = app.migration.as_ref().and_then(|migration| migration.made_for);
    job.failure.is_some() && made_for.is_some_and(|number| number != app.revision.number)
}

/// Whether one that has failed may have changed the database: when not all its pods are known never to have run.
fn may_have_changed(job: &JobSeen, facts: &Facts) -> bool {
    let never_ran = |pod: &&PodSeen| pod.section == "migration" && pod.container.ended.as_ref().is_some_and(|(_, why)| why == NEVER_RAN);
    i32::try_from(facts.pods.iter().filter(never_ran).count()).is_ok_and(|count| count < job.failed)
}

/// Whether the migration's Job is wanted: one that is there stays; a new one is made only when its inputs have never
/// succeeded, for a rollback must not run an old migration on a newer database.
pub(crate) fn has_job(app: &App, facts: &Facts) -> bool {
    let Some(migration) = &app.migration else { return false };
    let name = children::migration::name(app, migration);
    match facts.job(&name) {
        Some(job) => !is_spent(app, job),
        None => !app.is_suspended && !is_over(app, facts) && !is_overtaking(app, &name, facts),
    }
}

/// Two migrations never run side by side: the one of a release that was overtaken ends first, its pods too.
pub(crate) fn is_overtaking(app: &App, name: &str, facts: &Facts) -> bool {
    overtaken(app, name, facts).next().is_some() || migrating_pods(facts).next().is_some()
}

/// Whether the migration of the release that `app` takes the place of is not over, and `app` cannot run beside it.
pub(crate) fn is_crowded(app: &App, newest: &App, facts: &Facts) -> bool {
    newest.migration.as_ref().is_some_and(|migration| migration.stops_the_world) && is_overtaking(app, &name(app), facts)
}

/// What stands in the way of the migration that is due, or of going back: an earlier one that is not at work, for it would
/// only be tried again or its pod cannot start; or one that failed for an earlier revision.
pub(crate) fn in_the_way<'a>(app: &App, facts: &'a Facts) -> Option<&'a Seen> {
    let name = name(app);
    let spent = seen(app, facts).filter(|(_, job)| is_spent(app, job));
    spent.or_else(|| overtaken(app, &name, facts).find(|(_, job)| !is_at_work(job, facts))).map(|(seen, _)| seen)
}

/// Whether a Job that is not over may have a process at work.
pub(crate) fn is_at_work(job: &JobSeen, facts: &Facts) -> bool {
    let is_running = migrating_pods(facts).any(|pod| pod.phase == "Running");
    // a Job may count a pod that is not seen yet, and that may be at work
    is_running || (job.active > 0 && migrating_pods(facts).next().is_none())
}

fn name(app: &App) -> String {
    app.migration.as_ref().map(|migration| children::migration::name(app, migration)).unwrap_or_default()
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
