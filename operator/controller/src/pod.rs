//! From a pod of the API server to what the plan calls `PodSeen`.
//! Termination messages are never read: they may hold secrets.

use aegis_plan::{
    facts::{ContainerSeen, PodSeen},
    names::{KID_ANNOTATION, ROLE_LABEL, SECTION_LABEL, TEMPLATE_ANNOTATION},
};

use crate::{
    lean::{ContainerState, ContainerStatus, Lean},
    seen,
};

/// A pod as the plan sees it.
pub fn seen(lean: Lean) -> PodSeen {
    let container = container(&lean);
    let created = lean.created();
    let condition = |type_: &str| lean.status.conditions.iter().find(|condition| condition.type_ == type_);
    let ready = condition("Ready").is_some_and(|condition| condition.status == "True");
    let unschedulable =
        condition("PodScheduled").filter(|condition| condition.status == "False").map(|condition| condition.message.clone());
    let scheduled = condition("PodScheduled").filter(|condition| condition.status == "True").and_then(|condition| condition.since);
    let template = seen::template_mark(&lean.metadata, TEMPLATE_ANNOTATION);
    let kid = seen::template_mark(&lean.metadata, KID_ANNOTATION);
    let labels = lean.metadata.labels.unwrap_or_default();
    let label = |key: &str| labels.get(key).cloned().unwrap_or_default();
    PodSeen {
        name: lean.metadata.name.unwrap_or_default(),
        uid: lean.metadata.uid.unwrap_or_default(),
        ip: lean.status.pod_ip,
        role: label(ROLE_LABEL),
        section: label(SECTION_LABEL),
        created,
        phase: lean.status.phase,
        ready,
        deleting: lean.metadata.deletion_timestamp.is_some(),
        unschedulable,
        scheduled,
        template,
        kid,
        container,
    }
}

/// The app's container, the first of the spec; or an init container that holds it up.
fn container(lean: &Lean) -> ContainerSeen {
    let first = lean.spec.containers.first().cloned().unwrap_or_default();
    let status = lean.status.init_container_statuses.iter().find(|status| is_blocking(status));
    let status = status.or_else(|| lean.status.container_statuses.iter().find(|status| status.name == first.name));
    let status = status.cloned().unwrap_or_default();
    let ended = status.state.terminated.or(status.last_state.terminated);
    ContainerSeen {
        image: first.image,
        waiting: status.state.waiting.map(|waiting| (waiting.reason, waiting.message)),
        ended: ended.map(|end| (end.exit_code, end.reason)),
        running: status.state.running.is_some(),
        restarts: status.restart_count,
    }
}

fn is_blocking(status: &ContainerStatus) -> bool {
    let ContainerState { waiting, terminated, .. } = &status.state;
    let waits = waiting.as_ref().is_some_and(|waiting| waiting.reason != "PodInitializing");
    waits || terminated.as_ref().is_some_and(|end| end.exit_code != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_crashing_pod_shows_its_last_end() {
        let pod = json!({
            "metadata": {"name": "shop-api-1", "labels": {"aegis.dev/role": "api", "aegis.dev/section": "api"}},
            "spec": {"containers": [{"name": "api", "image": "shop:1"}, {"name": "sidecar", "image": "x"}]},
            "status": {"phase": "Running",
                "conditions": [{"type": "Ready", "status": "False"}],
                "containerStatuses": [
                    {"name": "sidecar", "state": {"running": {}}},
                    {"name": "api", "restartCount": 4,
                     "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}},
                     "lastState": {"terminated": {"exitCode": 2, "reason": "Error", "message": "password=hunter2"}}}]},
        });
        let pod = seen(serde_json::from_value(pod).unwrap());
        assert_eq!(pod.container.waiting.as_ref().unwrap().0, "CrashLoopBackOff");
        assert_eq!(pod.container.ended, Some((2, "Error".into())));
        assert_eq!((pod.container.restarts, pod.ready, pod.role.as_str()), (4, false, "api"));
        assert!(!format!("{pod:?}").contains("hunter2"));
    }
}
