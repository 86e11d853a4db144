//! `spec.manifest`: what the cluster makes of a reference is what the file says, and a release outlives its manifest.

use aegis_check::manifest::spec;
use aegis_tests::{
    files::{root, text},
    server::cluster::Patch,
};
use serde_json::{Value, json};

use crate::{
    apps,
    scene::{Scene, condition, tests},
};

tests![
    what_a_reference_makes_is_what_the_file_says,
    a_change_of_a_manifest_is_a_release,
    a_release_outlives_its_manifest,
    a_manifest_that_comes_late_is_taken,
    sections_beside_a_manifest_are_refused_by_the_server,
    no_request_is_made_for_a_manifest_that_does_not_change,
];

/// A manifest of one project with that port and those replicas in prod.
fn manifest(name: &str, port: &Value, min: i32) -> String {
    let manifest = json!({
        "version": 1,
        "project": {"name": name},
        "components": {"api": {"port": port, "replicas": {"min": 1, "max": 4}}, "workers": [{"name": "mail", "args": ["worker"]}]},
        "environments": {"prod": {"components": {"api": {"replicas": {"min": min}}}}, "dev": {"components": {"api": {"prt": 1}}}},
    });
    serde_json::to_string_pretty(&manifest).expect("it is JSON")
}

/// An app that refers to the manifest of its own name.
fn app(name: &str, more: Value) -> Value {
    let mut source = json!({"configMapRef": {"name": format!("{name}-manifest")}, "environment": "prod"});
    source.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
    apps::app(name, json!({"manifest": source}))
}

async fn write(scene: &Scene, name: &str, text: &str) {
    let name = format!("{name}-manifest");
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"aegis_manifest.json": text}});
    scene.cluster.patch(&scene.namespace, "ConfigMap", &name, Patch::Apply("user"), &map).await.expect("a ConfigMap is accepted");
}

fn port(deployment: &Value) -> &Value {
    &deployment["spec"]["template"]["spec"]["containers"][0]["ports"][0]["containerPort"]
}

async fn what_a_reference_makes_is_what_the_file_says(mut scene: Scene) {
    let text = text(&root().join("examples/shop/aegis_manifest.json"));
    write(&scene, "shop", &text).await;
    scene.start().await;
    for environment in ["dev", "staging", "prod"] {
        let mut asked = app("shop", json!({"environment": environment}));
        asked["spec"]["image"] = "aegis.local/shop:dev".into();
        scene.apply(&asked).await;
        let wanted = json!(spec(&text, Some(environment), None).expect("the example is right"));
        let seen =
            scene.see("AegisApp", "shop", "it was looked at", |app| app["metadata"]["generation"] == app["status"]["observedGeneration"]);
        let app = seen.await;
        assert_eq!(condition(&app, "SpecAccepted")["status"], "True", "{environment}: {}", app["status"]["problems"]);
        scene.rest().await;
        let revisions = scene.cluster.list(&scene.namespace, "ControllerRevision").await;
        // a StatefulSet has revisions of its own
        let own = revisions.iter().filter(|revision| revision["metadata"]["ownerReferences"][0]["kind"] == "AegisApp");
        let newest = own.max_by_key(|revision| revision["revision"].as_i64()).expect("a spec was accepted");
        assert_eq!(newest["data"], wanted, "{environment}");
    }
}

async fn a_change_of_a_manifest_is_a_release(mut scene: Scene) {
    write(&scene, "moves", &manifest("moves", &json!(8000), 2)).await;
    scene.apply(&app("moves", json!({}))).await;
    let first = scene.runs("moves").await;
    let api = scene.get("Deployment", "moves-api").await;
    assert_eq!((port(&api), &api["spec"]["replicas"]), (&json!(8000), &json!(2)), "prod has two pods");
    write(&scene, "moves", &manifest("moves", &json!(9000), 3)).await;
    scene.see("Deployment", "moves-api", "port 9000", |api| *port(api) == json!(9000)).await;
    let second = scene.see("AegisApp", "moves", "another release", |app| app["status"]["release"] != first["status"]["release"]).await;
    assert_eq!(second["metadata"]["generation"], first["metadata"]["generation"], "the resource itself did not change");
    scene.runs("moves").await;
}

