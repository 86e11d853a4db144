//! What Prometheus makes of an app's rules, by its own tool: they are well formed, and warn of what they are for and of nothing else.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use aegis_crds::AegisApp;
use aegis_plan::{Facts, accept, everything};
use aegis_tests::{beside::places::folder, files};
use serde_json::{Value, json};

use crate::{
    install::{chart, chart_with},
    scene::{Scene, tests},
};

tests![
    promtool_finds_the_rules_of_every_example_well_formed,
    promtool_sees_the_rules_warn_of_what_they_are_for,
    what_the_chart_tells_prometheus_has_the_shape_of_its_kind,
];

async fn promtool_finds_the_rules_of_every_example_well_formed(_: Scene) {
    let examples = fs::read_dir(files::root().join("examples")).expect("there are examples");
    let examples = examples.map(|entry| entry.expect("a folder can be read").path().join("aegisapp.yaml"));
    let own = ["tests/api/full.yaml", "tests/api/alerts/app.yaml"].map(|file| files::root().join(file));
    let mut checked = 0;
    for file in examples.chain(own) {
        if let Some(rules) = rules(&file) {
            let said = promtool("check", &written(&rules));
            assert!(said.contains("SUCCESS"), "{}: {said}", file.display());
            checked += 1;
        }
    }
    assert!(checked >= 3, "{checked} apps have rules");
}

async fn promtool_sees_the_rules_warn_of_what_they_are_for(_: Scene) {
    let own = files::root().join("tests/api/alerts");
    let rules = written(&rules(&own.join("app.yaml")).expect("the app has metrics"));
    let sentences = rules.with_file_name("sentences.yaml");
    fs::copy(own.join("sentences.yaml"), &sentences).expect("a file can be copied");
    let said = promtool("test", &sentences);
    assert!(said.contains("SUCCESS"), "{said}");
}

/// And the operator that it installs gives its own labels on to what it makes for apps.
async fn what_the_chart_tells_prometheus_has_the_shape_of_its_kind(scene: Scene) {
    let values = ["monitor.enabled=true", "alerts.enabled=true", "monitor.labels.release=monitoring", "monitor.labels.team=shop"];
    let is_monitoring = |object: &&Value| object["apiVersion"] == "monitoring.coreos.com/v1";
    assert!(!chart().iter().any(|object| is_monitoring(&object)), "a cluster that does not know the kinds gets none");
    let chart = chart_with(&values);
    let told: Vec<&Value> = chart.iter().filter(is_monitoring).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    for object in told {
        let plural = format!("{}s", object["kind"].as_str().unwrap_or_default().to_lowercase());
        let path = format!("/apis/monitoring.coreos.com/v1/namespaces/{}/{plural}?dryRun=All&fieldValidation=Strict", scene.namespace);
        scene.cluster.create_at(&path, object).await.unwrap_or_else(|refusal| panic!("{object}: {refusal}"));
    }
    let operator = chart.iter().find(|object| object["kind"] == "Deployment").expect("the chart has the operator");
    let flags = operator["spec"]["template"]["spec"]["containers"][0]["args"].to_string();
    assert!(flags.contains("\"--monitor-labels=release=monitoring,team=shop\""), "{flags}");
}

/// The groups of an app's PrometheusRule, as a file of Prometheus has them.
fn rules(file: &Path) -> Option<Value> {
    let mut app: AegisApp = files::yaml(file);
    app.metadata.namespace.get_or_insert("default".into());
    let app = accept(&app, &Facts::default()).app.expect("an example is accepted");
    let rule = everything(&app).into_iter().find(|planned| planned.kind.kind == "PrometheusRule")?;
    Some(json!({"groups": rule.body.value()["spec"]["groups"]}))
}

fn written(rules: &Value) -> PathBuf {
    let file = folder().join("rules.yaml");
    fs::write(&file, rules.to_string()).expect("a file can be written");
    file
}

/// What promtool says of a file.
fn promtool(word: &str, file: &Path) -> String {
    let said = Command::new("promtool").args([word, "rules"]).arg(file).output().expect("promtool is there: tests/kubernetes/tools debian");
    [said.stdout, said.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat()
}
