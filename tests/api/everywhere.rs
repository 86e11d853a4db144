//! One operator for all namespaces, as the chart installs it: it takes over what others left, and changes nothing that runs.
//! It acts in every other test's namespace, so it runs when no other test does.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{
    apps,
    operator::Operator,
    scene::{Scene, condition, tests},
};

tests![an_operator_for_all_namespaces];

async fn an_operator_for_all_namespaces(mut scene: Scene) {
    scene.apply(&apps::app("first", json!({}))).await;
    scene.runs("first").await;
    scene.kill();
    let apps = scene.cluster.get_at("/apis/aegis.dev/v1alpha1/aegisapps").await["items"].as_array().cloned().unwrap_or_default();
    let namespace = |app: &Value| app["metadata"]["namespace"].as_str().unwrap_or_default().to_owned();
    let of = |is_so: &dyn Fn(&Value) -> bool| apps.iter().filter(|app| is_so(app)).map(namespace).collect::<BTreeSet<String>>();
    let restless = of(&|app| condition(app, "Ready")["reason"] != "Running");
    let has_broker = |app: &Value| app["spec"]["workers"].as_array().into_iter().flatten().any(|worker| !worker["broker"].is_null());
    let moving = of(&|app| has_broker(app) || app["spec"]["schedules"].is_array());
    // apps of several tests have one host, which is the oldest one's for an operator that sees them all
    let sharing = of(&|app| app["spec"]["routes"].is_array());
    let before = scene.world.asked().len();

    scene.watch(Operator::start(&scene.world.operator, &[]).await);
    scene.apply(&apps::app("second", json!({}))).await;
    scene.ready("second", "Running").await;
    let asked = scene.world.asked().split_off(before);
    let writes =
        asked.iter().filter(|asked| asked.is_write() && asked.namespace != scene.namespace && !restless.contains(&asked.namespace));
    let writes = writes.filter(|asked| !sharing.contains(&asked.namespace));
    // agents have ended with their tests, and times of schedules have passed: a new operator tells so, and touches no object
    let is_told = |resource: &str| ["aegisapps/status", "events"].contains(&resource);
    let writes = writes.filter(|asked| !is_told(&asked.resource) || !moving.contains(&asked.namespace));
    let writes: Vec<String> = writes.map(|asked| format!("{}: {asked}", asked.namespace)).collect();
    assert!(writes.is_empty(), "what runs is left alone: {writes:#?}");
    assert!(scene.asked().iter().all(|asked| asked.verb != "create" || asked.code == 201), "and its own is made once");
    scene.world.measure(format!("one operator for all {} apps of the suite: nothing written to those that run", apps.len()));
}
