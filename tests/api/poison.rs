//! Broken apps disturb nobody: one that was stored before the schema changed, and one of a megabyte; a restart included.
//! It changes the definition, so it runs when no other test does.

use serde_json::{Value, json};

use crate::{
    apps,
    scene::{Scene, condition, tests},
    wait::until,
};

tests![broken_apps_disturb_nobody];

const DEFINITION: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/aegisapps.aegis.dev";
const FIELD: &str = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/scheduler";

async fn broken_apps_disturb_nobody(mut scene: Scene) {
    let healthy = |tag: &str| apps::app("healthy", json!({"image": format!("registry.example/shop:{tag}")}));
    scene.apply(&healthy("1")).await;
    scene.runs("healthy").await;
    store_broken(&scene).await;
    scene.apply(&apps::app("large", json!({"env": megabyte()}))).await;

    for (tag, is_restarted) in [("2", false), ("3", true)] {
        if is_restarted {
            scene.kill();
            scene.start().await;
        }
        let broken =
            scene.see("AegisApp", "broken", "it says what is wrong", |app| condition(app, "Stalled")["reason"] == "Undecodable").await;
        let message = condition(&broken, "Stalled")["message"].to_string();
        assert!(message.contains("spec.scheduler.stop.graceSeconds") && message.contains("aegisctl validate"), "{message}");
        assert_eq!(condition(&broken, "Ready")["status"], "Unknown");
        scene.ready("large", "SpecRefused").await;
        scene.apply(&healthy(tag)).await;
        let running = scene.ready("healthy", "Running").await;
        assert_eq!(running["status"]["summary"]["image"], tag);
    }
    scene.rest().await;
    let before = scene.written().len();
    scene.touch("healthy", 3).await;
    assert_eq!(scene.written().len(), before, "and they are no work");

    scene.cluster.delete(&scene.namespace, "AegisApp", "broken").await;
    scene.apply(&apps::app("broken", json!({}))).await;
    scene.runs("broken").await;
}

/// Stores an app whose field had another type in an older definition.
pub async fn store_broken(scene: &Scene) {
    // nobody can tell what it asks for, its end neither
    let app = apps::app("broken", json!({"scheduler": {"stop": {"graceSeconds": "thirty"}}, "lifecycle": {"ttl": "1s"}}));
    let definition = scene.cluster.get_at(DEFINITION).await;
    let strict = definition.pointer(FIELD).expect("the scheduler has a schema").clone();
    redefine(scene, &json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true})).await;
    until("the older definition stores it", async || {
        scene.cluster.create(&scene.namespace, &app).await.map_err(|status| status.to_string())
    })
    .await;
    redefine(scene, &strict).await;
    let mut again = app.clone();
    again["metadata"]["name"] = "again".into();
    until("the new definition refuses it", async || match scene.cluster.create(&scene.namespace, &again).await {
        Ok(_) => {
            scene.cluster.delete(&scene.namespace, "AegisApp", "again").await;
            Err("it was stored".to_owned())
        }
        Err(status) if status.code == 422 => Ok(()),
        Err(status) => Err(status.to_string()),
    })
    .await;
}

async fn redefine(scene: &Scene, schema: &Value) {
    let patch = json!([{"op": "replace", "path": FIELD, "value": schema}]);
    scene.cluster.patch_at(DEFINITION, &patch).await.expect("the definition can be changed");
}

/// Environment of an app that is nearly as large as the server stores.
pub fn megabyte() -> Vec<Value> {
    (0..10).map(|i| json!({"name": format!("PART_{i}"), "value": "x".repeat(100_000)})).collect()
}
