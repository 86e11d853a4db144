//! What others do to the objects of an app: put right, or told and left alone, as the app says; and what they add beside.

use serde_json::{Value, json};

use crate::{
    apps,
    audit::Asked,
    cluster::Patch,
    scene::{Scene, tests},
};

tests![
    edits_and_deletions_are_told_and_nothing_is_written,
    the_policy_decides_from_the_next_look_on,
    what_is_put_back_is_no_drift,
    additions_are_told_as_long_as_they_are_there,
    intended_operations_are_not_told
];

fn app(name: &str, policy: &str, tag: &str) -> Value {
    let spec = json!({"image": format!("registry.example/shop:{tag}"), "lifecycle": {"driftPolicy": policy}, "config": {"PAGE_SIZE": "50"},
        "identity": {"annotations": {"example.com/role": "reader"}}, "workers": [{"name": "mail"}]});
    apps::app(name, spec)
}

async fn edits_and_deletions_are_told_and_nothing_is_written(mut scene: Scene) {
    scene.apply(&app("told", "Report", "1")).await;
    scene.runs("told").await;
    edit(&scene, "Deployment", "told-api", &image("rival:1")).await;
    edit(&scene, "ServiceAccount", "told", &json!({"metadata": {"annotations": {"example.com/role": null}}})).await;
    scene.cluster.delete(&scene.namespace, "Service", "told-api").await;
    let words = ["Deployment told-api was edited", "ServiceAccount told was edited", "Service told-api was deleted"];
    scene.see("AegisApp", "told", "all three are told", |app| words.iter().all(|word| messages(app, "Drifted").contains(word))).await;
    // an edit alone is nobody's trouble
    let told = scene.runs("told").await;
    assert!(messages(&told, "Drifted").contains("hasty set spec.template.spec.containers[app].image"), "{told:#}");

    let before = scene.written().len();
    scene.touch("told", 20).await;
    scene.kill();
    scene.start().await;
    scene.touch("told", 5).await;
    scene.rest().await;
    let written: Vec<String> = scene.written()[before..].iter().map(ToString::to_string).collect();
    assert!(written.is_empty(), "{written:?}");
    assert!(is_image(&scene.get("Deployment", "told-api").await, "rival:1") && scene.find("Service", "told-api").await.is_none());
    assert_eq!(events(&scene, "Drifted").await, 3, "each is one event");

    // a release does not wait for what is only told, and what it changes is applied
    scene.apply(&app("told", "Report", "2")).await;
    scene.runs("told").await;
    assert!(is_image(&scene.get("Deployment", "told-api").await, "registry.example/shop:2"), "the spec has changed this object");
    let now = scene.get("AegisApp", "told").await;
    let drifted = messages(&now, "Drifted");
    assert!(!drifted.contains("Deployment") && drifted.contains("ServiceAccount") && drifted.contains("Service told-api"), "{drifted}");
}

async fn the_policy_decides_from_the_next_look_on(mut scene: Scene) {
    scene.apply(&app("turns", "Correct", "1")).await;
    scene.runs("turns").await;
    let release = scene.get("AegisApp", "turns").await["status"]["release"].clone();
    edit(&scene, "Deployment", "turns-api", &image("rival:1")).await;
    scene.cluster.delete(&scene.namespace, "Service", "turns-api").await;
    scene.see("Deployment", "turns-api", "it is put right", |object| is_image(object, "registry.example/shop:1")).await;
    scene.see("Service", "turns-api", "it is made again", |_| true).await;
    scene.runs("turns").await;

    scene.apply(&app("turns", "Report", "1")).await;
    scene.runs("turns").await;
    edit(&scene, "Deployment", "turns-api", &image("rival:2")).await;
    scene.cluster.delete(&scene.namespace, "Deployment", "turns-worker--mail").await;
    let told = scene.see("AegisApp", "turns", "it stalls", |app| crate::scene::condition(app, "Stalled")["reason"] == "Deleted").await;
    assert!(messages(&told, "Drifted").contains("turns-worker--mail"), "{told:#}");
    scene.rest().await;
    assert!(
        is_image(&scene.get("Deployment", "turns-api").await, "rival:2") && scene.find("Deployment", "turns-worker--mail").await.is_none()
    );

    scene.apply(&app("turns", "Correct", "1")).await;
    scene.see("Deployment", "turns-api", "it is put right", |object| is_image(object, "registry.example/shop:1")).await;
    scene.see("Deployment", "turns-worker--mail", "it is made again", |_| true).await;
    let after = scene.runs("turns").await;
    assert_eq!((messages(&after, "Drifted").as_str(), &after["status"]["release"]), ("", &release), "and no release came of it");
    assert_eq!(scene.names("ControllerRevision").await.iter().filter(|name| name.starts_with("turns-revision")).count(), 1);
}

