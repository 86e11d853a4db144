//! What is told of each route: whether the gateway has taken it, or what speaks against that.

use aegis_crds::{routes::Implementation, status::RouteStatus};

use crate::{
    App, Facts, Stage,
    app::{Door, Route},
    children::routes::{self, guards},
    facts::{Detail, RouteSeen, Verdict},
    problem::HOST_TAKEN,
};

/// Why a route is as it is.
struct Told {
    reason: String,
    message: Option<String>,
    is_ready: bool,
}

/// One entry per route, in the order of the spec.
pub(super) fn told(app: &App, stage: Stage, facts: &Facts) -> Vec<RouteStatus> {
    let status = |route: &Route| {
        let Told { reason, message, is_ready } = look(app, route, stage, facts);
        RouteStatus { name: route.name.clone(), url: route.url(), ready: is_ready, reason, message }
    };
    app.routes.iter().map(status).collect()
}

/// Where the first route leads that is not another app's.
pub(super) fn url(app: &App) -> Option<String> {
    app.open_routes().next().map(Route::url)
}

fn look(app: &App, route: &Route, stage: Stage, facts: &Facts) -> Told {
    if route.is_taken {
        return not_ready(HOST_TAKEN.name, format!("{} is another app's; the older route goes on. {}", route.host, HOST_TAKEN.cure));
    }
    if let Some(kind) = routes::lacking(app, route) {
        return not_ready(
            "KindMissing",
            format!("the cluster has no kind {kind} ({}). Install what brings it; this is noticed.", kind.group),
        );
    }
    let seen: Option<Vec<&RouteSeen>> = routes::objects(app, route).iter().map(|name| facts.route(route.door.kind(), name)).collect();
    let Some(seen) = seen else {
        let waits = if stage < Stage::Serve { "it is made with the api" } else { "it is being made" };
        return not_ready("Waiting", waits.to_owned());
    };
    match &route.door {
        Door::Class { name, .. } => published(name, &seen),
        Door::Gateway { namespace, name, .. } => answered(app, route, &format!("{namespace}/{name}"), &seen, facts),
    }
}

/// Not every ingress controller publishes an address, so a missing one is no fault.
fn published(class: &str, seen: &[&RouteSeen]) -> Told {
    if seen.iter().all(|seen| seen.is_published) {
        return ready("Published", None);
    }
    ready("Unconfirmed", Some(format!("no controller of class {class} has published an address for it; not all of them do.")))
}

fn answered(app: &App, route: &Route, gateway: &str, seen: &[&RouteSeen], facts: &Facts) -> Told {
    let newest = |verdict: &&Verdict| seen.iter().all(|seen| verdict.generation >= seen.generation);
    let verdicts: Vec<&Verdict> = seen.iter().flat_map(|seen| &seen.verdicts).filter(newest).collect();
    if let Some(verdict) = verdicts.iter().find(|verdict| !verdict.holds && ["Accepted", "ResolvedRefs"].contains(&verdict.about.as_str()))
    {
        return not_ready(&verdict.reason, format!("Gateway {gateway} does not take it: {}", verdict.message));
    }
    if !verdicts.iter().any(|verdict| verdict.about == "Accepted") {
        return not_ready(
            "Waiting",
            format!("Gateway {gateway} has not answered yet. Is it there, and does its listener allow this namespace?"),
        );
    }
    let controller = seen.iter().find_map(|seen| seen.controller.as_deref()).unwrap_or_default();
    let word = route.implementation.map(word).unwrap_or_default();
    if !controller.contains(word) {
        let message = format!(
            "Gateway {gateway} is run by {controller}, and via.implementation says otherwise: address ranges and affinity may not hold. Correct it."
        );
        return not_ready("OtherImplementation", message);
    }
    match refused(app, route, facts) {
        Some((kind, verdict)) => not_ready(&verdict.reason, format!("{kind} of it is not taken: {}", verdict.message)),
        None => ready("Accepted", None),
    }
}

/// What the implementation's controllers call themselves.
fn word(implementation: Implementation) -> &'static str {
    match implementation {
        Implementation::Traefik => "traefik",
        Implementation::EnvoyGateway => "envoyproxy",
    }
}

/// A policy of the route that its controller does not take.
fn refused<'a>(app: &App, route: &Route, facts: &'a Facts) -> Option<(&'a str, &'a Verdict)> {
    let policies = guards(app, route);
    let of_route = facts.children.iter().filter(|seen| policies.contains(&seen.key.name));
    let verdicts = of_route.flat_map(|seen| match &seen.detail {
        Detail::Route(policy) if seen.key.kind != route.door.kind() => {
            policy.verdicts.iter().map(|verdict| (seen.key.kind.as_str(), verdict)).collect()
        }
        _ => vec![],
    });
    verdicts.into_iter().find(|(_, verdict)| verdict.about == "Accepted" && !verdict.holds)
}

fn ready(reason: &str, message: Option<String>) -> Told {
    Told { reason: reason.to_owned(), message, is_ready: true }
}

fn not_ready(reason: &str, message: String) -> Told {
    Told { reason: reason.to_owned(), message: Some(message), is_ready: false }
}
