//! Objects that stood there before the app: taken over when they are given to it, as they are, pods and passwords included.
//! What was not given, or cannot be had, stays as it is and is told.

use std::{fs, path::Path};

use aegis_crds::AegisApp;
use aegis_plan::{Facts, accept, canonical, children, everything};
use serde_json::{Value, json};

use crate::{
    apps,
    cluster::Patch,
    drift::messages,
    install,
    scene::{Scene, condition, tests},
    wire::{Fate, Sent, Wire},
};

tests![
    what_a_deleted_app_left_behind_is_kept_to_the_pod,
    what_was_not_given_is_told_and_can_be_given_at_any_time,
    what_is_kept_of_an_app_is_not_taken_back_by_who_has_not_heard,
    an_object_of_somebody_else_becomes_the_apps,
    what_helm_made_becomes_the_apps,
    what_cannot_be_adopted_stays_as_it_is
];

async fn what_a_deleted_app_left_behind_is_kept_to_the_pod(mut scene: Scene) {
    let app = apps::full();
    let name = app["metadata"]["name"].as_str().expect("a name").to_owned();
    collected(&scene).await;
    scene.apply(&app).await;
    scene.runs(&name).await;
    let before = marks(&scene).await;
    let uid = scene.get("AegisApp", &name).await["metadata"]["uid"].clone();
    scene.stop().await;
    scene.cluster.orphan(&scene.namespace, "AegisApp", &name).await;
    scene.see_gone("AegisApp", &name).await;
    give(&scene, &name).await;
    scene.apply(&app).await;
    let after = scene.runs(&name).await;
    assert_ne!(after["metadata"]["uid"], uid);
    let now = marks(&scene).await;
    let lost: Vec<_> = before.iter().filter(|mark| !now.contains(mark)).collect();
    let new: Vec<_> = now.iter().filter(|mark| !before.contains(mark)).collect();
    assert!(lost.is_empty() && new.is_empty(), "{lost:#?} became {new:#?}");
    for kind in ["Deployment", "Service", "ServiceAccount", "CronJob", "StatefulSet"] {
        for object in scene.cluster.list(&scene.namespace, kind).await.iter().filter(|object| object["metadata"]["name"] != "default") {
            assert_eq!(object["metadata"]["ownerReferences"][0]["uid"], after["metadata"]["uid"], "{kind} {}", object["metadata"]["name"]);
        }
    }
    let before = scene.asked().len();
    scene.touch(&name, 20).await;
    let asked: Vec<String> = scene.asked()[before..].iter().filter(|asked| asked.verb != "watch").map(ToString::to_string).collect();
    assert!(asked.is_empty(), "it is the app's, and there is nothing left to do: {asked:?}");
}

async fn what_was_not_given_is_told_and_can_be_given_at_any_time(mut scene: Scene) {
    let app = apps::app("left", json!({"secrets": [{"name": "app", "generate": {"SECRET_KEY": {}}}]}));
    scene.apply(&app).await;
    scene.runs("left").await;
    let secret = scene.cluster.list(&scene.namespace, "Secret").await;
    let pods = uids(&scene, "Pod").await;
    scene.cluster.orphan(&scene.namespace, "AegisApp", "left").await;
    scene.see_gone("AegisApp", "left").await;
    scene.apply(&app).await;
    let stored = scene.ready("left", "NameTaken").await;
    let told = condition(&stored, "Ready")["message"].to_string();
    assert!(told.contains("app.kubernetes.io/managed-by=aegis aegis.dev/adopt=left"), "{told}");
    let anchor = secret[0]["metadata"]["ownerReferences"][0]["name"].as_str().expect("a name").to_owned();
    assert!(messages(&stored, "OrphanedSecret").contains(&anchor), "{stored:#}");
    let deployment = scene.get("Deployment", "left-api").await;
    assert!(deployment["metadata"]["ownerReferences"].is_null(), "it was not given");
    assert_eq!(uids(&scene, "Pod").await, pods);

    // the operator would not look again for minutes, and is told by a watch
    scene.touch("left", 10).await;
    give(&scene, "left").await;
    let after = scene.runs("left").await;
    assert!(after["status"]["problems"].is_null(), "{:#}", after["status"]["problems"]);
    assert_eq!(uids(&scene, "Pod").await, pods, "its pods know the old value");
    crate::wait::until("the value made meanwhile goes", async || match scene.cluster.list(&scene.namespace, "Secret").await {
        now if now.len() == 1 && now[0]["data"] == secret[0]["data"] && now[0]["metadata"]["uid"] == secret[0]["metadata"]["uid"] => Ok(()),
        now => Err(format!("{} Secrets", now.len())),
    })
    .await;
}

