//! PodMonitor and PrometheusRule of the Prometheus Operator (`monitoring.coreos.com/v1`).
//! Of their fields, those that are set.

use std::collections::BTreeMap;

use k8s_openapi::{Metadata, NamespaceResourceScope, Resource, apimachinery::pkg::apis::meta::v1::LabelSelector};
use kube_core::ObjectMeta;
use serde::Serialize;

/// Which pods are scraped, and how.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PodMonitor {
    api_version: &'static str,
    kind: &'static str,
    metadata: ObjectMeta,
    spec: PodMonitorSpec,
}

/// What a PodMonitor asks for.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PodMonitorSpec {
    pub(crate) selector: LabelSelector,
    pub(crate) pod_metrics_endpoints: Vec<PodMetricsEndpoint>,
}

/// A port of the pods.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PodMetricsEndpoint {
    pub(crate) port: &'static str,
    pub(crate) path: String,
    pub(crate) interval: String,
    pub(crate) relabelings: Vec<Relabeling>,
}

/// A label of the target, from one of the pod.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Relabeling {
    pub(crate) action: &'static str,
    pub(crate) source_labels: Vec<String>,
    pub(crate) target_label: &'static str,
}

/// Recorded numbers and alerts.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PrometheusRule {
    api_version: &'static str,
    kind: &'static str,
    metadata: ObjectMeta,
    spec: PrometheusRuleSpec,
}

#[derive(Serialize)]
struct PrometheusRuleSpec {
    groups: Vec<Group>,
}

/// Rules that are looked at together.
#[derive(Serialize)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) rules: Vec<Rule>,
}

/// One rule: a number that is recorded, or an alert.
#[derive(Default, Serialize)]
pub(crate) struct Rule {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) record: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) alert: Option<&'static str>,
    pub(crate) expr: String,
    #[serde(rename = "for", skip_serializing_if = "Option::is_none")]
    pub(crate) lasting: Option<&'static str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) labels: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) annotations: BTreeMap<&'static str, String>,
}

impl PodMonitor {
    pub(crate) fn new(metadata: ObjectMeta, spec: PodMonitorSpec) -> Self {
        Self { api_version: Self::API_VERSION, kind: Self::KIND, metadata, spec }
    }
}

impl PrometheusRule {
    pub(crate) fn new(metadata: ObjectMeta, groups: Vec<Group>) -> Self {
        Self { api_version: Self::API_VERSION, kind: Self::KIND, metadata, spec: PrometheusRuleSpec { groups } }
    }
}

impl Resource for PodMonitor {
    const API_VERSION: &'static str = "monitoring.coreos.com/v1";
    const GROUP: &'static str = "monitoring.coreos.com";
    const KIND: &'static str = "PodMonitor";
    const VERSION: &'static str = "v1";
    const URL_PATH_SEGMENT: &'static str = "podmonitors";
    type Scope = NamespaceResourceScope;
}

impl Metadata for PodMonitor {
    type Ty = ObjectMeta;
    fn metadata(&self) -> &ObjectMeta {
        &self.metadata
    }
    fn metadata_mut(&mut self) -> &mut ObjectMeta {
        &mut self.metadata
    }
}

impl Resource for PrometheusRule {
    const API_VERSION: &'static str = "monitoring.coreos.com/v1";
    const GROUP: &'static str = "monitoring.coreos.com";
    const KIND: &'static str = "PrometheusRule";
    const VERSION: &'static str = "v1";
    const URL_PATH_SEGMENT: &'static str = "prometheusrules";
    type Scope = NamespaceResourceScope;
}

impl Metadata for PrometheusRule {
    type Ty = ObjectMeta;
    fn metadata(&self) -> &ObjectMeta {
        &self.metadata
    }
    fn metadata_mut(&mut self) -> &mut ObjectMeta {
        &mut self.metadata
    }
}
