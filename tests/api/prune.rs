//! What is no longer wanted: it goes when the release has settled, data only when the user said so.

use serde_json::{Value, json};

use crate::{
    apps, kubelet,
    scene::{Scene, condition, tests},
    wire::{Fate, Wire},
};

tests![
    a_removed_worker_goes_last,
    removed_schedules_and_old_revisions_go,
    nothing_goes_while_a_write_is_refused,
    data_stays_unless_delete_was_said,
    there_and_back_again
];

async fn a_removed_worker_goes_last(mut scene: Scene) {
    let spec = |tag: &str, workers: Value| json!({"image": format!("registry.example/shop:{tag}"), "workers": workers});
    scene.apply(&apps::app("shrinks", spec("1", json!([{"name": "media"}, {"name": "mail"}])))).await;
    scene.runs("shrinks").await;
    scene.kubelet.decide("api", kubelet::Fate::Pending);
    scene.apply(&apps::app("shrinks", spec("2", json!([{"name": "mail"}])))).await;
    scene.see("Deployment", "shrinks-api", "the release rolls", |object| object.to_string().contains("registry.example/shop:2")).await;
    scene.touch("shrinks", 5).await;
    let worker = scene.get("Deployment", "shrinks-worker--media").await;
    assert!(worker["metadata"]["deletionTimestamp"].is_null(), "it stays until the release has settled");
    scene.kubelet.decide("api", kubelet::Fate::Good);
    scene.see_gone("Deployment", "shrinks-worker--media").await;
    scene.runs("shrinks").await;
    scene.get("Deployment", "shrinks-worker--mail").await;
}

async fn removed_schedules_and_old_revisions_go(mut scene: Scene) {
    let mut spec = json!({"schedules": [{"name": "report", "schedule": "0 2 * * *", "run": {"args": ["report"]}}]});
    for most in 2..15 {
        spec["api"] = json!({"replicas": {"min": 1, "max": most}});
        scene.apply(&apps::app("forgets", spec.clone())).await;
        scene.ready("forgets", "Running").await;
    }
    scene.get("CronJob", "forgets-schedule--report").await;
    spec.as_object_mut().expect("a spec").remove("schedules");
    scene.apply(&apps::app("forgets", spec)).await;
    scene.see_gone("CronJob", "forgets-schedule--report").await;
    scene.runs("forgets").await;
    assert_eq!(scene.names("ControllerRevision").await.len(), 10);
}

/// No role moves, so nothing but the refused write holds back what is no longer wanted.
async fn nothing_goes_while_a_write_is_refused(mut scene: Scene) {
    let app = |role: &str, schedules: Value| {
        apps::app("refused", json!({"identity": {"annotations": {"example.com/role": role}}, "schedules": schedules}))
    };
    let wire = Wire::new();
    scene.start_on(&wire).await;
    scene.apply(&app("reader", json!([{"name": "report", "schedule": "0 2 * * *", "run": {"args": ["report"]}}]))).await;
    scene.runs("refused").await;
    wire.rule(|sent| if sent.is_write() && sent.path.ends_with("/serviceaccounts/refused") { Fate::IsRefused(503) } else { Fate::Passes });
    scene.apply(&app("writer", json!([]))).await;
    let is_told = |app: &Value| condition(app, "Ready")["message"].to_string().contains("ServiceAccount refused");
    scene.see("AegisApp", "refused", "the write that fails is told", is_told).await;
    scene.touch("refused", 3).await;
    let schedule = scene.get("CronJob", "refused-schedule--report").await;
    assert!(schedule["metadata"]["deletionTimestamp"].is_null(), "it stays until everything else is as asked");
    wire.rule(|_| Fate::Passes);
    scene.see_gone("CronJob", "refused-schedule--report").await;
    scene.runs("refused").await;
}

