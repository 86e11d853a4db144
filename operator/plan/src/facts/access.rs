//! Who reaches the pods of every app, as the operator's installation says. What an app says itself stands in its spec.

use k8s_openapi::{api::networking::v1::NetworkPolicyPeer, apimachinery::pkg::apis::meta::v1::LabelSelector};
use serde::{Deserialize, Serialize};

use crate::names::{ACCESS_LABEL, NAMESPACE_LABEL};

/// Who reaches the pods of every app, as NetworkPolicies name them; nobody where a list is empty.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Access {
    /// What lets the world in: to the ports of api and frontend.
    pub gateways: Vec<NetworkPolicyPeer>,
    /// What collects metrics: to the ports that have some.
    pub prometheus: Vec<NetworkPolicyPeer>,
    /// The operator: to the agents.
    pub operators: Vec<NetworkPolicyPeer>,
    /// Where names are asked, for apps that close their way out.
    pub dns: Vec<NetworkPolicyPeer>,
}

impl Default for Access {
    fn default() -> Self {
        let labelled = |key: &str, value: &str| LabelSelector {
            match_labels: Some([(key.to_owned(), value.to_owned())].into()),
            ..Default::default()
        };
        let namespace = |key, value| NetworkPolicyPeer { namespace_selector: Some(labelled(key, value)), ..Default::default() };
        let pods = |name, key, value| NetworkPolicyPeer { pod_selector: Some(labelled(key, value)), ..namespace(NAMESPACE_LABEL, name) };
        Self {
            gateways: vec![namespace(ACCESS_LABEL, "gateway")],
            prometheus: vec![namespace(ACCESS_LABEL, "prometheus")],
            operators: vec![pods("aegis-system", "app.kubernetes.io/name", "aegis-operator")],
            dns: vec![pods("kube-system", "k8s-app", "kube-dns")],
        }
    }
}
