//! `tree`, `events`, `doctor` and `version` on a real API server: everything of an app is shown and nothing else, and what is wrong
//! is named with its cause.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{
    apps,
    by_hand::Said,
    kubelet::Fate,
    scene::{Scene, tests},
};

tests![
    a_tree_has_every_object_once,
    events_are_of_the_app_and_its_parts_alone,
    a_doctor_names_what_keeps_an_app,
    a_cluster_is_looked_at_before_anything_is_installed,
    versions_are_told_of_all_that_is_installed,
];

fn json_of(said: &Said) -> Value {
    serde_json::from_str(&said.stdout).unwrap_or_else(|error| panic!("{error}: {}{}", said.stdout, said.stderr))
}

/// Kind and name of every branch.
fn branches(tree: &Value, found: &mut Vec<String>) {
    for branch in tree.as_array().into_iter().flatten() {
        found.push(format!("{}/{}", branch["kind"].as_str().unwrap_or_default(), branch["name"].as_str().unwrap_or_default()));
        branches(&branch["children"], found);
    }
}

async fn a_tree_has_every_object_once(mut scene: Scene) {
    scene.apply(&apps::full()).await;
    scene.apply(&apps::app("full-size", json!({}))).await;
    scene.runs("full").await;
    scene.runs("full-size").await;
    let said = scene.aegisctl(&["tree", "full", "-o", "json"]).await;
    assert!(said.is_done, "{}", said.stderr);
    let mut found = vec![];
    branches(&json_of(&said)["objects"], &mut found);
    let once: BTreeSet<String> = found.iter().cloned().collect();
    assert_eq!(once.len(), found.len(), "{found:#?}");
    let mut wanted = BTreeSet::new();
    let kinds = aegis_plan::children::kinds().into_iter().map(|kind| kind.kind).chain(["ReplicaSet", "Pod"]);
    for kind in kinds.collect::<BTreeSet<_>>() {
        let of_app = |object: &Value| object["metadata"]["labels"]["aegis.dev/app"] == "full";
        let is_left_over = |object: &Value| kind == "ReplicaSet" && object["spec"]["replicas"] == 0;
        let objects = scene.cluster.list(&scene.namespace, kind).await;
        let objects = objects.iter().filter(|object| of_app(object) && !is_left_over(object));
        wanted.extend(objects.map(|object| format!("{kind}/{}", object["metadata"]["name"].as_str().expect("a name"))));
    }
    assert_eq!(once, wanted);
    for kind in ["Secret/", "Deployment/", "ReplicaSet/", "Pod/", "PersistentVolumeClaim/", "CronJob/"] {
        assert!(once.iter().any(|name| name.starts_with(kind)), "{kind}");
    }
    let table = scene.aegisctl(&["tree", "full"]).await.stdout;
    assert!(table.starts_with("AegisApp/full  Running\n├─ "), "{table}");
    assert!(table.contains("└─ ReplicaSet/") && table.contains("Pod/") && table.contains("1/1 Running"), "{table}");
    let names = scene.aegisctl(&["tree", "full", "-o", "name"]).await.stdout;
    assert!(names.lines().any(|line| line == "deployment.apps/full-api"), "{names}");
    let none = scene.aegisctl(&["tree", "ful"]).await;
    assert!(!none.is_done && none.stderr.contains("did you mean full?"), "{}", none.stderr);
}