async fn what_is_put_back_is_no_drift(mut scene: Scene) {
    scene.apply(&app("back", "Report", "1")).await;
    scene.runs("back").await;
    let deployment = scene.get("Deployment", "back-api").await;
    edit(&scene, "Deployment", "back-api", &image("rival:1")).await;
    scene.see("AegisApp", "back", "it is told", |app| messages(app, "Drifted").contains("back-api")).await;
    edit(&scene, "Deployment", "back-api", &image("registry.example/shop:1")).await;
    scene.see("AegisApp", "back", "it is told no longer", |app| messages(app, "Drifted").is_empty()).await;
    scene.runs("back").await;
    let now = scene.get("Deployment", "back-api").await;
    assert_eq!(now["spec"]["template"], deployment["spec"]["template"]);
    // the fields are the operator's again: the next edit is seen too
    edit(&scene, "Deployment", "back-api", &image("rival:2")).await;
    scene.see("AegisApp", "back", "it is told again", |app| messages(app, "Drifted").contains("back-api")).await;
}

async fn additions_are_told_as_long_as_they_are_there(mut scene: Scene) {
    scene.apply(&app("added", "Correct", "1")).await;
    scene.runs("added").await;
    let env = |names: &[&str]| -> Value {
        let env: Vec<Value> = names.iter().map(|name| json!({"name": name, "value": "1"})).collect();
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"template": {"spec": {"containers": [{"name": "app", "env": env}]}}}})
    };
    let by_tool = Patch::Apply("tool");
    scene.cluster.patch(&scene.namespace, "Deployment", "added-api", by_tool, &env(&["DEBUG"])).await.expect("it may be added to");
    edit(&scene, "Service", "added-api", &json!({"metadata": {"annotations": {"example.com/team": "x"}}})).await;
    let words = ["tool set spec.template.spec.containers[app].env[DEBUG]", "hasty set metadata.annotations[example.com/team]"];
    scene.see("AegisApp", "added", "both are told", |app| words.iter().all(|word| messages(app, "ForeignFields").contains(word))).await;
    scene.runs("added").await;
    let before = scene.asked().len();
    scene.touch("added", 20).await;
    let asked: Vec<String> = scene.asked()[before..].iter().filter(|asked| asked.verb != "watch").map(Asked::to_string).collect();
    assert!(asked.is_empty(), "nothing is asked, and nothing written: {asked:?}");
    assert_eq!(events(&scene, "ForeignFields").await, 2, "each is one event");

    scene.apply(&app("added", "Correct", "2")).await;
    let after = scene.runs("added").await;
    assert!(words.iter().all(|word| messages(&after, "ForeignFields").contains(word)), "they survive a release: {after:#}");
    scene.cluster.patch(&scene.namespace, "Deployment", "added-api", by_tool, &env(&[])).await.expect("it can be taken away");
    edit(&scene, "Service", "added-api", &json!({"metadata": {"annotations": {"example.com/team": null}}})).await;
    scene.see("AegisApp", "added", "nothing is told any more", |app| messages(app, "ForeignFields").is_empty()).await;
    assert_eq!(scene.get("Deployment", "added-api").await["spec"]["template"]["spec"]["containers"][0]["image"], "registry.example/shop:2");
    scene.runs("added").await;
}

async fn intended_operations_are_not_told(mut scene: Scene) {
    let mut app = app("meant", "Report", "1");
    app["spec"]["api"] = json!({"replicas": {"min": 1, "max": 4}, "resources": {"requests": {"cpu": "100m"}}});
    app["spec"]["volumes"] = json!([{"name": "data", "mountPath": "/data", "size": "1Gi", "accessMode": "ReadWriteMany"}]);
    scene.apply(&app).await;
    scene.runs("meant").await;
    let restart =
        json!({"spec": {"template": {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": "2026-01-01T00:00:00Z"}}}}});
    edit(&scene, "Deployment", "meant-worker--mail", &restart).await;
    let scaled = json!({"spec": {"replicas": 3}});
    let path = "meant-api/scale?fieldManager=scaler";
    scene.cluster.patch(&scene.namespace, "Deployment", path, Patch::Merge, &scaled).await.expect("it can be scaled");
    edit(&scene, "Deployment", "meant-api", &json!({"spec": {"replicas": 2}})).await;
    scene.see("Deployment", "meant-worker--mail", "it has restarted", |object| object["status"]["observedGeneration"] == 2).await;
    let after = scene.runs("meant").await;
    assert!(after["status"]["problems"].is_null(), "{:#}", after["status"]["problems"]);
    assert_eq!(scene.get("Deployment", "meant-api").await["spec"]["replicas"], 2);
}

/// As `kubectl patch --type=strategic` does.
async fn edit(scene: &Scene, kind: &str, name: &str, body: &Value) {
    let path = format!("{name}?fieldManager=hasty");
    scene.cluster.patch(&scene.namespace, kind, &path, Patch::Strategic, body).await.expect("an administrator may");
}

fn image(reference: &str) -> Value {
    json!({"spec": {"template": {"spec": {"containers": [{"name": "app", "image": reference}]}}}})
}

fn is_image(deployment: &Value, reference: &str) -> bool {
    deployment["spec"]["template"]["spec"]["containers"][0]["image"] == reference
}

/// Messages of an app's problems of that code.
pub fn messages(app: &Value, code: &str) -> String {
    let problems = app["status"]["problems"].as_array().into_iter().flatten().filter(|problem| problem["code"] == code);
    problems.filter_map(|problem| problem["message"].as_str()).collect::<Vec<_>>().join("\n")
}

async fn events(scene: &Scene, reason: &str) -> usize {
    scene.cluster.list(&scene.namespace, "Event").await.iter().filter(|event| event["reason"] == reason).count()
}