async fn a_release_outlives_its_manifest(mut scene: Scene) {
    write(&scene, "outlives", &manifest("outlives", &json!(8000), 2)).await;
    scene.apply(&app("outlives", json!({}))).await;
    scene.runs("outlives").await;
    let problem = |app: &Value| app["status"]["problems"][0].clone();
    // a slip in it
    write(&scene, "outlives", &manifest("outlives", &json!("9000"), 2)).await;
    let app = scene.see("AegisApp", "outlives", "it says what is wrong", |app| problem(app)["code"] == "ManifestRefused").await;
    let message = problem(&app)["message"].as_str().expect("a message").to_owned();
    assert!(message.starts_with("aegis_manifest.json:") && message.contains("WrongType at components.api.port"), "{message}");
    assert_eq!(condition(&app, "SpecAccepted")["status"], "False");
    // it goes
    let name = "outlives-manifest";
    scene.cluster.delete(&scene.namespace, "ConfigMap", name).await;
    scene.see("AegisApp", "outlives", "it says that it is gone", |app| problem(app)["code"] == "ManifestUnavailable").await;
    // the release is still cared for
    scene.cluster.delete(&scene.namespace, "Service", "outlives-api").await;
    scene.see("Service", "outlives-api", "it is back", |_| true).await;
    assert_eq!(port(&scene.get("Deployment", "outlives-api").await), &json!(8000));
    assert_eq!(scene.names("Deployment").await.len(), 2, "nothing was taken away");
    // so it is by an operator that never saw the manifest
    scene.kill();
    scene.start().await;
    scene.cluster.delete(&scene.namespace, "Deployment", "outlives-worker--mail").await;
    scene.see("Deployment", "outlives-worker--mail", "it is back", |_| true).await;
    write(&scene, "outlives", &manifest("outlives", &json!(9000), 2)).await;
    scene.see("Deployment", "outlives-api", "port 9000", |api| *port(api) == json!(9000)).await;
    scene.runs("outlives").await;
}

async fn a_manifest_that_comes_late_is_taken(mut scene: Scene) {
    let pinned = "sha256:0000000000000000000000000000000000000000000000000000000000000000";
    scene.apply(&app("late", json!({"digest": pinned}))).await;
    let message = |app: &Value| app["status"]["problems"][0]["message"].as_str().unwrap_or_default().to_owned();
    scene.operator().await;
    scene.see("AegisApp", "late", "there is no manifest", |app| message(app).contains("there is no ConfigMap late-manifest")).await;
    write(&scene, "late", &manifest("late", &json!(8000), 2)).await;
    let app = scene.see("AegisApp", "late", "another content is pinned", |app| message(app).contains("is pinned")).await;
    let found = message(&app).split_once("has ").and_then(|(_, rest)| rest.split_once(',')).expect("it tells the digest").0.to_owned();
    assert_eq!(scene.names("Deployment").await, Vec::<String>::new(), "other content than the pinned makes nothing");
    scene.apply(&self::app("late", json!({"digest": found}))).await;
    scene.runs("late").await;
}

async fn sections_beside_a_manifest_are_refused_by_the_server(scene: Scene) {
    let mut asked = app("beside", json!({}));
    asked["spec"]["api"] = json!({"port": 80});
    let refused = scene.cluster.patch(&scene.namespace, "AegisApp", "beside", Patch::Apply("user"), &asked).await;
    let refused = refused.expect_err("two places for one section");
    assert!(refused.to_string().contains(aegis_crds::rules::MANIFEST_OR_INLINE), "{refused}");
    asked["spec"].as_object_mut().expect("a spec").remove("api");
    for (word, value) in [("config", json!({"A": "1"})), ("paused", json!(true)), ("lifecycle", json!({"ttl": "1h"}))] {
        asked["spec"][word] = value;
    }
    scene.apply(&asked).await;
}

async fn no_request_is_made_for_a_manifest_that_does_not_change(mut scene: Scene) {
    write(&scene, "quiet", &manifest("quiet", &json!(8000), 2)).await;
    scene.apply(&app("quiet", json!({}))).await;
    scene.runs("quiet").await;
    let before = scene.asked().len();
    scene.touch("quiet", 3).await;
    let asked: Vec<String> = scene.asked()[before..].iter().map(|asked| format!("{} {}", asked.verb, asked.resource)).collect();
    assert_eq!(asked, Vec::<String>::new());
}