fn data() -> Value {
    let volume = |name: &str, policy: &str| json!({"name": name, "mountPath": format!("/{name}"), "size": "1Gi", "deletionPolicy": policy});
    let binding = |name: &str, policy: &str| json!({"name": name, "type": "redis", "provision": {}, "deletionPolicy": policy});
    json!({"volumes": [volume("keep", "Retain"), volume("drop", "Delete")], "bindings": [binding("keep", "Retain"), binding("drop", "Delete")]})
}

async fn data_stays_unless_delete_was_said(mut scene: Scene) {
    const KEPT: [(&str, &str); 3] = [
        ("PersistentVolumeClaim", "data-volume--keep"),
        ("PersistentVolumeClaim", "data-binding--keep"),
        ("ConfigMap", "data-binding--keep"),
    ];
    const DROPPED: [(&str, &str); 3] = [
        ("PersistentVolumeClaim", "data-volume--drop"),
        ("PersistentVolumeClaim", "data-binding--drop"),
        ("ConfigMap", "data-binding--drop"),
    ];
    scene.apply(&apps::app("data", data())).await;
    scene.runs("data").await;
    let secret = scene.anchored("data-binding--keep").await.expect("it was made");
    let mut uids = vec![];
    for (kind, name) in KEPT {
        uids.push(scene.get(kind, name).await["metadata"]["uid"].clone());
    }

    scene.apply(&apps::app("data", json!({}))).await;
    for (kind, name) in DROPPED {
        scene.see_gone(kind, name).await;
    }
    crate::wait::until("the Secret is dropped", async || match scene.anchored("data-binding--drop").await {
        None => Ok(()),
        Some(secret) => Err(secret["metadata"].to_string()),
    })
    .await;
    scene.see_gone("StatefulSet", "data-binding--keep").await;
    let app = scene.runs("data").await;
    let listed = app["status"]["retained"].as_array().cloned().unwrap_or_default();
    for (kind, name) in KEPT {
        assert!(listed.iter().any(|entry| entry["kind"] == kind && entry["name"] == name), "{kind} {name}: {listed:?}");
    }
    assert_eq!(listed.len(), KEPT.len(), "{listed:?}");

    scene.cluster.delete(&scene.namespace, "AegisApp", "data").await;
    scene.see_gone("Deployment", "data-api").await;
    scene.apply(&apps::app("data", data())).await;
    let app = scene.runs("data").await;
    assert!(app["status"]["retained"].is_null());
    for ((kind, name), uid) in KEPT.into_iter().zip(uids) {
        assert_eq!(scene.get(kind, name).await["metadata"]["uid"], uid, "{kind} {name} is found again");
    }
    let found = scene.anchored("data-binding--keep").await.expect("it is found again");
    assert_eq!(found["metadata"], secret["metadata"], "the password is the one of the data");
}

async fn there_and_back_again(mut scene: Scene) {
    let mut there = json!({"workers": [{"name": "media"}], "config": {"PAGE_SIZE": "50"}});
    there["volumes"] = json!([{"name": "keep", "mountPath": "/keep", "size": "1Gi"}]);
    let back = json!({"config": {"PAGE_SIZE": "60"}});
    scene.apply(&apps::app("back", there.clone())).await;
    scene.runs("back").await;
    let claim = scene.get("PersistentVolumeClaim", "back-volume--keep").await;
    for _ in 0..5 {
        scene.apply(&apps::app("back", back.clone())).await;
        scene.apply(&apps::app("back", there.clone())).await;
    }
    scene.runs("back").await;
    scene.see("Deployment", "back-worker--media", "it is there", |object| object["metadata"]["deletionTimestamp"].is_null()).await;
    assert_eq!(scene.get("PersistentVolumeClaim", "back-volume--keep").await["metadata"]["uid"], claim["metadata"]["uid"]);
    let settings = scene.names("ConfigMap").await.into_iter().filter(|name| name.starts_with("back-config")).count();
    assert_eq!(settings, 1, "and nothing of the other is left");
}
