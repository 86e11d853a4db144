//! Envoy Gateway: a SecurityPolicy for each rule with address ranges, and one or two BackendTrafficPolicies per route: how long
//! a connection may be silent, and for roles with affinity a cookie.

use aegis_crds::routes::Implementation::EnvoyGateway;

use super::{GATEWAY_GROUP, cookie, guard_name, is_by, rule_name};
use crate::{
    App, Kind,
    app::{Door, Http, Route, Rule},
    foreign::envoy_gateway::{
        Authorization, AuthorizationRule, BackendTrafficPolicy, BackendTrafficPolicySpec, ConsistentHash, HashedCookie, HttpTimeout,
        LoadBalancer, Principal, SecurityPolicy, SecurityPolicySpec, TargetRef, Timeout,
    },
    names,
};

pub(super) const GUARD: Kind = Kind::of::<SecurityPolicy>();
pub(super) const AFFINITY: Kind = Kind::of::<BackendTrafficPolicy>();

pub(crate) fn security_policies(app: &App) -> Vec<SecurityPolicy> {
    let rules = routes(app).flat_map(|route| route.rules.iter().map(move |rule| (route, rule))).filter(|(_, rule)| !rule.allow.is_empty());
    let policy = |(route, rule): (&Route, &Rule)| {
        let principal = Principal { client_cidrs: rule.allow.clone() };
        let allowed = AuthorizationRule { name: "allowed", action: "Allow", principal };
        SecurityPolicy {
            metadata: names::metadata(app, &guard_name(app, route, rule), "routes"),
            spec: SecurityPolicySpec {
                target_refs: targets(app, route, &[rule]),
                authorization: Authorization { default_action: "Deny", rules: vec![allowed] },
            },
        }
    };
    rules.map(policy).collect()
}

pub(crate) fn traffic_policies(app: &App) -> Vec<BackendTrafficPolicy> {
    routes(app).flat_map(|route| of(app, route)).collect()
}

fn routes(app: &App) -> impl Iterator<Item = &Route> {
    app.open_routes().filter(|route| is_by(route, EnvoyGateway) && matches!(route.door, Door::Gateway { .. }))
}

fn of(app: &App, route: &Route) -> Vec<BackendTrafficPolicy> {
    let name = route.object(&app.name);
    let to = |section: &str| -> Vec<&Rule> { route.rules.iter().filter(|rule| rule.to == section).collect() };
    let (sticky, plain): (Vec<&Http>, Vec<&Http>) =
        [Some(&app.api), app.frontend.as_ref()].into_iter().flatten().partition(|http| http.is_sticky);
    let plain: Vec<&Rule> = plain.iter().flat_map(|http| to(http.role.section)).collect();
    let plain = (name.clone(), plain, None);
    let sticky = sticky.into_iter().map(|http| (format!("{name}--{}", http.role.section), to(http.role.section), Some(http)));
    let policy = |(name, rules, http): (String, Vec<&Rule>, Option<&Http>)| BackendTrafficPolicy {
        metadata: names::metadata(app, &name, "routes"),
        spec: BackendTrafficPolicySpec {
            target_refs: targets(app, route, &rules),
            load_balancer: http.map(|http| affinity(app, http)),
            timeout: Timeout { http: HttpTimeout { request_timeout: "0s", stream_idle_timeout: format!("{}s", route.idle_timeout) } },
        },
    };
    std::iter::once(plain).chain(sticky).filter(|(_, rules, _)| !rules.is_empty()).map(policy).collect()
}

/// A cookie that ends with the browser's session, as the session in the pod's memory does.
fn affinity(app: &App, http: &Http) -> LoadBalancer {
    let attributes = [("HttpOnly", ""), ("Path", "/"), ("SameSite", "Lax")].into();
    let cookie = HashedCookie { name: cookie(app, http), ttl: "0s", attributes };
    LoadBalancer { type_: "ConsistentHash", consistent_hash: ConsistentHash { type_: "Cookie", cookie } }
}

fn targets(app: &App, route: &Route, rules: &[&Rule]) -> Vec<TargetRef> {
    let target =
        |rule: &&Rule| TargetRef { group: GATEWAY_GROUP, kind: "HTTPRoute", name: route.object(&app.name), section_name: rule_name(rule) };
    rules.iter().map(target).collect()
}
