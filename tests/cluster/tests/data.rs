//! What was written stays when pods go.

use k8s_openapi::api::core::v1::Pod;
use kube::{ResourceExt, api::DeleteParams};
use serde_json::json;

use super::flagship::order;
use crate::{children, pods::Recorder, space::Space};

/// Database and queue lose their pods; the order is still there, and the next one is fulfilled.
pub async fn orders_outlive_the_database_pod(shop: Space) {
    let before = order(&shop, "cup").await;
    delete_pods(&shop, "aegis.dev/section=bindings").await;
    let path = format!("/api/orders/{}", before["id"].as_str().expect("an order has an id"));
    shop.url().expect(&path, 90, |after| *after == before).await;
    order(&shop, "teapot").await;
    shop.healed("shop").await;
}

/// An SQLite file on a volume.
pub async fn notes_outlive_their_pod(space: Space) {
    space.apply_example("notes", "sqlite/aegisapp.yaml").await;
    space.ready("notes").await;
    let door = space.door("notes-api");
    door.insist("POST", "/notes", Some(json!({"text": "remember me"}))).await;
    delete_pods(&space, "aegis.dev/app=notes").await;
    door.expect("/notes", 60, |notes| *notes == json!(["remember me"])).await;
}

/// Two pods with one SQLite file: refused, and nothing is made.
pub async fn two_writers_are_refused(space: Space) {
    space.apply_example("notes-twice", "sqlite/refused.yaml").await;
    let message = space.told("notes-twice", "SpecAccepted", "False", "SpecRefused").await;
    assert!(message.contains("SingleWriter") && message.contains("Use one replica"), "{message}");
    let problems = space.app("notes-twice").await.status.expect("there is a status").problems;
    assert!(problems.iter().any(|problem| problem.code == "SingleWriter"), "{problems:?}");
    let children = children::of(&space, "notes-twice").await;
    assert!(children.is_empty(), "something was made of a refused app: {children:?}");

    let two_roles = "
volumes: [{name: notes, mountPath: /notes, size: 10Mi, roles: [api, tidy]}]
api: {args: [webserver]}
workers: [{name: tidy, args: [worker]}]";
    space.apply("two-roles", two_roles).await;
    let message = space.told("two-roles", "SpecAccepted", "False", "SpecRefused").await;
    assert!(message.contains("several roles mount it: api, tidy") && message.contains("Use one replica"), "{message}");
}

async fn delete_pods(space: &Space, selector: &str) {
    let recorder = Recorder::start(space, selector).await;
    let pods: Vec<Pod> = space.list(selector).await;
    for pod in &pods {
        space.api::<Pod>().delete(&pod.name_any(), &DeleteParams::default()).await.expect("a pod can be deleted");
    }
    recorder.gone(pods.len(), 60).await;
}
