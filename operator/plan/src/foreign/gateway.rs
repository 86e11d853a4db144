//! HTTPRoute of the Gateway API: one host, attached to one gateway.

use serde::Serialize;

super::foreign!(
    /// Which requests of a gateway go where.
    HttpRoute, "HTTPRoute", "gateway.networking.k8s.io", "v1", "httproutes", HttpRouteSpec
);

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HttpRouteSpec {
    pub(crate) parent_refs: Vec<ParentRef>,
    pub(crate) hostnames: Vec<String>,
    pub(crate) rules: Vec<HttpRouteRule>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ParentRef {
    pub(crate) group: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) namespace: String,
    pub(crate) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) section_name: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HttpRouteRule {
    pub(crate) name: String,
    pub(crate) matches: Vec<Match>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) filters: Vec<Filter>,
    pub(crate) backend_refs: Vec<BackendRef>,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Match {
    pub(crate) path: PathMatch,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct PathMatch {
    #[serde(rename = "type")]
    pub(crate) type_: &'static str,
    pub(crate) value: String,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Filter {
    #[serde(rename = "type")]
    pub(crate) type_: &'static str,
    pub(crate) extension_ref: ExtensionRef,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct ExtensionRef {
    pub(crate) group: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) name: String,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct BackendRef {
    pub(crate) group: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) port: Option<i32>,
    pub(crate) weight: i32,
}
