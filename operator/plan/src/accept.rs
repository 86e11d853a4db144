//! AegisApp and facts to App, or every problem at once and the last accepted App.
//! A refused edit never ends the care of the running release.

mod access;
mod anchors;
mod auth;
mod bindings;
mod claims;
mod defaults;
mod env;
mod lifecycle;
mod manifest;
pub mod names;
mod observability;
mod process;
pub mod quantity;
mod reference;
mod replicas;
mod routes;
mod schedules;
mod secrets;
mod storage;
mod workers;

use std::borrow::Cow;

use aegis_crds::{AegisApp, AegisAppSpec};
use serde_json::Value;

use jiff::Timestamp;

use crate::{
    App, Facts, Key, Problem, Setback,
    app::Revision,
    behavior, canonical, dev,
    facts::RevisionSeen,
    keys, migration,
    names::{BEHAVIOR_ANNOTATION, FAILED_ANNOTATION, HALF_MIGRATED_ANNOTATION, MIGRATED_ANNOTATION},
    rollout,
};

/// What is cared for, and what is wrong with what was asked.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// The app to care for: what was asked, what was last accepted or what ran well last; none before the first accepted spec.
    pub app: Option<App>,
    /// Whether that is what was asked.
    pub is_fresh: bool,
    /// The release that runs where this operator would render it otherwise: there is nothing that it could care for.
    pub unrendered: Option<App>,
    /// Everything wrong or worth knowing.
    pub problems: Vec<Problem>,
    /// Releases that roles may still run, the one that serves first.
    pub before: Vec<App>,
    /// Why what was asked, or last accepted, does not run.
    pub setback: Option<Setback>,
    /// When time alone decides about it.
    pub due: Option<Timestamp>,
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
    let (asked, unread) = match manifest::composed(asked, facts) {
        Ok(composed) => (composed, vec![]),
        Err(problems) => (Cow::Borrowed(asked), problems),
    };
    let asked = dev::counted(asked, facts.now);
    let asked = asked.as_ref();
    let offline: Vec<Problem> = problems(asked).into_iter().chain(unread).collect();
    let is_wrong = offline.iter().any(Problem::is_error);
    // what is wrong in itself is looked at, but never rendered
    let wished = if is_wrong { found } else { app }(asked, facts, revision(&asked.spec, facts));
    let met = met(&wished, facts);
    let last = if is_wrong || met.iter().any(Problem::is_error) { last_accepted(asked, facts) } else { None };
    // What the cluster does not allow refuses an edit. Where nothing else was accepted, only what needs it waits.
    let is_edit = last.as_ref().is_some_and(|last| last.revision.hash != wished.revision.hash);
    let is_fresh = !is_wrong && !is_edit;
    let mut problems: Vec<Problem> = offline.into_iter().chain(met).collect();
    let newest = if is_fresh { Some(wished) } else { last };
    let (newest, unrendered): (Vec<App>, Vec<App>) = newest.into_iter().partition(behavior::is_alive);
    problems.extend(unrendered.iter().map(behavior::unknown));
    let unrendered = unrendered.into_iter().next();
    let Some(newest) = newest.into_iter().next() else {
        return Accepted { app: None, is_fresh: false, unrendered, problems, before: vec![], setback: None, due: None, unfit: vec![] };
    };
    let recall = |hash: &str| recall(hash, asked, facts);
    // what would be rendered otherwise is nothing to go back to
    let rendered = |hash: &str| recall(hash).filter(behavior::is_alive);
    let rollout::Course { app, setback, due } = rollout::course(newest, asked, facts, &rendered);
    let unfit = claims::unfit(&app, facts).into_iter().chain(bindings::unfit(&app, facts)).collect();
    let settled = |app: App| claims::settled(app, facts);
    let before = before(&app, facts).into_iter().filter_map(|hash| recall(&hash)).map(settled).collect();
    Accepted { app: Some(settled(app)), is_fresh, unrendered, problems, before, setback, due, unfit }
}

