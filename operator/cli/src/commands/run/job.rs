//! The Job of a run: the pod that a role has now, with other words. No selector of the app finds it.

use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};
use k8s_openapi::api::batch::v1::{Job, JobSpec};
use k8s_openapi::api::core::v1::{Affinity, PodAffinity, PodAffinityTerm, PodSpec, PodTemplateSpec, WeightedPodAffinityTerm};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta, OwnerReference};
use kube::ResourceExt;
use kube::api::ListParams;
use kube::core::DynamicObject;

use aegis_plan::names::{AGENT, APP_LABEL, CONTAINER, MANAGED_BY_LABEL, ROLE_LABEL, RUN_LABEL, SECTION_LABEL, selector};

use aegis_plan::nearest::nearest;

use crate::args::change::Run;
use crate::commands::status::read::answer;
use crate::connection::Connection;
use crate::edit::MANAGER;
use crate::failure::Failure;
use crate::refusal;

/// Seconds that an ended Job and its log stay.
const KEPT: i32 = 3600;

/// The pod template that the role has in the cluster, which is what runs now.
pub async fn template(connection: &Connection, app: &str, role: &str) -> Result<PodTemplateSpec, Failure> {
    // a provisioned service and the agent have a role's name too
    let params = ListParams::default().labels(&format!("{},{APP_LABEL}={app},{SECTION_LABEL} notin (bindings,{AGENT})", selector()));
    let explain = |error: kube::Error| refusal::of_change(&error, connection);
    let deployments = answer(connection, connection.namespaced::<Deployment>().list(&params)).await?.map_err(explain)?;
    let sets = answer(connection, connection.namespaced::<StatefulSet>().list(&params)).await?.map_err(explain)?;
    let of = |metadata: ObjectMeta| metadata.labels.and_then(|mut labels| labels.remove(ROLE_LABEL));
    let deployments = deployments.items.into_iter().filter_map(|item| Some((of(item.metadata)?, item.spec?.template)));
    let sets = sets.items.into_iter().filter_map(|item| Some((of(item.metadata)?, item.spec?.template)));
    let mut roles: Vec<(String, PodTemplateSpec)> = deployments.chain(sets).collect();
    match roles.iter().position(|(name, _)| name == role) {
        Some(at) => Ok(roles.swap_remove(at).1),
        None => Err(unknown(app, role, &roles.into_iter().map(|(name, _)| name).collect::<Vec<_>>())),
    }
}

fn unknown(app: &str, role: &str, known: &[String]) -> Failure {
    let what = format!("{app} has no role {role} in the cluster");
    if known.is_empty() {
        return Failure::new(what, "nothing of it was made yet", format_args!("see what it lacks: aegisctl status {app}"));
    }
    let meant = nearest(role, known.iter().map(String::as_str));
    let fix = meant.map_or_else(|| "name one of these with --role".to_owned(), |meant| format!("did you mean --role {meant}?"));
    Failure::new(what, format_args!("it has {}", known.join(", ")), fix)
}

/// The Job, which goes with the app.
pub fn job(app: &DynamicObject, template: PodTemplateSpec, args: &Run) -> Job {
    let name = app.name_any();
    let labels = [(MANAGED_BY_LABEL.to_owned(), MANAGER.to_owned()), (RUN_LABEL.to_owned(), name.clone())];
    let owner = OwnerReference {
        api_version: app.types.as_ref().map_or_else(|| "aegis.dev/v1alpha1".to_owned(), |types| types.api_version.clone()),
        kind: "AegisApp".to_owned(),
        name: name.clone(),
        uid: app.uid().unwrap_or_default(),
        ..Default::default()
    };
    let metadata = ObjectMeta {
        generate_name: Some(format!("{name}-run-")),
        labels: Some(labels.clone().into()),
        owner_references: Some(vec![owner]),
        ..Default::default()
    };
    let spec = JobSpec {
        active_deadline_seconds: Some(args.deadline),
        backoff_limit: Some(0),
        ttl_seconds_after_finished: Some(KEPT),
        template: PodTemplateSpec {
            metadata: Some(ObjectMeta { labels: Some(labels.into()), ..Default::default() }),
            spec: template.spec.map(|spec| pod(spec, template.metadata.as_ref(), args)),
        },
        ..Default::default()
    };
    Job { metadata, spec: Some(spec), ..Default::default() }
}

/// The role's pod without what is there for a server: ports, probes, hooks, and being spread.
fn pod(mut spec: PodSpec, role: Option<&ObjectMeta>, args: &Run) -> PodSpec {
    for container in spec.containers.iter_mut().filter(|container| container.name == CONTAINER) {
        (container.ports, container.lifecycle) = (None, None);
        (container.startup_probe, container.readiness_probe, container.liveness_probe) = (None, None, None);
        if args.command {
            (container.command, container.args) = (Some(args.words.clone()), None);
        } else {
            container.args = Some(args.words.clone());
        }
    }
    spec.topology_spread_constraints = None;
    let mounts = spec.volumes.iter().flatten().any(|volume| volume.persistent_volume_claim.is_some());
    let labels = role.and_then(|metadata| metadata.labels.clone());
    spec.affinity = labels.filter(|_| mounts).map(beside);
    spec.restart_policy = Some("Never".to_owned());
    spec
}

