//! Which release is rolled to: the newest, or the last good one after the newest has failed or was undone. A failure is
//! recorded on its revision before any role moves back, so an operator that ends anywhere goes on where it was.

mod verdict;

use aegis_crds::AegisApp;
use jiff::Timestamp;
use kube_core::ResourceExt;
use serde_json::Value;

use crate::{
    App, Facts, Seen,
    app::Failed,
    migration,
    names::{GOOD_ANNOTATION, HALF_MIGRATED_ANNOTATION, MIGRATED_ANNOTATION, RETRY_ANNOTATION, UNDO_ANNOTATION},
};

/// What is rolled to.
pub(crate) struct Course {
    pub(crate) app: App,
    pub(crate) setback: Option<Setback>,
    pub(crate) due: Option<Timestamp>,
}

/// Why a release does not run as asked.
#[derive(Clone, Debug)]
pub struct Setback {
    /// The release.
    pub app: App,
    /// The number of the revision that is cared for in its place, if one is.
    pub instead: Option<i64>,
    /// One word while the other takes its place, and one from then on.
    pub reasons: [&'static str; 2],
    /// What happened.
    pub what: String,
    /// What to do.
    pub fix: String,
}

/// What the user asked for beside the spec.
struct Wish {
    to: String,
    is_across: bool,
}

/// The release to roll to. `recall` gives the release of a hash.
pub(crate) fn course(mut newest: App, asked: &AegisApp, facts: &Facts, recall: &dyn Fn(&str) -> Option<App>) -> Course {
    let retry = retry(&newest, asked);
    if let Some(word) = &retry {
        migration::retried(&mut newest, word, facts);
    }
    let good = |newest: &App| last_good(&newest.revision.hash, facts).and_then(|hash| recall(&hash));
    if migration::has_failed(&newest, facts) {
        newest.revision.is_barred = good(&newest).is_some_and(|good| forbidden(&newest, &good, facts).is_some());
    }
    if let Some(wish) = wish(&newest, asked)
        && let Some(to) = recall(&wish.to)
    {
        return undo(newest, to, &wish, facts);
    }
    let retry = retry.unwrap_or_default();
    // each word is honoured once, and taking it away is no other try
    let counts = |failed: &Failed| failed.number == newest.revision.number && (retry.is_empty() || failed.retry == retry);
    let failed = newest.revision.failed.clone().filter(counts);
    newest.revision.failed = None;
    if let Some(failed) = failed {
        let Some(good) = good(&newest) else { return to(newest) };
        // a migration that began after all has barred the way back
        if forbidden(&newest, &good, facts).is_some() {
            return to(newest);
        }
        let what = format!("Revision {} failed: {}: {}.", newest.revision.number, failed.reason, failed.message.trim_end_matches('.'));
        newest.revision.failed = Some(failed);
        return back(newest, good, what, facts);
    }
    // a release that has run well is no rollout any more; what befalls it later is told, not undone
    // and what a developer runs is mended, not undone
    if newest.revision.good == Some(newest.revision.number) || newest.is_suspended || newest.dev.is_some() {
        return to(newest);
    }
    let Some(good) = good(&newest) else { return to(newest) };
    if !newest.rollout.rolls_back {
        return to(newest);
    }
    let verdict = verdict::verdict(&newest, &good, asked.metadata.generation, facts);
    let Some((reason, message)) = verdict.failure else { return Course { app: newest, setback: None, due: verdict.due } };
    if let Some(crossed) = forbidden(&newest, &good, facts) {
        let what = format!("Revision {} fails: {reason}: {}.", newest.revision.number, message.trim_end_matches('.'));
        let setback = needs_consent(&newest, &good, what, &crossed);
        return Course { app: newest, setback: Some(setback), due: None };
    }
    newest.revision.failed = Some(Failed { number: newest.revision.number, retry, reason: reason.into(), message });
    to(newest)
}

fn to(app: App) -> Course {
    Course { app, setback: None, due: None }
}

/// The last good one takes the newest one's place.
fn back(newest: App, good: App, what: String, facts: &Facts) -> Course {
    let again =
        format!("Mend it and apply again; to try it once more as it is: aegisctl rollout retry {} -n {}.", good.name, good.namespace);
    gone_back(newest, good, ["RollingBack", "RolledBack"], (what, again), facts)
}

/// A person wants another release to run, whatever the spec says.
fn undo(newest: App, to: App, wish: &Wish, facts: &Facts) -> Course {
    if let (Some(crossed), false) = (forbidden(&newest, &to, facts), wish.is_across) {
        let setback = needs_consent(&newest, &to, format!("Revision {} is to be undone.", newest.revision.number), &crossed);
        return Course { app: newest, setback: Some(setback), due: None };
    }
    let what = format!("Revision {} was undone by hand.", newest.revision.number);
    let again =
        format!("This holds until the spec changes; to run the spec as it is: aegisctl rollout retry {} -n {}.", to.name, to.namespace);
    gone_back(newest, to, ["Undoing", "Undone"], (what, again), facts)
}

fn gone_back(newest: App, mut app: App, reasons: [&'static str; 2], (what, again): (String, String), facts: &Facts) -> Course {
    let fix = format!("{}{again}", across(&newest, &app, facts));
    app.revision.is_past = true;
    app.revision.is_crowded = migration::is_crowded(&app, &newest, facts);
    app.revision.failed = None;
    let setback = Setback { app: newest, instead: Some(app.revision.number), reasons, what, fix };
    Course { app, setback: Some(setback), due: None }
}

fn needs_consent(newest: &App, to: &App, what: String, crossed: &Crossed) -> Setback {
    let (since, older) = (crossed.number, to.revision.number);
    let changed = if crossed.is_half { "failed and may have changed the database half way" } else { "changed the database" };
    let fix = format!(
        "No release before comes back by itself: the migration of revision {since} {changed} so that revision {older} may not run on it \
         (migration.compatibility: StopTheWorld). Mend it and apply again; or, when the database fits the older release again: \
         aegisctl rollout undo {} -n {} --to {older} --across-migration.",
        to.name, to.namespace
    );
    Setback { app: newest.clone(), instead: None, reasons: ["RollbackNeedsConsent"; 2], what, fix }
}

/// A migration that lies between two releases.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Crossed {
    /// Whether the older release does not run after it.
    stops: bool,
    /// The number of its revision.
    number: i64,
    /// Whether it failed, and may have changed the database all the same.
    is_half: bool,
}

/// Of the migrations with other inputs that have changed the database since `to` was accepted, the newest; one that stops
/// the world first.
fn crossed(newest: &App, to: &App, facts: &Facts) -> Option<Crossed> {
    let own = to.migration.as_ref().map(|migration| migration.inputs.as_str());
    let ran = |number: i64, spec: &Value, migrated: Option<&String>, half: Option<&String>| {
        let is_other = |inputs: Option<&String>| inputs.is_some_and(|inputs| Some(inputs.as_str()) != own);
        let stops = spec["migration"]["compatibility"] == "StopTheWorld";
        let crossed = Crossed { stops, number, is_half: !is_other(migrated) };
        (is_other(migrated) || is_other(half)).then_some(crossed)
    };
    let recorded = facts.revisions().filter(|(_, revision)| revision.number > to.revision.number).filter_map(|(seen, revision)| {
        let mark = |key: &str| seen.annotations.get(key);
        ran(revision.number, &revision.spec.value(), mark(MIGRATED_ANNOTATION), mark(HALF_MIGRATED_ANNOTATION))
    });
    let own = &newest.revision;
    recorded.chain(ran(own.number, &own.spec, own.migrated.as_ref(), own.half_migrated.as_ref())).max()
}

fn forbidden(newest: &App, to: &App, facts: &Facts) -> Option<Crossed> {
    crossed(newest, to, facts).filter(|crossed| crossed.stops)
}

fn across(newest: &App, to: &App, facts: &Facts) -> String {
    match crossed(newest, to, facts) {
        None => String::new(),
        Some(Crossed { number, is_half: false, .. }) => format!("The database stays as the migration of revision {number} left it. "),
        Some(Crossed { number, .. }) => {
            format!("The migration of revision {number} may have changed the database half way, and what it changed stays. ")
        }
    }
}

/// The word after the hash of the newest spec; what is said of another spec has no meaning any more.
fn said<'a>(newest: &App, asked: &'a AegisApp, annotation: &str) -> Option<&'a str> {
    let (hash, said) = asked.annotations().get(annotation)?.split_once('/')?;
    (hash == newest.revision.hash).then_some(said)
}

