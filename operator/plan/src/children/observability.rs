//! `observability`: what Prometheus and Grafana are told of an app: whom to scrape, when to warn, what to show.
//! What the processes themselves are told stands with their variables.

mod dashboard;
mod panels;
mod queries;
mod rules;
mod slos;

use k8s_openapi::{
    api::core::v1::ConfigMap,
    apimachinery::pkg::apis::meta::v1::{LabelSelector, LabelSelectorRequirement},
};
use kube_core::ObjectMeta;

use crate::{
    App, Kind,
    app::Metrics,
    canonical,
    foreign::monitoring::{PodMetricsEndpoint, PodMonitor, PodMonitorSpec, PrometheusRule, Relabeling},
    names::{self, AGENT, AGENT_METRICS, APP_LABEL, METRICS_PORT, ROLE_LABEL},
    parts::agent,
};

/// Kinds that a cluster may lack.
pub(crate) const KINDS: [Kind; 2] = [Kind::of::<PodMonitor>(), Kind::of::<PrometheusRule>()];

const SECTION: &str = "observability";

/// A PodMonitor for the roles, and one for the agent, whose path is its own.
pub(super) fn pod_monitors(app: &App) -> Vec<PodMonitor> {
    let Some(metrics) = &app.observability.metrics else { return vec![] };
    let of = |name: &str, roles: Vec<String>, endpoints: Vec<PodMetricsEndpoint>| {
        let selector = LabelSelector {
            match_labels: Some([(APP_LABEL.to_owned(), app.name.clone())].into()),
            match_expressions: Some(vec![LabelSelectorRequirement { key: ROLE_LABEL.into(), operator: "In".into(), values: Some(roles) }]),
        };
        PodMonitor::new(metadata(app, name), PodMonitorSpec { selector, pod_metrics_endpoints: endpoints })
    };
    let roles = of("metrics", metrics.roles.clone(), endpoints(app, metrics));
    let agent = || of(AGENT, vec![AGENT.into()], vec![endpoint("http", AGENT_METRICS, metrics)]);
    std::iter::once(roles).chain(agent::config(app).map(|_| agent())).collect()
}

/// What is recorded and warned of.
pub(super) fn rules(app: &App) -> Vec<PrometheusRule> {
    let rules = |_: &Metrics| PrometheusRule::new(metadata(app, "alerts"), rules::groups(app));
    app.observability.metrics.iter().map(rules).collect()
}

/// The dashboard, in the way in which Grafana's sidecar finds it.
pub(super) fn dashboards(app: &App) -> Vec<ConfigMap> {
    let made = |folder: &String| {
        let mut metadata = names::metadata(app, &names::single(&app.name, "dashboard"), SECTION);
        metadata.labels.get_or_insert_default().insert("grafana_dashboard".into(), "1".into());
        metadata.annotations = Some([("grafana_folder".to_owned(), folder.clone())].into());
        // the sidecar puts all files of a folder beside each other
        let file = format!("{}--{}.json", app.namespace, app.name);
        let uid = format!("aegis-{}", canonical::digest(&serde_json::json!([app.namespace, app.name])));
        let text = serde_json::to_string_pretty(&dashboard::dashboard(app, &uid)).expect("a dashboard is JSON");
        ConfigMap { metadata, data: Some([(file, text)].into()), ..Default::default() }
    };
    app.observability.dashboard.iter().map(made).collect()
}

/// By their own port for the roles that have one, by that of metrics for all others.
fn endpoints(app: &App, metrics: &Metrics) -> Vec<PodMetricsEndpoint> {
    let scraped = || app.roles().filter(|role| app.observability.metrics_of(role).is_some());
    let is_http = |section: &str| matches!(section, "api" | "frontend");
    let http = scraped().any(|role| is_http(role.section)).then_some("http");
    let others = scraped().any(|role| !is_http(role.section)).then_some(METRICS_PORT);
    http.into_iter().chain(others).map(|port| endpoint(port, &metrics.path, metrics)).collect()
}

fn endpoint(port: &'static str, path: &str, metrics: &Metrics) -> PodMetricsEndpoint {
    // what the server would fill in is written out
    let label = |label: &str, target_label| Relabeling {
        action: "replace",
        source_labels: vec![format!("__meta_kubernetes_pod_label_{}", label.replace(['.', '/', '-'], "_"))],
        target_label,
    };
    let relabelings = vec![label(APP_LABEL, "app"), label(ROLE_LABEL, "role")];
    PodMetricsEndpoint { port, path: path.to_owned(), interval: metrics.interval.clone(), relabelings }
}

/// Metadata with the labels by which the installation's Prometheus finds what it is to read.
fn metadata(app: &App, name: &str) -> ObjectMeta {
    let mut metadata = names::metadata(app, &names::single(&app.name, name), SECTION);
    let labels = metadata.labels.get_or_insert_default();
    for (key, value) in &app.settings.monitor_labels {
        labels.entry(key.clone()).or_insert_with(|| value.clone());
    }
    metadata
}
