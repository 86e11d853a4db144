//! The definition on a real server: accepted, with defaults, columns and descriptions.

use serde_json::json;

use crate::{
    apps,
    install::tool,
    scene::{Scene, tests},
};

tests![a_new_app_is_not_yet_observed, kubectl_shows_columns_and_descriptions];

async fn a_new_app_is_not_yet_observed(scene: Scene) {
    for name in ["hello", "shop", "worker", "sqlite"] {
        let app = apps::example(name);
        let created = scene.cluster.create(&scene.namespace, &app).await.unwrap_or_else(|status| panic!("{name}: {status}"));
        assert_eq!(created["status"], json!({"observedGeneration": -1}), "{name}");
    }
    let mut boastful = apps::app("boastful", json!({}));
    boastful["status"] = json!({"observedGeneration": 1});
    let created = scene.cluster.create(&scene.namespace, &boastful).await.expect("a status is ignored");
    assert_eq!(created["status"], json!({"observedGeneration": -1}));
}

async fn kubectl_shows_columns_and_descriptions(mut scene: Scene) {
    scene.apply(&apps::example("hello")).await;
    scene.runs("hello").await;
    let shown = kubectl(&scene, &["get", "aa"]);
    let words: Vec<Vec<&str>> = shown.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(words[0], ["NAME", "READY", "STATUS", "API", "WORKERS", "URL", "IMAGE", "AGE"]);
    assert_eq!(words[1][..5], ["hello", "True", "Running", "1/1", "dev"], "{shown}");
    let wide = kubectl(&scene, &["get", "aegis", "-o", "wide"]);
    assert!(wide.contains("MESSAGE") && wide.contains("Everything asked for runs."), "{wide}");
    for (field, description) in [
        ("aegisapp.spec.workers.replicas.min", "Fewest pods. Default: 1"),
        ("aegisapp.spec.bindings.secretRef.version", "change it after changing the Secret"),
        ("aegisapp.status.retained", "Data that outlived its declaration"),
    ] {
        let explained = kubectl(&scene, &["explain", field]).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(explained.contains(description), "{field}: {explained}");
    }
}

fn kubectl(scene: &Scene, arguments: &[&str]) -> String {
    let mut kubectl = tool("kubectl");
    kubectl.env("KUBECONFIG", scene.world.plane.kubeconfig()).args(["--namespace", &scene.namespace]).args(arguments);
    let output = kubectl.output().expect("kubectl can be run");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("kubectl prints text")
}