fn retry(newest: &App, asked: &AegisApp) -> Option<String> {
    said(newest, asked, RETRY_ANNOTATION).map(str::to_owned)
}

fn wish(newest: &App, asked: &AegisApp) -> Option<Wish> {
    let said = said(newest, asked, UNDO_ANNOTATION)?;
    let (to, is_across) = said.strip_suffix("/across-migration").map_or((said, false), |to| (to, true));
    (to != newest.revision.hash).then(|| Wish { to: to.to_owned(), is_across })
}

/// The number under which a revision last ran as asked.
pub(crate) fn good(seen: &Seen) -> Option<i64> {
    seen.annotations.get(GOOD_ANNOTATION)?.parse().ok()
}

/// Hash of the release that ran well last, besides that one. What serves or did before is it where it has run well, though a
/// newer one has too: somebody may have undone that.
pub(crate) fn last_good(hash: &str, facts: &Facts) -> Option<String> {
    let all = facts.revisions().filter_map(|(seen, _)| Some((good(seen)?, seen.key.name.rsplit('-').next()?)));
    let others: Vec<_> = all.filter(|(_, other)| *other != hash).collect();
    let mut served = [&facts.status.release, &facts.status.previous_release].into_iter().flatten();
    let served = served.find_map(|release| others.iter().find(|(_, other)| other == release));
    served.or(others.iter().max()).map(|(_, hash)| (*hash).to_owned())
}
