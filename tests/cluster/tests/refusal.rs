//! A refused edit leaves the running release alone, and in the operator's care.

use k8s_openapi::api::apps::v1::Deployment;
use kube::{ResourceExt, api::DeleteParams};

use crate::{
    children,
    space::Space,
    wait::{found, until},
};

const GOOD: &str = "api: {args: [webserver], stop: {delaySeconds: 0}}";
const REFUSED: &str = "
volumes: [{name: data, mountPath: /data, size: 10Mi}]
api: {args: [webserver], stop: {delaySeconds: 0}, replicas: {min: 2, max: 2}}
";

/// The operator refuses it: the condition says why, and the Deployment of the release before is repaired when it is lost.
pub async fn a_refused_edit_leaves_the_release_running_and_repaired(space: Space) {
    space.apply("steady", GOOD).await;
    space.ready("steady").await;
    space.door("steady-api").insist("GET", "/", None).await;
    let deployments = space.api::<Deployment>();
    let before = deployments.get("steady-api").await.expect("the Deployment is there");

    space.apply("steady", REFUSED).await;
    let message = space.told("steady", "SpecAccepted", "False", "SpecRefused").await;
    assert!(message.contains("SingleWriter") && message.contains("spec.volumes[0]"), "{message}");
    let message = space.told("steady", "Ready", "False", "SpecRefused").await;
    assert!(message.contains("The release before runs on"), "{message}");
    let after = deployments.get("steady-api").await.expect("the Deployment is there");
    assert_eq!((before.uid(), &before.spec), (after.uid(), &after.spec), "a refused edit changed the running release");
    space.door("steady-api").get("/").await.expect("the release before answers");

    deployments.delete("steady-api", &DeleteParams::background()).await.expect("a Deployment can be deleted");
    let repaired = until("the repair of the Deployment", 20, async || {
        let found_again = deployments.get_opt("steady-api").await.expect("the API server answers");
        found(found_again.filter(|again| again.uid() != before.uid()), "it is not there")
    })
    .await;
    assert_eq!(before.spec, repaired.spec);
    space.door("steady-api").insist("GET", "/", None).await;
    space.told("steady", "Ready", "False", "SpecRefused").await;

    space.apply("steady", GOOD).await;
    space.ready("steady").await;
}

/// The API server refuses it by the CRD alone: nothing has changed at all.
pub async fn the_schema_refuses_before_anything_changes(space: Space) {
    space.apply("steady", GOOD).await;
    space.ready("steady").await;
    let (generation, before) = (space.app("steady").await.metadata.generation, children::of(&space, "steady").await);
    let bad = [
        ("api: {args: [webserver], replicas: {min: 3, max: 1}}", "replicas.min must not be above replicas.max"),
        ("api: {args: [webserver], port: eighty}", "spec.api.port"),
        ("api: {args: [webserver], colour: red}", "colour"),
        ("schedules: [{name: often, schedule: every minute, run: {args: [x]}}]", "five fields"),
        ("workers: [{name: one}, {name: one}]", ".spec.workers: duplicate entries"),
        ("volumes: [{name: data, mountPath: /data, size: lots}]", "Kubernetes quantity"),
        ("bindings: [{name: db, type: mongo, provision: {}}]", "only postgres and redis"),
    ];
    for (spec, words) in bad {
        let refusal = space.try_apply("steady", spec).await.expect_err("the schema refuses it").to_string();
        assert!(refusal.contains(words), "{words:?} is not in {refusal:?}");
    }
    assert_eq!(generation, space.app("steady").await.metadata.generation);
    assert_eq!(before, children::of(&space, "steady").await);
}