/// Hashes of other releases that roles may run, the one that serves first, then the newest: none once this one runs.
fn before(app: &App, facts: &Facts) -> Vec<String> {
    let own = &app.revision.hash;
    let serving = facts.status.release.as_ref();
    if app.revision.good == Some(app.revision.number) && serving == Some(own) {
        return vec![];
    }
    let mut all: Vec<(bool, i64, String)> = facts
        .revisions()
        .map(|(_, seen)| (seen.number, canonical::digest(&seen.spec)))
        .map(|(number, hash)| (serving == Some(&hash), number, hash))
        .filter(|(.., hash)| hash != own)
        .collect();
    all.sort_by(|a, b| b.cmp(a));
    all.into_iter().map(|(.., hash)| hash).collect()
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
    manifest::inline,
    manifest::sources,
    names::image,
    names::parts,
    names::lengths,
    env::variables,
    env::size,
    process::resources,
    process::settings,
    replicas::bounds,
    replicas::autoscalers,
    schedules::times,
    schedules::runs,
    schedules::tasks,
    bindings::sources,
    bindings::templates,
    storage::sizes,
    storage::paths,
    storage::roles,
    storage::writers,
    storage::neighbours,
    workers::brokers,
    workers::scaling,
    observability::metrics,
    observability::roles,
    access::peers,
    access::addresses,
    access::doors,
    access::bindings,
    routes::ways,
    routes::places,
    routes::targets,
    routes::implementations,
    lifecycle::times,
    auth::times,
];

const FACT_CHECKS: &[FactCheck] = &[
    access::closed,
    bindings::types,
    claims::modes,
    claims::classes,
    claims::sizes,
    secrets::lost,
    observability::kinds,
    routes::hosts,
    keys::lost,
];

fn revision(spec: &AegisAppSpec, facts: &Facts) -> Revision {
    let spec = recorded(spec);
    let hash = canonical::digest(&spec);
    let latest = facts.revisions().map(|(_, seen)| seen.number).max().unwrap_or(0);
    let known = facts.revisions().find(|(_, seen)| canonical::digest(&seen.spec) == hash);
    let number = known.map(|(_, seen)| seen.number).filter(|number| *number == latest).unwrap_or(latest + 1);
    let mark = |key: &str| known.and_then(|(seen, _)| seen.annotations.get(key));
    let behavior = known.map(|_| mark(BEHAVIOR_ANNOTATION).and_then(|mark| mark.parse().ok()).unwrap_or(behavior::FIRST));
    Revision {
        behavior: behavior.unwrap_or_else(behavior::newest),
        migrated: mark(MIGRATED_ANNOTATION).cloned(),
        half_migrated: mark(HALF_MIGRATED_ANNOTATION).cloned(),
        good: known.and_then(|(seen, _)| rollout::good(seen)),
        failed: mark(FAILED_ANNOTATION).and_then(|mark| serde_json::from_str(mark).ok()),
        is_past: false,
        is_barred: false,
        is_crowded: false,
        hash,
        number,
        spec,
    }
}

/// The spec as a revision holds it: without `paused` and `lifecycle`, which change no object.
fn recorded(spec: &AegisAppSpec) -> Value {
    let spec = AegisAppSpec { paused: None, lifecycle: None, ..spec.clone() };
    serde_json::to_value(spec).expect("a spec is JSON")
}

fn last_accepted(asked: &AegisApp, facts: &Facts) -> Option<App> {
    // what a developer ran is not cared for once its time is over
    let counts = |seen: &RevisionSeen| asked.spec.dev.is_some() || seen.spec.value()["dev"].is_null();
    let (_, last) = facts.revisions().filter(|(_, seen)| counts(seen)).max_by_key(|(_, seen)| seen.number)?;
    remembered(last, asked, facts)
}

/// The release of that hash, if it is remembered.
fn recall(hash: &str, asked: &AegisApp, facts: &Facts) -> Option<App> {
    let (_, revision) = facts.revisions().find(|(_, seen)| canonical::digest(&seen.spec) == hash)?;
    remembered(revision, asked, facts)
}

fn remembered(seen: &RevisionSeen, asked: &AegisApp, facts: &Facts) -> Option<App> {
    let spec: AegisAppSpec = seen.spec.decode().ok()?;
    let revision = Revision { number: seen.number, ..revision(&spec, facts) };
    // how it is cared for is always as asked last
    let spec = AegisAppSpec { lifecycle: asked.spec.lifecycle.clone(), ..spec };
    let resource = AegisApp { spec, metadata: asked.metadata.clone(), status: None };
    Some(app(&resource, facts, revision))
}

/// The App of an accepted spec, with what is known of its migration by now, whose Job is named by all that it is made of.
fn app(asked: &AegisApp, facts: &Facts, revision: Revision) -> App {
    let mut app = found(asked, facts, revision);
    migration::known(&mut app, facts);
    app
}

/// The App of a spec, with the anchors, routes and keys that are there.
fn found(asked: &AegisApp, facts: &Facts, revision: Revision) -> App {
    let mut app = defaults::app(asked, facts, revision);
    anchors::found(&mut app, facts);
    routes::give_way(&mut app, facts);
    let keys = app.auth.as_ref().map(|auth| keys::of(&app, auth, facts));
    if let (Some(auth), Some(keys)) = (&mut app.auth, keys) {
        auth.keys = keys;
    }
    app
}