/// `kubectl delete --cascade=orphan` takes the objects from the app before it goes. Given back to it, they would go too.
async fn what_is_kept_of_an_app_is_not_taken_back_by_who_has_not_heard(mut scene: Scene) {
    let wire = Wire::new();
    scene.start_on(&wire).await;
    scene.apply(&apps::app("kept", json!({"workers": [{"name": "media"}]}))).await;
    scene.runs("kept").await;
    let before = [uids(&scene, "Deployment").await, uids(&scene, "Service").await];
    let is_deaf = |sent: &Sent| sent.path.ends_with("/aegisapps") && !sent.query.contains("fieldSelector");
    wire.rule(move |sent| if is_deaf(sent) { Fate::IsRefused(503) } else { Fate::Passes });
    wire.break_watches();
    let (looks, _) = scene.operator().await.looks().await;
    scene.cluster.orphan(&scene.namespace, "AegisApp", "kept").await;
    scene.see_gone("AegisApp", "kept").await;
    let operator = scene.operator().await;
    crate::wait::until("the operator has seen that its objects are nobody's", async || match operator.looks().await {
        (now, 0) if now > looks + 1 => Ok(()),
        looks => Err(format!("{looks:?}")),
    })
    .await;
    wire.rule(|_| Fate::Passes);
    scene.rest().await;
    assert_eq!([uids(&scene, "Deployment").await, uids(&scene, "Service").await], before, "they are kept");
    let owners = scene.get("Deployment", "kept-api").await["metadata"]["ownerReferences"].clone();
    assert!(owners.is_null(), "nobody takes them: {owners}");
}

async fn an_object_of_somebody_else_becomes_the_apps(mut scene: Scene) {
    let app = apps::app("given", json!({"api": {"replicas": {"min": 2}}}));
    for kind in ["ServiceAccount", "Service", "Deployment"] {
        scene.cluster.create(&scene.namespace, &by_hand(&scene, &app, kind)).await.expect("somebody makes it");
    }
    let deployed = |object: &Value| object["status"]["readyReplicas"] == 2;
    let before = scene.see("Deployment", "given-api", "it runs", deployed).await;
    let address = scene.get("Service", "given-api").await["spec"]["clusterIP"].clone();
    let pods = uids(&scene, "Pod").await;
    scene.apply(&app).await;
    scene.ready("given", "NameTaken").await;
    for (kind, name) in [("ServiceAccount", "given"), ("Service", "given-api"), ("Deployment", "given-api")] {
        let labels = json!({"metadata": {"labels": {"app.kubernetes.io/managed-by": "aegis", "aegis.dev/adopt": "given"}}});
        scene.cluster.patch(&scene.namespace, kind, name, Patch::Merge, &labels).await.expect("its owner may label it");
    }
    let after = scene.runs("given").await;
    assert!(after["status"]["problems"].is_null(), "defaults are nobody's wish: {:#}", after["status"]["problems"]);
    let now = scene.get("Deployment", "given-api").await;
    assert_eq!((&now["metadata"]["uid"], &now["spec"]["template"]), (&before["metadata"]["uid"], &before["spec"]["template"]));
    assert_eq!((uids(&scene, "Pod").await, uids(&scene, "ReplicaSet").await.len()), (pods, 1));
    assert_eq!(scene.get("Service", "given-api").await["spec"]["clusterIP"], address);
    let mut next = app.clone();
    next["spec"]["image"] = "registry.example/shop:2".into();
    scene.apply(&next).await;
    scene.runs("given").await;
    assert_eq!(scene.get("Deployment", "given-api").await["spec"]["template"]["spec"]["containers"][0]["image"], "registry.example/shop:2");
}

