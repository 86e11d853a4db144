//! Middleware and TraefikService of Traefik: address ranges, and a service whose clients come back to their pod.

use serde::Serialize;

pub(crate) const GROUP: &str = "traefik.io";

super::foreign!(
    /// What is done with requests on their way.
    Middleware, "Middleware", "traefik.io", "v1alpha1", "middlewares", MiddlewareSpec
);

super::foreign!(
    /// Services behind one name.
    TraefikService, "TraefikService", "traefik.io", "v1alpha1", "traefikservices", TraefikServiceSpec
);

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MiddlewareSpec {
    pub(crate) ip_allow_list: IpAllowList,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IpAllowList {
    pub(crate) source_range: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct TraefikServiceSpec {
    pub(crate) weighted: Weighted,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Weighted {
    pub(crate) services: Vec<WeightedService>,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct WeightedService {
    pub(crate) name: String,
    pub(crate) port: i32,
    pub(crate) weight: i32,
    pub(crate) sticky: Sticky,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Sticky {
    pub(crate) cookie: Cookie,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Cookie {
    pub(crate) name: String,
    pub(crate) http_only: bool,
    pub(crate) same_site: &'static str,
}
