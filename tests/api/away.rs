//! The operator is down: what runs goes on, what is deleted goes, and what others did to the children is put right, or
//! left to whom it belongs, when it is back.

use serde_json::{Value, json};

use crate::{
    apps,
    cluster::Patch,
    scene::{Scene, tests},
    state::State,
    wait::until,
};

tests![what_was_deleted_or_scaled_while_it_was_down_is_put_right, an_app_runs_on_and_can_be_deleted_while_the_operator_is_down];

fn spec() -> Value {
    json!({
        "config": {"PAGE_SIZE": "50"}, "api": {"replicas": {"min": 2, "max": 6}}, "scheduler": {},
        "workers": [{"name": "media", "replicas": {"min": 2, "max": 2}}, {"name": "mail", "replicas": {"min": 1, "max": 1}}],
        "schedules": [{"name": "report", "schedule": "0 2 29 2 *", "run": {"args": ["report"]}}],
        "secrets": [{"name": "app", "generate": {"SECRET_KEY": {}}}],
        "volumes": [{"name": "keep", "mountPath": "/keep", "size": "1Gi", "accessMode": "ReadWriteMany"}],
        "bindings": [{"name": "queue", "type": "redis", "provision": {}, "env": {"REDIS_URL": "{uri}"}}],
    })
}

async fn what_was_deleted_or_scaled_while_it_was_down_is_put_right(mut scene: Scene) {
    const DELETED: [(&str, &str); 8] = [
        ("Deployment", "down-worker--mail"),
        ("StatefulSet", "down-scheduler"),
        ("CronJob", "down-schedule--report"),
        ("Service", "down-api"),
        ("HorizontalPodAutoscaler", "down-api"),
        ("PodDisruptionBudget", "down-api"),
        ("ServiceAccount", "down"),
        ("StatefulSet", "down-binding--queue"),
    ];
    scene.apply(&apps::app("down", spec())).await;
    scene.runs("down").await;
    let before = State::of(&scene).await;
    scene.stop().await;
    scale(&scene, "down-api", 5).await;
    scale(&scene, "down-worker--media", 0).await;
    for (kind, name) in DELETED {
        scene.cluster.delete(&scene.namespace, kind, name).await;
        scene.see_gone(kind, name).await;
    }
    let settings = scene.names("ConfigMap").await.into_iter().find(|name| name.starts_with("down-config")).expect("it has settings");
    scene.cluster.delete(&scene.namespace, "ConfigMap", &settings).await;

    scene.start().await;
    for (kind, name) in DELETED.into_iter().chain([("ConfigMap", settings.as_str())]) {
        scene.see(kind, name, "it is made again", |object| object["metadata"]["deletionTimestamp"].is_null()).await;
    }
    scene.see("Deployment", "down-worker--media", "a fixed count is put back", |object| object["status"]["readyReplicas"] == 2).await;
    scene.runs("down").await;
    assert_eq!(scene.get("Deployment", "down-api").await["spec"]["replicas"], 5, "a count within the limits is the autoscaler's");
    let after = State::of(&scene).await;
    let is_told =
        |fault: &String| DELETED.iter().any(|(kind, name)| fault.contains(&format!("{kind} {name} was"))) || fault.contains(&settings);
    let others: Vec<String> = before.replaced(&after).into_iter().filter(|fault| !is_told(fault)).collect();
    assert_eq!(others, [""; 0], "nothing else is made again, no Secret and no data");
    let counts = ["generation", "deployment.kubernetes.io/revision", "replicas", "summary", "components"];
    let differences = before.without(&counts).differences(&after.without(&counts));
    assert_eq!(differences, [""; 0], "and all is as it was");
}

async fn scale(scene: &Scene, name: &str, count: i32) {
    let body = json!({"spec": {"replicas": count}});
    scene.cluster.patch(&scene.namespace, "Deployment", &format!("{name}/scale"), Patch::Merge, &body).await.expect("it can be scaled");
    scene
        .see("Deployment", name, "it is scaled", |object| {
            object["status"]["readyReplicas"].as_i64().unwrap_or_default() == i64::from(count)
        })
        .await;
}

async fn an_app_runs_on_and_can_be_deleted_while_the_operator_is_down(mut scene: Scene) {
    scene.apply(&apps::app("alone", spec())).await;
    scene.runs("alone").await;
    let pods = scene.names("Pod").await;
    scene.kill();
    let lost = pods.iter().find(|name| name.starts_with("alone-api")).expect("it has pods");
    scene.cluster.delete(&scene.namespace, "Pod", lost).await;
    scene.see_gone("Pod", lost).await;
    scene.see("Deployment", "alone-api", "its pods come back", |object| object["status"]["readyReplicas"] == 2).await;
    let limits = scene.get("HorizontalPodAutoscaler", "alone-api").await["spec"].clone();
    assert_eq!((&limits["minReplicas"], &limits["maxReplicas"]), (&json!(2), &json!(6)), "the limits stay");

    scene.cluster.delete(&scene.namespace, "AegisApp", "alone").await;
    scene.see_gone("AegisApp", "alone").await;
    until("only data remains", async || {
        let state = State::of(&scene).await;
        let data = |key: &str| {
            ["PersistentVolumeClaim alone-volume--keep", "PersistentVolumeClaim alone-binding--queue", "ConfigMap alone-binding--queue"]
                .iter()
                .any(|data| key.starts_with(data))
                || key.starts_with("Secret alone-binding--queue")
        };
        let left: Vec<&String> = state.objects.keys().filter(|key| !data(key)).collect();
        if left.is_empty() { Ok(()) } else { Err(format!("{left:?}")) }
    })
    .await;
}
