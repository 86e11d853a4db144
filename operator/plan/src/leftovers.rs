//! What is ours and no longer wanted, and the guards on deleting it: never before a release has settled, but for a
//! migration that stands in its way; never what has no owner, for that is data.

use std::collections::BTreeSet;

use aegis_crds::status::RetainedEntry;

use crate::{
    App, Facts, Key, Kind, Planned, Stage, adoption, children,
    facts::{Detail, Seen},
    migration, names, rollout,
};

/// An object that nothing wants any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leftover {
    /// Its kind.
    pub kind: Kind,
    /// Which object.
    pub key: Key,
    /// Precondition of its deletion.
    pub uid: String,
    /// Precondition of its deletion.
    pub resource_version: String,
}

impl Leftover {
    /// Whether it is the object of that kind and name.
    pub fn is(&self, kind: &str, name: &str) -> bool {
        self.key.kind == kind && self.key.name == name
    }
}

/// The objects to delete.
pub fn leftovers(app: &App, wanted: &[Planned], stage: Stage, facts: &Facts) -> Vec<Leftover> {
    if stage < Stage::Settled {
        let is_awaited = stage == Stage::Migrate || app.revision.is_crowded;
        let in_the_way = migration::in_the_way(app, facts).filter(|seen| is_awaited && !seen.deleting);
        return in_the_way.and_then(leftover).into_iter().collect();
    }
    let remembered = remembered(app, facts);
    // a migration at work ends by itself
    let is_at_work = |seen: &Seen| match &seen.detail {
        Detail::Job(job) => !job.complete && job.failure.is_none() && migration::is_at_work(job, facts),
        _ => false,
    };
    let goes = |seen: &&Seen| {
        seen.owners.contains(&app.uid) && !seen.deleting && !is_wanted(seen, wanted) && !remembered.contains(seen.key.name.as_str())
    };
    // what is left of a key goes before the next one is made
    let given_up: Vec<_> = app.auth.iter().filter(|auth| auth.keys.wish.is_some()).flat_map(|auth| &auth.keys.abandoned).collect();
    let going = facts.children.iter().filter(goes).filter(|seen| !is_at_work(seen)).filter_map(leftover);
    going.filter(|leftover| !given_up.contains(&leftover)).collect()
}

pub(crate) fn leftover(seen: &Seen) -> Option<Leftover> {
    let kind = children::kinds().into_iter().find(|kind| kind.kind == seen.key.kind)?;
    Some(Leftover { kind, key: seen.key.clone(), uid: seen.uid.clone(), resource_version: seen.resource_version.clone() })
}

/// Data that outlived its declaration.
pub fn retained(app: &App, wanted: &[Planned], facts: &Facts) -> Vec<RetainedEntry> {
    // settings are no data, though they are in a ConfigMap too
    let is_setting = |seen: &Seen| ["config", names::AGENT, "auth"].contains(&section(seen).as_str());
    let is_data = |seen: &&Seen| matches!(seen.key.kind.as_str(), "PersistentVolumeClaim" | "ConfigMap") && !is_setting(seen);
    let mut retained: Vec<_> = facts
        .children
        .iter()
        .filter(is_data)
        .filter(|seen| adoption::is_orphan(seen, &app.name) && !is_wanted(seen, wanted))
        .map(|seen| RetainedEntry { kind: seen.key.kind.clone(), name: seen.key.name.clone(), section: section(seen) })
        .collect();
    retained.sort();
    retained
}

fn section(seen: &Seen) -> String {
    seen.labels.get(names::SECTION_LABEL).cloned().unwrap_or_default()
}

fn is_wanted(seen: &Seen, wanted: &[Planned]) -> bool {
    wanted.iter().any(|planned| planned.kind.kind == seen.key.kind && planned.name == seen.key.name)
}

/// Names of the newest revisions, of the one that serves and of those that ran well last.
fn remembered<'a>(app: &App, facts: &'a Facts) -> BTreeSet<&'a str> {
    let mut revisions: Vec<_> = facts.revisions().collect();
    revisions.sort_by_key(|(_, revision)| std::cmp::Reverse(revision.number));
    let good: BTreeSet<_> = revisions.iter().filter_map(|(seen, _)| Some((rollout::good(seen)?, &seen.key.name))).collect();
    let good: BTreeSet<_> = good.into_iter().rev().take(2).map(|(_, name)| name).collect();
    let is_serving = |seen: &Seen| facts.status.release.as_ref().is_some_and(|release| seen.key.name.ends_with(release.as_str()));
    let is_kept = |(i, (seen, _)): &(usize, &(&Seen, _))| *i < app.rollout.history || is_serving(seen) || good.contains(&seen.key.name);
    revisions.iter().enumerate().filter(is_kept).map(|(_, (seen, _))| seen.key.name.as_str()).collect()
}
