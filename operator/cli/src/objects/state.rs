//! How one object stands, in a word and a count, from itself alone.

use kube::core::DynamicObject;
use serde_json::Value;

/// How it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// As asked, or with nothing that could be otherwise.
    Good,
    /// On its way, or at its end.
    Moving,
    /// It does not get on.
    Bad,
}

/// What is said of it; nothing of what only is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    pub health: Health,
    /// So many of so many.
    pub count: Option<(i64, i64)>,
    pub word: String,
}

/// Reasons of waiting containers that pass by themselves.
const PASSING: [&str; 2] = ["ContainerCreating", "PodInitializing"];

pub fn of(kind: &str, object: &DynamicObject) -> State {
    let (spec, status) = (&object.data["spec"], &object.data["status"]);
    if object.metadata.deletion_timestamp.is_some() {
        return said(Health::Moving, "Terminating");
    }
    match kind {
        "Deployment" | "StatefulSet" | "ReplicaSet" => replicas(spec, status),
        "Pod" => pod(status),
        "Job" => job(status),
        "CronJob" if spec["suspend"] == true => said(Health::Good, "Suspended"),
        "CronJob" => said(Health::Good, spec["schedule"].as_str().unwrap_or_default()),
        "PersistentVolumeClaim" => {
            let phase = status["phase"].as_str().unwrap_or("Pending");
            said(if phase == "Bound" { Health::Good } else { Health::Moving }, phase)
        }
        _ => said(Health::Good, ""),
    }
}

fn said(health: Health, word: &str) -> State {
    State { health, count: None, word: word.to_owned() }
}

fn replicas(spec: &Value, status: &Value) -> State {
    let (ready, wanted) = (status["readyReplicas"].as_i64().unwrap_or(0), spec["replicas"].as_i64().unwrap_or(1));
    let health = if ready == wanted { Health::Good } else { Health::Moving };
    State { health, count: Some((ready, wanted)), word: String::new() }
}

fn job(status: &Value) -> State {
    let is = |type_: &str| {
        let mut conditions = status["conditions"].as_array().into_iter().flatten();
        conditions.any(|condition| condition["type"] == type_ && condition["status"] == "True")
    };
    match (is("Complete"), is("Failed")) {
        (true, _) => said(Health::Good, "Complete"),
        (_, true) => said(Health::Bad, "Failed"),
        _ => said(Health::Moving, "Running"),
    }
}

