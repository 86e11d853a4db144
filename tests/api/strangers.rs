//! Objects of somebody else: left alone, told by name, and no longer in the way once they are gone.

use serde_json::{Value, json};

use crate::{
    apps,
    scene::{Scene, condition, tests},
};

tests![objects_of_somebody_else_are_left_alone];

async fn objects_of_somebody_else_are_left_alone(mut scene: Scene) {
    let app = apps::app("strange", json!({"config": {"PAGE_SIZE": "50"}}));
    let config = config_name(&mut scene, &app).await;
    let taken = [("ServiceAccount", "strange"), ("ConfigMap", &config), ("Service", "strange-api"), ("Deployment", "strange-api")];
    let mut strangers = vec![];
    for (kind, name) in taken {
        strangers.push(scene.cluster.create(&scene.namespace, &stranger(kind, name)).await.expect("a stranger comes"));
    }
    scene.apply(&app).await;
    let stored = scene.ready("strange", "NameTaken").await;
    assert_eq!(condition(&stored, "Stalled")["status"], "True");
    let message = text(&condition(&stored, "Ready")["message"]);
    for (stranger, (kind, name)) in strangers.iter().zip(taken) {
        assert!(message.contains(&format!("{kind} {name}")), "{message}");
        let now = scene.get(kind, name).await;
        let managers = now["metadata"]["managedFields"].to_string();
        assert!(now["metadata"]["uid"] == stranger["metadata"]["uid"] && !managers.contains("\"aegis"), "{kind} {name}: {now:#}");
        assert!(now["metadata"]["ownerReferences"].is_null() && now["spec"] == stranger["spec"] && now["data"] == stranger["data"]);
    }
    for (kind, name) in taken {
        scene.cluster.delete(&scene.namespace, kind, name).await;
    }
    scene.runs("strange").await;
}

/// The name of the settings' ConfigMap, which is made of their content.
async fn config_name(scene: &mut Scene, app: &Value) -> String {
    let mut twin = app.clone();
    twin["metadata"]["name"] = "twin".into();
    scene.apply(&twin).await;
    scene.runs("twin").await;
    let names = scene.names("ConfigMap").await;
    let name = names.iter().find_map(|name| name.strip_prefix("twin-")).expect("it has settings");
    format!("strange-{name}")
}

fn stranger(kind: &str, name: &str) -> Value {
    let labels = json!({"app": "stranger"});
    let (version, rest) = match kind {
        "Deployment" => (
            "apps/v1",
            json!({"replicas": 0, "selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels},
                "spec": {"containers": [{"name": "c", "image": "stranger:1"}]}}}),
        ),
        "Service" => ("v1", json!({"ports": [{"port": 80}], "selector": labels})),
        _ => ("v1", Value::Null),
    };
    let mut object = json!({"apiVersion": version, "kind": kind, "metadata": {"name": name, "labels": labels}});
    match kind {
        "ConfigMap" => object["data"] = json!({"OTHER": "1"}),
        "ServiceAccount" => {}
        _ => object["spec"] = rest,
    }
    object
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
