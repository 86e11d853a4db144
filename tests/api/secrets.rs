//! Secrets: made once, never read. What must not be seen is planted here; that it was not is proved in `rights.rs`.

use serde_json::{Value, json};

use crate::{
    apps,
    cluster::Patch,
    drift::messages,
    kubelet::Fate,
    scene::{Scene, tests},
    wait::until,
};

tests![
    generated_secrets_are_made_once,
    planted_secrets,
    a_value_that_is_given_up_is_made_anew,
    no_secret_of_a_deleted_app_is_taken_for_the_new_ones,
    a_lost_secret_is_told_and_never_made_again
];

/// A text in Secrets and variables of an app.
pub const CANARY: &str = "canary-4f9d1c";

async fn generated_secrets_are_made_once(mut scene: Scene) {
    let spec = |tag: &str| {
        json!({"image": format!("registry.example/shop:{tag}"),
            "secrets": [{"name": "app", "generate": {"SECRET_KEY": {"bytes": 32}, "SALT": {"bytes": 16}}}],
            "bindings": [{"name": "db", "type": "postgres", "provision": {}}, {"name": "queue", "type": "redis", "provision": {}}]})
    };
    scene.apply(&apps::app("made", spec("1"))).await;
    scene.runs("made").await;
    let before = scene.cluster.list(&scene.namespace, "Secret").await;
    let keys = |secret: &Value| secret["data"].as_object().expect("it has data").keys().cloned().collect::<Vec<_>>().join(" ");
    let mut all: Vec<String> = before.iter().map(keys).collect();
    all.sort();
    let binding = "database host password port type uri username";
    assert_eq!(all, ["SALT", "SECRET_KEY", binding, binding]);
    for secret in &before {
        let owner = &secret["metadata"]["ownerReferences"][0];
        let anchor = scene.get("ConfigMap", owner["name"].as_str().expect("a name")).await;
        assert_eq!((&owner["kind"], &owner["uid"]), (&json!("ConfigMap"), &anchor["metadata"]["uid"]), "{owner}");
    }
    scene.apply(&apps::app("made", spec("2"))).await;
    scene.runs("made").await;
    scene.kill();
    scene.start().await;
    scene.touch("made", 3).await;
    scene.forget_status("made").await;
    scene.runs("made").await;
    assert!(scene.cluster.list(&scene.namespace, "Secret").await == before, "nothing writes them again");
}

