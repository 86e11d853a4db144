//! An author who may edit one namespace, and nothing elsewhere, tries to borrow the operator's power: what the operator makes
//! for them they could have made themselves, and nothing else can be slipped in. The operator's own fence is another matter.

use aegis_plan::children;
use serde_json::{Value, json};

use crate::{
    apps,
    cluster::{Cluster, Patch, collection},
    install,
    scene::{Scene, condition, tests},
};

tests![
    an_author_gains_nothing_that_they_could_not_make_themselves,
    an_author_can_slip_nothing_into_an_app,
    an_author_writes_no_other_namespace_no_status_and_no_revision,
    no_pod_runs_as_an_identity_of_somebody_else
];

/// Kinds that an author makes no other way: what they hold is the operator's memory, and no pod reads it.
const OPERATORS: [&str; 1] = ["ControllerRevision"];

async fn author(scene: &Scene) -> Cluster {
    install::author(&scene.cluster, &scene.world.operator, &scene.namespace).await
}

async fn an_author_gains_nothing_that_they_could_not_make_themselves(mut scene: Scene) {
    let author = author(&scene).await;
    scene.start().await;
    author.create(&scene.namespace, &apps::full()).await.expect("an author may write apps");
    let app = scene.runs("full").await;
    let (mut faults, mut made) = (vec![], 0);
    for entry in app["status"]["inventory"].as_array().expect("it has objects") {
        let (kind, name) = (entry["kind"].as_str().expect("a kind"), entry["name"].as_str().expect("a name"));
        // the inventory knows the Secrets of anchors by these
        let object = if kind == "Secret" { scene.anchored(name).await } else { scene.find(kind, name).await };
        let Some(object) = object else { continue };
        let answer = author.create_at(&format!("{}?dryRun=All", collection(&scene.namespace, kind)), &again(&object)).await;
        made += 1;
        match answer {
            Err(status) if OPERATORS.contains(&kind) && status.code == 403 => {}
            // who installs these kinds gives them to authors or not; of the app they change nothing but how it is reached and seen
            Err(status) if is_optional(kind) && status.code == 403 => {}
            Err(status) => faults.push(format!("{kind} {name}: {status}")),
            Ok(_) if OPERATORS.contains(&kind) => faults.push(format!("{kind} {name}: the author may make it")),
            Ok(_) => {}
        }
    }
    assert!(faults.is_empty() && made > 25, "{made} objects, of which the author cannot make:\n{}", faults.join("\n"));
}

/// Whether a cluster may lack a kind, to which Kubernetes' own roles give no rights then.
fn is_optional(kind: &str) -> bool {
    children::optional_kinds().iter().any(|optional| optional.kind == kind)
}

/// The same object once more, under another name.
fn again(object: &Value) -> Value {
    let mut object = object.clone();
    let metadata = object["metadata"].take();
    object["metadata"] = json!({"name": "again", "labels": metadata["labels"], "annotations": metadata["annotations"],
        "ownerReferences": metadata["ownerReferences"]});
    object.as_object_mut().expect("an object").remove("status");
    if object["kind"] == "Job" {
        // the server's own
        object["spec"]["selector"].take();
        object["spec"]["template"]["metadata"]["labels"].take();
        object["metadata"]["labels"].take();
    }
    if let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut) {
        ["clusterIP", "clusterIPs"].iter().for_each(|field| drop(spec.remove(*field)));
    }
    object
}

