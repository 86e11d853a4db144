//! Secrets: made once, never read. What must not be seen is planted here; that it was not is proved in `rights.rs`.

use serde_json::{Value, json};

use crate::{
    apps,
    cluster::Patch,
    scene::{Scene, tests},
};

tests![generated_secrets_are_made_once, planted_secrets];

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
    assert_eq!(scene.cluster.list(&scene.namespace, "Secret").await, before, "nothing writes them again");
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
