//! The whole story of one look at one app: read, accept, plan, apply, prune, report.
//! No step waits; what the world does in answer comes back through the watches.

use aegis_plan::{accept, plan, status, status::Done};

use crate::{
    apply::{Applied, apply},
    failure::Failure,
    place::AppKey,
    prune::prune,
    queue::Outlook,
    read::View,
    report::{self, report},
    world::World,
};

/// Looks at one app and brings it one step closer to what was asked.
pub async fn reconcile(world: &World, key: &AppKey) -> Result<Outlook, Failure> {
    let Some(stored) = world.cache.app(key).filter(|stored| !stored.is_deleting()) else {
        world.strangers.follow(key, vec![]);
        return Ok(Outlook::Gone);
    };
    let asked = match stored.decode() {
        Ok(asked) => asked,
        Err(misfit) => return report::misfit(world, &stored, &misfit).await.map(|()| Outlook::Settled),
    };
    let View { facts, pods } = world.reader.read(&stored).await;
    let accepted = accept(&asked, &facts);
    let app = accepted.app.as_ref().filter(|_| !asked.spec.paused.unwrap_or(false));
    let plan = app.map(|app| plan(app, accepted.serving.as_ref(), &facts));

    let mut applied = Applied::nothing(&facts);
    if let (Some(app), Some(plan)) = (app, &plan) {
        applied = apply(world, app, plan, &accepted.unfit, &facts).await;
        if applied.is_complete {
            applied.done.failures = prune(world, app, plan).await;
            // what was deleted here must not look as if somebody else had done it
            applied.done.inventory.retain(|entry| !plan.leftovers.iter().any(|leftover| leftover.is(&entry.kind, &entry.name)));
        }
    }
    let Applied { done, has_written, strangers, .. } = applied;
    world.strangers.follow(key, strangers);
    let status = status(&asked, &accepted, plan.as_ref(), &facts, &done);
    report(world, &stored, &status).await?;
    Ok(outlook(&done, has_written, pods))
}

fn outlook(done: &Done, has_written: bool, pods: Outlook) -> Outlook {
    match (done.failures.is_empty(), has_written) {
        (false, _) => Outlook::Failing,
        (true, true) => Outlook::Moving,
        (true, false) => pods,
    }
}
