//! `aegisctl plan` says beforehand what an edit does: what really is made, deleted and restarted is compared with it.
//! Each edit is deployed by the digest of its plan; the digest of another is refused.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
};

use aegis_tests::server::cluster::Patch;
use serde_json::{Value, json};

use crate::{
    apps,
    scene::{Scene, tests},
};

tests![
    what_a_plan_says_is_what_happens,
    a_plan_that_is_no_longer_true_is_refused,
    a_diff_says_what_an_apply_changes_and_then_nothing,
    a_deleted_app_leaves_its_data_and_nothing_else
];

/// Kinds whose objects a plan speaks of.
const KINDS: [&str; 8] =
    ["ConfigMap", "Service", "Deployment", "StatefulSet", "CronJob", "PersistentVolumeClaim", "Job", "HorizontalPodAutoscaler"];

/// A change of a spec.
type Edit = fn(&mut Value);

fn app() -> Value {
    let spec = json!({
        "image": "registry.example/shop:1",
        "config": {"PAGE_SIZE": "50", "COLOUR": "red"},
        "migration": {"args": ["migrate"], "config": []},
        "api": {"config": ["PAGE_SIZE"], "replicas": {"min": 1, "max": 1}},
        "workers": [{"name": "mail", "config": ["COLOUR"]}, {"name": "media", "config": []}],
        "schedules": [{"name": "report", "schedule": "0 2 29 2 *", "run": {"args": ["report"], "config": []}}],
        "volumes": [
            {"name": "kept", "mountPath": "/kept", "size": "1Gi", "roles": ["media"]},
            {"name": "lost", "mountPath": "/lost", "size": "1Gi", "roles": ["media"], "deletionPolicy": "Delete"},
        ],
    });
    apps::app("planned", spec)
}

fn file(scene: &Scene, app: &Value) -> PathBuf {
    let path = scene.world.plane.folder.join(format!("{}.json", scene.namespace));
    fs::write(&path, app.to_string()).expect("a file can be written");
    path
}

/// What `aegisctl plan` says of the app.
async fn plan(scene: &Scene, path: &str) -> Value {
    let said = scene.aegisctl(&["plan", path, "-o", "json"]).await;
    assert!(said.is_done, "{}", said.stderr);
    let report: Value = serde_json::from_str(&said.stdout).expect("it is JSON");
    assert_eq!(report["version"], 1);
    report["apps"][0].clone()
}

/// Every object by kind and name, with its pod template where it has one.
async fn objects(scene: &Scene) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    for kind in KINDS {
        for object in scene.cluster.list(&scene.namespace, kind).await {
            let name = object["metadata"]["name"].as_str().expect("a name");
            let template = if ["Deployment", "StatefulSet"].contains(&kind) { object["spec"]["template"].clone() } else { Value::Null };
            found.insert(format!("{kind}/{name}"), template);
        }
    }
    found
}

fn names(list: &Value) -> BTreeSet<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(ToOwned::to_owned).collect()
}

/// Of what a plan names, the objects of the kinds that are compared.
fn compared(list: &Value) -> BTreeSet<String> {
    names(list).into_iter().filter(|name| KINDS.iter().any(|kind| name.starts_with(&format!("{kind}/")))).collect()
}

