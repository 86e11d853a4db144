//! How the pod of a run stands, from what the cluster says of it.

use aegis_plan::names::CONTAINER;
use k8s_openapi::api::core::v1::{ContainerState, Pod, PodStatus};

/// What can be said of it.
#[derive(Debug, PartialEq, Eq)]
pub enum State {
    /// There is none.
    Absent,
    /// It has not started, and may yet.
    Waits(String),
    /// It does not start without somebody's help.
    Stuck(String),
    Runs,
    Ended {
        code: i32,
        /// A reason beside the exit code, with a comma before it.
        why: String,
    },
}

/// Reasons of a waiting container that do not heal by themselves within a person's patience.
const STUCK: [&str; 5] =
    ["CreateContainerConfigError", "CreateContainerError", "InvalidImageName", "ErrImageNeverPull", "ImagePullBackOff"];

pub fn state(pod: &Pod) -> State {
    let Some(status) = &pod.status else { return State::Waits("waiting for a node".to_owned()) };
    let container = status.container_statuses.iter().flatten().find(|container| container.name == CONTAINER);
    match container.and_then(|container| container.state.as_ref()) {
        Some(ContainerState { terminated: Some(ended), .. }) => State::Ended { code: ended.exit_code, why: why(ended.reason.as_deref()) },
        Some(ContainerState { running: Some(_), .. }) => State::Runs,
        // ended from outside before it ran: by its deadline, or by its node
        _ if status.phase.as_deref() == Some("Failed") => State::Ended { code: 1, why: why(status.reason.as_deref()) },
        Some(ContainerState { waiting: Some(waiting), .. }) => {
            let reason = waiting.reason.clone().unwrap_or_default();
            let said = [reason.as_str(), waiting.message.as_deref().unwrap_or_default()].join(" ").trim().to_owned();
            if STUCK.contains(&reason.as_str()) { State::Stuck(said) } else { State::Waits(said) }
        }
        _ => State::Waits(unscheduled(status).unwrap_or_else(|| "waiting for a node".to_owned())),
    }
}

fn unscheduled(status: &PodStatus) -> Option<String> {
    let conditions = status.conditions.iter().flatten();
    let mut unscheduled = conditions.filter(|condition| condition.type_ == "PodScheduled" && condition.status == "False");
    unscheduled.next()?.message.as_ref().map(|message| format!("no node takes it: {message}"))
}

/// The reasons that say no more than the exit code are left out.
fn why(reason: Option<&str>) -> String {
    reason.filter(|reason| !["Completed", "Error"].contains(reason)).map(|reason| format!(", {reason}")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn seen(status: &Value) -> State {
        state(&serde_json::from_value(json!({"status": status})).unwrap())
    }

    fn container(state: &Value) -> State {
        seen(&json!({"phase": "Pending", "containerStatuses": [
            {"name": "app", "state": state, "image": "", "imageID": "", "ready": false, "restartCount": 0},
        ]}))
    }

    #[test]
    fn it_waits_for_what_may_yet_come() {
        assert_eq!(seen(&json!({"phase": "Pending"})), State::Waits("waiting for a node".into()));
        let full = json!({"conditions": [{"type": "PodScheduled", "status": "False", "message": "0/1 nodes are available"}]});
        assert_eq!(seen(&full), State::Waits("no node takes it: 0/1 nodes are available".into()));
        assert_eq!(container(&json!({"waiting": {"reason": "ContainerCreating"}})), State::Waits("ContainerCreating".into()));
    }

    #[test]
    fn what_does_not_heal_is_not_waited_for() {
        let missing = json!({"waiting": {"reason": "CreateContainerConfigError", "message": "secret \"absent\" not found"}});
        assert_eq!(container(&missing), State::Stuck("CreateContainerConfigError secret \"absent\" not found".into()));
    }

    #[test]
    fn its_end_has_a_code_and_a_reason_that_says_more() {
        let ended = |code: i32, reason: &str| container(&json!({"terminated": {"exitCode": code, "reason": reason}}));
        assert_eq!(container(&json!({"running": {}})), State::Runs);
        assert_eq!(ended(0, "Completed"), State::Ended { code: 0, why: String::new() });
        assert_eq!(ended(3, "Error"), State::Ended { code: 3, why: String::new() });
        assert_eq!(ended(137, "OOMKilled"), State::Ended { code: 137, why: ", OOMKilled".into() });
        assert_eq!(
            seen(&json!({"phase": "Failed", "reason": "DeadlineExceeded"})),
            State::Ended { code: 1, why: ", DeadlineExceeded".into() }
        );
    }
}
