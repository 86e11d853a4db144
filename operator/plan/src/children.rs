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
    &Owned(Place("revisions", Prepare), revisions::accepted),
    &Owned(Place("identity", Prepare), identity::service_account),
    &Owned(Place("config", Prepare), config::config_map),
    &Owned(Place("secrets", Prepare), secrets::anchors),
    &Brewed(Place("secrets", Prepare), secrets::recipes),
    &Kept(Place("volumes", Prepare), volumes::kept_claims),
    &Owned(Place("volumes", Prepare), volumes::owned_claims),
    &Kept(Place("bindings", Prepare), bindings::kept_anchors),
    &Owned(Place("bindings", Prepare), bindings::owned_anchors),
    &Brewed(Place("bindings", Prepare), bindings::recipes),
    &Kept(Place("bindings", Prepare), bindings::kept_claims),
    &Owned(Place("bindings", Prepare), bindings::owned_claims),
    &Owned(Place("bindings", Prepare), bindings::services),
    &Sized(Place("bindings", Prepare), bindings::stateful_sets),
    &Owned(Place("migration", Migrate), migration::job),
    &Sized(Place("workers", Roll), workers::deployments),
    &Sized(Place("api", Roll), api::deployment),
    &Owned(Place("api", Roll), api::service),
    &Owned(Place("api", Roll), api::autoscaler),
    &Owned(Place("api", Roll), api::disruption_budget),
    &Sized(Place("frontend", Roll), frontend::deployment),
    &Owned(Place("frontend", Roll), frontend::service),
    &Owned(Place("frontend", Roll), frontend::autoscaler),
    &Owned(Place("frontend", Roll), frontend::disruption_budget),
    &Sized(Place("scheduler", Roll), scheduler::stateful_set),
    &Owned(Place("schedules", Roll), schedules::cron_jobs),
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
