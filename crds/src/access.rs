//! `spec.access`: who reaches the app, and whom it reaches.
//! The app's own pods, gateways, Prometheus and names are allowed without a word.

use std::collections::BTreeMap;

use kube_derive::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rules;

/// Edges to and from the app's pods.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Access {
    /// Who reaches the api and the frontend, besides the app's own pods, and the gateways and Prometheus that the operator's installation names. Default: nobody else.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    pub inbound: Vec<Inbound>,
    /// What the app's pods reach, besides each other, their provisioned bindings and names (DNS). Once it is written, an empty list too, they reach nothing else. Default: everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32))]
    pub outbound: Option<Vec<Outbound>>,
}

/// Somebody who reaches the app: an app, pods, or addresses.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq, KubeSchema)]
#[x_kube(crates(kube_core = "::kube_core"))]
#[x_kube(validation = Rule::new("has(self.cidr) ? !has(self.app) && !has(self.__namespace__) && !has(self.pods) : has(self.app) || has(self.__namespace__) || has(self.pods)").message(rules::ONE_PEER))]
#[x_kube(validation = Rule::new("!has(self.app) || !has(self.pods)").message(rules::APP_OR_PODS))]
#[serde(rename_all = "camelCase")]
pub struct Inbound {
    /// Name of an AegisApp whose roles are meant. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 40), regex(pattern = rules::PART_NAME_PATTERN))]
    pub app: Option<String>,
    /// Namespace of the app or of the pods; alone, all pods in it. Default: the app's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63), regex(pattern = rules::NAMESPACE_PATTERN))]
    pub namespace: Option<String>,
    /// Labels of pods. Default: any.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 16))]
    pub pods: BTreeMap<String, String>,
    /// Addresses outside the cluster, for example 203.0.113.0/24; everybody's are 0.0.0.0/0. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 43))]
    pub cidr: Option<String>,
    /// Role that is reached: api or frontend. Default: both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Door>,
}

/// Role that is reached: api or frontend. Default: both.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Door {
    /// The api, on its port.
    Api,
    /// The frontend, on its port.
    Frontend,
}

/// Somewhere that the app's pods reach: an app, pods, addresses, or a binding whose host stands in a Secret.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq, KubeSchema)]
#[x_kube(crates(kube_core = "::kube_core"))]
#[x_kube(validation = Rule::new("has(self.cidr) || has(self.binding) ? !has(self.app) && !has(self.__namespace__) && !has(self.pods) : has(self.app) || has(self.__namespace__) || has(self.pods)").message(rules::ONE_PEER))]
#[x_kube(validation = Rule::new("!has(self.app) || !has(self.pods)").message(rules::APP_OR_PODS))]
#[serde(rename_all = "camelCase")]
pub struct Outbound {
    /// Name of an AegisApp whose roles are meant; it must let this one in. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 40), regex(pattern = rules::PART_NAME_PATTERN))]
    pub app: Option<String>,
    /// Namespace of the app or of the pods; alone, all pods in it. Default: the app's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63), regex(pattern = rules::NAMESPACE_PATTERN))]
    pub namespace: Option<String>,
    /// Labels of pods. Default: any.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 16))]
    pub pods: BTreeMap<String, String>,
    /// Name of a binding. One with secretRef needs a cidr beside it, for the operator never reads its host. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 30), regex(pattern = rules::PART_NAME_PATTERN))]
    pub binding: Option<String>,
    /// Addresses, for example 203.0.113.0/24; all are 0.0.0.0/0. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 43))]
    pub cidr: Option<String>,
    /// TCP port. Default: every port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 65535))]
    pub port: Option<i32>,
}
