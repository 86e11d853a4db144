//! A pod of a role, to go into: one that is ready where there is one.

use aegis_plan::names::{APP_LABEL, CONTAINER, ROLE_LABEL};
use aegis_plan::nearest::nearest;
use k8s_openapi::api::core::v1::{Container, Pod};
use kube::ResourceExt;
use kube::api::ListParams;

use crate::commands::status::read::{self, answer};
use crate::connection::Connection;
use crate::failure::Failure;
use crate::refusal;

/// The youngest ready pod of a role, or the one that is named.
pub async fn one(connection: &Connection, app: &str, role: &str, name: Option<&str>) -> Result<Pod, Failure> {
    let report = read::one(connection, app).await?;
    let known: Vec<&str> = report.components.iter().map(|component| component.name.as_str()).collect();
    if !known.contains(&role) {
        return Err(unknown(app, role, &known));
    }
    let params = ListParams::default().labels(&format!("{APP_LABEL}={app},{ROLE_LABEL}={role}"));
    let listed = answer(connection, connection.namespaced::<Pod>().list(&params)).await?;
    let pods = listed.map_err(|error| refusal::of_change(&error, connection))?.items;
    choose(pods, name).map_err(|there| {
        let fix = format!("see what it waits for: aegisctl status {app} -n {}", connection.namespace);
        match (name, there.is_empty()) {
            (Some(name), false) => Failure::new(
                format_args!("{role} of {app} has no pod {name}"),
                format_args!("it has {}", there.join(", ")),
                "name one of these, or none",
            ),
            (_, true) => Failure::new(format_args!("{role} of {app} has no pods"), "nothing of it runs now", fix),
            (None, false) => {
                Failure::new(format_args!("no pod of {role} of {app} runs"), format_args!("there is {}", there.join(", ")), fix)
            }
        }
    })
}

/// The pod, or the names of all that there are.
fn choose(pods: Vec<Pod>, name: Option<&str>) -> Result<Pod, Vec<String>> {
    let names = pods.iter().map(ResourceExt::name_any).collect();
    let is_meant = |pod: &Pod| name.map_or_else(|| is_running(pod), |name| pod.name_any() == name);
    let rank = |pod: &Pod| (is_ready(pod), pod.creation_timestamp().map(|time| time.0));
    pods.into_iter().filter(is_meant).max_by_key(rank).ok_or(names)
}

fn is_running(pod: &Pod) -> bool {
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
    phase == Some("Running") && pod.metadata.deletion_timestamp.is_none()
}

/// Whether it takes traffic.
pub fn is_ready(pod: &Pod) -> bool {
    let conditions = pod.status.iter().flat_map(|status| status.conditions.iter().flatten());
    conditions.into_iter().any(|condition| condition.type_ == "Ready" && condition.status == "True")
}

/// The role's own container, not one that stands beside it.
pub fn container(pod: &Pod) -> Option<&Container> {
    let containers = pod.spec.as_ref().map(|spec| spec.containers.as_slice()).unwrap_or_default();
    containers.iter().find(|container| container.name == CONTAINER).or(containers.first())
}

/// A role that the app has not.
pub fn unknown(app: &str, role: &str, known: &[&str]) -> Failure {
    let fix = match nearest(role, known.iter().copied()) {
        Some(meant) => format!("did you mean {meant}?"),
        None => format!("name one of these, or see what there is: aegisctl status {app}"),
    };
    let why = if known.is_empty() { "nothing of it was made yet".to_owned() } else { format!("it has {}", known.join(", ")) };
    Failure::new(format_args!("{app} has no role {role}"), why, fix)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn pod(name: &str, created: &str, phase: &str, ready: &str) -> Pod {
        let status = json!({"phase": phase, "conditions": [{"type": "Ready", "status": ready}]});
        serde_json::from_value(json!({"metadata": {"name": name, "creationTimestamp": created}, "status": status})).unwrap()
    }

    #[test]
    fn the_youngest_ready_pod_is_gone_into() {
        let pods = || {
            vec![
                pod("old", "2026-01-01T00:00:00Z", "Running", "True"),
                pod("young", "2026-01-02T00:00:00Z", "Running", "True"),
                pod("starts", "2026-01-03T00:00:00Z", "Running", "False"),
                pod("waits", "2026-01-04T00:00:00Z", "Pending", "False"),
            ]
        };
        let name = |pods, name| choose(pods, name).map(|pod| pod.name_any());
        assert_eq!(name(pods(), None), Ok("young".into()));
        assert_eq!(name(pods().split_off(2), None), Ok("starts".into()));
        assert_eq!(name(pods().split_off(3), None), Err(vec!["waits".into()]));
        assert_eq!(name(pods(), Some("old")), Ok("old".into()));
    }

    #[test]
    fn a_role_has_its_own_container_among_others() {
        let named = |names: Value| {
            let containers: Vec<Value> = names.as_array().unwrap().iter().map(|name| json!({"name": name})).collect();
            let pod: Pod = serde_json::from_value(json!({"metadata": {}, "spec": {"containers": containers}})).unwrap();
            container(&pod).map(|container| container.name.clone())
        };
        assert_eq!(named(json!(["beside", "app"])), Some("app".into()));
        assert_eq!(named(json!(["postgres"])), Some("postgres".into()));
    }
}
