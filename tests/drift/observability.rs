//! What `docs/observability.md` says beside what the planner makes: alerts, panels and the metrics they speak of.

use std::collections::BTreeSet;

use aegis_crds::AegisApp;
use aegis_plan::{Facts, accept, everything};
use aegis_tests::files::{root, text, yaml};
use serde_json::Value;

#[test]
fn every_alert_stands_in_the_docs_and_no_other() {
    let rules = bodies(&["tests/api/alerts/app.yaml"]).into_iter().filter(|body| body["kind"] == "PrometheusRule");
    let groups = rules.flat_map(|rule| rule["spec"]["groups"].as_array().cloned().unwrap_or_default());
    let rules = groups.flat_map(|group| group["rules"].as_array().cloned().unwrap_or_default());
    let alerts: BTreeSet<String> = rules.map(|rule| word(&rule["alert"])).filter(|alert| !alert.is_empty()).collect();
    let docs = docs();
    let told = docs.lines().filter_map(|line| line.strip_prefix("| `Aegis")?.split_once('`'));
    let told: BTreeSet<String> = told.map(|(name, _)| format!("Aegis{name}")).collect();
    assert_eq!(alerts, told);
}

#[test]
fn every_panel_and_every_metric_of_a_query_stands_in_the_docs() {
    let (docs, agent) = (docs(), text(&root().join("docs/agent.md")));
    let bodies = bodies(&["tests/plan/observability/goals_and_a_dashboard_of_a_whole_app/app.yaml"]);
    let found = bodies.iter().filter(|body| body["metadata"]["labels"]["grafana_dashboard"] == "1");
    let texts = found.flat_map(|map| map["data"].as_object().cloned().unwrap_or_default());
    let panels: Vec<Value> = texts.flat_map(|(_, text)| panels(&word(&text))).collect();
    assert!(panels.len() > 20, "{panels:#?}");
    for panel in &panels {
        let title = word(&panel["title"]);
        let title = title.split(": ").last().unwrap_or_default();
        assert!(docs.contains(title), "docs/observability.md does not have the panel {title:?}");
    }
    let queries = panels.iter().flat_map(|panel| panel["targets"].as_array().cloned().unwrap_or_default());
    let metrics: BTreeSet<String> = queries.flat_map(|target| metrics(&word(&target["expr"]))).collect();
    let stem = |metric: &str| ["_bucket", "_count"].iter().find_map(|end| metric.strip_suffix(end)).unwrap_or(metric).to_owned();
    let missing = metrics.iter().filter(|metric| !docs.contains(&stem(metric)) && !agent.contains(*metric)).collect::<Vec<_>>();
    assert_eq!(missing, ["process_cpu_seconds_total", "process_open_fds", "process_resident_memory_bytes"], "the docs say process_*");
}

fn docs() -> String {
    text(&root().join("docs/observability.md"))
}

/// Everything that an app has, of these files.
fn bodies(files: &[&str]) -> Vec<Value> {
    let app = |file: &&str| {
        let mut asked: AegisApp = yaml(&root().join(file));
        asked.metadata.namespace.get_or_insert("shop".into());
        accept(&asked, &Facts::default()).app.expect("the app is accepted")
    };
    files.iter().map(app).flat_map(|app| everything(&app)).map(|planned| planned.body.value()).collect()
}

fn panels(text: &str) -> Vec<Value> {
    let dashboard: Value = serde_json::from_str(text).expect("a dashboard is JSON");
    dashboard["panels"].as_array().cloned().unwrap_or_default()
}

/// Words of a query that stand before braces: its metrics.
fn metrics(query: &str) -> Vec<String> {
    let of_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    let before = query.split('{').rev().skip(1);
    before.map(|part| part.rsplit(|c| !of_word(c)).next().unwrap_or_default().to_owned()).filter(|word| !word.is_empty()).collect()
}

fn word(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
