//! The end of an app whose time is over: deleted by its uid and version, so that no edit is overlooked.
//! Whether it is over is decided by the plan; what the app made goes by its owner.

use crate::{asked::Asked, failure::Failure, report, transitions::Notice, world::World};

/// Deletes the resource, and tells it in an event that outlives it.
pub async fn expire(world: &World, asked: &Asked) -> Result<(), Failure> {
    let version = asked.metadata.resource_version.as_deref().unwrap_or_default();
    match world.writer.delete(&asked.key().place(), asked.uid(), version).await {
        Ok(()) => {}
        // Gone already, or changed since: the next look sees what it is now.
        Err(refusal) if refusal.is_gone() => return Ok(()),
        Err(refusal) => return Err(Failure::Expire(refusal)),
    }
    let note = "lifecycle.ttl is over: the app is deleted with all that it made, but for data that is retained";
    report::announce(world, asked, &Notice { is_warning: false, reason: "Expired".into(), note: note.into() }).await;
    Ok(())
}
