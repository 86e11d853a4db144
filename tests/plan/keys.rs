//! What `keys` in `facts.yaml` may say: the signing keys of the app, and how each stands.
//! Keys go by their place in it: a pod's `kid: "0"` is the first, and so is `@0` in an event.

use aegis_crds::{
    AegisApp,
    auth::Algorithm,
    status::{AuthStatus, KeyState, KeyStatus},
};
use aegis_plan::{
    Facts,
    app::{Key, Keys, Wish},
    everything,
    facts::{PodSeen, Warning},
    names::ADOPT_LABEL,
};
use aegis_tests::{cluster, keys};
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use serde::Deserialize;

/// A key.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Made {
    made: Timestamp,
    #[serde(default)]
    algorithm: Algorithm,
    word: Option<String>,
    /// How it stands; it is published then.
    state: Option<KeyState>,
    since: Option<Timestamp>,
    /// Whether the template of the api's pods has it.
    #[serde(default)]
    signs: bool,
    /// Whether nobody knows that its private half was written.
    #[serde(default)]
    unrecorded: bool,
    /// Whether a deleted app left it behind, and it was given to this one.
    #[serde(default)]
    given: bool,
}

/// Puts the keys into the cluster, as they were made for `asked`.
pub fn put(all: &[Made], asked: &AegisApp, facts: &mut Facts) -> Vec<Key> {
    let is_key = |name: &str| name.contains("-auth-") || name.ends_with("-jwks");
    facts.children.retain(|seen| !is_key(&seen.key.name));
    facts.status.inventory.retain(|entry| !is_key(&entry.name));
    let mut app = cluster::accepted(asked, facts);
    let wish = |made: &Made| Wish { algorithm: made.algorithm, made: made.made, word: made.word.clone() };
    let keys: Vec<Key> = all.iter().map(|made| keys::make(facts, &app, &wish(made))).collect();
    let both = || all.iter().zip(&keys);
    for (_, key) in both().filter(|(made, _)| made.unrecorded) {
        facts.status.inventory.retain(|entry| entry.name != key.secret.name());
    }
    let signing = both().find(|(made, _)| made.signs).map(|(_, key)| key.clone());
    let entry = |(made, key): (&Made, &Key)| {
        let since = made.since.unwrap_or(made.made);
        Some(KeyStatus { kid: key.kid.clone(), algorithm: key.algorithm, state: made.state?, since: Some(Time(since)) })
    };
    let kid = signing.as_ref().map(|key| key.kid.clone());
    facts.status.auth = Some(AuthStatus { kid, next_rotation: None, keys: both().rev().filter_map(entry).collect() });
    if let Some(auth) = &mut app.auth {
        let published = both().rev().filter(|(made, _)| made.state.is_some()).map(|(_, key)| key.clone()).collect();
        auth.keys = Keys { published, signing, ..Keys::default() };
    }
    let has_signing = all.iter().any(|made| made.signs);
    let is_of =
        |section: &str, kind: &str| section == "auth" && kind == "ConfigMap" || has_signing && section == "api" && kind == "Deployment";
    // a cluster gives them in any order: here the oldest first, as nobody wants them
    for planned in everything(&app).iter().rev().filter(|planned| is_of(planned.section, planned.kind.kind)) {
        cluster::put(facts, &app, planned);
    }
    // with all its keys their set is given, and nobody remembers anything of them
    let all_given = !all.is_empty() && all.iter().all(|made| made.given);
    let mut given: Vec<String> = all_given.then(|| app.jwks_name()).into_iter().collect();
    given.extend(both().filter(|(made, _)| made.given).flat_map(|(_, key)| [key.secret.anchor.clone(), key.secret.name()]));
    facts.status.inventory.retain(|entry| !given.contains(&entry.name));
    facts.status.auth.take_if(|_| all_given);
    for seen in facts.children.iter_mut().filter(|seen| given.contains(&seen.key.name)) {
        seen.owners.clear();
        seen.labels.insert(ADOPT_LABEL.to_owned(), app.name.clone());
    }
    keys
}

/// A pod with the key that is meant.
pub fn signing(pod: &PodSeen, keys: &[Key]) -> PodSeen {
    let key = pod.kid.as_ref().and_then(|place| keys.get(place.parse::<usize>().ok()?));
    PodSeen { kid: key.map(|key| key.kid.clone()).or(pod.kid.clone()), ..pod.clone() }
}

/// An event about the Secret of the key that is meant.
pub fn saying(warning: &Warning, keys: &[Key]) -> Warning {
    let named = keys.iter().enumerate().fold(warning.message.clone(), |text, (i, key)| text.replace(&format!("@{i}"), &key.secret.name()));
    Warning { message: named, ..warning.clone() }
}

/// The key that is to be made, in a line; and what goes before.
pub fn made(keys: &Keys) -> Option<String> {
    let Wish { algorithm, made, word } = keys.wish.as_ref()?;
    let word = word.as_ref().map(|word| format!(" for {word:?}")).unwrap_or_default();
    let gone: Vec<String> = keys.abandoned.iter().map(|leftover| format!(", after {} is gone", leftover.key.name)).collect();
    Some(format!("{algorithm:?} of {made}{word}{}", gone.concat()))
}
