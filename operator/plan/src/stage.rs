//! Where a rollout stands: prepare, quiesce, migrate, pause, work, serve, resume, settled. Only facts decide; nothing is
//! remembered, so a rollout that was interrupted anywhere goes on from there. Why one is given up is decided in `rollout.rs`.

use crate::{
    App, Facts, Planned, Size,
    child::SIZED_KINDS,
    children,
    drift::{self, Drift},
    facts::WorkloadSeen,
    migration,
    names::AGENT,
    standing::{Row, Standing},
};

/// How far a rollout may go. Rows of the table name the stage from which on their objects are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Configuration and bindings are made; provisioned services are awaited.
    Prepare,
    /// What writes to the database ends, where two releases cannot share it.
    Quiesce,
    /// The migration runs; the roles stay as they are.
    Migrate,
    /// The scheduler ends, if it is to change or to go.
    Pause,
    /// The workers move to the release.
    Work,
    /// The api and the frontend move.
    Serve,
    /// The scheduler and the schedules move.
    Resume,
    /// Everything is as asked; what nothing wants any more can go.
    Settled,
}

/// The stage by the facts.
pub(crate) fn of(standing: &Standing<'_>) -> Stage {
    let Standing { app, facts, .. } = *standing;
    // nothing of a suspended release runs, so it has nothing to wait for; what has begun never goes back
    let has_begun = app.is_suspended || has_begun(standing);
    if app.revision.is_crowded {
        return Stage::Quiesce;
    }
    // a role that was made before there is a key would be made twice
    if app.auth.as_ref().is_some_and(|auth| auth.keys.signing.is_none()) {
        return Stage::Prepare;
    }
    if !has_begun && !app.services().all(|(_, service)| is_serving(facts, &service.object) || is_given_up(standing, &service.object)) {
        return Stage::Prepare;
    }
    if stops(standing) && !is_quiet(standing) {
        return Stage::Quiesce;
    }
    if !has_begun && !migration::is_over(app, facts) {
        return Stage::Migrate;
    }
    if is_settled(standing) { Stage::Settled } else { moving(standing) }
}

fn has_begun(standing: &Standing<'_>) -> bool {
    standing.facts.status.release.as_ref() == Some(&standing.app.revision.hash)
}

/// The stage of the roles. Where nothing ran before there is nothing to order.
fn moving(standing: &Standing<'_>) -> Stage {
    if standing.app.is_suspended || !standing.has_others() {
        return Stage::Resume;
    }
    if !is_paused(standing) {
        return Stage::Pause;
    }
    let awaited = |stage: Stage| {
        let roles = standing.roles().filter(|row| row.stage == stage && standing.moves(&row.planned));
        let is_there = |planned: &Planned| standing.stands(planned) && is_available(standing.facts, planned);
        roles.map(|row| &row.planned).any(|planned| !is_there(planned) && drift::left(planned, standing.app, standing.facts).is_none())
    };
    [Stage::Work, Stage::Serve].into_iter().find(|stage| awaited(*stage)).unwrap_or(Stage::Resume)
}

/// What is wanted at a stage: what it allows or has allowed to move, and the rest as it is.
pub(crate) fn wanted(stage: Stage, standing: &Standing<'_>) -> Vec<Planned> {
    let is_due = |row: &&Row| match row.stage {
        Stage::Migrate => stage >= Stage::Migrate && migration::has_job(standing.app, standing.facts),
        other => other <= stage || (row.planned.template.is_some() && standing.stands(&row.planned)),
    };
    let stops = stops(standing);
    // a role whose template stays as it is stops too
    let may_halt = standing.app.revision.is_crowded || (stage <= Stage::Migrate && !has_begun(standing));
    let halts = |row: &Row| row.planned.template.is_some() && row.stage > stage && stops && may_halt;
    let halted = |row: &Row| Planned { size: if halts(row) { Some(Size::Fixed(0)) } else { row.planned.size }, ..row.planned.clone() };
    let mut wanted: Vec<Planned> = standing.rows.iter().filter(is_due).map(halted).collect();
    if stage < Stage::Settled {
        let kept = standing.kept(stage, &wanted, stops);
        wanted.extend(kept);
        return wanted;
    }
    remember_good(&mut wanted, standing.app);
    wanted
}

