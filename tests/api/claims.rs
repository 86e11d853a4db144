//! Claims that are there before the app, or cannot become what it asks: told, kept as they are, and never built on when
//! that would do harm. What heals in the cluster heals the app, without an edit.

use http::Method;
use serde_json::{Value, json};

use crate::{
    apps,
    cluster::Patch,
    drift::messages,
    scene::{Scene, condition, tests},
    wire::{Fate, Sent, Wire},
};

tests![
    nothing_is_built_on_a_claim_of_somebody_else,
    a_claim_that_goes_while_it_is_looked_at_is_made_at_once,
    a_retained_claim_keeps_what_it_is,
    a_retained_claim_of_another_access_mode_holds_its_roles_only,
    a_claim_grows_once_it_is_bound
];

const CLAIM: &str = "PersistentVolumeClaim";

async fn nothing_is_built_on_a_claim_of_somebody_else(mut scene: Scene) {
    for name in ["built-volume--data", "built-binding--db"] {
        let body = json!({"apiVersion": "v1", "kind": CLAIM, "metadata": {"name": name},
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}});
        scene.cluster.create(&scene.namespace, &body).await.expect("a claim can be made");
    }
    let anchor = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "built-binding--queue"}});
    scene.cluster.create(&scene.namespace, &anchor).await.expect("a ConfigMap can be made");
    let mut spec = json!({"volumes": [volume(&["media"])], "workers": [{"name": "media"}, {"name": "mail"}]});
    scene.apply(&apps::app("built", spec.clone())).await;
    let stored = scene.ready("built", "NameTaken").await;
    assert!(messages(&stored, "NameTaken").contains("built-volume--data"), "{stored:#}");
    scene.see("Deployment", "built-worker--mail", "what does not need it goes on", |_| true).await;
    // the next try is minutes away after that many; a watch tells that the claim is gone
    scene.touch("built", 10).await;
    assert!(scene.find("Deployment", "built-worker--media").await.is_none());
    scene.cluster.delete(&scene.namespace, CLAIM, "built-volume--data").await;
    scene.runs("built").await;
    scene.get("Deployment", "built-worker--media").await;

    let binding = |name: &str| json!({"name": name, "type": "redis", "provision": {}});
    spec["bindings"] = json!([binding("db"), binding("queue")]);
    scene.apply(&apps::app("built", spec)).await;
    scene.ready("built", "NameTaken").await;
    scene.touch("built", 10).await;
    for name in ["built-binding--db", "built-binding--queue"] {
        assert!(scene.find("StatefulSet", name).await.is_none(), "{name}");
    }
    assert!(scene.anchored("built-binding--queue").await.is_none(), "no Secret for an anchor of somebody else");
    scene.cluster.delete(&scene.namespace, CLAIM, "built-binding--db").await;
    scene.cluster.delete(&scene.namespace, "ConfigMap", "built-binding--queue").await;
    scene.runs("built").await;
}

/// It stood in the way of the create, and was gone when the operator asked whose it is: nobody's end is told any more.
async fn a_claim_that_goes_while_it_is_looked_at_is_made_at_once(mut scene: Scene) {
    let name = "raced-volume--data";
    let body = json!({"apiVersion": "v1", "kind": CLAIM, "metadata": {"name": name, "finalizers": ["example.com/held"]},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}});
    scene.cluster.create(&scene.namespace, &body).await.expect("a claim can be made");
    let wire = Wire::new();
    scene.start_on(&wire).await;
    scene.apply(&apps::app("raced", json!({"volumes": [volume(&["media"])], "workers": [{"name": "media"}]}))).await;
    scene.ready("raced", "NameTaken").await;
    // the next try is minutes away after that many; a watch tells that the claim is being deleted
    scene.touch("raced", 10).await;
    scene.rest().await;
    let is_the_look = move |sent: &Sent| sent.method == Method::GET && sent.path.ends_with(name);
    wire.rule(move |sent| if is_the_look(sent) { Fate::IsHeld } else { Fate::Passes });
    scene.cluster.delete(&scene.namespace, CLAIM, name).await;
    wire.holds().await;
    let free = json!({"metadata": {"finalizers": null}});
    scene.cluster.patch(&scene.namespace, CLAIM, name, Patch::Merge, &free).await.expect("it can be let go");
    scene.see_gone(CLAIM, name).await;
    wire.release();
    scene.runs("raced").await;
}

fn volume(roles: &[&str]) -> Value {
    json!({"name": "data", "mountPath": "/data", "size": "1Gi", "roles": roles})
}

