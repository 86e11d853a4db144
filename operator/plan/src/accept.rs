//! AegisApp and facts to App, or every problem at once and the last accepted App.
//! A refused edit never ends the care of the running release.

mod anchors;
mod bindings;
mod claims;
mod cron;
mod defaults;
mod env;
mod names;
mod process;
mod quantity;
mod reference;
mod replicas;
mod schedules;
mod secrets;
mod storage;
mod workers;

use aegis_crds::{AegisApp, AegisAppSpec};
use serde_json::Value;

use crate::{App, Facts, Key, Problem, app::Revision, canonical, facts::RevisionSeen, names::MIGRATED_ANNOTATION, stage};

/// What is cared for, and what is wrong with what was asked.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// The app to care for: what was asked, or what was last accepted; none before the first accepted spec.
    pub app: Option<App>,
    /// Whether that is what was asked.
    pub is_fresh: bool,
    /// Everything wrong or worth knowing.
    pub problems: Vec<Problem>,
    /// The release that the roles run, when it is another one.
    pub serving: Option<App>,
    /// Objects that cannot become what the app to care for asks of them.
    pub unfit: Vec<Unfit>,
}

/// An object that is there and cannot become what is asked: it is left as it is, and nothing is built on it.
#[derive(Clone, Debug)]
pub struct Unfit {
    /// The object.
    pub key: Key,
    /// What is wrong with it.
    pub problem: Problem,
}

/// Accepts what was asked, or says all that is wrong with it.
pub fn accept(asked: &AegisApp, facts: &Facts) -> Accepted {
    let wished = app(asked, facts, revision(&asked.spec, facts));
    let (offline, met) = (problems(asked), met(&wished, facts));
    let is_wrong = offline.iter().any(Problem::is_error);
    let last = if is_wrong || met.iter().any(Problem::is_error) { last_accepted(asked, facts) } else { None };
    // What the cluster does not allow refuses an edit. Where nothing else was accepted, only what needs it waits.
    let is_edit = last.as_ref().is_some_and(|last| last.revision.hash != wished.revision.hash);
    let is_fresh = !is_wrong && !is_edit;
    let app = if is_fresh { Some(wished) } else { last };
    let unfit = app.as_ref().map(|app| claims::unfit(app, facts)).unwrap_or_default();
    let serving = app.as_ref().and_then(|app| serving(app, asked, facts));
    let settled = |app: App| claims::settled(app, facts);
    Accepted { app: app.map(settled), is_fresh, problems: offline.into_iter().chain(met).collect(), serving: serving.map(settled), unfit }
}

/// All problems that can be seen without a cluster, in the order of the spec.
pub fn problems(asked: &AegisApp) -> Vec<Problem> {
    CHECKS.iter().flat_map(|check| check(asked)).collect()
}

/// All problems that only a cluster shows. They heal there, too.
fn met(app: &App, facts: &Facts) -> Vec<Problem> {
    FACT_CHECKS.iter().flat_map(|check| check(app, facts)).collect()
}

/// A check looks at one concern and returns every problem it finds.
type Check = fn(&AegisApp) -> Vec<Problem>;
/// The same with what the cluster told.
type FactCheck = fn(&App, &Facts) -> Vec<Problem>;

const CHECKS: &[Check] = &[
    names::app,
    names::image,
    names::parts,
    names::lengths,
    env::variables,
    env::size,
    process::resources,
    replicas::bounds,
    replicas::autoscalers,
    schedules::times,
    schedules::runs,
    bindings::sources,
    bindings::templates,
    storage::sizes,
    storage::paths,
    storage::roles,
    storage::writers,
    storage::neighbours,
    workers::brokers,
    workers::scaling,
];

const FACT_CHECKS: &[FactCheck] = &[claims::modes, claims::classes, claims::sizes, secrets::lost];

fn revision(spec: &AegisAppSpec, facts: &Facts) -> Revision {
    let spec = recorded(spec);
    let hash = canonical::digest(&spec);
    let latest = facts.revisions().map(|(_, seen)| seen.number).max().unwrap_or(0);
    let known = facts.revisions().find(|(_, seen)| canonical::digest(&seen.spec) == hash);
    let number = known.map(|(_, seen)| seen.number).filter(|number| *number == latest).unwrap_or(latest + 1);
    let migrated = known.and_then(|(seen, _)| seen.annotations.get(MIGRATED_ANNOTATION).cloned());
    Revision { hash, number, spec, migrated }
}

/// The spec as a revision holds it: without `paused` and `lifecycle`, which change no object.
fn recorded(spec: &AegisAppSpec) -> Value {
    let spec = AegisAppSpec { paused: None, lifecycle: None, ..spec.clone() };
    serde_json::to_value(spec).expect("a spec is JSON")
}

fn last_accepted(asked: &AegisApp, facts: &Facts) -> Option<App> {
    let (_, last) = facts.revisions().max_by_key(|(_, seen)| seen.number)?;
    remembered(last, asked, facts)
}

fn serving(app: &App, asked: &AegisApp, facts: &Facts) -> Option<App> {
    let release = facts.status.release.as_deref().filter(|release| *release != app.revision.hash)?;
    let (_, revision) = facts.revisions().find(|(_, seen)| canonical::digest(&seen.spec) == release)?;
    remembered(revision, asked, facts)
}

fn remembered(seen: &RevisionSeen, asked: &AegisApp, facts: &Facts) -> Option<App> {
    let spec: AegisAppSpec = serde_json::from_value(seen.spec.clone()).ok()?;
    let revision = Revision { number: seen.number, ..revision(&spec, facts) };
    // how it is cared for is always as asked last
    let spec = AegisAppSpec { lifecycle: asked.spec.lifecycle.clone(), ..spec };
    let resource = AegisApp { spec, metadata: asked.metadata.clone(), status: None };
    Some(app(&resource, facts, revision))
}

/// The App of an accepted spec, with the migration that has succeeded by now and the anchors that are there.
fn app(asked: &AegisApp, facts: &Facts, revision: Revision) -> App {
    let mut app = defaults::app(asked, facts, revision);
    app.revision.migrated = stage::migrated(&app, facts).or(app.revision.migrated);
    anchors::found(&mut app, facts);
    app
}