/// By the very commands that the operator and the README tell.
async fn what_helm_made_becomes_the_apps(mut scene: Scene) {
    let app = apps::app("moved", json!({"api": {"replicas": {"min": 2, "max": 2}}}));
    let kubeconfig = scene.world.plane.kubeconfig();
    let chart = scene.world.plane.folder.join("a-chart-of-somebody");
    fs::create_dir_all(chart.join("templates")).expect("a folder can be made");
    fs::write(chart.join("Chart.yaml"), "{apiVersion: v2, name: somebodys, version: 1.0.0}").expect("a file can be written");
    for kind in ["ServiceAccount", "Service", "Deployment"] {
        let mut body = by_hand(&scene, &app, kind);
        body["metadata"]["labels"] = json!({"app.kubernetes.io/managed-by": "Helm"});
        fs::write(chart.join(format!("templates/{kind}.yaml")), body.to_string()).expect("a file can be written");
    }
    install::helm(&kubeconfig, &["install", "somebodys", &chart.to_string_lossy(), "--namespace", &scene.namespace]);
    scene.see("Deployment", "moved-api", "it runs", |object| object["status"]["readyReplicas"] == 2).await;
    let pods = uids(&scene, "Pod").await;
    scene.apply(&app).await;
    scene.start().await;
    for object in ["serviceaccount/moved", "service/moved-api", "deployment/moved-api"] {
        let is_told = |app: &Value| condition(app, "Ready")["message"].to_string().contains(object);
        let stored = scene.see("AegisApp", "moved", &format!("{object} is told"), is_told).await;
        let told = install::text(&condition(&stored, "Ready")["message"]);
        let (_, command) = told.split_once("give it to the app: kubectl ").unwrap_or_else(|| panic!("{told}"));
        let words = command.split_whitespace().take(7).map(|word| word.trim_end_matches([';', '.', ',']));
        kubectl(&kubeconfig, &words.collect::<Vec<_>>());
    }
    scene.runs("moved").await;
    assert_eq!((uids(&scene, "Pod").await, uids(&scene, "ReplicaSet").await.len()), (pods.clone(), 1), "no pod is another");
    kubectl(&kubeconfig, &["delete", "secret", "-n", &scene.namespace, "-l", "owner=helm,name=somebodys"]);
    let known = install::helm(&kubeconfig, &["list", "--short", "--namespace", &scene.namespace]);
    assert_eq!(known.trim(), "", "nobody can uninstall it");
    scene.touch("moved", 2).await;
    scene.runs("moved").await;
    assert_eq!(uids(&scene, "Pod").await, pods);
}

fn kubectl(kubeconfig: &Path, words: &[&str]) {
    let output = install::tool("kubectl").args(words).arg("--kubeconfig").arg(kubeconfig).output().expect("kubectl can be run");
    assert!(output.status.success(), "kubectl {words:?}: {}", String::from_utf8_lossy(&output.stderr));
}

async fn what_cannot_be_adopted_stays_as_it_is(mut scene: Scene) {
    let app = |name: &str| apps::app(name, json!({}));
    let given = |name: &str, body: Value| {
        let mut body = body;
        body["metadata"]["labels"] = json!({"app.kubernetes.io/managed-by": "aegis", "aegis.dev/adopt": name});
        body
    };
    let mut other = given("other", by_hand(&scene, &app("other"), "Deployment"));
    other["spec"]["selector"]["matchLabels"]["tier"] = "x".into();
    other["spec"]["template"]["metadata"]["labels"]["tier"] = "x".into();
    let keeper = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "keeper"}});
    let keeper = scene.cluster.create(&scene.namespace, &keeper).await.expect("a ConfigMap can be made");
    let mut owned = given("owned", by_hand(&scene, &app("owned"), "Deployment"));
    owned["metadata"]["ownerReferences"] =
        json!([{"apiVersion": "v1", "kind": "ConfigMap", "name": "keeper", "uid": keeper["metadata"]["uid"], "controller": true}]);
    for (name, body, reason, says) in
        [("other", other, "Invalid", "field is immutable"), ("owned", owned, "NameTaken", "something else owns it")]
    {
        let made = scene.cluster.create(&scene.namespace, &body).await.expect("somebody makes it");
        scene.apply(&app(name)).await;
        let stored = scene.ready(name, reason).await;
        let ready = condition(&stored, "Ready")["message"].to_string();
        assert!(ready.contains(says) && ready.contains("rename the app"), "{ready}");
        let now = scene.get("Deployment", &format!("{name}-api")).await;
        assert_eq!(now["metadata"]["generation"], made["metadata"]["generation"], "{name}");
        for field in ["uid", "labels", "ownerReferences"] {
            assert_eq!(now["metadata"][field], made["metadata"][field], "{name}: {field}");
        }
        scene.cluster.delete(&scene.namespace, "Deployment", &format!("{name}-api")).await;
        scene.runs(name).await;
    }
}

