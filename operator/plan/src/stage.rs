//! Where a release stands: prepare, migrate, roll, settled. Only facts decide; nothing is remembered here.

use crate::{
    App, Facts, Planned,
    app::Migration,
    child::SIZED_KINDS,
    children::{self, CHILDREN},
    names::MIGRATED_ANNOTATION,
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
    let has_rolled = facts.status.release.as_deref() == Some(app.revision.hash.as_str());
    if !has_rolled && !app.services().all(|(_, service)| is_serving(facts, &service.object)) {
        return Stage::Prepare;
    }
    if !has_rolled && !is_migrated(app, facts) {
        return Stage::Migrate;
    }
    if is_settled(app, facts) { Stage::Settled } else { Stage::Roll }
}

/// What is wanted at a stage: the rows up to it, and before the roles may move, those of the release that runs.
pub fn wanted(stage: Stage, app: &App, serving: Option<&App>, facts: &Facts) -> Vec<Planned> {
    let mut wanted: Vec<Planned> = rows(app, |row| row <= stage && !(row == Stage::Migrate && must_wait(app, facts))).collect();
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
    let is_complete = facts.job(&children::migration::name(app, migration)).is_some_and(|job| job.complete);
    let is_recorded = facts.revisions().any(|(seen, _)| seen.annotations.get(MIGRATED_ANNOTATION) == Some(&migration.inputs));
    (is_complete || is_recorded).then(|| migration.inputs.clone())
}

fn is_migrated(app: &App, facts: &Facts) -> bool {
    app.migration.is_none() || migrated(app, facts).is_some()
}

fn rows<'a>(app: &'a App, is_wanted: impl Fn(Stage) -> bool + 'a) -> impl Iterator<Item = Planned> + 'a {
    CHILDREN.iter().filter(move |child| is_wanted(child.stage())).flat_map(move |child| child.plan(app))
}

/// Two migrations never run side by side: the one of a release that was overtaken ends first.
fn must_wait(app: &App, facts: &Facts) -> bool {
    let own = |migration: &Migration| children::migration::name(app, migration);
    let Some(name) = app.migration.as_ref().map(own) else { return false };
    facts.children.iter().any(|seen| {
        let is_other = seen.key.kind == "Job" && seen.key.name != name && seen.owners.contains(&app.uid);
        is_other && facts.job(&seen.key.name).is_some_and(|job| job.active > 0)
    })
}

/// Whether every workload of the release is written, seen by its controller, and at its newest template.
fn is_settled(app: &App, facts: &Facts) -> bool {
    rows(app, |_| true).filter(|planned| SIZED_KINDS.contains(&planned.kind.kind)).all(|planned| {
        let is_written = facts.entry(planned.kind.kind, &planned.name).is_some_and(|entry| entry.hash == planned.hash);
        is_written && facts.workload(planned.kind.kind, &planned.name).is_some_and(|seen| seen.is_settled())
    })
}

fn is_serving(facts: &Facts, name: &str) -> bool {
    facts.workload("StatefulSet", name).is_some_and(|seen| seen.ready >= 1)
}
