//! `spec.observability`: what is told of an app: metrics, traces, logs, goals for its response times, and a dashboard.
//! What the processes export is the app's own matter; `docs/observability.md` has the names.

use kube_derive::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rules;

/// What is told of an app.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq, KubeSchema)]
#[x_kube(crates(kube_core = "::kube_core"))]
#[x_kube(validation = Rule::new("has(self.metrics) || (!has(self.slos) && !has(self.dashboard))").message(rules::NO_METRICS))]
#[serde(rename_all = "camelCase")]
pub struct Observability {
    /// Name of the environment, by which telemetry of several is told apart. Default: the namespace's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63), regex(pattern = r"^[A-Za-z0-9]([-._A-Za-z0-9]*[A-Za-z0-9])?$"))]
    pub environment: Option<String>,
    /// Metrics that the roles serve, which Prometheus is told of. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrics: Option<Metrics>,
    /// Where traces go, over OTLP. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traces: Option<Traces>,
    /// Logfire, which takes traces, logs and metrics. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logfire: Option<Logfire>,
    /// What the processes log. Default: JSON, from INFO on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logs: Option<Logs>,
    /// Goals for the response times of the api, each with an alert when too much of its budget is used. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub slos: Vec<Slo>,
    /// A Grafana dashboard of the app, in a ConfigMap that Grafana's sidecar finds. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dashboard: Option<Dashboard>,
}

/// Metrics that the roles serve.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Metrics {
    /// Path of the metrics. Default: /metrics.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256), regex(pattern = r"^/[!-~]*$"))]
    pub path: Option<String>,
    /// Time between two scrapes, from 1s to 120s. Default: 30s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^(([1-9]|[1-9][0-9]|1[01][0-9]|120)s|[12]m)$"))]
    pub interval: Option<String>,
    /// Port of worker pools and the scheduler; api and frontend serve them on their own. Default: 9191.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 65535))]
    pub port: Option<i32>,
    /// Roles that serve metrics: api, frontend, scheduler, or the name of a worker. Default: api, frontend and all workers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 35), inner(length(min = 1, max = 30)))]
    pub roles: Vec<String>,
}

/// Where traces go.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Traces {
    /// URL of a collector that takes OTLP: over HTTP at port 4318, else over gRPC.
    #[schemars(length(min = 1, max = 1024), regex(pattern = r"^https?://[!-~]+$"))]
    pub endpoint: String,
    /// Part of the traces that is kept, from 0 to 1, decided where a trace begins. Default: 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^(0(\.[0-9]{1,6})?|1(\.0{1,6})?)$"))]
    pub sample_ratio: Option<String>,
}

/// Logfire.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Logfire {
    /// The write token.
    pub token_secret_ref: TokenSecretRef,
}

/// A key of a Secret of this namespace.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TokenSecretRef {
    /// Name of the Secret.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// Key in it. Default: token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253), regex(pattern = r"^[-._a-zA-Z0-9]+$"))]
    pub key: Option<String>,
}

/// What the processes log.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Logs {
    /// JSON, a line for each event, or Text. Default: JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<LogFormat>,
    /// The least grave level that is logged: DEBUG, INFO, WARNING, ERROR or CRITICAL. Default: INFO.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<LogLevel>,
}

/// Format of logs: JSON or Text. Default: JSON.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq, JsonSchema)]
pub enum LogFormat {
    /// For machines.
    #[default]
    JSON,
    /// For people.
    Text,
}

/// The least grave level that is logged: DEBUG, INFO, WARNING, ERROR or CRITICAL. Default: INFO.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq, JsonSchema)]
pub enum LogLevel {
    /// Everything.
    DEBUG,
    /// What happens.
    #[default]
    INFO,
    /// What may go wrong.
    WARNING,
    /// What went wrong.
    ERROR,
    /// What ends the process.
    CRITICAL,
}

/// A goal for the response times of the api: for `objective` percent of the time, `quantile` of the requests of the last five minutes were answered within the threshold.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Slo {
    /// Name of the goal: lower-case letters, digits and single hyphens.
    #[schemars(length(min = 1, max = 30), regex(pattern = rules::PART_NAME_PATTERN))]
    pub name: String,
    /// Part of the requests that counts, above 0 and below 1: 0.99 leaves out the slowest one of a hundred.
    #[schemars(length(max = 8), regex(pattern = r"^0\.0*[1-9][0-9]*$"))]
    pub quantile: String,
    /// Milliseconds in which they are answered.
    #[schemars(range(min = 1, max = 600000))]
    pub threshold_milliseconds: i32,
    /// Percent of the time in which that holds, from 1 and below 100: with 99.5, the budget is half a percent.
    #[schemars(regex(pattern = r"^[1-9][0-9]?(\.[0-9]{1,4})?$"))]
    pub objective: String,
}

/// A Grafana dashboard.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Dashboard {
    /// Folder in Grafana. Default: the app's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 100))]
    pub folder: Option<String>,
}
