//! What a process is told about telemetry beyond its name and its logs: only what is asked for, so that the pods of all
//! other apps stay as they are. `docs/observability.md` lists the variables.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{ContainerPort, EnvVar, EnvVarSource, ObjectFieldSelector, Volume, VolumeMount};

use super::{
    environment::{from_secret, literal},
    pod,
};
use crate::{
    App,
    app::{Role, Traces},
    contract::{self, AEGIS_POD},
    names,
};

/// Name of the volume for what several processes count together.
const SHARED: &str = "metrics";

/// The variables of a role.
pub(crate) fn variables(app: &App, role: &Role) -> Vec<EnvVar> {
    let observability = &app.observability;
    let mut all = vec![];
    if observability.is_asked {
        all.push(literal(contract::AEGIS_ENVIRONMENT, &observability.environment));
    }
    if let Some(traces) = &observability.traces {
        all.extend(traced(app, traces));
    }
    if let Some((secret, key)) = &observability.logfire {
        all.push(from_secret(contract::LOGFIRE_TOKEN, secret, key));
        all.push(literal(contract::LOGFIRE_ENVIRONMENT, &observability.environment));
        all.push(literal(contract::LOGFIRE_SERVICE_NAME, &service(app, role)));
    }
    all.extend(own_port(app, role).map(|port| literal(contract::AEGIS_METRICS_PORT, &port.to_string())));
    all.extend(counted(role));
    all
}

/// What telemetry calls a role.
pub(crate) fn service(app: &App, role: &Role) -> String {
    format!("{}-{}", app.name, role.name)
}

/// The port of a role that serves nothing but metrics.
pub(crate) fn port(app: &App, role: &Role) -> Option<Vec<ContainerPort>> {
    let port = |container_port| ContainerPort {
        name: Some(names::METRICS_PORT.into()),
        container_port,
        protocol: Some("TCP".into()),
        ..Default::default()
    };
    own_port(app, role).map(|number| vec![port(number)])
}

/// What tells whom to scrape where nobody reads PodMonitors. It stands there always: a kind that comes later rolls no pod.
pub(crate) fn annotations(app: &App, role: &Role) -> BTreeMap<String, String> {
    let Some(metrics) = app.observability.metrics_of(role) else { return BTreeMap::new() };
    let http = std::iter::once(&app.api).chain(&app.frontend).find(|http| http.role.section == role.section);
    scraped(http.map_or(metrics.port, |http| http.port), &metrics.path)
}

/// The same of the agent.
pub(crate) fn of_agent(app: &App) -> Option<BTreeMap<String, String>> {
    app.observability.metrics.as_ref().map(|_| scraped(names::AGENT_PORT.into(), names::AGENT_METRICS))
}

fn scraped(port: i32, path: &str) -> BTreeMap<String, String> {
    [("scrape", "true".to_owned()), ("port", port.to_string()), ("path", path.to_owned())]
        .map(|(word, value)| (format!("prometheus.io/{word}"), value))
        .into()
}

/// The folder in which several processes add up what they count; empty in each new pod.
pub(crate) fn shared(role: &Role) -> Option<Volume> {
    has_several(role).then(|| pod::scratch(SHARED))
}

/// Its place.
pub(crate) fn shared_mount(role: &Role) -> Option<VolumeMount> {
    let mount = || VolumeMount { name: SHARED.into(), mount_path: names::METRICS_FOLDER.into(), ..Default::default() };
    has_several(role).then(mount)
}

fn traced(app: &App, traces: &Traces) -> Vec<EnvVar> {
    let (namespace, environment, release) = (&app.namespace, &app.observability.environment, app.image_version());
    let named = ObjectFieldSelector { field_path: "metadata.name".into(), ..Default::default() };
    let source = EnvVarSource { field_ref: Some(named), ..Default::default() };
    let attributes = format!(
        "service.namespace={namespace},service.version={release},deployment.environment.name={environment},k8s.namespace.name={namespace},k8s.pod.name=$({AEGIS_POD})"
    );
    vec![
        EnvVar { name: AEGIS_POD.into(), value_from: Some(source), ..Default::default() },
        EnvVar { name: contract::OTEL_RESOURCE_ATTRIBUTES.into(), value: Some(attributes), ..Default::default() },
        literal(contract::OTEL_EXPORTER_OTLP_ENDPOINT, &traces.endpoint),
        literal(contract::OTEL_EXPORTER_OTLP_PROTOCOL, traces.protocol),
        literal(contract::OTEL_TRACES_SAMPLER, "parentbased_traceidratio"),
        literal(contract::OTEL_TRACES_SAMPLER_ARG, &traces.ratio),
    ]
}

fn counted(role: &Role) -> Vec<EnvVar> {
    let number = |name: &str, count: Option<i32>| count.map(|count| literal(name, &count.to_string()));
    let processes = role.concurrency.processes;
    // servers of Python read it by themselves
    let web = processes.filter(|_| is_http(role));
    [
        number(contract::AEGIS_PROCESSES, processes),
        number(contract::AEGIS_THREADS, role.concurrency.threads),
        number(contract::WEB_CONCURRENCY, web),
        has_several(role).then(|| literal(contract::PROMETHEUS_MULTIPROC_DIR, names::METRICS_FOLDER)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn own_port(app: &App, role: &Role) -> Option<i32> {
    app.observability.metrics_of(role).filter(|_| !is_http(role)).map(|metrics| metrics.port)
}

fn is_http(role: &Role) -> bool {
    matches!(role.section, "api" | "frontend")
}

fn has_several(role: &Role) -> bool {
    role.concurrency.processes.is_some_and(|processes| processes > 1)
}
