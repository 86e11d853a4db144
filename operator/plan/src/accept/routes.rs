//! Routes: one way in each, hosts and paths of their own, and what only a known implementation can do.
//! A host that another app had first is left to it.

use std::{collections::BTreeSet, net::IpAddr};

use aegis_crds::{
    AegisApp,
    routes::{Implementation, Route, Target},
    rules,
};

use super::defaults;
use crate::{
    App, Facts, Problem, app,
    facts::{OtherRoute, RouteSeen},
    names::{self, OWN_ANNOTATIONS},
    problem::{
        BAD_CIDR, BAD_HOST, BAD_ROUTE_PATH, DUPLICATE_ROUTE, HOST_TAKEN, RESERVED_ANNOTATION, ROUTE_SOURCE, UNKNOWN_IMPLEMENTATION,
        UNKNOWN_ROLE,
    },
};

pub(super) fn ways(asked: &AegisApp) -> Vec<Problem> {
    let wrong = |(path, route): (String, &Route)| {
        let via = &route.via;
        let message = match (&via.gateway, &via.ingress_class) {
            (Some(_), Some(_)) | (None, None) => rules::ONE_WAY,
            (Some(_), None) if via.tls.is_some() => rules::TLS_OF_INGRESS,
            (None, Some(_)) if via.implementation == Some(Implementation::EnvoyGateway) => "Envoy Gateway serves no Ingress",
            _ => return None,
        };
        Some(Problem::new(&ROUTE_SOURCE, format!("{path}.via"), format!("{:?}: {message}", route.name)))
    };
    routes(asked).filter_map(wrong).collect()
}

pub(super) fn places(asked: &AegisApp) -> Vec<Problem> {
    let mut problems = vec![];
    for (path, route) in routes(asked) {
        if !is_host(&route.host) {
            problems.push(Problem::new(&BAD_HOST, format!("{path}.host"), format!("{:?}: {}", route.host, rules::HOST)));
        }
        for (i, rule) in route.rules.iter().enumerate() {
            if let Some(wrong) = rule.path.as_ref().filter(|path| !is_path(path)) {
                problems.push(Problem::new(
                    &BAD_ROUTE_PATH,
                    format!("{path}.rules[{i}].path"),
                    format!("{wrong:?}: {}", rules::ROUTE_PATH),
                ));
            }
            for (j, range) in rule.allow_cidrs.iter().enumerate().filter(|(_, range)| !is_cidr(range)) {
                problems.push(Problem::new(&BAD_CIDR, format!("{path}.rules[{i}].allowCIDRs[{j}]"), format!("{range:?}: {}", rules::CIDR)));
            }
        }
        let reserved = route.annotations.keys().filter(|key| OWN_ANNOTATIONS.iter().any(|own| key.starts_with(own)));
        problems.extend(
            reserved
                .map(|key| Problem::new(&RESERVED_ANNOTATION, format!("{path}.annotations"), format!("{key} is not for routes to set"))),
        );
    }
    problems
}

pub(super) fn targets(asked: &AegisApp) -> Vec<Problem> {
    let mut problems = vec![];
    let mut taken = BTreeSet::new();
    for (path, route) in routes(asked) {
        for (i, rule) in route.rules.iter().enumerate().filter(|(_, rule)| rule.to == Target::Frontend && asked.spec.frontend.is_none()) {
            let message = format!("the app has no frontend to serve {}", rule.path.as_deref().unwrap_or("/"));
            problems
                .push(Problem::new(&UNKNOWN_ROLE, format!("{path}.rules[{i}].to"), message).fix("Write to: api, or add spec.frontend."));
        }
        let accepted = defaults::route(route, asked);
        for (i, rule) in accepted.rules.into_iter().enumerate() {
            let message = format!("{}{} by {} is another rule's already", route.host, rule.path, accepted.door.word());
            if !taken.insert((accepted.door.word(), route.host.clone(), rule.path)) {
                let place = if route.rules.is_empty() { path.clone() } else { format!("{path}.rules[{i}]") };
                problems.push(Problem::new(&DUPLICATE_ROUTE, place, message));
            }
        }
    }
    problems
}

/// What needs an implementation that is known: address ranges, and affinity as soon as there may be two pods.
pub(super) fn implementations(asked: &AegisApp) -> Vec<Problem> {
    let mut problems = vec![];
    for (path, route) in routes(asked) {
        let accepted = defaults::route(route, asked);
        if accepted.implementation.is_some() {
            continue;
        }
        for (i, rule) in accepted.rules.iter().enumerate() {
            let place = if route.rules.is_empty() { path.clone() } else { format!("{path}.rules[{i}]") };
            let problem = |message: String| Problem::new(&UNKNOWN_IMPLEMENTATION, &place, message);
            if !rule.allow.is_empty() {
                problems.push(problem(format!(
                    "what runs behind {} is not known, and only some addresses are to be let through",
                    accepted.door.word()
                )));
            }
            if let Some(most) = sticky_pods(asked, rule.to).filter(|most| *most > 1) {
                let (role, door) = (rule.to, accepted.door.word());
                problems
                    .push(problem(format!("{role} has sessionAffinity and up to {most} pods, and what runs behind {door} is not known")));
            }
        }
    }
    problems
}

