//! `drain`: a pool whose workers give up their tasks when they are asked to end moves or shrinks once they have none. What
//! is looked at meanwhile are the queues that they work on. How long that is waited for is decided with the work, in `scale.rs`.

use crate::{
    App, Facts, Planned, Size,
    app::Worker,
    children,
    facts::WorkloadSeen,
    names::AGENT,
    parts::{agent, http},
    standing::Standing,
};

/// A pool that has to come to rest before it becomes what is wanted.
#[derive(Clone, Debug)]
pub struct Draining {
    /// Name of the pool.
    pub worker: String,
    /// The pool as its pods are now, which may be another release's.
    pub running: Worker,
}

/// Leaves pools out of what is wanted that have to come to rest first: they stay as they are. Names all that have to, also
/// those that have.
pub(crate) fn hold_back(wanted: &mut Vec<Planned>, standing: &Standing<'_>) -> Vec<Draining> {
    let Standing { app, facts, .. } = *standing;
    let mut draining = vec![];
    if app.is_suspended {
        return draining;
    }
    wanted.retain(|planned| {
        let Some((own, seen)) = pool(planned, app, facts) else { return true };
        let running = running(own, planned, standing).map_or(own, |(_, running)| running);
        if !gives_up(running) || !ends(planned, seen) {
            return true;
        }
        draining.push(Draining { worker: own.role.name.clone(), running: running.clone() });
        facts.rested.contains(&own.role.name)
    });
    look_back(wanted, standing);
    draining
}

/// The agent goes on looking at the queues of a release before, as long as workers are there that give up tasks of these.
fn look_back(wanted: &mut Vec<Planned>, standing: &Standing<'_>) {
    let Standing { app, .. } = *standing;
    // where nothing ran before nothing is planned for it
    let looked_at = app.workers.iter().filter(|_| standing.has_others()).find_map(|own| {
        let planned = children::of(app, "workers").into_iter().find(|planned| planned.name == http::object(app, &own.role))?;
        let (other, running) = running(own, &planned, standing)?;
        (gives_up(running) && agent::looks_at(other, running) != agent::looks_at(app, own)).then_some(other)
    });
    let is_agent = |planned: &Planned| planned.section == AGENT && planned.size.is_some();
    if let Some(other) = looked_at {
        wanted.retain(|planned| !is_agent(planned));
        wanted.extend(children::of(other, AGENT).into_iter().filter(is_agent));
    }
}

/// The pool whose Deployment is planned, where it is there.
fn pool<'a>(planned: &Planned, app: &'a App, facts: &'a Facts) -> Option<(&'a Worker, &'a WorkloadSeen)> {
    let is_its = |worker: &&Worker| planned.kind.kind == "Deployment" && planned.name == http::object(app, &worker.role);
    app.workers.iter().find(is_its).zip(facts.workload(planned.kind.kind, &planned.name))
}

/// The pool as a release before has it, as long as its pods are of that one.
fn running<'a>(own: &Worker, planned: &Planned, standing: &'a Standing<'_>) -> Option<(&'a App, &'a Worker)> {
    let mut left = standing.left_behind().filter(|(_, old, seen)| old.kind == planned.kind && old.name == planned.name && seen.current > 0);
    let (other, ..) = left.next()?;
    Some((other, other.workers.iter().find(|worker| worker.role.name == own.role.name)?))
}

fn gives_up(worker: &Worker) -> bool {
    worker.queue.as_ref().is_some_and(|queue| queue.gives_up())
}

/// Whether pods end for a pool to become what is planned.
fn ends(planned: &Planned, seen: &WorkloadSeen) -> bool {
    let shrinks = matches!(planned.size, Some(Size::Fixed(count)) if count < seen.replicas);
    seen.current > 0 && (shrinks || seen.template != planned.template)
}