async fn events_are_of_the_app_and_its_parts_alone(mut scene: Scene) {
    scene.apply(&apps::app("told", json!({"workers": [{"name": "mail"}]}))).await;
    scene.apply(&apps::app("told-too", json!({}))).await;
    scene.runs("told").await;
    scene.runs("told-too").await;
    for (name, pod, message) in
        [("one", "told-worker--mail-5d9c7b8f6-gone1", "it was killed"), ("two", "told-too-api-5d9c7b8f6-gone2", "not ours")]
    {
        let about = json!({"kind": "Pod", "namespace": scene.namespace, "name": pod, "uid": format!("gone-{name}")});
        let event = json!({"apiVersion": "v1", "kind": "Event", "metadata": {"name": name}, "involvedObject": about, "reason": "Killing",
            "type": "Warning", "message": message, "lastTimestamp": "2026-01-01T00:00:00Z", "count": 3});
        let path = format!("/api/v1/namespaces/{}/events", scene.namespace);
        scene.cluster.create_at(&path, &event).await.expect("an event is accepted");
    }
    let all = scene.aegisctl(&["events", "told", "-o", "json"]).await;
    assert!(all.is_done, "{}", all.stderr);
    let report = json_of(&all);
    let events = report["events"].as_array().expect("a list");
    assert_eq!((&report["version"], &events[0]["message"]), (&json!(1), &json!("it was killed")), "the oldest first: {report:#}");
    assert_eq!((&events[0]["role"], &events[0]["count"]), (&json!("workers/mail"), &json!(3)));
    assert!(events.iter().any(|event| event["object"] == "AegisApp/told" && event["reason"] == "Running"), "{report:#}");
    assert!(events.iter().any(|event| event["object"].as_str().is_some_and(|name| name.starts_with("ReplicaSet/told-api"))), "{report:#}");
    assert!(!all.stdout.contains("told-too"), "{}", all.stdout);
    let of_role = scene.aegisctl(&["events", "told", "mail", "--types", "Warning"]).await;
    let lines: Vec<&str> = of_role.stdout.lines().collect();
    assert!(lines.len() == 2 && lines[1].contains("Killing") && lines[1].ends_with("it was killed (x3)"), "{}", of_role.stdout);
    let none = scene.aegisctl(&["events", "told", "mial"]).await;
    assert!(!none.is_done && none.stderr.contains("did you mean mail?"), "{}", none.stderr);
}

/// The ids that a doctor found, the first first.
fn ids(said: &Said) -> Vec<String> {
    let report = json_of(said);
    let findings = report["apps"][0]["findings"].as_array().cloned().unwrap_or_default();
    findings.iter().map(|finding| finding["id"].as_str().expect("an id").to_owned()).collect()
}

/// A Deployment as the chart makes one, for this namespace alone.
fn operator(scene: &Scene, replicas: i32) -> Value {
    let labels = json!({"app.kubernetes.io/name": "aegis-operator", "app.kubernetes.io/version": "0.0.1"});
    let container = json!({"name": "operator", "image": "operator:0.0.1", "args": [format!("--namespaces={}", scene.namespace)]});
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "aegis", "labels": labels}, "spec": {
        "replicas": replicas, "selector": {"matchLabels": {"is": "it"}},
        "template": {"metadata": {"labels": {"is": "it"}}, "spec": {"containers": [container]}}}})
}

async fn a_doctor_names_what_keeps_an_app(mut scene: Scene) {
    let doctor = ["doctor", "ill", "-o", "json"];
    scene.apply(&apps::app("ill", json!({}))).await;
    scene.runs("ill").await;
    let path = format!("/apis/apps/v1/namespaces/{}/deployments", scene.namespace);
    scene.cluster.create_at(&path, &operator(&scene, 1)).await.expect("a Deployment is accepted");
    scene.see("Deployment", "aegis", "it is ready", |it| it["status"]["readyReplicas"] == 1).await;
    let well = scene.aegisctl(&["doctor", "ill"]).await;
    assert!(well.is_done && well.stdout.contains("Running, nothing is wrong"), "{}{}", well.stdout, well.stderr);

    // an image that is nowhere
    scene.kubelet.decide("api", Fate::Unpulled);
    scene.apply(&apps::app("ill", json!({"image": "registry.example/shop:nowhere"}))).await;
    scene.see("AegisApp", "ill", "the image is missing", |app| app["status"]["components"].to_string().contains("ImageNotPulled")).await;
    let said = scene.aegisctl(&doctor).await;
    assert!(!said.is_done && ids(&said).contains(&"ImageNotPulled".to_owned()), "{}{}", said.stdout, said.stderr);
    scene.kubelet.decide("api", Fate::Good);

    // a spec that is refused
    scene.apply(&apps::app("ill", json!({"image": "not an image"}))).await;
    scene.ready("ill", "SpecRefused").await;
    let said = scene.aegisctl(&doctor).await;
    assert!(!said.is_done && ids(&said).first().is_some_and(|id| id == "BadImage"), "{}", said.stdout);
    let text = scene.aegisctl(&["doctor", "ill"]).await;
    assert!(text.stdout.contains("error BadImage at AegisApp/ill spec.image") && text.stdout.contains("cure: "), "{}", text.stdout);

    // an operator that is gone, with an edit that it never saw
    scene.stop().await;
    scene
        .cluster
        .patch(&scene.namespace, "Deployment", "aegis", crate::cluster::Patch::Merge, &json!({"spec": {"replicas": 0}}))
        .await
        .expect("an edit");
    scene.see("Deployment", "aegis", "it is gone", |it| it["status"]["readyReplicas"].is_null()).await;
    let said = scene.aegisctl(&doctor).await;
    assert!(!said.is_done && ids(&said).first().is_some_and(|id| id == "operator-not-ready"), "{}", said.stdout);
    let all = scene.aegisctl(&["doctor"]).await;
    assert!(!all.is_done && all.stderr.contains("Next: mend what comes first"), "{}", all.stderr);
}

