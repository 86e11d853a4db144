//! What a user is told: events on transitions only, pauses and sleep as asked.

use serde_json::{Value, json};

use crate::{
    apps,
    cluster::Patch,
    scene::{Scene, condition, tests},
};

tests![events_tell_transitions_only, paused_writes_no_child, suspended_stands_at_zero];

async fn events_tell_transitions_only(mut scene: Scene) {
    scene.apply(&apps::app("told", json!({}))).await;
    scene.runs("told").await;
    assert_eq!(events(&scene).await, ["Running"], "a new app");
    scene.touch("told", 10).await;
    assert_eq!(events(&scene).await.len(), 1, "nothing changed");
    scene.apply(&apps::app("told", json!({"image": "not an image"}))).await;
    scene.ready("told", "SpecRefused").await;
    scene.rest().await;
    assert_eq!(events(&scene).await[1..], ["SpecRefused"], "a refused edit");
    let refused = scene.cluster.list(&scene.namespace, "Event").await.into_iter().find(|event| event["reason"] == "SpecRefused");
    let refused = refused.expect("it is there");
    let note = refused["note"].as_str().unwrap_or_default();
    assert!(refused["type"] == "Warning" && note.contains("spec.image") && note.contains("Write registry/repository:tag"), "{refused:#}");
    scene.touch("told", 5).await;
    scene.apply(&apps::app("told", json!({}))).await;
    scene.runs("told").await;
    assert_eq!(events(&scene).await[2..], ["Accepted", "Running"], "a mended one");
}

/// Reasons of the operator's events, in their order. Whether a release is seen on its way depends on how fast it is.
async fn events(scene: &Scene) -> Vec<String> {
    let mut events = scene.cluster.list(&scene.namespace, "Event").await;
    events.retain(|event| event["reportingController"] == "aegis.dev/operator");
    events.sort_by_key(|event| event["eventTime"].as_str().map(ToOwned::to_owned));
    let reasons = events.iter().map(|event| event["reason"].as_str().unwrap_or_default().to_owned());
    reasons.filter(|reason| !matches!(reason.as_str(), "Waiting" | "Progressing")).collect()
}

async fn paused_writes_no_child(mut scene: Scene) {
    scene.apply(&apps::app("paused", json!({}))).await;
    scene.runs("paused").await;
    let paused = |tag: &str| json!({"image": format!("registry.example/shop:{tag}"), "paused": true, "workers": [{"name": "media"}]});
    scene.apply(&apps::app("paused", paused("1"))).await;
    let stored = scene.ready("paused", "Paused").await;
    let message = condition(&stored, "Ready")["message"].to_string();
    assert!(message.contains("media: it is made when reconciling is no longer paused"), "{message}");
    scene.rest().await;
    let before = scene.written().len();
    scene.apply(&apps::app("paused", paused("2"))).await;
    scene.cluster.delete(&scene.namespace, "Service", "paused-api").await;
    let edit = json!({"spec": {"minReadySeconds": 1, "revisionHistoryLimit": 9}});
    scene.cluster.patch(&scene.namespace, "Deployment", "paused-api", Patch::Merge, &edit).await.expect("it can be edited");
    scene.ready("paused", "Paused").await;
    scene.touch("paused", 5).await;
    scene.kill();
    scene.start().await;
    scene.rest().await;
    let written: Vec<String> = scene.written()[before..]
        .iter()
        .filter(|asked| asked.resource != "aegisapps/status" && asked.resource != "events")
        .map(ToString::to_string)
        .collect();
    assert!(written.is_empty(), "{written:?}");

    scene.apply(&apps::app("paused", json!({"image": "registry.example/shop:2"}))).await;
    scene.see("Service", "paused-api", "it is made again", |_| true).await;
    scene.see("Deployment", "paused-api", "it is put right", |object| object["spec"]["revisionHistoryLimit"] == 3).await;
    scene.runs("paused").await;
}

async fn suspended_stands_at_zero(mut scene: Scene) {
    let spec = |is_suspended: bool| {
        json!({"suspended": is_suspended, "api": {"replicas": {"min": 2, "max": 4}}, "workers": [{"name": "media"}], "scheduler": {},
            "schedules": [{"name": "report", "schedule": "0 2 * * *", "run": {"args": ["report"]}}]})
    };
    scene.apply(&apps::app("sleepy", spec(false))).await;
    scene.runs("sleepy").await;
    scene.apply(&apps::app("sleepy", spec(true))).await;
    scene.ready("sleepy", "Suspended").await;
    for (kind, name) in [("Deployment", "sleepy-api"), ("Deployment", "sleepy-worker--media"), ("StatefulSet", "sleepy-scheduler")] {
        let object = scene.get(kind, name).await;
        assert_eq!(object["spec"]["replicas"], 0, "{kind} {name}");
        assert_eq!(size_managers(&object), ["aegis-size"], "{kind} {name}");
    }
    assert_eq!(scene.get("CronJob", "sleepy-schedule--report").await["spec"]["suspend"], true);
    assert_eq!(scene.names("HorizontalPodAutoscaler").await, [""; 0], "nothing wakes it");
    scene.rest().await;
    assert_eq!(scene.names("Pod").await, [""; 0]);
    scene.apply(&apps::app("sleepy", spec(false))).await;
    scene.runs("sleepy").await;
    assert_eq!(scene.get("Deployment", "sleepy-api").await["spec"]["replicas"], 2);
    let counts = [("Deployment", "sleepy-worker--media"), ("StatefulSet", "sleepy-scheduler")];
    for (kind, name) in counts {
        assert_eq!(scene.get(kind, name).await["spec"]["replicas"], 1, "{kind} {name}");
    }
    assert_eq!(scene.get("HorizontalPodAutoscaler", "sleepy-api").await["spec"]["maxReplicas"], 4);
    assert_eq!(scene.get("CronJob", "sleepy-schedule--report").await["spec"]["suspend"], false);
}

/// Managers that own the replicas of a workload.
fn size_managers(object: &Value) -> Vec<&str> {
    let entries = object["metadata"]["managedFields"].as_array().map(Vec::as_slice).unwrap_or_default();
    let owns = |entry: &&Value| !entry["fieldsV1"]["f:spec"]["f:replicas"].is_null();
    entries.iter().filter(owns).filter_map(|entry| entry["manager"].as_str()).collect()
}