async fn a_retained_claim_keeps_what_it_is(mut scene: Scene) {
    let spec =
        |size: &str, class: &str| json!({"volumes": [{"name": "data", "mountPath": "/data", "size": size, "storageClassName": class}]});
    scene.apply(&apps::app("kept", spec("2Gi", "slow"))).await;
    scene.runs("kept").await;
    let before = scene.get(CLAIM, "kept-volume--data").await;
    scene.cluster.delete(&scene.namespace, "AegisApp", "kept").await;
    for kind in ["Deployment", "Service", "ServiceAccount"] {
        scene.see_gone(kind, if kind == "ServiceAccount" { "kept" } else { "kept-api" }).await;
    }
    let asked = scene.written().len();
    scene.apply(&apps::app("kept", spec("1Gi", "fast"))).await;
    let stored = scene.runs("kept").await;
    let told = stored["status"]["problems"].to_string();
    assert!(messages(&stored, "SizeKept").contains("has 2Gi") && told.contains("Write size: 2Gi"), "{told}");
    assert!(messages(&stored, "StorageClassKept").contains("slow") && told.contains("Write storageClassName: slow"), "{told}");
    let now = scene.get(CLAIM, "kept-volume--data").await;
    assert_eq!((&now["metadata"]["uid"], &now["spec"]), (&before["metadata"]["uid"], &before["spec"]));

    // a class that is no longer named is not taken away, which the server would refuse
    scene.apply(&apps::app("kept", json!({"volumes": [{"name": "data", "mountPath": "/data", "size": "2Gi"}]}))).await;
    let stored = scene.runs("kept").await;
    assert!(stored["status"]["problems"].is_null(), "{stored:#}");
    assert_eq!(scene.get(CLAIM, "kept-volume--data").await["spec"], before["spec"]);
    let in_vain: Vec<String> =
        scene.written()[asked..].iter().filter(|asked| asked.code == 422 || asked.code == 403).map(ToString::to_string).collect();
    assert!(in_vain.is_empty(), "nothing is asked of a claim that it cannot become: {in_vain:?}");
}

async fn a_retained_claim_of_another_access_mode_holds_its_roles_only(mut scene: Scene) {
    let spec = |mode: &str, replicas: i32| {
        let mut volume = volume(&["media"]);
        volume["accessMode"] = mode.into();
        json!({"volumes": [volume], "workers": [{"name": "media", "replicas": {"min": replicas, "max": replicas}}]})
    };
    scene.apply(&apps::app("modes", spec("ReadWriteOnce", 1))).await;
    scene.runs("modes").await;
    // an edit is refused, and the release runs on
    scene.apply(&apps::app("modes", spec("ReadWriteMany", 2))).await;
    let stored = scene.ready("modes", "SpecRefused").await;
    assert!(condition(&stored, "SpecAccepted")["message"].to_string().contains("AccessModeFixed"), "{stored:#}");
    assert_eq!(scene.get("Deployment", "modes-worker--media").await["spec"]["replicas"], 1);

    // a new app has no other release: only what needs the claim waits
    scene.cluster.delete(&scene.namespace, "AegisApp", "modes").await;
    for name in ["modes-api", "modes-worker--media"] {
        scene.see_gone("Deployment", name).await;
    }
    scene.apply(&apps::app("modes", spec("ReadWriteMany", 2))).await;
    scene.ready("modes", "AccessModeFixed").await;
    scene.see("AegisApp", "modes", "the api runs", |app| condition(app, "ApiAvailable")["status"] == "True").await;
    scene.rest().await;
    assert!(scene.find("Deployment", "modes-worker--media").await.is_none());
    // nothing looks again by itself for minutes; the watch tells that the claim is gone
    scene.cluster.delete(&scene.namespace, CLAIM, "modes-volume--data").await;
    scene.runs("modes").await;
    assert_eq!(scene.get(CLAIM, "modes-volume--data").await["spec"]["accessModes"], json!(["ReadWriteMany"]));
    assert_eq!(scene.get("Deployment", "modes-worker--media").await["spec"]["replicas"], 2);
}

async fn a_claim_grows_once_it_is_bound(mut scene: Scene) {
    let class = scene.namespace.clone();
    let body = json!({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": class},
        "provisioner": "example.com/none", "allowVolumeExpansion": true});
    scene.cluster.create_at("/apis/storage.k8s.io/v1/storageclasses", &body).await.expect("a class can be made");
    let app = |size: &str| {
        apps::app("grows", json!({"volumes": [{"name": "data", "mountPath": "/data", "size": size, "storageClassName": class}]}))
    };
    scene.apply(&app("1Gi")).await;
    scene.runs("grows").await;
    scene.apply(&app("5Gi")).await;
    let stored = scene.runs("grows").await;
    assert!(messages(&stored, "GrowsWhenBound").contains("has 1Gi"), "{stored:#}");
    let volume = json!({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": class},
        "spec": {"capacity": {"storage": "10Gi"}, "accessModes": ["ReadWriteOnce"], "storageClassName": class,
            "hostPath": {"path": "/nowhere"}, "persistentVolumeReclaimPolicy": "Retain",
            "claimRef": {"kind": CLAIM, "apiVersion": "v1", "namespace": scene.namespace, "name": "grows-volume--data"}}});
    scene.cluster.create_at("/api/v1/persistentvolumes", &volume).await.expect("a volume can be made");
    let request = |claim: &Value| claim["spec"]["resources"]["requests"]["storage"].clone();
    let has_grown = |claim: &Value| claim["status"]["phase"] == "Bound" && request(claim) == "5Gi";
    scene.see(CLAIM, "grows-volume--data", "it has grown without an edit", has_grown).await;
    let stored = scene.runs("grows").await;
    assert!(stored["status"]["problems"].is_null(), "{stored:#}");
    let larger = json!({"spec": {"resources": {"requests": {"storage": "6Gi"}}}});
    scene
        .cluster
        .patch(&scene.namespace, CLAIM, "grows-volume--data", Patch::Merge, &larger)
        .await
        .expect("anybody with the right may grow it");
    scene.see("AegisApp", "grows", "what cannot be put back is told", |app| messages(app, "SizeKept").contains("has 6Gi")).await;
    scene.rest().await;
}