async fn an_author_can_slip_nothing_into_an_app(mut scene: Scene) {
    let author = author(&scene).await;
    scene.apply(&apps::full()).await;
    scene.runs("full").await;
    let before = scene.get("AegisApp", "full").await;
    let mut faults = vec![];
    for (place, field, value) in [
        ("", "serviceAccountName", json!("admin")),
        ("", "podTemplate", json!({"spec": {"hostNetwork": true}})),
        ("", "objects", json!([{"apiVersion": "v1", "kind": "Pod"}])),
        ("", "namespace", json!("kube-system")),
        ("/api", "serviceAccountName", json!("admin")),
        ("/api", "securityContext", json!({"privileged": true})),
        ("/api", "initContainers", json!([{"name": "before", "image": "x:1"}])),
        ("/api", "hostPort", json!(80)),
        ("/pod", "serviceAccountName", json!("admin")),
        ("/pod", "automountServiceAccountToken", json!(true)),
        ("/pod", "hostNetwork", json!(true)),
        ("/pod", "hostPID", json!(true)),
        ("/pod", "nodeName", json!("control-plane")),
        ("/pod", "runtimeClassName", json!("host")),
        ("/security", "privileged", json!(true)),
        ("/security", "capabilities", json!({"add": ["SYS_ADMIN"]})),
        ("/identity", "name", json!("admin")),
        ("/identity", "imagePullSecrets", json!([{"name": "theirs"}])),
        ("/volumes/0", "hostPath", json!({"path": "/"})),
        ("/volumes/0", "claimName", json!("theirs")),
        ("/files/0/secret", "namespace", json!("kube-system")),
        ("/bindings/2/secretRef", "namespace", json!("kube-system")),
        ("/bindings/0/provision", "image", json!("evil:1")),
        ("/imagePullSecrets/0", "namespace", json!("kube-system")),
        ("/env/1/valueFrom/secretKeyRef", "namespace", json!("kube-system")),
        ("/schedules/0/run", "serviceAccountName", json!("admin")),
        ("/workers/0", "volumes", json!([{"name": "node", "hostPath": {"path": "/"}}])),
    ] {
        let mut app = apps::full();
        app["spec"].pointer_mut(place).unwrap_or_else(|| panic!("nothing is at {place}"))[field] = value;
        let what = format!("spec{place}/{field}");
        match author.patch(&scene.namespace, "AegisApp", "full?fieldValidation=Strict", Patch::Apply("user"), &app).await {
            Err(status) if [400, 422, 500].contains(&status.code) && status.message.contains(field) => {}
            answer => faults.push(format!("{what} is not refused by its name: {answer:?}")),
        }
        let body = json!({"spec": app["spec"]});
        match author.patch(&scene.namespace, "AegisApp", "full", Patch::Merge, &body).await {
            Ok(stored) if stored["spec"] == before["spec"] => {}
            answer => faults.push(format!("{what} is stored: {answer:?}")),
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

async fn an_author_writes_no_other_namespace_no_status_and_no_revision(mut scene: Scene) {
    let author = author(&scene).await;
    let elsewhere = Scene::open(&scene.world, &format!("{}-x", &scene.namespace[..20])).await;
    let app = apps::app("small", json!({}));
    author.create(&scene.namespace, &app).await.expect("an author may write apps");
    scene.runs("small").await;
    let revision = scene.names("ControllerRevision").await.remove(0);
    let taken = json!([{"op": "replace", "path": "/status", "value": {"inventory": []}}]);
    let label = json!({"metadata": {"labels": {"aegis.dev/adopt": "small"}}});
    let refused = [
        author.create(&elsewhere.namespace, &app).await,
        author.create("kube-system", &app).await,
        author.patch(&scene.namespace, "AegisApp", "small/status", Patch::Json, &taken).await,
        author.patch(&scene.namespace, "ControllerRevision", &revision, Patch::Merge, &label).await,
    ];
    for (which, answer) in refused.into_iter().enumerate() {
        let status = answer.expect_err(&format!("the author may write number {which}"));
        assert_eq!(status.code, 403, "{status}");
    }
    let mut astray = app.clone();
    astray["metadata"]["namespace"] = elsewhere.namespace.clone().into();
    author.create(&scene.namespace, &astray).await.expect_err("the namespace is the one that is written to");
}

/// Whoever may name an app could name it like a powerful account.
async fn no_pod_runs_as_an_identity_of_somebody_else(mut scene: Scene) {
    const WORKLOADS: [&str; 4] = ["Deployment", "StatefulSet", "Job", "CronJob"];
    let powerful = json!({"apiVersion": "v1", "kind": "ServiceAccount",
        "metadata": {"name": "deployer", "annotations": {"example.com/role": "administrator"}}});
    scene.cluster.create(&scene.namespace, &powerful).await.expect("an administrator may");
    let spec = json!({
        "migration": {"args": ["migrate"]}, "workers": [{"name": "media"}], "scheduler": {},
        "schedules": [{"name": "report", "schedule": "0 2 29 2 *", "run": {"args": ["report"]}}],
        "bindings": [{"name": "db", "type": "redis", "provision": {}}],
    });
    scene.apply(&apps::app("deployer", spec)).await;
    let app = scene.ready("deployer", "NameTaken").await;
    assert!(condition(&app, "Ready")["message"].to_string().contains("ServiceAccount deployer"), "{app:#}");
    scene.touch("deployer", 5).await;
    for kind in WORKLOADS {
        assert_eq!(scene.names(kind).await, [""; 0], "{kind} would run as it");
    }
    scene.cluster.delete(&scene.namespace, "ServiceAccount", "deployer").await;
    scene.runs("deployer").await;
    let own = scene.get("ServiceAccount", "deployer").await;
    assert_eq!(own["metadata"]["ownerReferences"][0]["name"], "deployer");
    for kind in WORKLOADS {
        assert!(!scene.names(kind).await.is_empty(), "{kind} is there with an identity of its own");
    }
}
