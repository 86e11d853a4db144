//! What is reported: App, facts and what was done to an AegisAppStatus.
//! Texts change only when what they say changes; times only on transitions.

mod components;
mod conditions;
mod routes;
mod unrendered;

use aegis_crds::{
    AegisApp,
    status::{AegisAppStatus, Component, InventoryEntry, QueueStatus, ScheduleStatus, Summary},
};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube_core::ResourceExt;

use crate::{
    Accepted, App, Facts, Held, Key, Moving, Plan, Problem, Stage, adoption, dev, drift, keys, leftovers, lifecycle, names,
    problem::NAME_TAKEN, schedules,
};

/// What the writer did in this round.
#[derive(Clone, Debug, Default)]
pub struct Done {
    /// Every object as it was last written.
    pub inventory: Vec<InventoryEntry>,
    /// What could not be written.
    pub failures: Vec<Undone>,
    /// What was left as it is, for what it stands on is not there.
    pub held: Vec<Held>,
}

/// One object that could not be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undone {
    /// Which object.
    pub key: Key,
    /// Section that wants it.
    pub section: &'static str,
    /// One fixed word.
    pub reason: String,
    /// The server's words.
    pub message: String,
}

/// The status of an app after a round. `plan` is None when nothing was planned: paused, or never accepted.
pub fn status(asked: &AegisApp, accepted: &Accepted, plan: Option<&Plan>, facts: &Facts, done: &Done) -> AegisAppStatus {
    let app = accepted.app.as_ref();
    let release = release(app, plan, facts, done);
    let unrendered = accepted.unrendered.as_ref();
    let as_seen = || unrendered.map(|app| unrendered::components(app, facts));
    let components = app.map(|app| components::components(app, accepted, plan, facts, done)).or_else(as_seen).unwrap_or_default();
    let schedules = app.map(|app| schedules::told(app, facts)).unwrap_or_default();
    let stage = plan.map_or(Stage::Settled, |plan| plan.stage);
    let routes = app.map(|app| routes::told(app, stage, facts)).unwrap_or_default();
    let auth = app.and_then(|app| keys::told(app, facts));
    let view = conditions::View { asked, accepted, plan, facts, done, components: &components, routes: &routes, auth: auth.as_ref() };
    let mut problems: Vec<_> = accepted.problems.iter().map(Problem::report).collect();
    let others =
        app.zip(plan).map(|(app, plan)| [drift::problems(app, plan, facts), adoption::problems(app, facts)].concat()).unwrap_or_default();
    let taken = done.failures.iter().filter(|undone| undone.reason == NAME_TAKEN.name).map(taken);
    let times = [lifecycle::problem(asked, accepted, facts), dev::problem(asked, facts)];
    problems.extend(others.into_iter().chain(taken).chain(times.into_iter().flatten()).map(|problem| problem.report()));
    problems.sort();
    let mut inventory = if plan.is_some() { done.inventory.clone() } else { facts.status.inventory.clone() };
    inventory.sort();
    AegisAppStatus {
        observed_generation: asked.metadata.generation,
        handled: names::requests(asked.annotations()),
        conditions: conditions::conditions(&view),
        auth,
        queues: app.map(|app| queues(app, facts)).unwrap_or_default(),
        summary: app.or(unrendered).map(|app| summary(app, &components, &schedules)),
        schedules,
        url: app.and_then(routes::url),
        routes,
        components: components.into_iter().map(|entry| entry.component).collect(),
        previous_release: if release == facts.status.release {
            facts.status.previous_release.clone()
        } else {
            facts.status.release.clone().or_else(|| facts.status.previous_release.clone())
        },
        release,
        expires_at: lifecycle::end(asked, accepted, facts).map(Time),
        problems,
        inventory,
        retained: app
            .zip(plan)
            .map(|(app, plan)| leftovers::retained(app, &plan.wanted, facts))
            .unwrap_or_else(|| facts.status.retained.clone()),
    }
}

/// What is told of the pools that have a broker; nothing while none of them runs.
fn queues(app: &App, facts: &Facts) -> Vec<QueueStatus> {
    let awake = app.workers.iter().filter(|worker| worker.queue.is_some() && !app.is_suspended);
    awake.filter_map(|worker| facts.queues.iter().find(|told| told.worker == worker.role.name)).cloned().collect()
}

/// A name that somebody else has, as the problem that it is for the author.
fn taken(undone: &Undone) -> Problem {
    let path = match undone.section {
        "revisions" | "identity" => "metadata.name".to_owned(),
        section => format!("spec.{section}"),
    };
    Problem::new(&NAME_TAKEN, path, format!("{} {} exists and is not this app's", undone.key.kind, undone.key.name))
}

/// The release counts from the moment that the first role which moves to it was written, or all are as it has them.
fn release(app: Option<&App>, plan: Option<&Plan>, facts: &Facts, done: &Done) -> Option<String> {
    let is_written = |role: &Moving| done.inventory.iter().any(|entry| entry.hash == role.hash);
    let counts = |plan: &Plan| plan.roles.iter().any(|role| role.moves && is_written(role)) || plan.roles.iter().all(is_written);
    let counts = plan.is_some_and(|plan| plan.stage > Stage::Migrate && counts(plan));
    app.filter(|_| counts).map(|app| app.revision.hash.clone()).or_else(|| facts.status.release.clone())
}

fn summary(app: &App, components: &[components::Entry], schedules: &[ScheduleStatus]) -> Summary {
    let count = |section: &str| {
        let of: Vec<&Component> =
            components.iter().map(|entry| &entry.component).filter(|component| component.section == section).collect();
        let sum = |count: fn(&Component) -> i32| of.iter().map(|component| count(component)).sum::<i32>();
        (!of.is_empty()).then(|| format!("{}/{}", sum(|component| component.ready), sum(|component| component.desired)))
    };
    let image = components.iter().find(|entry| entry.component.section == "api").and_then(|entry| entry.component.image.as_deref());
    Summary {
        api: count("api"),
        workers: count("workers"),
        next_run: schedules.iter().filter_map(|schedule| schedule.next_run.clone()).min(),
        image: Some(image.map_or_else(|| app.image_version(), crate::app::image_version)),
    }
}
