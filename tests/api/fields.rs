//! Whose fields are whose: dropped ones go, replicas belong to who scales, edits of ours are put back, others' stay.

use serde_json::{Value, json};

use crate::{
    apps,
    cluster::Patch,
    scene::{Scene, tests},
};

tests![a_rivals_port_is_put_back, dropped_fields_go, replicas_that_others_set_survive, counts_change_hands, a_rivals_edit_is_put_back];

async fn dropped_fields_go(mut scene: Scene) {
    let variables = |names: &[&str]| {
        let env: Vec<Value> = names.iter().map(|name| json!({"name": name, "value": "1"})).collect();
        apps::app("dropping", json!({"env": env, "pod": {"annotations": {"example.com/count": names.len().to_string()}}}))
    };
    scene.apply(&variables(&["FIRST", "SECOND", "THIRD"])).await;
    scene.runs("dropping").await;
    for left in [&["FIRST", "SECOND"][..], &["FIRST"], &[]] {
        scene.apply(&variables(left)).await;
        let gone = ["FIRST", "SECOND", "THIRD"].into_iter().filter(|name| !left.contains(name)).collect::<Vec<_>>();
        scene
            .see("Deployment", "dropping-api", &format!("without {gone:?}"), |deployment| {
                let env = env(deployment);
                gone.iter().all(|name| !env.contains(name)) && left.iter().all(|name| env.contains(name))
            })
            .await;
    }
    scene.runs("dropping").await;
}

fn env(deployment: &Value) -> Vec<&str> {
    let env = deployment["spec"]["template"]["spec"]["containers"][0]["env"].as_array();
    env.into_iter().flatten().filter_map(|variable| variable["name"].as_str()).collect()
}

async fn replicas_that_others_set_survive(mut scene: Scene) {
    let spec = |image: &str| json!({"image": format!("registry.example/shop:{image}"), "api": {"replicas": {"min": 1, "max": 5}}});
    scene.apply(&apps::app("scaled", spec("1"))).await;
    scene.runs("scaled").await;
    for (image, count) in [("2", 3), ("3", 4), ("4", 2)] {
        scale(&scene, "scaled-api", count).await;
        scene.apply(&apps::app("scaled", spec(image))).await;
        scene.see("Deployment", "scaled-api", "it has the image", |deployment| is_image(deployment, image)).await;
        scene.runs("scaled").await;
        assert_eq!(scene.get("Deployment", "scaled-api").await["spec"]["replicas"], count);
    }
}

/// As `kubectl scale` and autoscalers do.
async fn scale(scene: &Scene, name: &str, count: i32) {
    let body = json!({"spec": {"replicas": count}});
    let path = format!("{name}/scale?fieldManager=scaler");
    scene.cluster.patch(&scene.namespace, "Deployment", &path, Patch::Merge, &body).await.expect("it can be scaled");
}

fn is_image(deployment: &Value, tag: &str) -> bool {
    deployment["spec"]["template"]["spec"]["containers"][0]["image"] == format!("registry.example/shop:{tag}")
}

async fn counts_change_hands(mut scene: Scene) {
    let spec = |min: i32, max: i32| apps::app("counted", json!({"api": {"replicas": {"min": min, "max": max}}}));
    let is = |count: i32| move |deployment: &Value| deployment["spec"]["replicas"] == count;
    scene.apply(&spec(2, 2)).await;
    scene.runs("counted").await;
    scale(&scene, "counted-api", 4).await;
    scene.see("Deployment", "counted-api", "a fixed count is put back", is(2)).await;
    scene.apply(&spec(3, 3)).await;
    scene.see("Deployment", "counted-api", "a fixed count follows the spec", is(3)).await;

    scene.apply(&spec(1, 5)).await;
    scene.see("HorizontalPodAutoscaler", "counted-api", "it is made", |autoscaler| autoscaler["spec"]["maxReplicas"] == 5).await;
    scene.runs("counted").await;
    assert!(is(3)(&scene.get("Deployment", "counted-api").await), "the hand-over starts from the count that was there");
    scale(&scene, "counted-api", 4).await;
    scene.runs("counted").await;
    assert!(is(4)(&scene.get("Deployment", "counted-api").await), "the scaler's count stays");

    scene.apply(&spec(2, 2)).await;
    scene.see_gone("HorizontalPodAutoscaler", "counted-api").await;
    scene.see("Deployment", "counted-api", "it is fixed again", is(2)).await;
    scene.runs("counted").await;
}