async fn a_cluster_is_looked_at_before_anything_is_installed(scene: Scene) {
    let said = scene.aegisctl(&["doctor", "--pre", "-o", "json"]).await;
    let report = json_of(&said);
    let outcome = |id: &str| {
        let mut checks = report["checks"].as_array().expect("a list").iter().filter(|check| check["id"] == id);
        checks.next().unwrap_or_else(|| panic!("there is no {id}: {report:#}"))["outcome"].as_str().expect("a word").to_owned()
    };
    for id in ["server-answers", "version-supported", "can-create-clusterroles", "can-create-secrets", "policies"] {
        assert_eq!(outcome(id), "Ok", "{id}");
    }
    // there is no node, and no storage, on this control plane; the AegisApps are another namespace's release
    assert_eq!((outcome("nodes-ready").as_str(), outcome("default-storage-class").as_str()), ("Error", "Warning"));
    assert_eq!((outcome("crd").as_str(), outcome("metrics").as_str()), ("Warning", "Warning"));
    assert!(!said.is_done && report["ok"] == false, "{report:#}");
    let text = scene.aegisctl(&["doctor", "--pre"]).await;
    assert!(text.stdout.contains("  error nodes-ready: 0 of 0 nodes are ready\n      hint: kubectl get nodes"), "{}", text.stdout);
}

async fn versions_are_told_of_all_that_is_installed(scene: Scene) {
    let path = format!("/apis/apps/v1/namespaces/{}/deployments", scene.namespace);
    scene.cluster.create_at(&path, &operator(&scene, 1)).await.expect("a Deployment is accepted");
    let said = scene.aegisctl(&["version", "-o", "json"]).await;
    assert!(said.is_done, "{}", said.stderr);
    let report = json_of(&said);
    assert_eq!(report["served"], json!(["v1alpha1"]));
    assert!(report["kubernetes"].as_str().is_some_and(|version| version.starts_with("v1.")), "{report:#}");
    let own = report["operators"].as_array().expect("a list").iter().find(|operator| operator["namespace"] == *scene.namespace);
    assert_eq!(own.expect("it is listed")["image"], "operator:0.0.1");
    assert!(said.stderr.contains("is 0.0.1: use the aegisctl of that version"), "{}", said.stderr);
    let alone = scene.aegisctl_alone(&["version", "--client"], &[]).await;
    assert_eq!(alone.stdout, format!("aegisctl    {}\n", env!("CARGO_PKG_VERSION")));
    let nowhere = scene.aegisctl_alone(&["version", "--kubeconfig", "no-such-file"], &[]).await;
    assert!(
        !nowhere.is_done && nowhere.stdout.starts_with("aegisctl    ") && nowhere.stderr.contains("no-such-file"),
        "{}",
        nowhere.stderr
    );
}
