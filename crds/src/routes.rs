//! `spec.routes`: how the app is reached from outside the cluster: hosts and paths, through a gateway or an ingress controller.
//! Gateways, controllers and their certificates are the platform's; nothing here makes one.

use std::collections::BTreeMap;

use kube_derive::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rules;

/// One host, and where its paths lead.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Route {
    /// Name of the route: lower-case letters, digits and single hyphens.
    #[schemars(length(min = 1, max = 30), regex(pattern = rules::PART_NAME_PATTERN))]
    pub name: String,
    /// Host name of the requests, in lower case; `*.` at its start stands for one label.
    #[schemars(length(min = 1, max = 253), regex(pattern = rules::HOST_PATTERN))]
    pub host: String,
    /// What brings the requests into the cluster.
    pub via: Via,
    /// Annotations of the HTTPRoute or Ingress, as other controllers read them. Default: none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 32))]
    pub annotations: BTreeMap<String, String>,
    /// Which role serves which paths; of those that fit, the longest counts. Default: all paths to the frontend, or to the api where there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    pub rules: Vec<Rule>,
    /// Seconds for which a connection, as a WebSocket, may be silent. Rendered for Envoy Gateway; Traefik ends no WebSocket that is silent; elsewhere the gateway's own limit counts. Default: 3600.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 86400))]
    pub idle_timeout_seconds: Option<i64>,
}

/// A gateway or an ingress controller.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq, KubeSchema)]
#[x_kube(crates(kube_core = "::kube_core"))]
#[x_kube(validation = Rule::new("has(self.gateway) != has(self.ingressClass)").message(rules::ONE_WAY))]
#[x_kube(validation = Rule::new("!has(self.tls) || has(self.ingressClass)").message(rules::TLS_OF_INGRESS))]
#[serde(rename_all = "camelCase")]
pub struct Via {
    /// A Gateway of the Gateway API, in any namespace that lets this one attach routes. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gateway: Option<Gateway>,
    /// An IngressClass. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub ingress_class: Option<String>,
    /// The certificate of the host, for an ingress controller; a gateway's listeners have their own. Default: none, plain HTTP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<Tls>,
    /// What runs behind the gateway or class: Traefik or EnvoyGateway. Cookie affinity and allowCIDRs are rendered in its own kinds. Default: Traefik for an ingressClass with that word in its name; otherwise unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub implementation: Option<Implementation>,
}

/// A Gateway.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Gateway {
    /// Its name.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// Its namespace. Default: the app's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63))]
    pub namespace: Option<String>,
    /// The one listener that serves the route; when it is called http, `status.url` says so. Default: all that fit, and a URL with https.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub listener: Option<String>,
}

/// A certificate.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Tls {
    /// Secret of type kubernetes.io/tls, in this namespace.
    #[schemars(length(min = 1, max = 253))]
    pub secret_name: String,
}

/// Traefik or EnvoyGateway. Default: Traefik for an ingressClass with that word in its name; otherwise unknown.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq, JsonSchema)]
pub enum Implementation {
    /// Traefik, as gateway or ingress controller.
    #[default]
    Traefik,
    /// Envoy Gateway, which serves no Ingress.
    EnvoyGateway,
}

/// Paths, and the role that serves them.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq, KubeSchema)]
#[x_kube(crates(kube_core = "::kube_core"))]
#[x_kube(validation = Rule::new("!has(self.allowCIDRs) || self.allowCIDRs.all(range, isCIDR(range))").message(rules::CIDR))]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    /// Start of the path, by whole steps. Default: /.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512), regex(pattern = rules::ROUTE_PATH_PATTERN))]
    pub path: Option<String>,
    /// The role that serves it: api or frontend.
    pub to: Target,
    /// Address ranges whose requests are let through; all others are refused. The address is the one that the gateway takes for the client's. Default: every address.
    #[serde(default, rename = "allowCIDRs", skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(min = 1, max = 43)))]
    pub allow_cidrs: Vec<String>,
}

/// A role that serves HTTP: api or frontend.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// The api.
    #[default]
    Api,
    /// The frontend.
    Frontend,
}

/// Which pod serves the next request of a client: None or Cookie. Default: None.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq, JsonSchema)]
pub enum SessionAffinity {
    /// Any.
    #[default]
    None,
    /// The one that served the first, told by a cookie.
    Cookie,
}
