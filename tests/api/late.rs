//! Kinds that the cluster lacks, loses and gets while the operator runs. The kinds are everybody's, so no other test runs beside.

use serde_json::{Value, json};

use crate::{
    apps,
    install::{DEFINITIONS, definitions, served},
    scene::{Scene, condition, tests},
};

tests![kinds_that_come_and_go_are_noticed_without_a_restart];

async fn kinds_that_come_and_go_are_noticed_without_a_restart(mut scene: Scene) {
    scene.apply(&apps::app("shop", json!({"observability": {"metrics": {}}}))).await;
    scene.runs("shop").await;
    scene.see("AegisApp", "shop", "all is told", |app| condition(app, "ObservabilityReady")["reason"] == "Told").await;
    let monitor = scene.get("PodMonitor", "shop-metrics").await;
    let pods = |deployment: Value| deployment["spec"]["template"].clone();
    let before = pods(scene.get("Deployment", "shop-api").await);

    for definition in definitions("prometheus") {
        let name = definition["metadata"]["name"].as_str().expect("a definition is named");
        scene.cluster.delete_at(&format!("{DEFINITIONS}/{name}")).await;
    }
    let lacking = scene.see("AegisApp", "shop", "kinds are missing", |app| {
        let told = app["status"]["problems"].as_array().into_iter().flatten().filter(|problem| problem["code"] == "KindMissing").count();
        told == 2 && condition(app, "ObservabilityReady")["reason"] == "KindMissing"
    });
    let lacking = lacking.await;
    assert_eq!(condition(&lacking, "Ready")["status"], "True", "nobody waits for a kind that is not there");
    // what else the app asks for goes on
    scene.apply(&apps::app("shop", json!({"config": {"COLOUR": "red"}, "observability": {"metrics": {}}}))).await;
    scene.runs("shop").await;

    for definition in definitions("prometheus") {
        scene.cluster.create_at(DEFINITIONS, &definition).await.expect("an upstream definition is accepted");
        served(&scene.cluster, &definition).await;
    }
    scene.see("AegisApp", "shop", "all is told", |app| condition(app, "ObservabilityReady")["reason"] == "Told").await;
    let again = scene.get("PodMonitor", "shop-metrics").await;
    assert_eq!(again["spec"], monitor["spec"]);
    assert_ne!(again["metadata"]["uid"], monitor["metadata"]["uid"], "it went with its kind");
    let after = pods(scene.get("Deployment", "shop-api").await);
    let annotations = |template: &Value| {
        let mut annotations = template["metadata"]["annotations"].clone();
        annotations.as_object_mut().map(|all| all.remove("aegis.dev/template"));
        annotations
    };
    assert_eq!(annotations(&after), annotations(&before), "the annotations stand there always");
    let stored = scene.runs("shop").await;
    assert_eq!(stored["status"]["problems"], Value::Null);
}