async fn what_a_plan_says_is_what_happens(mut scene: Scene) {
    scene.start().await;
    let mut app = app();
    let edits: [(&str, Edit); 7] = [
        ("a new app", |_| {}),
        ("a setting of one role", |spec| spec["config"]["COLOUR"] = "blue".into()),
        ("more pods", |spec| spec["api"]["replicas"] = json!({"min": 3, "max": 3})),
        ("a worker less", |spec| drop(spec["workers"].as_array_mut().expect("a list").remove(0))),
        ("a scheduler more", |spec| spec["scheduler"] = json!({"args": ["tick"], "config": []})),
        ("volumes less", |spec| drop(spec.as_object_mut().expect("a spec").remove("volumes"))),
        ("another image", |spec| spec["image"] = "registry.example/shop:2".into()),
    ];
    for (edit, change) in edits {
        change(&mut app["spec"]);
        let path = file(&scene, &app).display().to_string();
        let before = objects(&scene).await;
        let said = plan(&scene, &path).await;
        let digest = said["digest"].as_str().expect("a digest");
        let deployed = scene.aegisctl(&["deploy", "-f", &path, "--plan", digest, "--timeout", "120"]).await;
        assert!(deployed.is_done, "{edit}: {}", deployed.stderr);
        scene.runs("planned").await;
        for gone in compared(&said["deletes"]) {
            let (kind, name) = gone.split_once('/').expect("Kind/name");
            scene.see_gone(kind, name).await;
        }
        let after = objects(&scene).await;
        let made: BTreeSet<String> = after.keys().filter(|name| !before.contains_key(*name)).cloned().collect();
        let gone: BTreeSet<String> = before.keys().filter(|name| !after.contains_key(*name)).cloned().collect();
        assert_eq!((compared(&said["creates"]), compared(&said["deletes"])), (made, gone), "{edit}: {said:#}");
        let restarted = before.iter().filter(|(name, template)| after.get(*name).is_some_and(|after| after != *template));
        let restarted: BTreeSet<String> = restarted.map(|(name, _)| role(name).to_owned()).collect();
        assert_eq!(names(&said["restarts"]), restarted, "{edit}: {said:#}");
        match edit {
            "volumes less" => assert_eq!(
                (&said["retained"][0], said["dataAtRisk"].as_array().map(Vec::len)),
                (&json!("PersistentVolumeClaim/planned-volume--kept"), Some(1))
            ),
            "more pods" => assert_eq!(said["scales"], json!(["api: 1 to 3"])),
            "another image" => assert_eq!(said["migrates"], true),
            _ => {}
        }
    }
    let path = file(&scene, &app).display().to_string();
    let said = plan(&scene, &path).await;
    assert_eq!((&said["creates"], &said["changes"], &said["deletes"], &said["restarts"]), (&json!([]), &json!([]), &json!([]), &json!([])));
}

fn role(name: &str) -> &str {
    name.rsplit_once("--").or_else(|| name.rsplit_once('-')).map_or(name, |(_, role)| role)
}

async fn a_plan_that_is_no_longer_true_is_refused(mut scene: Scene) {
    scene.start().await;
    let mut app = app();
    let path = file(&scene, &app).display().to_string();
    let first = plan(&scene, &path).await["digest"].clone();
    let (first, again) = (first.as_str().expect("a digest"), plan(&scene, &path).await["digest"].clone());
    assert_eq!(first, again, "the same is planned twice");
    let deployed = scene.aegisctl(&["deploy", "-f", &path, "--plan", first, "--timeout", "120"]).await;
    assert!(deployed.is_done, "{}", deployed.stderr);
    // the file changes
    app["spec"]["image"] = "registry.example/shop:2".into();
    let path = file(&scene, &app).display().to_string();
    let second = plan(&scene, &path).await["digest"].as_str().expect("a digest").to_owned();
    let refused = scene.aegisctl(&["deploy", "-f", &path, "--plan", first]).await;
    assert!(!refused.is_done && refused.stderr.contains(&format!("the plan is {second} now")), "{}", refused.stderr);
    // the cluster changes
    let edit = json!({"spec": {"config": {"COLOUR": "green"}}});
    scene.cluster.patch(&scene.namespace, "AegisApp", "planned", Patch::Merge, &edit).await.expect("an edit");
    let refused = scene.aegisctl(&["deploy", "-f", &path, "--plan", &second]).await;
    assert!(!refused.is_done && refused.stderr.contains("aegisctl plan"), "{}", refused.stderr);
    assert_eq!(scene.get("AegisApp", "planned").await["spec"]["image"], "registry.example/shop:1", "nothing was applied");
    // what deploy relies on between its look and its apply: a resource that moved meanwhile is not applied to
    let mut stale = scene.get("AegisApp", "planned").await;
    stale["metadata"] = json!({"name": "planned", "resourceVersion": stale["metadata"]["resourceVersion"]});
    stale.as_object_mut().expect("an object").remove("status");
    let edit = json!({"spec": {"config": {"COLOUR": "blue"}}});
    scene.cluster.patch(&scene.namespace, "AegisApp", "planned", Patch::Merge, &edit).await.expect("an edit");
    let refused = scene.cluster.patch(&scene.namespace, "AegisApp", "planned", Patch::Apply("user"), &stale).await;
    assert!(
        refused.as_ref().is_err_and(|refusal| refusal.code == 409 && refusal.message.contains("object has been modified")),
        "{refused:?}"
    );
    scene.runs("planned").await;
}

