//! The whole story of one look at one app: read, accept, plan, apply, prune, report.
//! No step waits; what the world does in answer comes back through the watches.

use std::sync::Arc;

use aegis_crds::AegisApp;
use aegis_plan::{Accepted, Facts, Plan, accept, due, lifecycle, plan, scale, status, status::Done};

use crate::{
    apply::{Applied, apply},
    expire::expire,
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
        world.scaler.follow(key, vec![], &[]);
        world.reader.forget(key);
        return Ok(Outlook::Gone);
    };
    let asked = match stored.decode() {
        Ok(asked) => asked,
        Err(misfit) => return report::misfit(world, &stored, &misfit).await.map(|()| Outlook::Settled),
    };
    let View { mut facts, pods } = world.reader.read(&stored, &asked).await;
    if lifecycle::is_over(&asked, &facts) {
        return expire(world, &stored).await.map(|()| Outlook::Moving);
    }
    let mut round = Round::take(world, &asked, &facts).await;
    let has_written = round.applied.has_written;
    // What was just made may be all that the rest waits for, like the uid that a Secret is named by. An edit is another look's.
    let is_as_asked = || world.cache.app(key).is_some_and(|now| Arc::ptr_eq(&now, &stored));
    if has_written && round.applied.done.failures.is_empty() && is_as_asked() {
        facts = world.reader.again(facts, &stored, &round.applied.done);
        round = Round::take(world, &asked, &facts).await;
    }
    let Round { accepted, plan, applied: Applied { done, strangers, .. } } = round;
    world.strangers.follow(key, strangers);
    let followed = accepted.app.as_ref().zip(plan.as_ref()).map(|(app, plan)| scale::followed(app, plan)).unwrap_or_default();
    world.scaler.follow(key, followed, &facts.status.queues);
    // what was just written is seen already: one status says what the next look would
    let facts = if has_written { world.reader.again(facts, &stored, &done) } else { facts };
    let status = status(&asked, &accepted, plan.as_ref(), &facts, &done);
    report(world, &stored, &status).await?;
    Ok(outlook(&done, has_written, pods).or_due(due(&asked, &accepted, plan.as_ref(), &facts), facts.now))
}

/// One way from facts to what is done about them.
struct Round {
    accepted: Accepted,
    plan: Option<Plan>,
    applied: Applied,
}

impl Round {
    async fn take(world: &World, asked: &AegisApp, facts: &Facts) -> Self {
        let accepted = accept(asked, facts);
        let app = accepted.app.as_ref().filter(|_| !asked.spec.paused.unwrap_or(false));
        let plan = app.and_then(|_| plan(&accepted, facts));
        let mut applied = Applied::nothing(facts);
        if let (Some(app), Some(plan)) = (app, &plan) {
            applied = apply(world, app, plan, &accepted.unfit, facts).await;
            if applied.is_complete {
                applied.done.failures = prune(world, app, plan).await;
                // what was deleted here must not look as if somebody else had done it
                applied.done.inventory.retain(|entry| !plan.leftovers.iter().any(|leftover| leftover.is(&entry.kind, &entry.name)));
            }
        }
        Self { accepted, plan, applied }
    }
}

fn outlook(done: &Done, has_written: bool, pods: Outlook) -> Outlook {
    match (done.failures.is_empty(), has_written) {
        (false, _) => Outlook::Failing,
        (true, true) => Outlook::Moving,
        (true, false) => pods,
    }
}