/// What the operator would make, as somebody makes it who knows nothing of the operator.
fn by_hand(scene: &Scene, app: &Value, kind: &str) -> Value {
    let mut app = app.clone();
    app["metadata"]["namespace"] = scene.namespace.clone().into();
    let asked: AegisApp = serde_json::from_value(app).expect("it has the shape of its schema");
    let all = everything(&accept(&asked, &Facts::default()).app.expect("it is accepted"));
    let planned = all.into_iter().find(|planned| planned.kind.kind == kind).unwrap_or_else(|| panic!("no {kind} is planned"));
    let mut body = planned.body.value();
    body["metadata"] = json!({"name": planned.name});
    if kind == "Deployment" {
        body["spec"]["replicas"] = 2.into();
    }
    body
}

/// Gives everything that bears an app's label to the app of that name.
async fn give(scene: &Scene, app: &str) {
    for kind in children::kinds().into_iter().filter(|kind| !kind.is_write_only()) {
        for object in scene.cluster.list(&scene.namespace, kind.kind).await {
            let name = object["metadata"]["name"].as_str().expect("a name");
            let is_its = object["metadata"]["labels"]["aegis.dev/app"] == app && object["metadata"]["ownerReferences"].is_null();
            if is_its {
                let label = json!({"metadata": {"labels": {"aegis.dev/adopt": app}}});
                scene.cluster.patch(&scene.namespace, kind.kind, name, Patch::Merge, &label).await.expect("it can be labelled");
            }
        }
    }
}

/// Uid and generation of all that an app has, pods included; content of Secrets.
async fn marks(scene: &Scene) -> Vec<String> {
    let kinds = children::kinds().into_iter().map(|kind| kind.kind).chain(["ReplicaSet", "Pod"]);
    let mut marks = vec![];
    for kind in kinds {
        let objects = scene.cluster.list(&scene.namespace, kind).await;
        // the clock makes a schedule's Jobs and their pods
        for object in objects.iter().filter(|object| !object["metadata"]["ownerReferences"][0]["kind"].to_string().contains("CronJob")) {
            let metadata = &object["metadata"];
            // what a failure prints shows no secret
            let data = canonical::digest(&object["data"]);
            marks.push(json!([kind, metadata["name"], metadata["uid"], metadata["generation"], data]).to_string());
        }
    }
    marks.sort();
    marks
}

/// Waits until the collector knows kinds that have just been defined: it looks for such twice a minute. What an owner is to
/// leave behind, and is of a kind that it does not know, it leaves to a missing owner, and collects it later.
async fn collected(scene: &Scene) {
    let owner = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "owner"}});
    let owner = scene.cluster.create(&scene.namespace, &owner).await.expect("a ConfigMap can be made");
    let reference = json!({"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": owner["metadata"]["uid"]});
    let owned = json!({"apiVersion": "monitoring.coreos.com/v1", "kind": "PodMonitor",
        "metadata": {"name": "owned", "ownerReferences": [reference]}, "spec": {"selector": {}, "podMetricsEndpoints": []}});
    scene.cluster.create(&scene.namespace, &owned).await.expect("its kind is served");
    scene.cluster.delete(&scene.namespace, "ConfigMap", "owner").await;
    scene.see_gone("PodMonitor", "owned").await;
}

async fn uids(scene: &Scene, kind: &str) -> Vec<String> {
    let objects = scene.cluster.list(&scene.namespace, kind).await;
    let mut uids: Vec<String> = objects.iter().map(|object| object["metadata"]["uid"].to_string()).collect();
    uids.sort();
    uids
}
