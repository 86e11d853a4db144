//! Bad input: what the server refuses, what the operator refuses, and that the two say the same.
//! The rows stand in `refusals.yaml`.

use aegis_crds::{AegisApp, rules};
use aegis_plan::accept;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    apps,
    cluster::{Patch, collection},
    scene::{Scene, condition, tests},
};

tests![bad_input_is_refused, what_only_the_operator_sees, a_size_never_shrinks, a_megabyte_of_env];

/// One bad spec.
#[derive(Deserialize)]
struct Row {
    what: String,
    #[serde(default = "name")]
    name: String,
    spec: Value,
    /// Path and words of the server's refusal; none when it accepts.
    server: Option<(String, String)>,
    /// Codes and paths of the operator's problems; none when the spec cannot even be decoded.
    operator: Option<Vec<(String, String)>>,
}

fn name() -> String {
    "bad".to_owned()
}

fn rows() -> Vec<Row> {
    aegis_tests::files::yaml(&aegis_tests::files::root().join("tests/api/refusals.yaml"))
}

async fn bad_input_is_refused(scene: Scene) {
    let mut faults = vec![];
    for row in rows() {
        let app = apps::app(&row.name, row.spec.clone());
        let path = format!("{}?dryRun=All", collection(&scene.namespace, "AegisApp"));
        let said = match scene.cluster.create_at(&path, &app).await {
            Ok(_) => String::new(),
            Err(status) => status.message,
        };
        let (place, words) = row.server.clone().unwrap_or_default();
        if said.is_empty() != row.server.is_none() || !said.contains(&place) || !said.contains(&words) {
            faults.push(format!("{}: the server says {said:?}", row.what));
        }
        faults.extend(own_fault(&row, &app, &said));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// How the operator's own judgement differs from the row, or from what the server said.
fn own_fault(row: &Row, app: &Value, server: &str) -> Option<String> {
    let decoded = serde_json::from_value::<AegisApp>(app.clone()).ok();
    let problems = decoded.map(|asked| accept::problems(&asked));
    let found = problems.iter().flatten().map(|problem| (problem.code.name.to_owned(), problem.path.clone())).collect::<Vec<_>>();
    if problems.is_some() != row.operator.is_some() || found != row.operator.clone().unwrap_or_default() {
        return Some(format!("{}: the operator says {problems:#?}", row.what));
    }
    let mute = problems.iter().flatten().find(|problem| problem.message.is_empty() || problem.fix.is_empty());
    let rule = RULES.iter().find(|rule| server.contains(**rule));
    let is_other = rule.is_some_and(|rule| !problems.iter().flatten().any(|problem| problem.message.contains(rule)));
    (mute.is_some() || is_other).then(|| format!("{}: the server says {server:?}, the operator {problems:#?}", row.what))
}

/// Rules that both say in the same words. Of bounds, expressions and quantities the operator says more: what is wrong here.
const RULES: [&str; 4] = [rules::APP_NAME, rules::ONE_SOURCE, rules::PROVISIONABLE, rules::RUN];

async fn what_only_the_operator_sees(mut scene: Scene) {
    scene.start().await;
    let rows: Vec<Row> = rows().into_iter().filter(|row| row.server.is_none()).collect();
    let names: Vec<String> =
        (0..rows.len()).map(|i| if rows[i].name == "bad" { format!("bad{i}") } else { rows[i].name.clone() }).collect();
    for (row, name) in rows.iter().zip(&names) {
        scene.apply(&apps::app(name, row.spec.clone())).await;
    }
    for (row, name) in rows.iter().zip(&names) {
        let app = scene.ready(name, "SpecRefused").await;
        let told = app["status"]["problems"].as_array().cloned().unwrap_or_default();
        let mut told: Vec<(String, String)> = told.iter().map(|problem| (word(problem, "code"), word(problem, "path"))).collect();
        let mut expected = row.operator.clone().unwrap_or_default();
        told.sort();
        expected.sort();
        assert_eq!(told, expected, "{}", row.what);
        let message = word(condition(&app, "Stalled"), "message");
        assert!(expected.iter().all(|(code, path)| message.contains(code) && message.contains(path)), "{}: {message}", row.what);
    }
    scene.rest().await;
    let children = scene.written().into_iter().filter(|asked| asked.verb == "create" && asked.resource != "events").collect::<Vec<_>>();
    assert!(children.is_empty(), "a refused first spec makes nothing: {children:#?}");
}

fn word(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

async fn a_size_never_shrinks(scene: Scene) {
    let spec = |size: &str| {
        json!({"volumes": [{"name": "data", "mountPath": "/data", "size": size}],
            "bindings": [{"name": "db", "type": "postgres", "provision": {"storage": size}}]})
    };
    scene.apply(&apps::app("shrinking", spec("2Gi"))).await;
    let smaller = apps::app("shrinking", spec("1024Mi"));
    let refused = scene.cluster.patch(&scene.namespace, "AegisApp", "shrinking", Patch::Apply("user"), &smaller).await;
    let message = refused.expect_err("a smaller size is refused").message;
    for place in ["spec.volumes[0].size", "spec.bindings[0].provision.storage"] {
        assert!(message.contains(place) && message.contains(rules::SHRINKING), "{message}");
    }
    scene.apply(&apps::app("shrinking", spec("3Gi"))).await;
}

async fn a_megabyte_of_env(mut scene: Scene) {
    scene.apply(&apps::app("large", json!({"env": [{"name": "SIZE", "value": "small"}]}))).await;
    scene.runs("large").await;
    let before = scene.get("Deployment", "large-api").await;

    let env: Vec<Value> = (0..10).map(|i| json!({"name": format!("PART_{i}"), "value": "x".repeat(100_000)})).collect();
    scene.apply(&apps::app("large", json!({"image": "registry.example/shop:2", "env": env}))).await;
    let app = scene.ready("large", "SpecRefused").await;
    let told = app["status"]["problems"].to_string();
    assert!(told.contains("EnvTooLarge") && told.contains("spec.env") && told.contains("spec.files"), "{told}");
    let after = scene.get("Deployment", "large-api").await;
    assert_eq!((&after["spec"], &after["metadata"]["uid"]), (&before["spec"], &before["metadata"]["uid"]), "the release is untouched");

    // its care goes on
    scene.cluster.delete(&scene.namespace, "Service", "large-api").await;
    scene.see("Service", "large-api", "it is made again", |_| true).await;
    scene.apply(&apps::app("large", json!({"env": [{"name": "SIZE", "value": "small"}]}))).await;
    scene.runs("large").await;
}