async fn planted_secrets(mut scene: Scene) {
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "given"},
        "stringData": {"password": CANARY, "uri": format!("redis://:{CANARY}@redis:6379/0"), "host": CANARY, "ca.crt": CANARY}});
    scene.cluster.create(&scene.namespace, &secret).await.expect("a Secret can be made");
    let mut spec = json!({
        "env": [{"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "given", "key": "password"}}}, {"name": "LITERAL", "value": CANARY}],
        "envFrom": [{"secretRef": {"name": "given"}}],
        "imagePullSecrets": [{"name": "given"}],
        "files": [{"mountPath": "/etc/ca.pem", "secret": {"name": "given", "key": "ca.crt"}}],
        "bindings": [{"name": "queue", "type": "redis", "secretRef": {"name": "given"}, "env": {"REDIS_URL": "{uri}"}}],
    });
    scene.apply(&apps::app("planted", spec.clone())).await;
    scene.runs("planted").await;
    let changed = json!({"stringData": {"password": format!("{CANARY}-2")}});
    scene.cluster.patch(&scene.namespace, "Secret", "given", Patch::Merge, &changed).await.expect("a Secret can be changed");
    scene.touch("planted", 3).await;
    // refused, by the operator and by the server, with the secret in the very object
    spec["env"] = json!([{"name": "BAD-NAME", "value": CANARY}, {"name": "LARGE", "value": CANARY.repeat(20_000)}]);
    scene.apply(&apps::app("planted", spec.clone())).await;
    scene.ready("planted", "SpecRefused").await;
    spec["env"] = json!([{"name": "GOOD", "value": CANARY}]);
    spec["pod"] = json!({"labels": {"example.com/not a label": "x"}});
    scene.apply(&apps::app("planted", spec)).await;
    scene
        .see("AegisApp", "planted", "the server's refusal is told", |app: &Value| {
            app["status"].to_string().contains("example.com/not a label")
        })
        .await;
}

/// Two Secrets that go with the app.
fn both() -> Value {
    json!({"secrets": [{"name": "app", "generate": {"SECRET_KEY": {}}}],
        "bindings": [{"name": "queue", "type": "redis", "provision": {}, "deletionPolicy": "Delete", "env": {"REDIS_URL": "{uri}"}}]})
}

/// Waits until the collector has ended: of all Secrets only these many are left, each of a live anchor and read by the pods.
async fn whole(scene: &Scene, app: &str, count: usize) -> Vec<Value> {
    until("every Secret that pods read is there, and no other", async || {
        let secrets = scene.cluster.list(&scene.namespace, "Secret").await;
        let anchors = scene.cluster.list(&scene.namespace, "ConfigMap").await;
        let readers =
            [scene.get("Deployment", &format!("{app}-api")).await, scene.get("StatefulSet", &format!("{app}-binding--queue")).await];
        let read = json!(readers).to_string();
        let owner = |secret: &Value| secret["metadata"]["ownerReferences"][0]["uid"].clone();
        let lives = |secret: &Value| anchors.iter().any(|anchor| anchor["metadata"]["uid"] == owner(secret));
        let is_read = |secret: &Value| read.contains(secret["metadata"]["name"].as_str().unwrap_or_default());
        let is_whole = secrets.len() == count && secrets.iter().all(|secret| lives(secret) && is_read(secret));
        let names: Vec<&Value> = secrets.iter().map(|secret| &secret["metadata"]["name"]).collect();
        if is_whole { Ok(secrets.clone()) } else { Err(format!("{names:?}")) }
    })
    .await
}

/// Makes the collector late: what it has deleted stays until it is let go.
async fn hold(scene: &Scene, secrets: &[Value]) {
    finalizers(scene, secrets, json!(["example.com/late"])).await;
}

async fn finalizers(scene: &Scene, secrets: &[Value], finalizers: Value) {
    let patch = json!({"metadata": {"finalizers": finalizers}});
    for secret in secrets {
        let name = secret["metadata"]["name"].as_str().expect("a name");
        scene.cluster.patch(&scene.namespace, "Secret", name, Patch::Merge, &patch).await.expect("a Secret can be held");
    }
}

/// Waits until the collector has come for what is held, then lets it go.
async fn let_go(scene: &Scene, secrets: &[Value]) {
    let name = |secret: &Value| secret["metadata"]["name"].as_str().expect("a name").to_owned();
    for secret in secrets {
        scene.see("Secret", &name(secret), "the collector has come", |now| !now["metadata"]["deletionTimestamp"].is_null()).await;
    }
    finalizers(scene, secrets, Value::Null).await;
    for secret in secrets {
        scene.see_gone("Secret", &name(secret)).await;
    }
}

async fn a_value_that_is_given_up_is_made_anew(mut scene: Scene) {
    scene.apply(&apps::app("anew", both())).await;
    scene.runs("anew").await;
    let mut known: Vec<Value> = vec![];
    for _ in 0..2 {
        let secrets = whole(&scene, "anew", 2).await;
        assert!(secrets.iter().all(|secret| !known.contains(&secret["data"])), "each value is new");
        hold(&scene, &secrets).await;
        known.extend(secrets.iter().map(|secret| secret["data"].clone()));
        for secret in &secrets {
            let anchor = secret["metadata"]["ownerReferences"][0]["name"].as_str().expect("a name");
            scene.cluster.delete(&scene.namespace, "ConfigMap", anchor).await;
        }
        let is_next = |secret: &Value| !known.contains(&secret["data"]);
        until("the next values are there", async || match scene.cluster.list(&scene.namespace, "Secret").await {
            now if now.iter().filter(|secret| is_next(secret)).count() == 2 => Ok(()),
            now => Err(format!("{} Secrets", now.len())),
        })
        .await;
        scene.runs("anew").await;
        let_go(&scene, &secrets).await;
    }
    whole(&scene, "anew", 2).await;
}

async fn no_secret_of_a_deleted_app_is_taken_for_the_new_ones(mut scene: Scene) {
    scene.apply(&apps::app("again", both())).await;
    scene.runs("again").await;
    for _ in 0..2 {
        let before = whole(&scene, "again", 2).await;
        hold(&scene, &before).await;
        scene.cluster.delete(&scene.namespace, "AegisApp", "again").await;
        scene.apply(&apps::app("again", both())).await;
        scene.runs("again").await;
        let_go(&scene, &before).await;
    }
    whole(&scene, "again", 2).await;
}

async fn a_lost_secret_is_told_and_never_made_again(mut scene: Scene) {
    scene.apply(&apps::app("lost", json!({"secrets": [{"name": "app", "generate": {"SECRET_KEY": {}}}]}))).await;
    scene.runs("lost").await;
    let secret = scene.cluster.list(&scene.namespace, "Secret").await.remove(0)["metadata"].clone();
    let name = secret["name"].as_str().expect("a name").to_owned();
    let anchor = secret["ownerReferences"][0]["name"].as_str().expect("a name").to_owned();
    scene.cluster.delete(&scene.namespace, "Secret", &name).await;
    scene.kubelet.decide("api", Fate::Pending);
    let old = scene.names("Pod").await.remove(0);
    scene.cluster.delete(&scene.namespace, "Pod", &old).await;
    let pod = until("another pod is there", async || {
        let names = scene.names("Pod").await;
        names.iter().find(|name| **name != old).cloned().ok_or(format!("{names:?}"))
    })
    .await;
    // as a kubelet tells it
    let waiting = json!({"reason": "CreateContainerConfigError", "message": format!("secret {name:?} not found")});
    let container = json!({"name": "app", "image": "x", "imageID": "", "ready": false, "restartCount": 0, "state": {"waiting": waiting}});
    let status = json!({"status": {"phase": "Pending", "containerStatuses": [container]}});
    scene.cluster.patch(&scene.namespace, "Pod", &format!("{pod}/status"), Patch::Merge, &status).await.expect("a status can be set");
    let stored = scene.ready("lost", "SecretLost").await;
    let told = messages(&stored, "SecretLost");
    assert!(told.contains(&name) && told.contains(&anchor), "{told}");
    scene.kill();
    scene.start().await;
    scene.touch("lost", 3).await;
    assert!(scene.find("Secret", &name).await.is_none(), "what is lost is not made again");
    scene.cluster.delete(&scene.namespace, "ConfigMap", &anchor).await;
    scene.kubelet.decide("api", Fate::Good);
    let stored = scene.runs("lost").await;
    assert!(stored["status"]["problems"].is_null(), "{stored:#}");
    let now = scene.cluster.list(&scene.namespace, "Secret").await;
    assert!(now.len() == 1 && now[0]["metadata"]["name"] != name.as_str(), "it has a new value");
}
