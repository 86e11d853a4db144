//! The installation changes under its apps, by the real helm: another CRD and operator, none at all, and one again.
//! Nothing of what runs changes, and nothing hangs. The CRD is every test's, so these run when no other test does.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use aegis_plan::children;
use serde_json::{Value, json};

use crate::{
    apps, audit, install,
    operator::Operator,
    scene::{Scene, tests},
    wait::until,
};

tests![a_hundred_apps_outlive_an_upgrade, apps_outlive_the_operator];

const APPS: usize = 100;
const CRD: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/aegisapps.aegis.dev";
/// Properties that the older definition does not have.
const NEW: [&str; 3] = ["ttl", "expiresAt", "driftPolicy"];
/// More arguments than the definition allows, and the older one did not mind.
const MANY: usize = 70;

async fn a_hundred_apps_outlive_an_upgrade(mut scene: Scene) {
    let older = older_chart(&scene);
    // the suite's own definition was not made by helm
    helm(&scene, "install", "upgraded", &older, &["--take-ownership", "--force-conflicts"]);
    let lifecycle = json!({"driftPolicy": "Report"});
    let newer = async |scene: &Scene| {
        let app = apps::app("newer", json!({"lifecycle": lifecycle}));
        scene.cluster.create_at(&format!("/apis/aegis.dev/v1alpha1/namespaces/{}/aegisapps?dryRun=All", scene.namespace), &app).await
    };
    until("the older definition does not know it", async || match newer(&scene).await {
        Err(status) => {
            assert!(status.message.contains("driftPolicy"), "{status}");
            Ok(())
        }
        Ok(_) => Err(String::new()),
    })
    .await;
    let names: Vec<String> = (0..APPS).map(|i| format!("app{i}")).collect();
    let asked = |name: &str, image: &str| apps::app(name, json!({"image": image, "config": {"NAME": name}}));
    for name in &names {
        scene.apply(&asked(name, "registry.example/shop:1")).await;
    }
    let many = |image: &str| apps::app("many", json!({"image": image, "api": {"args": vec!["x"; MANY]}}));
    scene.apply(&many("registry.example/shop:1")).await;
    for name in names.iter().map(String::as_str).chain(["many"]) {
        scene.ready(name, "Running").await;
    }
    scene.rest().await;
    let before = everything(&scene).await;
    let definition = scene.cluster.get_at(CRD).await["metadata"]["generation"].as_i64();
    scene.stop().await;

    helm(&scene, "upgrade", "upgraded", &chart(), &[]);
    assert!(scene.cluster.get_at(CRD).await["metadata"]["generation"].as_i64() > definition, "helm upgrades the definition");
    until("the new definition knows it", async || newer(&scene).await.map_err(|status| status.to_string())).await;
    let written = scene.written().len();
    let started = Instant::now();
    scene.start().await;
    scene.rest().await;
    let writes: Vec<String> = scene.written()[written..].iter().map(ToString::to_string).collect();
    assert!(writes.is_empty(), "{writes:#?}");
    assert_eq!(before, everything(&scene).await, "no object, no pod and no resource has changed");
    scene.world.measure(format!(
        "{} apps under another CRD and operator: nothing written, all looked at after {} ms",
        APPS + 1,
        started.elapsed().as_millis()
    ));

    // what was stored and is no longer allowed lives on, and can be edited elsewhere
    let mut other = many("registry.example/shop:2");
    other["metadata"]["name"] = "other".into();
    let refused = scene.cluster.create(&scene.namespace, &other).await.expect_err("nobody may write so much anew");
    assert!(refused.code == 422 && refused.message.contains("spec.api.args"), "{refused}");
    scene.apply(&many("registry.example/shop:2")).await;
    scene.ready("many", "Running").await;
    let mut edited = asked("app7", "registry.example/shop:2");
    edited["spec"]["lifecycle"] = lifecycle.clone();
    scene.apply(&edited).await;
    let stored = scene.runs("app7").await;
    assert_eq!(stored["spec"]["lifecycle"], lifecycle);
}

