//! A release that this operator would render otherwise: its components as they are seen, for what it would plan is not theirs.
//! Nothing is said of what might be missing.

use super::components::{Entry, State, entry, told};
use crate::{
    App, Facts, Seen,
    facts::{Detail, WorkloadSeen},
    names::{AGENT, ROLE_LABEL, SECTION_LABEL},
    stuck,
};

/// Sections whose pods are listed, in the order of the spec.
const LISTED: [&str; 6] = ["bindings", "api", "frontend", "workers", "scheduler", AGENT];

/// What runs of it.
pub(super) fn components(app: &App, facts: &Facts) -> Vec<Entry> {
    let own: Vec<&Seen> = facts.children.iter().filter(|seen| seen.owners.contains(&app.uid)).collect();
    let of = |section: &'static str| {
        let is_its = move |seen: &&&Seen| seen.labels.get(SECTION_LABEL).is_some_and(|label| label == section);
        own.iter().filter(is_its).filter_map(move |seen| listed(section, seen, facts))
    };
    LISTED.into_iter().flat_map(of).collect()
}

fn listed(section: &str, seen: &Seen, facts: &Facts) -> Option<Entry> {
    let Detail::Workload(workload) = &seen.detail else { return None };
    let WorkloadSeen { ready, replicas, image, .. } = workload;
    let role = seen.labels.get(ROLE_LABEL)?;
    let stuck = stuck::refused(facts, &seen.key.kind, &seen.key.name).or_else(|| stuck::why(facts, section, role));
    let said = match stuck {
        _ if workload.is_settled() => ("Running", None, State::Good),
        Some(stuck) => told(stuck),
        None => ("Progressing", Some(format!("{ready} of {replicas} pods are ready")), State::Moving),
    };
    Some(entry(section, role, (*ready, *replicas), Some(image.clone()), said))
}
