//! Which anchors are there: by their uids the Secrets that the operator makes are named.
//! What stands on a Secret without an anchor is not written before there is one.

use crate::{App, Facts, adoption, child::ANCHOR, recipe::Anchored};

/// Names the app's Secrets.
pub(super) fn found(app: &mut App, facts: &Facts) {
    let (name, owner) = (app.name.clone(), app.uid.clone());
    let secrets = app.secrets.iter_mut().map(|secret| (&mut secret.made, false));
    // what a provisioned service is reached with is data, and found again by every app of its name
    let services = app.bindings.iter_mut().filter_map(|binding| Some((&mut binding.service.as_mut()?.made, true)));
    for (made, is_data) in secrets.chain(services) {
        made.uid = uid(made, is_data, &name, &owner, facts);
    }
}

fn uid(made: &Anchored, is_data: bool, app: &str, owner: &str, facts: &Facts) -> Option<String> {
    let seen = facts.child(ANCHOR.kind, &made.anchor).filter(|seen| !seen.deleting)?;
    let is_recorded = || facts.entry(ANCHOR.kind, &made.anchor).is_some_and(|entry| entry.uid == seen.uid);
    let is_found = || adoption::is_given(seen, app) || (is_data && adoption::is_orphan(seen, app));
    let is_ours = seen.owners.iter().any(|uid| uid == owner) || (seen.owners.is_empty() && (is_recorded() || is_found()));
    is_ours.then(|| seen.uid.clone())
}