/// A volume that one node has at a time is where the role runs, if it runs.
fn beside(mut labels: std::collections::BTreeMap<String, String>) -> Affinity {
    labels.retain(|key, _| key == APP_LABEL || key == ROLE_LABEL);
    let term = PodAffinityTerm {
        label_selector: Some(LabelSelector { match_labels: Some(labels), ..Default::default() }),
        topology_key: "kubernetes.io/hostname".to_owned(),
        ..Default::default()
    };
    let preferred = vec![WeightedPodAffinityTerm { weight: 100, pod_affinity_term: term }];
    let affinity = PodAffinity { preferred_during_scheduling_ignored_during_execution: Some(preferred), ..Default::default() };
    Affinity { pod_affinity: Some(affinity), ..Default::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn args(words: &[&str], command: bool) -> Run {
        let target = crate::args::Target { namespace: None, kubeconfig: None, context: None };
        let words = words.iter().map(ToString::to_string).collect();
        Run { name: "shop".into(), target, role: "api".into(), deadline: 60, command, detach: false, words }
    }

    fn made(volumes: &serde_json::Value, args: &Run) -> serde_json::Value {
        let app: DynamicObject = serde_json::from_value(json!({"metadata": {"name": "shop", "uid": "u1"}, "spec": {}})).unwrap();
        let template: PodTemplateSpec = serde_json::from_value(json!({
            "metadata": {"labels": {"aegis.dev/app": "shop", "aegis.dev/role": "api", "app.kubernetes.io/managed-by": "aegis"}, "annotations": {"a": "b"}},
            "spec": {
                "serviceAccountName": "shop",
                "topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"}],
                "volumes": volumes,
                "containers": [{
                    "name": "app", "image": "shop:1", "command": ["entry"], "args": ["webserver"], "env": [{"name": "A", "value": "b"}],
                    "ports": [{"containerPort": 8000}], "readinessProbe": {"httpGet": {"port": 8000}}, "lifecycle": {"preStop": {"sleep": {"seconds": 5}}},
                }],
            },
        }))
        .unwrap();
        serde_json::to_value(job(&app, template, args)).unwrap()
    }

    #[test]
    fn it_has_the_roles_context_and_none_of_its_duties() {
        let job = made(&json!([]), &args(&["reindex", "--all"], false));
        let pod = &job["spec"]["template"]["spec"];
        let container = json!({
            "name": "app", "image": "shop:1", "command": ["entry"], "args": ["reindex", "--all"], "env": [{"name": "A", "value": "b"}],
        });
        assert_eq!(pod["containers"], json!([container]));
        assert_eq!(*pod, json!({"containers": pod["containers"], "restartPolicy": "Never", "serviceAccountName": "shop", "volumes": []}));
        let limits = (&job["spec"]["activeDeadlineSeconds"], &job["spec"]["backoffLimit"], &job["spec"]["ttlSecondsAfterFinished"]);
        assert_eq!(limits, (&json!(60), &json!(0), &json!(3600)));
    }

    #[test]
    fn no_selector_of_the_app_finds_it_and_it_goes_with_the_app() {
        let job = made(&json!([]), &args(&["reindex"], false));
        let labels = json!({"app.kubernetes.io/managed-by": "aegisctl", "aegis.dev/run": "shop"});
        assert_eq!((&job["metadata"]["labels"], &job["spec"]["template"]["metadata"]), (&labels, &json!({"labels": labels})));
        assert_eq!(job["metadata"]["ownerReferences"][0]["uid"], "u1");
        assert_eq!(job["metadata"]["ownerReferences"][0]["controller"], serde_json::Value::Null);
    }

    #[test]
    fn a_command_takes_the_place_of_the_images_own() {
        let container = &made(&json!([]), &args(&["python", "-c", "pass"], true))["spec"]["template"]["spec"]["containers"][0];
        assert_eq!((&container["command"], &container["args"]), (&json!(["python", "-c", "pass"]), &serde_json::Value::Null));
    }

    #[test]
    fn it_goes_where_the_volume_is() {
        let job = made(&json!([{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]), &args(&["x"], false));
        let terms = &job["spec"]["template"]["spec"]["affinity"]["podAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"];
        let labels = &terms[0]["podAffinityTerm"]["labelSelector"]["matchLabels"];
        assert_eq!(*labels, json!({"aegis.dev/app": "shop", "aegis.dev/role": "api"}));
    }

    #[test]
    fn a_role_that_is_not_there_is_told_with_those_that_are() {
        let told = unknown("shop", "order", &["api".into(), "orders".into()]);
        assert_eq!((told.why.as_str(), told.fix.as_str()), ("it has api, orders", "did you mean --role orders?"));
        assert!(unknown("shop", "api", &[]).fix.contains("aegisctl status shop"));
    }
}
