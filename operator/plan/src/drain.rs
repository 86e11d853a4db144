//! `drain`: a pool whose workers give up their tasks when they are asked to end moves to a release once they have none.
//! How long that is waited for is decided with the work, in `scale.rs`.

use crate::{App, Facts, Planned, app::Worker, parts::http};

/// Leaves pools out of what is wanted that have to come to rest first: they stay as they are.
pub(crate) fn hold_back(wanted: &mut Vec<Planned>, app: &App, facts: &Facts) {
    let waits = |worker: &Worker, planned: &Planned| drains(worker, planned, app, facts) && !facts.rested.contains(&worker.role.name);
    wanted.retain(|planned| !app.workers.iter().any(|worker| waits(worker, planned)));
}

/// Whether workers of a pool would give up tasks for it to become what is planned.
pub(crate) fn drains(worker: &Worker, planned: &Planned, app: &App, facts: &Facts) -> bool {
    let is_its = planned.kind.kind == "Deployment" && planned.name == http::object(app, &worker.role);
    let gives_up = worker.queue.as_ref().is_some_and(|queue| queue.gives_up());
    let ends = facts.workload(planned.kind.kind, &planned.name).is_some_and(|seen| seen.current > 0 && seen.template != planned.template);
    is_its && gives_up && ends && !app.is_suspended
}