/// A release that has settled is one to go back to, unless it is a developer's.
fn remember_good(wanted: &mut [Planned], app: &App) {
    if app.is_suspended || app.dev.is_some() || app.revision.good == Some(app.revision.number) {
        return;
    }
    let mut app = app.clone();
    app.revision.good = Some(app.revision.number);
    let Some(planned) = wanted.iter_mut().find(|planned| planned.section == "revisions") else { return };
    *planned = children::revision(&app);
}

/// Whether all that ran before has to end first: it cannot share the database with this release.
fn stops(standing: &Standing<'_>) -> bool {
    let Standing { app, facts, .. } = *standing;
    let own = app.migration.as_ref();
    let stops = |release: &App| release.migration.as_ref().is_some_and(|migration| migration.stops_the_world);
    if app.is_suspended || !(stops(app) || app.revision.is_past) {
        return false;
    }
    if app.revision.is_crowded {
        return true;
    }
    let differs = |other: &App| {
        let newer = if app.revision.is_past { other } else { app };
        stops(newer) && other.migration.as_ref().map(|other| &other.inputs) != own.map(|own| &own.inputs)
    };
    // one that has failed lets the release before go on, unless it may have changed the database
    let lets_go_on = migration::has_failed(app, facts) && app.revision.half_migrated.is_none() && !app.revision.is_barred;
    !lets_go_on && (is_due(standing) || standing.left_behind().any(|(other, ..)| differs(other)))
}

fn is_due(standing: &Standing<'_>) -> bool {
    !has_begun(standing) && !migration::is_over(standing.app, standing.facts)
}

/// Whether nothing runs beside the migration, or beside the first role that moves after it.
fn is_quiet(standing: &Standing<'_>) -> bool {
    let are_old_down = standing.left_behind().all(|(_, _, seen)| is_down(seen)) && standing.old_pods().next().is_none();
    are_old_down && (!is_due(standing) || (standing.arrived().all(is_down) && standing.pods().next().is_none()))
}

/// Whether no scheduler of a release before runs that would have to end.
fn is_paused(standing: &Standing<'_>) -> bool {
    let mut left = standing.left_behind().filter(|(_, planned, _)| planned.section == "scheduler").peekable();
    left.peek().is_none() || (left.all(|(_, _, seen)| is_down(seen)) && !standing.old_pods().any(|pod| pod.section == "scheduler"))
}

fn is_down(seen: &WorkloadSeen) -> bool {
    seen.observed_generation >= seen.generation && seen.replicas == 0 && seen.current == 0
}

/// Whether every workload of the release is written, seen by its controller, and at its newest template.
fn is_settled(standing: &Standing<'_>) -> bool {
    let Standing { app, facts, .. } = *standing;
    // no release waits for the agent
    let counts = |planned: &&Planned| SIZED_KINDS.contains(&planned.kind.kind) && planned.section != AGENT;
    standing.rows.iter().map(|row| &row.planned).filter(counts).all(|planned| {
        // what somebody changed and is only told must not hold up the release
        if drift::left(planned, app, facts).is_some() {
            return true;
        }
        let is_written = facts.entry(planned.kind.kind, &planned.name).is_some_and(|entry| entry.hash == planned.hash);
        is_written && is_available(facts, planned)
    })
}

fn is_available(facts: &Facts, planned: &Planned) -> bool {
    let seen = facts.workload(planned.kind.kind, &planned.name);
    seen.is_some_and(|seen| seen.is_settled() && planned.size.is_none_or(|size| size.fits(seen.replicas)))
}

/// Whether somebody deleted a service, and that is only told: it is not awaited.
fn is_given_up(standing: &Standing<'_>, name: &str) -> bool {
    let mut rows = standing.rows.iter().map(|row| &row.planned);
    let service = rows.find(|planned| planned.kind.kind == "StatefulSet" && planned.name == name);
    service.is_some_and(|planned| drift::left(planned, standing.app, standing.facts) == Some(Drift::Deleted))
}

fn is_serving(facts: &Facts, name: &str) -> bool {
    facts.workload("StatefulSet", name).is_some_and(|seen| seen.ready >= 1)
}
