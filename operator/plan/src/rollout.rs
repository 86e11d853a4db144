//! Which release is rolled to: the newest, or the last good one after the newest has failed or was undone. A failure is
//! recorded on its revision before any role moves back, so an operator that ends anywhere goes on where it was.

mod verdict;

use aegis_crds::AegisApp;
use jiff::Timestamp;
use kube_core::ResourceExt;

use crate::{
    App, Facts, Seen,
    app::Failed,
    names::{GOOD_ANNOTATION, MIGRATED_ANNOTATION, RETRY_ANNOTATION, UNDO_ANNOTATION},
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
    if let (Some(word), Some(migration)) = (&retry, &mut newest.migration) {
        migration.retry = Some(word.clone());
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
    let good = || last_good(&newest.revision.hash, facts).and_then(|hash| recall(&hash));
    if let Some(failed) = failed {
        let Some(good) = good() else { return to(newest) };
        let what = format!("Revision {} failed: {}: {}.", newest.revision.number, failed.reason, failed.message.trim_end_matches('.'));
        newest.revision.failed = Some(failed);
        return back(newest, good, what, facts);
    }
    // a release that has run well is no rollout any more; what befalls it later is told, not undone
    if newest.revision.good == Some(newest.revision.number) || newest.is_suspended {
        return to(newest);
    }
    let Some(good) = good() else { return to(newest) };
    if !newest.rollout.rolls_back {
        return to(newest);
    }
    let verdict = verdict::verdict(&newest, &good, asked.metadata.generation, facts);
    let Some((reason, message)) = verdict.failure else { return Course { app: newest, setback: None, due: verdict.due } };
    if let Crossing::Forbidden(since) = crossing(&newest, &good, facts) {
        let what = format!("Revision {} fails: {reason}: {}.", newest.revision.number, message.trim_end_matches('.'));
        let setback = needs_consent(&newest, &good, what, since);
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
    if let (Crossing::Forbidden(since), false) = (crossing(&newest, &to, facts), wish.is_across) {
        let setback = needs_consent(&newest, &to, format!("Revision {} is to be undone.", newest.revision.number), since);
        return Course { app: newest, setback: Some(setback), due: None };
    }
    let what = format!("Revision {} was undone by hand.", newest.revision.number);
    let again =
        format!("This holds until the spec changes; to run the spec as it is: aegisctl rollout retry {} -n {}.", to.name, to.namespace);
    gone_back(newest, to, ["Undoing", "Undone"], (what, again), facts)
}

fn gone_back(newest: App, mut app: App, reasons: [&'static str; 2], (what, again): (String, String), facts: &Facts) -> Course {
    let fix = format!("{}{again}", across(&newest, &app, facts));
    let setback = Setback { app: newest, instead: Some(app.revision.number), reasons, what, fix };
    app.revision.is_past = true;
    app.revision.failed = None;
    Course { app, setback: Some(setback), due: None }
}

fn needs_consent(newest: &App, to: &App, what: String, since: i64) -> Setback {
    let fix = format!(
        "No release before comes back by itself: the migration of revision {since} changed the database so that revision {} may not run on it \
         (migration.compatibility: StopTheWorld). Mend it and apply again; or, when the database fits the older release again: \
         aegisctl rollout undo {} -n {} --to {0} --across-migration.",
        to.revision.number, to.name, to.namespace
    );
    Setback { app: newest.clone(), instead: None, reasons: ["RollbackNeedsConsent"; 2], what, fix }
}

/// Whether a migration lies between two releases.
enum Crossing {
    None,
    /// One after which the older release still runs; the number of its revision.
    Allowed(i64),
    /// One after which it does not.
    Forbidden(i64),
}

/// Migrations with other inputs that have succeeded since `to` was accepted.
fn crossing(newest: &App, to: &App, facts: &Facts) -> Crossing {
    let own = to.migration.as_ref().map(|migration| migration.inputs.as_str());
    let stops = |spec: &serde_json::Value| spec["migration"]["compatibility"] == "StopTheWorld";
    let is_other = |inputs: &str| Some(inputs) != own;
    let recorded = facts.revisions().filter(|(seen, revision)| {
        revision.number > to.revision.number && seen.annotations.get(MIGRATED_ANNOTATION).is_some_and(|inputs| is_other(inputs))
    });
    let mut all: Vec<(bool, i64)> = recorded.map(|(_, revision)| (stops(&revision.spec.value()), revision.number)).collect();
    if newest.revision.migrated.as_deref().is_some_and(is_other) {
        all.push((stops(&newest.revision.spec), newest.revision.number));
    }
    match all.into_iter().max() {
        None => Crossing::None,
        Some((true, number)) => Crossing::Forbidden(number),
        Some((false, number)) => Crossing::Allowed(number),
    }
}

fn across(newest: &App, to: &App, facts: &Facts) -> String {
    let (Crossing::Allowed(number) | Crossing::Forbidden(number)) = crossing(newest, to, facts) else { return String::new() };
    format!("The database stays as the migration of revision {number} left it. ")
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

/// Hash of the release that ran well last, besides that one.
pub(crate) fn last_good(hash: &str, facts: &Facts) -> Option<String> {
    let all = facts.revisions().filter_map(|(seen, _)| Some((good(seen)?, seen.key.name.rsplit('-').next()?)));
    all.filter(|(_, other)| *other != hash).max().map(|(_, hash)| hash.to_owned())
}