async fn a_diff_says_what_an_apply_changes_and_then_nothing(mut scene: Scene) {
    scene.start().await;
    let app = app();
    let path = file(&scene, &app).display().to_string();
    let new = scene.aegisctl(&["diff", &path]).await;
    assert!(new.is_done && new.stdout.contains("+  image: registry.example/shop:1"), "{}{}", new.stdout, new.stderr);
    assert!(scene.find("AegisApp", "planned").await.is_none(), "a diff makes nothing");
    assert!(scene.aegisctl(&["deploy", "-f", &path, "--timeout", "120"]).await.is_done);
    let same = scene.aegisctl(&["diff", &path, "--exit-code"]).await;
    assert!(same.is_done && same.stdout.is_empty() && same.stderr.contains("nothing would change"), "{}{}", same.stdout, same.stderr);
    let same = scene.aegisctl(&["diff", &path, "--children", "--exit-code"]).await;
    assert!(same.is_done && same.stdout.is_empty(), "{}{}", same.stdout, same.stderr);
    // what others changed is told too
    let edit = json!({"spec": {"config": {"COLOUR": "green"}}});
    scene.cluster.patch(&scene.namespace, "AegisApp", "planned", Patch::Merge, &edit).await.expect("an edit");
    let differs = scene.aegisctl(&["diff", &path, "--exit-code"]).await;
    assert!(!differs.is_done && differs.stdout.contains("-    COLOUR: green\n+    COLOUR: red"), "{}{}", differs.stdout, differs.stderr);
    let below = scene.aegisctl(&["diff", &path, "--children", "--exit-code"]).await;
    let told = &below.stdout;
    assert!(!below.is_done && told.contains("--- deployment.apps/planned-worker--mail in the cluster"), "{told}{}", below.stderr);
    assert!(!told.contains("planned-api in"), "what does not read the setting stays as it is: {told}");
    scene.runs("planned").await;
}

async fn a_deleted_app_leaves_its_data_and_nothing_else(mut scene: Scene) {
    scene.start().await;
    let mut app = app();
    app["spec"]["bindings"] = json!([{"name": "db", "type": "postgres", "provision": {"storage": "1Gi"}}]);
    scene.apply(&app).await;
    scene.runs("planned").await;
    let refused = scene.aegisctl(&["delete", "planned"]).await;
    assert!(!refused.is_done && refused.stderr.contains("--yes"), "{}", refused.stderr);
    assert!(scene.find("AegisApp", "planned").await.is_some(), "nobody confirmed it");
    let deleted = scene.aegisctl(&["delete", "planned", "--yes", "--wait", "80"]).await;
    assert!(deleted.is_done && deleted.stdout == "planned is deleted\n", "{}", deleted.stderr);
    let kept = ["ConfigMap/planned-binding--db", "PersistentVolumeClaim/planned-binding--db", "PersistentVolumeClaim/planned-volume--kept"];
    let left: Vec<String> = objects(&scene).await.into_keys().filter(|name| !name.ends_with("/kube-root-ca.crt")).collect();
    assert_eq!(left, kept);
    assert!(kept.iter().all(|name| deleted.stderr.contains(&name.to_lowercase())), "{}", deleted.stderr);
    let none = scene.aegisctl(&["delete", "planned", "--yes"]).await;
    assert!(!none.is_done && none.stderr.contains("there is no AegisApp planned"), "{}", none.stderr);
}
