//! `drain`: a pool whose workers give up their tasks when they are asked to end moves or shrinks once they have none.
//! How long that is waited for is decided with the work, in `scale.rs`.

use crate::{App, Facts, Planned, Size, app::Worker, parts::http};

/// Leaves pools out of what is wanted that have to come to rest first: they stay as they are. Names all that have to, also
/// those that have.
pub(crate) fn hold_back(wanted: &mut Vec<Planned>, app: &App, facts: &Facts) -> Vec<String> {
    let mut draining = vec![];
    wanted.retain(|planned| {
        let Some(worker) = app.workers.iter().find(|worker| drains(worker, planned, app, facts)) else { return true };
        draining.push(worker.role.name.clone());
        facts.rested.contains(&worker.role.name)
    });
    draining
}

/// Whether workers of a pool would give up tasks for it to become what is planned.
fn drains(worker: &Worker, planned: &Planned, app: &App, facts: &Facts) -> bool {
    let is_its = planned.kind.kind == "Deployment" && planned.name == http::object(app, &worker.role);
    let gives_up = worker.queue.as_ref().is_some_and(|queue| queue.gives_up());
    let ends = facts.workload(planned.kind.kind, &planned.name).is_some_and(|seen| {
        let shrinks = matches!(planned.size, Some(Size::Fixed(count)) if count < seen.replicas);
        seen.current > 0 && (shrinks || seen.template != planned.template)
    });
    is_its && gives_up && ends && !app.is_suspended
}