/// As `kubectl get pods` shows it: the word of whatever keeps it, and containers that are ready.
fn pod(status: &Value) -> State {
    let phase = status["phase"].as_str().unwrap_or("Pending");
    let list = |field: &str| status[field].as_array().cloned().unwrap_or_default();
    let containers = list("containerStatuses");
    let ready = i64::try_from(containers.iter().filter(|container| container["ready"] == true).count()).unwrap_or(i64::MAX);
    let all = i64::try_from(containers.len()).unwrap_or(i64::MAX);
    let reason = |container: &Value| {
        let state = &container["state"];
        let waiting = state["waiting"]["reason"].as_str().map(|reason| (reason.to_owned(), !PASSING.contains(&reason)));
        let ended = state["terminated"]["reason"].as_str().filter(|_| state["terminated"]["exitCode"] != 0);
        waiting.or(ended.map(|reason| (reason.to_owned(), true)))
    };
    let held = list("initContainerStatuses").iter().chain(&containers).find_map(reason);
    let unscheduled = list("conditions").iter().any(|condition| condition["reason"] == "Unschedulable");
    let restarts: i64 = containers.iter().filter_map(|container| container["restartCount"].as_i64()).sum();
    let (health, word) = match (phase, held) {
        ("Succeeded", _) => (Health::Good, "Completed".to_owned()),
        // its node has ended it, whatever its containers ended with
        ("Failed", _) if status["reason"].is_string() => (Health::Bad, status["reason"].as_str().unwrap_or_default().to_owned()),
        (_, Some((word, is_bad))) => (if is_bad { Health::Bad } else { Health::Moving }, word),
        ("Failed", None) => (Health::Bad, "Failed".to_owned()),
        ("Pending", None) if unscheduled => (Health::Bad, "Unschedulable".to_owned()),
        ("Running", None) if ready < all => (Health::Moving, "NotReady".to_owned()),
        (phase, None) => (if phase == "Running" { Health::Good } else { Health::Moving }, phase.to_owned()),
    };
    let word = if restarts > 0 { format!("{word}, {restarts} restarts") } else { word };
    State { health, count: (all > 0 && phase != "Succeeded").then_some((ready, all)), word }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn seen(kind: &str, rest: &Value) -> (Health, Option<(i64, i64)>, String) {
        let mut object = json!({"metadata": {"name": "x"}});
        object.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        let State { health, count, word } = of(kind, &serde_json::from_value(object).unwrap());
        (health, count, word)
    }

    fn in_pod(phase: &str, state: &Value, ready: bool, restarts: i64) -> (Health, Option<(i64, i64)>, String) {
        let container = json!({"name": "app", "state": state, "ready": ready, "restartCount": restarts});
        seen("Pod", &json!({"status": {"phase": phase, "containerStatuses": [container]}}))
    }

    #[test]
    fn a_pod_is_what_keeps_it() {
        let running = json!({"running": {}});
        assert_eq!(in_pod("Running", &running, true, 0), (Health::Good, Some((1, 1)), "Running".into()));
        assert_eq!(in_pod("Running", &running, false, 2), (Health::Moving, Some((0, 1)), "NotReady, 2 restarts".into()));
        let creating = json!({"waiting": {"reason": "ContainerCreating"}});
        assert_eq!(in_pod("Pending", &creating, false, 0), (Health::Moving, Some((0, 1)), "ContainerCreating".into()));
        let pull = json!({"waiting": {"reason": "ImagePullBackOff"}});
        assert_eq!(in_pod("Pending", &pull, false, 0), (Health::Bad, Some((0, 1)), "ImagePullBackOff".into()));
        let killed = json!({"terminated": {"reason": "OOMKilled", "exitCode": 137}});
        assert_eq!(in_pod("Failed", &killed, false, 0), (Health::Bad, Some((0, 1)), "OOMKilled".into()));
        let evicted = json!({"status": {"phase": "Failed", "reason": "Evicted", "containerStatuses": [{"ready": false, "state": killed}]}});
        assert_eq!(seen("Pod", &evicted).2, "Evicted");
        let done = json!({"terminated": {"reason": "Completed", "exitCode": 0}});
        assert_eq!(in_pod("Succeeded", &done, false, 0), (Health::Good, None, "Completed".into()));
        let full = json!({"status": {"phase": "Pending", "conditions": [{"type": "PodScheduled", "reason": "Unschedulable"}]}});
        assert_eq!(seen("Pod", &full), (Health::Bad, None, "Unschedulable".into()));
    }

    #[test]
    fn others_are_counted_or_have_a_word() {
        let replicas = |ready: i64| json!({"spec": {"replicas": 2}, "status": {"readyReplicas": ready}});
        assert_eq!(seen("Deployment", &replicas(2)), (Health::Good, Some((2, 2)), String::new()));
        assert_eq!(seen("StatefulSet", &replicas(1)), (Health::Moving, Some((1, 2)), String::new()));
        assert_eq!(seen("Job", &json!({"status": {"conditions": [{"type": "Failed", "status": "True"}]}})).2, "Failed");
        assert_eq!(seen("Job", &json!({"status": {"active": 1}})), (Health::Moving, None, "Running".into()));
        assert_eq!(seen("CronJob", &json!({"spec": {"schedule": "0 2 * * *"}})).2, "0 2 * * *");
        assert_eq!(seen("PersistentVolumeClaim", &json!({"status": {"phase": "Pending"}})), (Health::Moving, None, "Pending".into()));
        let going = json!({"metadata": {"name": "x", "deletionTimestamp": "2026-01-01T00:00:00Z"}});
        assert_eq!(seen("ConfigMap", &going), (Health::Moving, None, "Terminating".into()));
    }
}
