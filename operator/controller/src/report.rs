//! Statuses and events: written when they say something new, always for the resource of that uid.
//! What they say is decided by the plan; only what kept the plan from being made is worded here.

use aegis_crds::status::AegisAppStatus;
use aegis_plan::{Problem, problem};
use k8s_openapi::{
    api::{core::v1::ObjectReference, events::v1::Event},
    apimachinery::pkg::apis::meta::v1::{Condition, MicroTime, ObjectMeta, Time},
    jiff::Timestamp,
};

use crate::{
    asked::{Asked, Misfit},
    failure::Failure,
    place::Place,
    transitions::{Notice, transitions},
    watch,
    world::World,
};

/// Events' collection, which no child is in.
const EVENT: aegis_plan::Kind = aegis_plan::Kind::of::<Event>();
/// Name of the operator in events.
const CONTROLLER: &str = "aegis.dev/operator";

/// Writes a status unless it says what the last one said, and tells what changed in events.
pub async fn report(world: &World, asked: &Asked, status: &AegisAppStatus) -> Result<(), Failure> {
    let before = asked.status();
    if *status == before {
        return Ok(());
    }
    let place = asked.key().place();
    let body = serde_json::to_value(status).expect("a status is JSON");
    match world.writer.report(&place, asked.uid(), &body).await {
        Ok(written) => world.cache.note(watch::app(written)),
        // Deleted meanwhile; the watch says so too.
        Err(refusal) if refusal.is_gone() => return Ok(()),
        Err(refusal) => return Err(Failure::Report(refusal)),
    };
    for notice in transitions(&before, status) {
        announce(world, asked, &notice).await;
    }
    Ok(())
}

/// Reports a resource that cannot be decoded.
pub async fn misfit(world: &World, asked: &Asked, misfit: &Misfit) -> Result<(), Failure> {
    let problem = Problem::new(&problem::UNDECODABLE, &misfit.path, &misfit.message);
    let message = format!("{}: {} ({}) {}", problem.path, problem.message, problem.code.name, problem.fix);
    let status = AegisAppStatus { problems: vec![problem.report()], ..stalled(asked, "Undecodable", &message) };
    report(world, asked, &status).await
}

/// Reports a bug of the operator on the one object that it met it with.
pub async fn bug(world: &World, asked: &Asked, failure: &Failure) -> Result<(), Failure> {
    let message = format!("{failure}. The app runs on as it is. Please report it with the operator's log.");
    report(world, asked, &stalled(asked, failure.reason(), &message)).await
}

/// The last status, stalled, with readiness unknown.
fn stalled(asked: &Asked, reason: &str, message: &str) -> AegisAppStatus {
    let mut status = asked.status();
    status.observed_generation = asked.metadata.generation;
    status.conditions.retain(|condition| condition.type_ != "Reconciling");
    for (type_, holds) in [("Ready", "Unknown"), ("Stalled", "True")] {
        let known = status.conditions.iter().position(|condition| condition.type_ == type_);
        let before = known.map(|index| status.conditions.remove(index)).filter(|condition| condition.status == holds);
        status.conditions.push(Condition {
            type_: type_.to_owned(),
            status: holds.to_owned(),
            reason: reason.to_owned(),
            message: message.to_owned(),
            last_transition_time: before.map_or_else(|| Time(Timestamp::now()), |condition| condition.last_transition_time),
            observed_generation: asked.metadata.generation,
        });
    }
    status
}

/// Publishes one event. It is a courtesy: a lost one is logged and not tried again.
pub async fn announce(world: &World, asked: &Asked, notice: &Notice) {
    let event = event(&world.instance, asked.reference(), notice, Timestamp::now());
    let place = Place { kind: EVENT, namespace: asked.key().namespace, name: String::new() };
    if let Err(refusal) = world.writer.announce(&place, &event).await {
        tracing::warn!(app = asked.key().name, reason = notice.reason, %refusal, "cannot publish an event");
    }
}

fn event(instance: &str, regarding: ObjectReference, notice: &Notice, now: Timestamp) -> Event {
    let name = format!("{}.{:x}", regarding.name.as_deref().unwrap_or_default(), now.as_nanosecond());
    Event {
        metadata: ObjectMeta { name: Some(name), namespace: regarding.namespace.clone(), ..Default::default() },
        event_time: Some(MicroTime(now)),
        reporting_controller: Some(CONTROLLER.to_owned()),
        reporting_instance: Some(instance.to_owned()),
        action: Some("Reconcile".to_owned()),
        reason: Some(notice.reason.clone()),
        note: Some(notice.note.clone()),
        type_: Some(if notice.is_warning { "Warning" } else { "Normal" }.to_owned()),
        regarding: Some(regarding),
        ..Default::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_stall_keeps_what_is_remembered_and_its_time() {
        let status = json!({
            "inventory": [{"kind": "Service", "name": "x", "uid": "1", "hash": "h"}],
            "conditions": [{"type": "Stalled", "status": "True", "reason": "Undecodable", "message": "",
                "lastTransitionTime": "2026-01-01T00:00:00Z"}],
        });
        let asked = Asked { status: (&status).into(), ..Default::default() };
        let first = stalled(&asked, "Undecodable", "why");
        assert_eq!(first.inventory.len(), 1);
        let stored = Asked { status: (&json!(first)).into(), ..Default::default() };
        let stalled = stalled(&stored, "Undecodable", "why");
        assert_eq!(stalled, stored.status());
        let time = &stalled.conditions.iter().find(|condition| condition.type_ == "Stalled").unwrap().last_transition_time;
        assert_eq!(time.0.to_string(), "2026-01-01T00:00:00Z");
    }
}
