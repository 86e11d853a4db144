//! What is left over is deleted, each object by its uid and version, after a complete apply only.
//! What counts as left over is decided by the plan; data never does.

use aegis_plan::{App, Leftover, Plan, status::Undone};

use crate::{
    failure::Failure,
    place::{AppKey, Place},
    world::World,
};

/// Deletes the leftovers of a plan. Returns those that could not be deleted.
pub async fn prune(world: &World, app: &App, plan: &Plan) -> Vec<Undone> {
    let mut failures = vec![];
    for leftover in &plan.leftovers {
        if let Err(failure) = delete(world, app, leftover).await {
            failures.push(world.undone(app, leftover.key.clone(), "leftovers", &failure));
        }
    }
    failures
}

/// Deletes one object, if it is still as it was seen.
pub async fn delete(world: &World, app: &App, leftover: &Leftover) -> Result<(), Failure> {
    let place = Place { kind: leftover.kind, namespace: app.namespace.clone(), name: leftover.key.name.clone() };
    match world.writer.delete(&place, &leftover.uid, &leftover.resource_version).await {
        // Gone already, or changed since: the next round looks again.
        Err(refusal) if !refusal.is_gone() => Err(Failure::Delete(refusal)),
        Err(_) => Ok(()),
        Ok(()) => {
            let home = AppKey { namespace: app.namespace.clone(), name: app.name.clone() };
            world.cache.mark_deleting(&home, &leftover.key);
            Ok(())
        }
    }
}
