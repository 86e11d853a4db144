//! Where a release stands: prepare, migrate, roll, settled. Only facts decide; nothing is remembered here.

use crate::{
    App, Facts, Planned,
    child::SIZED_KINDS,
    children::{self, CHILDREN},
    drift::{self, Drift},
    facts::{Detail, JobSeen, PodSeen, Seen},
    names::{AGENT, INPUTS_ANNOTATION, MIGRATED_ANNOTATION},
};

/// How far a release may go. Rows of the table name the stage from which on their objects are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Configuration and bindings are made; provisioned services are awaited.
    Prepare,
    /// The migration runs; the roles stay as they are.
    Migrate,
    /// The roles move to the release.
    Roll,
    /// Everything is as asked; what nothing wants any more can go.
    Settled,
}

/// The stage of `app` by the facts.
pub fn of(app: &App, facts: &Facts) -> Stage {
    // nothing of a suspended release runs, so it has nothing to wait for
    let may_roll = app.is_suspended || facts.status.release.as_deref() == Some(app.revision.hash.as_str());
    if !may_roll && !app.services().all(|(_, service)| is_serving(facts, &service.object) || is_given_up(app, &service.object, facts)) {
        return Stage::Prepare;
    }
    if !may_roll && !is_migrated(app, facts) {
        return Stage::Migrate;
    }
    if is_settled(app, facts) { Stage::Settled } else { Stage::Roll }
}

/// What is wanted at a stage: the rows up to it, and before the roles may move, those of the release that runs.
pub fn wanted(stage: Stage, app: &App, serving: Option<&App>, facts: &Facts) -> Vec<Planned> {
    let mut wanted: Vec<Planned> = rows(app, |row| row <= stage && (row != Stage::Migrate || has_job(app, facts))).collect();
    if stage < Stage::Roll
        && let Some(serving) = serving
    {
        for kept in rows(serving, |row| row != Stage::Migrate) {
            if kept.kind.kind != "ControllerRevision"
                && !wanted.iter().any(|planned| planned.kind == kept.kind && planned.name == kept.name)
            {
                wanted.push(kept);
            }
        }
    }
    wanted
}

/// The inputs whose migration has succeeded, when they are those of `app`.
pub(crate) fn migrated(app: &App, facts: &Facts) -> Option<String> {
    let migration = app.migration.as_ref()?;
    let mut done = facts.children.iter().filter(|seen| matches!(&seen.detail, Detail::Job(job) if job.complete));
    let is_complete = done.any(|seen| seen.annotations.get(INPUTS_ANNOTATION) == Some(&migration.inputs));
    let is_recorded = facts.revisions().any(|(seen, _)| seen.annotations.get(MIGRATED_ANNOTATION) == Some(&migration.inputs));
    (is_complete || is_recorded).then(|| migration.inputs.clone())
}

fn is_migrated(app: &App, facts: &Facts) -> bool {
    app.migration.is_none() || migrated(app, facts).is_some()
}

fn rows<'a>(app: &'a App, is_wanted: impl Fn(Stage) -> bool + 'a) -> impl Iterator<Item = Planned> + 'a {
    CHILDREN.iter().filter(move |child| is_wanted(child.stage())).flat_map(move |child| child.plan(app))
}

/// Whether the migration's Job is wanted: one that is there stays; a new one is made only when its inputs have never
/// succeeded, for a rollback must not run an old migration on a newer database.
fn has_job(app: &App, facts: &Facts) -> bool {
    let Some(migration) = &app.migration else { return false };
    let name = children::migration::name(app, migration);
    let is_due = !app.is_suspended && migrated(app, facts).is_none() && !is_overtaking(app, &name, facts);
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
    facts.pods.iter().filter(|pod| pod.section == "migration" && matches!(pod.phase.as_str(), "Pending" | "Running"))
}

/// Whether every workload of the release is written, seen by its controller, and at its newest template.
fn is_settled(app: &App, facts: &Facts) -> bool {
    // no release waits for the agent
    let counts = |planned: &Planned| SIZED_KINDS.contains(&planned.kind.kind) && planned.section != AGENT;
    rows(app, |_| true).filter(counts).all(|planned| {
        // what somebody changed and is only told must not hold up the release
        if drift::left(&planned, app, facts).is_some() {
            return true;
        }
        let is_written = facts.entry(planned.kind.kind, &planned.name).is_some_and(|entry| entry.hash == planned.hash);
        is_written
            && facts
                .workload(planned.kind.kind, &planned.name)
                .is_some_and(|seen| seen.is_settled() && planned.size.is_none_or(|size| size.fits(seen.replicas)))
    })
}

/// Whether somebody deleted a service, and that is only told: it is not awaited.
fn is_given_up(app: &App, name: &str, facts: &Facts) -> bool {
    let is_it = |planned: &Planned| planned.kind.kind == "StatefulSet" && planned.name == name;
    rows(app, |row| row == Stage::Prepare).find(is_it).is_some_and(|planned| drift::left(&planned, app, facts) == Some(Drift::Deleted))
}

fn is_serving(facts: &Facts, name: &str) -> bool {
    facts.workload("StatefulSet", name).is_some_and(|seen| seen.ready >= 1)
}
