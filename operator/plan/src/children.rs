//! The table of children, in apply order. Watches, planning, apply order, pruning, RBAC and the README's list derive from it.

mod access;
mod agent;
mod api;
mod auth;
mod bindings;
mod config;
mod frontend;
mod identity;
pub(crate) mod migration;
pub(crate) mod observability;
mod revisions;
pub(crate) mod routes;
mod scheduler;
mod schedules;
mod secrets;
mod volumes;
mod workers;

use crate::{
    App, Kind, Planned,
    Stage::{Migrate, Prepare, Resume, Serve, Work},
    app::Key,
    child::{Brewed, Child, Place, Row},
};

/// Every child an app can have.
pub const CHILDREN: &[&dyn Child] = &[
    &Row::owned(
        Place("revisions", Prepare, "the accepted spec: a refused edit never ends the care of the release that runs"),
        revisions::accepted,
    ),
    &Row::owned(Place("identity", Prepare, "the identity of the pods; no token is mounted"), identity::service_account),
    &Row::owned(Place("config", Prepare, "settings, named by their content"), config::config_maps),
    &Row::owned(Place("secrets", Prepare, "owns a generated Secret; deleting it gives the value up"), secrets::anchors),
    &Brewed(Place("secrets", Prepare, "random values, made once and never read back"), secrets::recipes),
    &Row::owned(
        Place("auth", Prepare, "owns a signing key's Secret, and carries its public half; deleting it gives the key up"),
        auth::anchors,
    ),
    &Brewed(Place("auth", Prepare, "the private half of a signing key, for the api alone"), auth::recipes),
    &Row::owned(Place("auth", Prepare, "the public halves of all keys that tokens are verified with"), auth::key_set),
    &Row::kept(Place("volumes", Prepare, "a volume that outlives the app (Retain)"), volumes::kept_claims),
    &Row::owned(Place("volumes", Prepare, "a volume that goes with the app (Delete)"), volumes::owned_claims),
    &Row::kept(Place("bindings", Prepare, "owns a provisioned service's Secret (Retain)"), bindings::kept_anchors),
    &Row::owned(Place("bindings", Prepare, "owns a provisioned service's Secret (Delete)"), bindings::owned_anchors),
    &Brewed(Place("bindings", Prepare, "how a provisioned service is reached: host, port, user, password, uri"), bindings::recipes),
    &Row::kept(Place("bindings", Prepare, "a provisioned service's data (Retain)"), bindings::kept_claims),
    &Row::owned(Place("bindings", Prepare, "a provisioned service's data (Delete)"), bindings::owned_claims),
    &Row::owned(Place("bindings", Prepare, "a provisioned service's address"), bindings::services),
    &Row::sized(Place("bindings", Prepare, "a provisioned service, one replica"), bindings::stateful_sets),
    &Row::owned(Place("agent", Prepare, "what the agent is told of the queues, named by its content"), agent::config_maps),
    &Row::sized(Place("agent", Prepare, "counts the work in the queues, for metrics and for scaling"), agent::deployments),
    &Row::owned(Place("observability", Prepare, "tells Prometheus which pods to scrape"), observability::pod_monitors).optional(),
    &Row::owned(Place("observability", Prepare, "what Prometheus records and warns of"), observability::rules).optional(),
    &Row::owned(Place("observability", Prepare, "a Grafana dashboard, found by its label"), observability::dashboards),
    &Row::owned(Place("access", Prepare, "who reaches the roles: the app's own pods, gateways and Prometheus"), access::roles),
    &Row::owned(Place("access", Prepare, "who reaches the agent: the operator and Prometheus"), access::agent),
    &Row::owned(Place("access", Prepare, "who reaches provisioned services: the roles and the agent"), access::services),
    &Row::owned(Place("access", Prepare, "who else reaches the api and the frontend, named by its content"), access::inbound),
    &Row::owned(Place("access", Prepare, "the ways out that are left where outbound closes the others"), access::exits),
    &Row::owned(Place("access", Prepare, "where else the pods may go then, named by its content"), access::outbound),
    &Row::owned(Place("migration", Migrate, "the command that must succeed before any role of a release starts"), migration::job),
    &Row::sized(Place("workers", Work, "a pool of queue workers"), workers::deployments),
    &Row::sized(Place("api", Serve, "the pods of the API"), api::deployment),
    &Row::owned(Place("api", Serve, "the address of the API"), api::service),
    &Row::owned(Place("api", Serve, "scales the API between replicas.min and max, when they differ"), api::autoscaler),
    &Row::owned(Place("api", Serve, "keeps the API up while nodes are drained, from two replicas on"), api::disruption_budget),
    &Row::sized(Place("frontend", Serve, "the pods of the frontend"), frontend::deployment),
    &Row::owned(Place("frontend", Serve, "the address of the frontend"), frontend::service),
    &Row::owned(Place("frontend", Serve, "scales the frontend between replicas.min and max, when they differ"), frontend::autoscaler),
    &Row::owned(
        Place("frontend", Serve, "keeps the frontend up while nodes are drained, from two replicas on"),
        frontend::disruption_budget,
    ),
    &Row::owned(Place("routes", Serve, "for Traefik: whose requests a route lets through"), routes::middlewares).optional(),
    &Row::owned(Place("routes", Serve, "for Traefik: a role whose clients come back to their pod"), routes::services).optional(),
    &Row::owned(Place("routes", Serve, "for Envoy Gateway: whose requests a route lets through"), routes::security_policies).optional(),
    &Row::owned(Place("routes", Serve, "for Envoy Gateway: affinity, and how long a connection may be silent"), routes::traffic_policies)
        .optional(),
    &Row::owned(Place("routes", Serve, "a host and its paths, through a gateway"), routes::http_routes).optional(),
    &Row::owned(Place("routes", Serve, "a host and its paths, through an ingress controller"), routes::ingresses),
    &Row::sized(Place("scheduler", Resume, "the scheduler, never two at once"), scheduler::stateful_set),
    &Row::owned(Place("schedules", Resume, "a command that runs at given times"), schedules::cron_jobs),
];

/// What a section of `app` makes.
pub(crate) fn of(app: &App, section: &str) -> Vec<Planned> {
    CHILDREN.iter().filter(|child| child.section() == section).flat_map(|child| child.plan(app)).collect()
}

/// The record of an accepted spec: the first row of the table.
pub(crate) fn revision(app: &App) -> Planned {
    CHILDREN[0].plan(app).pop().expect("every app has one revision")
}

/// Anchor and Secret of a key that is to be made.
pub fn key(app: &App, key: &Key) -> [Planned; 2] {
    let mut app = app.clone();
    app.auth.iter_mut().for_each(|auth| auth.keys.published = vec![key.clone()]);
    let all = CHILDREN.iter().filter(|child| child.section() == "auth").flat_map(|child| child.plan(&app));
    let [anchor, secret] = all.take(2).collect::<Vec<_>>().try_into().expect("every key has both");
    [anchor, secret]
}

/// The kinds of the table, each once, in its order.
pub fn kinds() -> Vec<Kind> {
    once(CHILDREN.iter().map(|child| child.kind()))
}

/// Of these, the kinds that a cluster may lack.
pub fn optional_kinds() -> Vec<Kind> {
    once(CHILDREN.iter().filter(|child| child.is_optional()).map(|child| child.kind()))
}

fn once(all: impl Iterator<Item = Kind>) -> Vec<Kind> {
    let mut kinds = vec![];
    for kind in all {
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    kinds
}
