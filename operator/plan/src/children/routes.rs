//! `routes`: an HTTPRoute or Ingress per route, and beside it what the implementation needs for address ranges and affinity.
//! What is guarded is never made without its guard.

mod envoy_gateway;
mod traefik;

use aegis_crds::routes::Implementation;
use k8s_openapi::api::networking::v1::{
    HTTPIngressPath, HTTPIngressRuleValue, Ingress, IngressBackend, IngressRule, IngressServiceBackend, IngressSpec, IngressTLS,
    ServiceBackendPort,
};
use kube_core::ObjectMeta;

use crate::{
    App, Kind,
    app::{Door, Http, Route, Rule},
    canonical,
    foreign::gateway::{BackendRef, Filter, HttpRoute, HttpRouteRule, HttpRouteSpec, Match, ParentRef, PathMatch},
    names,
    parts::http,
};

pub(super) use envoy_gateway::{security_policies, traffic_policies};
pub(crate) use traefik::sticky_annotations;
pub(super) use traefik::{middlewares, services};

const GATEWAY_GROUP: &str = "gateway.networking.k8s.io";

pub(super) fn http_routes(app: &App) -> Vec<HttpRoute> {
    made(app).filter_map(|route| http_route(app, route)).collect()
}

pub(super) fn ingresses(app: &App) -> Vec<Ingress> {
    made(app).flat_map(|route| ingresses_of(app, route)).collect()
}

/// A kind that a route needs and the cluster lacks.
pub(crate) fn lacking(app: &App, route: &Route) -> Option<Kind> {
    let is_guarded = || route.rules.iter().any(|rule| !rule.allow.is_empty());
    let is_split = || route.rules.iter().map(|rule| app.http(rule.to)).any(|http| http.is_sticky && http.replicas.max > 1);
    let is_gateway = matches!(route.door, Door::Gateway { .. });
    let needs = [
        (is_gateway, Kind::of::<HttpRoute>()),
        (is_by(route, Implementation::EnvoyGateway) && is_guarded(), envoy_gateway::GUARD),
        (is_by(route, Implementation::EnvoyGateway) && is_split(), envoy_gateway::AFFINITY),
        (is_by(route, Implementation::Traefik) && is_guarded(), traefik::GUARD),
        (is_by(route, Implementation::Traefik) && is_gateway && is_split(), traefik::AFFINITY),
    ];
    needs.into_iter().find(|(is_needed, kind)| *is_needed && app.lacks(*kind)).map(|(_, kind)| kind)
}

/// Names of the objects that make a route, of the kind that its door asks for.
pub(crate) fn objects(app: &App, route: &Route) -> Vec<String> {
    match route.door {
        Door::Gateway { .. } => vec![route.object(&app.name)],
        Door::Class { .. } => parts(app, route).into_iter().map(|(name, _)| name).collect(),
    }
}

/// Names of the objects beside a route by which its implementation does more.
pub(crate) fn guards(app: &App, route: &Route) -> Vec<String> {
    let name = route.object(&app.name);
    let rules = route.rules.iter().map(|rule| guard_name(app, route, rule));
    let roles = ["api", "frontend"].map(|section| format!("{name}--{section}"));
    [name.clone()].into_iter().chain(rules).chain(roles).collect()
}

/// Routes of which something is made.
fn made(app: &App) -> impl Iterator<Item = &Route> {
    app.open_routes().filter(|route| lacking(app, route).is_none())
}

fn is_by(route: &Route, implementation: Implementation) -> bool {
    route.implementation == Some(implementation)
}

fn http_route(app: &App, route: &Route) -> Option<HttpRoute> {
    let Door::Gateway { namespace, name, listener } = &route.door else { return None };
    let parent = ParentRef {
        group: GATEWAY_GROUP,
        kind: "Gateway",
        namespace: namespace.clone(),
        name: name.clone(),
        section_name: listener.clone(),
    };
    let spec = HttpRouteSpec {
        parent_refs: vec![parent],
        hostnames: vec![route.host.clone()],
        rules: route.rules.iter().map(|rule| http_rule(app, route, rule)).collect(),
    };
    Some(HttpRoute { metadata: annotated(app, route, &route.object(&app.name)), spec })
}

