//! The table of children, in apply order. Watches, planning, apply order, pruning, RBAC and the README's list derive from it.

mod api;
mod bindings;
mod config;
mod frontend;
mod identity;
pub(crate) mod migration;
mod revisions;
mod scheduler;
mod schedules;
mod secrets;
mod volumes;
mod workers;

use crate::{
    Kind,
    Stage::{Migrate, Prepare, Roll},
    child::{Brewed, Child, Kept, Owned, Place, Sized},
};

/// Every child an app can have.
pub const CHILDREN: &[&dyn Child] = &[
    &Owned(
        Place("revisions", Prepare, "the accepted spec: a refused edit never ends the care of the release that runs"),
        revisions::accepted,
    ),
    &Owned(Place("identity", Prepare, "the identity of the pods; no token is mounted"), identity::service_account),
    &Owned(Place("config", Prepare, "settings, named by their content"), config::config_map),
    &Owned(Place("secrets", Prepare, "owns a generated Secret; deleting it gives the value up"), secrets::anchors),
    &Brewed(Place("secrets", Prepare, "random values, made once and never read back"), secrets::recipes),
    &Kept(Place("volumes", Prepare, "a volume that outlives the app (Retain)"), volumes::kept_claims),
    &Owned(Place("volumes", Prepare, "a volume that goes with the app (Delete)"), volumes::owned_claims),
    &Kept(Place("bindings", Prepare, "owns a provisioned service's Secret (Retain)"), bindings::kept_anchors),
    &Owned(Place("bindings", Prepare, "owns a provisioned service's Secret (Delete)"), bindings::owned_anchors),
    &Brewed(Place("bindings", Prepare, "how a provisioned service is reached: host, port, user, password, uri"), bindings::recipes),
    &Kept(Place("bindings", Prepare, "a provisioned service's data (Retain)"), bindings::kept_claims),
    &Owned(Place("bindings", Prepare, "a provisioned service's data (Delete)"), bindings::owned_claims),
    &Owned(Place("bindings", Prepare, "a provisioned service's address"), bindings::services),
    &Sized(Place("bindings", Prepare, "a provisioned service, one replica"), bindings::stateful_sets),
    &Owned(Place("migration", Migrate, "the command that must succeed before any role of a release starts"), migration::job),
    &Sized(Place("workers", Roll, "a pool of queue workers"), workers::deployments),
    &Sized(Place("api", Roll, "the pods of the API"), api::deployment),
    &Owned(Place("api", Roll, "the address of the API"), api::service),
    &Owned(Place("api", Roll, "scales the API between replicas.min and max, when they differ"), api::autoscaler),
    &Owned(Place("api", Roll, "keeps the API up while nodes are drained, from two replicas on"), api::disruption_budget),
    &Sized(Place("frontend", Roll, "the pods of the frontend"), frontend::deployment),
    &Owned(Place("frontend", Roll, "the address of the frontend"), frontend::service),
    &Owned(Place("frontend", Roll, "scales the frontend between replicas.min and max, when they differ"), frontend::autoscaler),
    &Owned(Place("frontend", Roll, "keeps the frontend up while nodes are drained, from two replicas on"), frontend::disruption_budget),
    &Sized(Place("scheduler", Roll, "the scheduler, never two at once"), scheduler::stateful_set),
    &Owned(Place("schedules", Roll, "a command that runs at given times"), schedules::cron_jobs),
];

/// The kinds of the table, each once, in its order.
pub fn kinds() -> Vec<Kind> {
    let mut kinds = vec![];
    for kind in CHILDREN.iter().map(|child| child.kind()) {
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    kinds
}