async fn apps_outlive_the_operator(mut scene: Scene) {
    helm(&scene, "install", "gone", &chart(), &["--take-ownership", "--force-conflicts"]);
    act(&mut scene).await;
    scene.apply(&apps::full()).await;
    scene.apply(&apps::app("small", json!({"workers": [{"name": "media"}]}))).await;
    scene.runs("full").await;
    scene.runs("small").await;
    let key = async |scene: &Scene| scene.cluster.get(HOME, "Secret", "gone-aegis-agent-key").await.map(|secret| secret["data"].clone());
    let (before, key_before) = (everything(&scene).await, key(&scene).await);
    scene.kill();

    let started = Instant::now();
    install::helm(&scene.world.plane.kubeconfig(), &["uninstall", "gone", "--namespace", HOME, "--wait", "--timeout", "60s"]);
    let took = started.elapsed();
    assert!(took < Duration::from_secs(30), "{took:?}");
    for path in [
        format!("/api/v1/namespaces/{HOME}/serviceaccounts/gone-aegis"),
        "/apis/rbac.authorization.k8s.io/v1/clusterroles/gone-aegis".to_owned(),
        "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/gone-aegis-fence".to_owned(),
    ] {
        let status = scene.cluster.try_get_at(&path).await.expect_err("it is gone");
        assert_eq!(status.code, 404, "{path}: {status}");
    }
    assert_eq!(everything(&scene).await, before, "what runs runs on");
    scene.cluster.delete(&scene.namespace, "AegisApp", "small").await;
    for (kind, name) in
        [("AegisApp", "small"), ("Deployment", "small-api"), ("Deployment", "small-worker--media"), ("ServiceAccount", "small")]
    {
        scene.see_gone(kind, name).await;
    }
    let before = everything(&scene).await;

    // of the same name it finds its definition and its key again
    helm(&scene, "install", "gone", &chart(), &[]);
    assert_eq!(key(&scene).await, key_before, "or every agent would be another pod");
    let written = audit::of_account(&scene.world.plane.audit_log(), HOME, "gone-aegis").len();
    act(&mut scene).await;
    scene.rest().await;
    let asked = audit::of_account(&scene.world.plane.audit_log(), HOME, "gone-aegis").split_off(written);
    let writes: Vec<String> = asked.iter().filter(|asked| asked.is_write()).map(ToString::to_string).collect();
    assert!(!asked.is_empty() && writes.is_empty(), "{writes:#?}");
    assert_eq!(everything(&scene).await, before);
    scene.world.measure(format!("helm uninstall took {} ms; an app could be deleted, and a new release wrote nothing", took.as_millis()));
}

/// Namespace of the releases.
const HOME: &str = "upgrade-home";

fn chart() -> PathBuf {
    aegis_tests::files::root().join("charts/aegis")
}

fn helm(scene: &Scene, verb: &str, release: &str, chart: &Path, more: &[&str]) {
    let chart = chart.to_string_lossy();
    let words = [verb, release, &chart, "--namespace", HOME];
    let create: &[&str] = if verb == "install" { &["--create-namespace"] } else { &[] };
    install::helm(&scene.world.plane.kubeconfig(), &[&words, create, more].concat());
}

/// Plays the part of the release's pod.
async fn act(scene: &mut Scene) {
    let config = install::as_account(&scene.cluster, &scene.world.operator, HOME, "gone-aegis").await;
    let client = aegis_controller::client(config).expect("the configuration is complete");
    scene.watch(Operator::start_with(client, &[&scene.namespace]).await);
}

/// The chart as it was when the definition knew less, and minded less.
fn older_chart(scene: &Scene) -> PathBuf {
    let older = scene.world.plane.folder.join("older-chart");
    let copied = Command::new("cp").arg("-r").arg(chart()).arg(&older).status();
    assert!(copied.expect("cp can be run").success());
    let mut crd = serde_json::to_value(aegis_crds::custom_resource_definition()).expect("a definition is JSON");
    let version = &mut crd["spec"]["versions"][0];
    version["additionalPrinterColumns"].as_array_mut().expect("it has columns").retain(|column| column["name"] != "EXPIRES");
    forget(&mut version["schema"]);
    let api = version.pointer_mut("/schema/openAPIV3Schema/properties/spec/properties/api/properties").expect("the api has fields");
    api.as_object_mut().expect("fields").remove("config").expect("it is new");
    api["args"].as_object_mut().expect("a list").remove("maxItems").expect("it is new");
    fs::write(older.join("files/aegisapp.yaml"), serde_yaml::to_string(&crd).expect("it is YAML")).expect("it can be written");
    older
}

fn forget(schema: &mut Value) {
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        NEW.iter().for_each(|name| drop(properties.remove(*name)));
    }
    match schema {
        Value::Object(map) => map.values_mut().for_each(forget),
        Value::Array(list) => list.iter_mut().for_each(forget),
        _ => {}
    }
}

/// Each object of the namespace with its uid and generation, each resource whole, and each pod.
async fn everything(scene: &Scene) -> Vec<String> {
    let mut marks = vec![];
    for kind in children::kinds().into_iter().map(|kind| kind.kind).chain(["ReplicaSet", "Pod", "AegisApp"]) {
        let objects = scene.cluster.list(&scene.namespace, kind).await;
        // the clock makes a schedule's Jobs and their pods
        for object in objects.iter().filter(|object| !object["metadata"]["ownerReferences"][0]["kind"].to_string().contains("CronJob")) {
            let metadata = &object["metadata"];
            let whole = if kind == "AegisApp" { json!([object["spec"], object["status"]]) } else { Value::Null };
            marks.push(json!([kind, metadata["name"], metadata["uid"], metadata["generation"], whole]).to_string());
        }
    }
    marks.sort();
    marks
}
