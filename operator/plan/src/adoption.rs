//! Objects that stood there before the app and become its own: who may give them, and what is found again of a deleted app.
//! Consent stands on the object itself, by a label, so that who writes the app gains nothing that they could not do themselves.

use crate::{
    App, Facts, Planned, Problem, Seen,
    app::Secret,
    child::ANCHOR,
    names::{self, ADOPT_LABEL, APP_LABEL, KEY_ANNOTATION},
    problem,
};

/// Hex digits at the end of an anchor's name.
const DIGEST: usize = 10;

/// Whether an object says itself that the app of that name may have it.
pub fn consents(seen: &Seen, app: &str) -> bool {
    seen.labels.get(ADOPT_LABEL).is_some_and(|name| name == app)
}

/// Whether the app of that name can have an object: it says so, and nothing else would go on changing it.
pub fn is_given(seen: &Seen, app: &str) -> bool {
    seen.owners.is_empty() && consents(seen, app)
}

/// Whether the app of that name and uid has an object, or was given it.
pub(crate) fn is_its(seen: &Seen, app: &str, uid: &str) -> bool {
    seen.owners.iter().any(|owner| owner == uid) || is_given(seen, app)
}

/// Whether an object was made for an app of that name, and nobody owns it: data, or what a deleted app left behind.
pub fn is_orphan(seen: &Seen, app: &str) -> bool {
    seen.owners.is_empty() && seen.labels.get(APP_LABEL).is_some_and(|name| name == app) && names::is_managed(&seen.labels)
}

/// Whether what is planned is data that every app of its name finds again, asked or not.
pub(crate) fn is_data(planned: &Planned) -> bool {
    ["bindings", "volumes"].contains(&planned.section) && ["ConfigMap", "PersistentVolumeClaim"].contains(&planned.kind.kind)
}

/// The anchor of a key of an earlier app that this app has, or was given. It counts more than one of its own: the pods of
/// the earlier app know the value.
pub(crate) fn anchor<'a>(facts: &'a Facts, app: &str, uid: &str, secret: &Secret) -> Option<&'a Seen> {
    anchors(facts, secret).find(|seen| is_its(seen, app, uid))
}

/// Generated Secrets of a deleted app that this app did not take over, each with what it means.
pub(crate) fn problems(app: &App, facts: &Facts) -> Vec<Problem> {
    let made_anew = app.secrets.iter().filter(|secret| !secret.is_found);
    let orphans = made_anew.filter_map(|secret| Some((secret, anchors(facts, secret).find(|seen| is_orphan(seen, &app.name))?)));
    let problem = |(secret, seen): (&Secret, &Seen)| {
        let name = &seen.key.name;
        let message = format!(
            "{} of a deleted app {} is still there, owned by ConfigMap {name}; this app has a value of its own",
            secret.key, app.name
        );
        Problem::new(&problem::ORPHANED_SECRET, "spec.secrets", message)
            .fix(format!("To go on with the old value: kubectl label -n {} configmap/{name} {ADOPT_LABEL}={}. Otherwise delete that ConfigMap; the Secret goes with it.", app.namespace, app.name))
    };
    orphans.map(problem).collect()
}

/// Anchors of the same entry and key that another app of this name made.
fn anchors<'a>(facts: &'a Facts, secret: &Secret) -> impl Iterator<Item = &'a Seen> {
    let start = secret.own[..secret.own.len() - DIGEST].to_owned();
    let Secret { own, key, .. } = secret.clone();
    facts.children.iter().filter(move |seen| {
        let is_named = seen.key.name != own && seen.key.name.strip_prefix(&start).is_some_and(|digest| digest.len() == DIGEST);
        seen.key.kind == ANCHOR.kind && is_named && seen.annotations.get(KEY_ANNOTATION) == Some(&key)
    })
}
