//! An app that is deleted and created again under its name: another app, to the uid.

use serde_json::{Value, json};

use crate::{
    apps,
    scene::{Scene, tests},
};

tests![deleted_and_created_again_at_once];

async fn deleted_and_created_again_at_once(mut scene: Scene) {
    let app = apps::app("reborn", json!({"config": {"PAGE_SIZE": "50"}, "secrets": [{"name": "app", "generate": {"SECRET_KEY": {}}}]}));
    scene.apply(&app).await;
    scene.runs("reborn").await;
    for _ in 0..2 {
        scene.cluster.delete(&scene.namespace, "AegisApp", "reborn").await;
        scene.apply(&app).await;
    }
    let uid = scene.get("AegisApp", "reborn").await["metadata"]["uid"].clone();
    let stored = scene.runs("reborn").await;
    assert_eq!(stored["metadata"]["uid"], uid);
    for (kind, name) in [("ServiceAccount", "reborn"), ("Service", "reborn-api"), ("Deployment", "reborn-api")] {
        let is_its =
            |object: &Value| object["metadata"]["ownerReferences"][0]["uid"] == uid && object["metadata"]["deletionTimestamp"].is_null();
        scene.see(kind, name, "it is the new app's", is_its).await;
    }
    crate::wait::until("one generated Secret is left", async || match scene.names("Secret").await {
        names if names.len() == 1 => Ok(()),
        names => Err(format!("{names:?}")),
    })
    .await;
}