fn http_rule(app: &App, route: &Route, rule: &Rule) -> HttpRouteRule {
    let is_traefik = is_by(route, Implementation::Traefik);
    let guard = (is_traefik && !rule.allow.is_empty()).then(|| traefik::guard(app, route, rule));
    HttpRouteRule {
        name: rule_name(rule),
        matches: vec![Match { path: PathMatch { type_: "PathPrefix", value: rule.path.clone() } }],
        filters: guard.into_iter().map(|extension_ref| Filter { type_: "ExtensionRef", extension_ref }).collect(),
        backend_refs: vec![backend(app, app.http(rule.to), is_traefik)],
    }
}

fn backend(app: &App, to: &Http, is_traefik: bool) -> BackendRef {
    let name = http::object(app, &to.role);
    match is_traefik && to.is_sticky {
        true => BackendRef { group: crate::foreign::traefik::GROUP, kind: "TraefikService", name, port: None, weight: 1 },
        false => BackendRef { group: "", kind: "Service", name, port: Some(to.port), weight: 1 },
    }
}

fn ingresses_of(app: &App, route: &Route) -> Vec<Ingress> {
    let Door::Class { name: class, certificate } = &route.door else { return vec![] };
    let tls = certificate.iter().map(|secret| IngressTLS { hosts: Some(vec![route.host.clone()]), secret_name: Some(secret.clone()) });
    let tls: Vec<_> = tls.collect();
    let ingress = |(name, rules): (String, Vec<&Rule>)| {
        let mut metadata = annotated(app, route, &name);
        if let Some(rule) = rules.first().filter(|rule| !rule.allow.is_empty()) {
            metadata.annotations.get_or_insert_default().extend(traefik::guarding(app, route, rule));
        }
        let paths = rules.iter().map(|rule| path(app, rule)).collect();
        let rule = IngressRule { host: Some(route.host.clone()), http: Some(HTTPIngressRuleValue { paths }) };
        let spec = IngressSpec {
            ingress_class_name: Some(class.clone()),
            rules: Some(vec![rule]),
            tls: Some(tls.clone()).filter(|tls| !tls.is_empty()),
            ..Default::default()
        };
        Ingress { metadata, spec: Some(spec), ..Default::default() }
    };
    parts(app, route).into_iter().map(ingress).collect()
}

/// The Ingresses of a route: one for what is open to all, and one for each rule with a guard, for it stands on all of an Ingress.
fn parts<'a>(app: &App, route: &'a Route) -> Vec<(String, Vec<&'a Rule>)> {
    let (open, guarded): (Vec<&Rule>, Vec<&Rule>) = route.rules.iter().partition(|rule| rule.allow.is_empty());
    let open = (!open.is_empty()).then(|| (route.object(&app.name), open));
    open.into_iter().chain(guarded.into_iter().map(|rule| (guard_name(app, route, rule), vec![rule]))).collect()
}

fn path(app: &App, rule: &Rule) -> HTTPIngressPath {
    let service = IngressServiceBackend {
        name: http::object(app, &app.http(rule.to).role),
        port: Some(ServiceBackendPort { name: Some(http::PORT.into()), number: None }),
    };
    HTTPIngressPath {
        path: Some(rule.path.clone()),
        path_type: "Prefix".into(),
        backend: IngressBackend { service: Some(service), resource: None },
    }
}

fn annotated(app: &App, route: &Route, name: &str) -> ObjectMeta {
    let annotations = (!route.annotations.is_empty()).then(|| route.annotations.clone());
    ObjectMeta { annotations, ..names::metadata(app, name, "routes") }
}

/// Name of a rule: it goes with the path, so that what guards one path never comes to guard another.
fn rule_name(rule: &Rule) -> String {
    format!("path-{}", canonical::digest(&rule.path))
}

fn guard_name(app: &App, route: &Route, rule: &Rule) -> String {
    format!("{}--{}", route.object(&app.name), canonical::digest(&rule.path))
}

/// Cookie by which the clients of a role come back to their pod.
fn cookie(app: &App, http: &Http) -> String {
    format!("aegis-{}-{}", app.name, http.role.name)
}
