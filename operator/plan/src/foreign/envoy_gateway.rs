//! BackendTrafficPolicy and SecurityPolicy of Envoy Gateway, attached to rules of an HTTPRoute by their names.

use std::collections::BTreeMap;

use serde::Serialize;

super::foreign!(
    /// How requests go on to the pods.
    BackendTrafficPolicy, "BackendTrafficPolicy", "gateway.envoyproxy.io", "v1alpha1", "backendtrafficpolicies", BackendTrafficPolicySpec
);

super::foreign!(
    /// Whose requests are let through.
    SecurityPolicy, "SecurityPolicy", "gateway.envoyproxy.io", "v1alpha1", "securitypolicies", SecurityPolicySpec
);

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BackendTrafficPolicySpec {
    pub(crate) target_refs: Vec<TargetRef>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) load_balancer: Option<LoadBalancer>,
    pub(crate) timeout: Timeout,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TargetRef {
    pub(crate) group: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    pub(crate) section_name: String,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LoadBalancer {
    #[serde(rename = "type")]
    pub(crate) type_: &'static str,
    pub(crate) consistent_hash: ConsistentHash,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct ConsistentHash {
    #[serde(rename = "type")]
    pub(crate) type_: &'static str,
    pub(crate) cookie: HashedCookie,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct HashedCookie {
    pub(crate) name: String,
    pub(crate) ttl: &'static str,
    pub(crate) attributes: BTreeMap<&'static str, &'static str>,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Timeout {
    pub(crate) http: HttpTimeout,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HttpTimeout {
    pub(crate) request_timeout: &'static str,
    pub(crate) stream_idle_timeout: String,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct SecurityPolicySpec {
    #[serde(rename = "targetRefs")]
    pub(crate) target_refs: Vec<TargetRef>,
    pub(crate) authorization: Authorization,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Authorization {
    pub(crate) default_action: &'static str,
    pub(crate) rules: Vec<AuthorizationRule>,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct AuthorizationRule {
    pub(crate) name: &'static str,
    pub(crate) action: &'static str,
    pub(crate) principal: Principal,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Principal {
    #[serde(rename = "clientCIDRs")]
    pub(crate) client_cidrs: Vec<String>,
}