/// Hosts that another app holds.
pub(super) fn hosts(app: &App, facts: &Facts) -> Vec<Problem> {
    let held = |(i, route): (usize, &app::Route)| {
        let path = holder(app, route, facts)?;
        let message = format!("{:?}: {}{path} by {} is another app's", route.name, route.host, route.door.word());
        Some(Problem::new(&HOST_TAKEN, format!("spec.routes[{i}].host"), message))
    };
    app.routes.iter().enumerate().filter_map(held).collect()
}

/// Leaves the hosts to others that they hold.
pub(super) fn give_way(app: &mut App, facts: &Facts) {
    let taken: Vec<bool> = app.routes.iter().map(|route| holder(app, route, facts).is_some()).collect();
    app.routes.iter_mut().zip(taken).for_each(|(route, is_taken)| route.is_taken = is_taken);
}

/// The path of a route that lies where another app's is, which keeps it from being made. Of two that are there, the older stays, as with gateways.
fn holder<'a>(app: &App, route: &'a app::Route, facts: &Facts) -> Option<&'a str> {
    let door = route.door.word();
    let is_at = |seen: &RouteSeen| seen.door == door && seen.host == route.host;
    let name = route.object(&app.name);
    let own = facts.route(route.door.kind(), &name).filter(|own| is_at(own));
    let is_older = |other: &OtherRoute| {
        own.is_none_or(|own| (other.route.created, &other.namespace, &other.name) < (own.created, &app.namespace, &name))
    };
    let others = facts.routes.iter().filter(|other| is_at(&other.route) && is_older(other));
    let mut paths = others.flat_map(|other| other.route.paths.iter().map(move |path| (other.namespace == app.namespace, path)));
    paths.find_map(|(is_near, path)| route.rules.iter().map(|rule| rule.path.as_str()).find(|own| overlap(own, path, is_near)))
}

/// Whether two paths meet: the one lies in the other. Within a namespace, two apps may part a host by longer paths.
fn overlap(a: &str, b: &str, is_near: bool) -> bool {
    let lies_in = |inner: &str, outer: &str| {
        let outer = outer.trim_end_matches('/');
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    if is_near { a == b } else { lies_in(a, b) || lies_in(b, a) }
}

/// Most pods of a role with affinity.
fn sticky_pods(asked: &AegisApp, role: &str) -> Option<i32> {
    let spec = &asked.spec;
    let (affinity, replicas) = match role {
        "frontend" => spec.frontend.as_ref().map(|frontend| (frontend.session_affinity, frontend.replicas.as_ref())),
        _ => spec.api.as_ref().map(|api| (api.session_affinity, api.replicas.as_ref())),
    }?;
    defaults::is_sticky(affinity).then(|| defaults::bounds(replicas).max)
}

fn routes(asked: &AegisApp) -> impl Iterator<Item = (String, &Route)> {
    asked.spec.routes.iter().enumerate().map(|(i, route)| (format!("spec.routes[{i}]"), route))
}

fn is_host(host: &str) -> bool {
    let is_label = |label: &str| {
        let is_letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        !label.is_empty()
            && label.len() <= names::LABEL_LIMIT
            && label.chars().all(is_letter)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let name = host.strip_prefix("*.").unwrap_or(host);
    host.len() <= 253 && name.split('.').all(is_label) && name.parse::<IpAddr>().is_err()
}

fn is_path(path: &str) -> bool {
    let is_step = |step: &str| {
        let is_letter = |c: char| c.is_ascii_alphanumeric() || "-._~@:+".contains(c);
        !step.is_empty() && step != "." && !step.starts_with("..") && step.chars().all(is_letter)
    };
    path == "/" || path.strip_prefix('/').is_some_and(|rest| rest.split('/').all(is_step))
}

fn is_cidr(range: &str) -> bool {
    let Some((address, length)) = range.split_once('/') else { return false };
    let is_plain = length == "0" || !length.starts_with('0');
    let longest = match address.parse() {
        Ok(IpAddr::V4(_)) => 32,
        // an IPv4 address in IPv6's clothes is refused by Kubernetes
        Ok(IpAddr::V6(address)) if address.to_ipv4_mapped().is_none() => 128,
        _ => return false,
    };
    is_plain && length.parse::<u8>().is_ok_and(|length| length <= longest)
}