async fn a_rivals_edit_is_put_back(mut scene: Scene) {
    let mut app = apps::app("rival", json!({"config": {"PAGE_SIZE": "50"}, "identity": {"annotations": {"example.com/role": "reader"}}}));
    app["spec"]["api"] = json!({"replicas": {"min": 2, "max": 3}});
    scene.apply(&app).await;
    scene.runs("rival").await;
    let config = scene.names("ConfigMap").await.into_iter().find(|name| name.starts_with("rival-")).expect("it has settings");
    let image = json!({"spec": {"template": {"spec": {"containers": [{"name": "app", "image": "evil:1"}]}}}});
    let edits = [
        (
            "Service",
            "rival-api",
            "/spec/ports/0/targetPort",
            json!({"spec": {"ports": [{"port": 8000, "protocol": "TCP", "targetPort": 9}]}}),
        ),
        // out of sight of every watch
        (
            "ConfigMap",
            &config,
            "/metadata/labels/app.kubernetes.io~1managed-by",
            json!({"metadata": {"labels": {"app.kubernetes.io/managed-by": "rival"}}}),
        ),
        (
            "ServiceAccount",
            "rival",
            "/metadata/annotations/example.com~1role",
            json!({"metadata": {"annotations": {"example.com/role": "admin"}}}),
        ),
        ("HorizontalPodAutoscaler", "rival-api", "/spec/maxReplicas", json!({"spec": {"maxReplicas": 9}})),
        ("PodDisruptionBudget", "rival-api", "/spec/maxUnavailable", json!({"spec": {"maxUnavailable": 2}})),
        ("Deployment", "rival-api", "/spec/template/spec/containers/0/image", image),
    ];
    for (kind, name, pointer, edit) in edits {
        let before = scene.get(kind, name).await;
        edit_of_a_rival(&scene, &before, &edit).await;
        scene
            .see(kind, name, &format!("{pointer} is put back, what was added stays"), |object| {
                object.pointer(pointer) == before.pointer(pointer) && object["metadata"]["annotations"]["example.com/added"] == "1"
            })
            .await;
    }
    app["spec"]["image"] = "registry.example/shop:2".into();
    scene.apply(&app).await;
    scene.see("Deployment", "rival-api", "it has the image", |deployment| is_image(deployment, "2")).await;
    scene.runs("rival").await;
    assert_eq!(scene.get("Deployment", "rival-api").await["metadata"]["annotations"]["example.com/added"], "1");
}

async fn edit_of_a_rival(scene: &Scene, object: &Value, edit: &Value) {
    let (kind, name) = (object["kind"].as_str().expect("a kind"), object["metadata"]["name"].as_str().expect("a name"));
    let mut body = edit.clone();
    body["apiVersion"] = object["apiVersion"].clone();
    body["kind"] = object["kind"].clone();
    body["metadata"]["annotations"]["example.com/added"] = "1".into();
    scene.cluster.patch(&scene.namespace, kind, name, Patch::Apply("rival"), &body).await.expect("a rival may edit");
}

async fn a_rivals_port_is_put_back(mut scene: Scene) {
    let app =
        |port: i32| apps::app("port", json!({"api": {"port": port}, "identity": {"annotations": {"example.com/port": port.to_string()}}}));
    let has = |port: i32| {
        move |service: &Value| {
            let ports = service["spec"]["ports"].as_array().expect("it has ports");
            ports.len() == 1 && ports[0]["port"] == port
        }
    };
    scene.apply(&app(8000)).await;
    scene.runs("port").await;
    // the second time, the fields have been applied before
    for _ in 0..2 {
        let edit = json!({"spec": {"ports": [{"name": "http", "port": 81, "protocol": "TCP", "targetPort": 8000}]}});
        scene.cluster.patch(&scene.namespace, "Service", "port-api", Patch::Merge, &edit).await.expect("a rival may edit");
        scene.see("Service", "port-api", "its port is put back", has(8000)).await;
        scene.runs("port").await;
        let service = scene.get("Service", "port-api").await;
        let entries = service["metadata"]["managedFields"].as_array().expect("somebody manages it");
        let ours: Vec<&Value> = entries.iter().filter(|entry| entry["manager"] == "aegis").map(|entry| &entry["operation"]).collect();
        assert_eq!(ours, ["Apply"], "{service:#}");
    }
    scene.apply(&app(8001)).await;
    scene.see("Service", "port-api", "and follows the spec", has(8001)).await;
    scene.runs("port").await;
}
