//! The life of signing keys: which one signs, which are published, when the next is made and the last one goes. Facts and
//! time decide; of the past, the status tells since when a key is published or retired. No key is made here.

use aegis_crds::{
    auth::Algorithm,
    status::{AuthStatus, KeyState, KeyStatus},
};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use serde_json::{Value, json};

use crate::{
    App, Facts, Problem, Seen, adoption,
    app::{Auth, Key, Keys, Wish},
    canonical,
    child::ANCHOR,
    facts::PodSeen,
    leftovers, lost,
    names::{self, JWK_ANNOTATION, KIDS_ANNOTATION, MADE_ANNOTATION, ROTATE_ANNOTATION},
    parts::http,
    problem::KEY_LOST,
    recipe::{Anchored, url_safe},
};

/// Key of a private half in its Secret, and its file: PKCS#8 in PEM.
pub const PRIVATE: &str = "key.pem";
/// Section of the spec that keys belong to.
const SECTION: &str = "auth";

/// The key whose public half these bytes are: of ES256 the uncompressed point, of EdDSA the 32 bytes.
pub fn key(app: &App, public: &[u8], wish: &Wish) -> Key {
    let (half, name) = match wish.algorithm {
        Algorithm::ES256 => {
            let (x, y) = public[1..].split_at(32);
            (json!({"kty": "EC", "crv": "P-256", "x": url_safe(x), "y": url_safe(y)}), "ES256")
        }
        Algorithm::EdDSA => (json!({"kty": "OKP", "crv": "Ed25519", "x": url_safe(public)}), "EdDSA"),
    };
    let kid = canonical::digest(&half);
    let mut jwk = half;
    for (member, value) in [("kid", kid.as_str()), ("use", "sig"), ("alg", name)] {
        jwk[member] = value.into();
    }
    let secret = secret(app, &kid, None);
    Key { kid, algorithm: wish.algorithm, jwk, made: wish.made, word: wish.word.clone(), secret }
}

/// The keys of an app by the facts.
pub(crate) fn of(app: &App, auth: &Auth, facts: &Facts) -> Keys {
    let (known, abandoned): (Vec<_>, Vec<_>) = anchored(app, facts).partition(|(_, key)| is_made(app, key, facts));
    // one of a deleted app, though it was given, is not ours to delete
    let abandoned = abandoned.into_iter().filter(|(seen, _)| seen.owners.contains(&app.uid));
    let mut known: Vec<Key> = known.into_iter().map(|(_, key)| key).collect();
    known.sort_by(|a, b| (b.made, &b.kid).cmp(&(a.made, &a.kid)));
    let look = Look { app, auth, facts, known: &known };
    let signing = look.signing().cloned();
    Keys {
        wish: look.wish(signing.as_ref()),
        published: look.published(),
        has_set: !listed(app, facts).is_empty(),
        abandoned: abandoned.filter_map(|(seen, _)| leftovers::leftover(seen)).collect(),
        signing,
    }
}

/// The app as its api stands: signing with the key that its pods were last made with.
pub(crate) fn as_it_stands(mut app: App, facts: &Facts) -> App {
    let standing = standing(&app, facts).map(str::to_owned);
    if let (Some(auth), Some(kid)) = (&mut app.auth, standing)
        && let Some(key) = auth.keys.published.iter().find(|key| key.kid == kid)
    {
        auth.keys.signing = Some(key.clone());
    }
    app
}

/// Whether the api is to sign with another key than it does.
pub(crate) fn moves(app: &App, facts: &Facts) -> bool {
    let signing = app.auth.as_ref().and_then(|auth| auth.keys.signing.as_ref());
    signing.zip(standing(app, facts)).is_some_and(|(key, standing)| key.kid != standing)
}

/// What is told of them.
pub(crate) fn told(app: &App, facts: &Facts) -> Option<AuthStatus> {
    let auth = app.auth.as_ref()?;
    let Keys { published, signing, .. } = &auth.keys;
    let newest = published.first()?;
    let kid = standing(app, facts).or(signing.as_ref().map(|key| key.kid.as_str()));
    let entry = |key: &Key| {
        let state = match (kid == Some(&key.kid) || signs(app, &key.kid, facts), key == newest) {
            (true, _) => KeyState::Signing,
            (false, true) => KeyState::Published,
            (false, false) => KeyState::Retired,
        };
        let since = before(&key.kid, facts).filter(|before| before.state == state).and_then(|before| before.since.clone());
        KeyStatus { kid: key.kid.clone(), algorithm: key.algorithm, state, since: since.or(Some(Time(next_second(facts.now)))) }
    };
    let listed = listed(app, facts);
    let next = (kid == Some(&newest.kid) && !app.is_suspended).then(|| Time(newest.made + auth.rotate_every));
    Some(AuthStatus {
        kid: kid.map(str::to_owned),
        next_rotation: next,
        keys: published.iter().filter(|key| listed.contains(&key.kid.as_str())).map(entry).collect(),
    })
}

/// When time alone decides about them, by what is told of them.
pub(crate) fn due(app: &App, facts: &Facts) -> Option<Timestamp> {
    let (auth, told) = (app.auth.as_ref()?, told(app, facts)?);
    let lasts = |state: KeyState| match state {
        KeyState::Published => Some(lead(facts)),
        KeyState::Signing => None,
        KeyState::Retired => Some(auth.overlap),
    };
    let ends = told.keys.iter().filter_map(|key| Some(key.since.as_ref()?.0 + lasts(key.state)?));
    let next = told.next_rotation.map(|next| next.0);
    ends.chain(next).filter(|due| *due > facts.now).min()
}

fn lead(facts: &Facts) -> SignedDuration {
    SignedDuration::from_secs(facts.settings.key_lead_seconds)
}

/// A status tells whole seconds: what lasts from one that has begun would last less.
fn next_second(now: Timestamp) -> Timestamp {
    Timestamp::from_second(now.as_second() + i64::from(now.subsec_nanosecond() > 0)).expect("it is a time")
}

/// Private halves that are gone, as pods of the api that need one tell.
pub(crate) fn lost(app: &App, facts: &Facts) -> Vec<Problem> {
    let keys = app.auth.iter().flat_map(|auth| &auth.keys.published);
    let problem = |key: &Key| {
        let name = key.secret.name();
        Problem::new(&KEY_LOST, "spec.auth.jwt", format!("Secret {name:?} is gone, and with it the private half of key {}", key.kid))
    };
    keys.filter(|key| is_lost(key, facts)).map(problem).collect()
}

/// The keys of one app, as far as they are of use, the newest first.
struct Look<'a> {
    app: &'a App,
    auth: &'a Auth,
    facts: &'a Facts,
    known: &'a [Key],
}

impl Look<'_> {
    /// The newest, once it may; until then the one that signs now.
    fn signing(&self) -> Option<&Key> {
        let newest = self.known.first()?;
        let told = || self.facts.status.auth.as_ref()?.kid.as_deref();
        let kid = standing(self.app, self.facts).or_else(told);
        let current = self.known.iter().find(|key| Some(key.kid.as_str()) == kid);
        Some(current.filter(|current| !self.may_follow(newest, current)).unwrap_or(newest))
    }

    fn may_follow(&self, newest: &Key, current: &Key) -> bool {
        // nothing is signed any more that could be refused
        let is_in_need = || is_lost(current, self.facts) && !pods(self.facts).any(|pod| pod.ready && !pod.deleting);
        self.known_from(newest).is_some_and(|from| from <= self.facts.now) || is_in_need()
    }

    /// When every role can know a key.
    fn known_from(&self, key: &Key) -> Option<Timestamp> {
        let since = before(&key.kid, self.facts)?.since.as_ref()?.0;
        Some(since + lead(self.facts))
    }

    /// What signs, what is to sign, and what signed tokens that are still good.
    fn published(&self) -> Vec<Key> {
        let is_good = |(i, key): &(usize, &Key)| {
            *i == 0 || self.end(key).is_none_or(|end| end > self.facts.now) || signs(self.app, &key.kid, self.facts)
        };
        self.known.iter().enumerate().filter(is_good).map(|(_, key)| key.clone()).collect()
    }

    /// When the last token of a retired key has ended.
    fn end(&self, key: &Key) -> Option<Timestamp> {
        let before = before(&key.kid, self.facts).filter(|before| before.state == KeyState::Retired)?;
        Some(before.since.as_ref()?.0 + self.auth.overlap)
    }

    fn wish(&self, signing: Option<&Key>) -> Option<Wish> {
        let is_due = self.known.first().is_none_or(|newest| !self.app.is_suspended && self.is_over(newest, signing));
        // two keys are never of the same time, or nobody could say which is newer
        let after = self.known.first().map(|newest| newest.made + SignedDuration::from_secs(1));
        let now = Timestamp::from_second(self.facts.now.as_second()).expect("it is a time");
        is_due.then(|| Wish { algorithm: self.auth.algorithm, made: after.unwrap_or(now).max(now), word: self.auth.word.clone() })
    }

    /// Whether the newest key has to be followed by another. One that waits for its time is awaited first.
    fn is_over(&self, newest: &Key, signing: Option<&Key>) -> bool {
        let is_asked = self.auth.word.is_some() && self.auth.word != newest.word;
        let is_old = || is_asked || newest.made + self.auth.rotate_every <= self.facts.now;
        newest.algorithm != self.auth.algorithm || is_lost(newest, self.facts) || (signing == Some(newest) && is_old())
    }
}

/// Anchors of the app's keys, each with its key: also of those it was given, with which pods that a deleted app left behind
/// sign and verify. What does not fit its name was edited, and is none.
fn anchored<'a>(app: &'a App, facts: &'a Facts) -> impl Iterator<Item = (&'a Seen, Key)> {
    let is_own = |seen: &&Seen| seen.key.kind == ANCHOR.kind && !seen.deleting && adoption::is_its(seen, &app.name, &app.uid);
    facts.children.iter().filter(is_own).filter_map(|seen| Some((seen, read(app, seen)?)))
}

fn read(app: &App, seen: &Seen) -> Option<Key> {
    let jwk: Value = serde_json::from_str(seen.annotations.get(JWK_ANNOTATION)?).ok()?;
    let algorithm = if jwk["alg"] == "EdDSA" { Algorithm::EdDSA } else { Algorithm::ES256 };
    let mut half = jwk.clone();
    half.as_object_mut()?.retain(|member, _| !["kid", "use", "alg"].contains(&member.as_str()));
    let kid = canonical::digest(&half);
    let secret = secret(app, &kid, Some(seen.uid.clone()));
    let made = seen.annotations.get(MADE_ANNOTATION)?.parse().ok()?;
    let key = Key { algorithm, made, word: seen.annotations.get(ROTATE_ANNOTATION).cloned(), secret, jwk, kid };
    (key.secret.anchor == seen.key.name).then_some(key)
}

fn secret(app: &App, kid: &str, uid: Option<String>) -> Anchored {
    Anchored { anchor: names::part(&app.name, SECTION, kid), uid, stem: names::single(&app.name, SECTION) }
}

/// Whether its private half was written down: that is recorded, or it could not have been published.
fn is_made(app: &App, key: &Key, facts: &Facts) -> bool {
    facts.entry("Secret", &key.secret.name()).is_some() || listed(app, facts).contains(&key.kid.as_str())
}

/// Ids of the keys that are published.
fn listed<'a>(app: &App, facts: &'a Facts) -> Vec<&'a str> {
    let seen = facts.child("ConfigMap", &app.jwks_name()).filter(|seen| adoption::is_its(seen, &app.name, &app.uid));
    let kids = seen.and_then(|seen| seen.annotations.get(KIDS_ANNOTATION));
    kids.iter().flat_map(|kids| kids.split(',')).collect()
}

/// Id of the key in the template of the api's pods.
fn standing<'a>(app: &App, facts: &'a Facts) -> Option<&'a str> {
    facts.workload("Deployment", &http::object(app, &app.api.role))?.kid.as_deref()
}

/// Whether pods sign with a key, or are to.
fn signs(app: &App, kid: &str, facts: &Facts) -> bool {
    standing(app, facts) == Some(kid) || pods(facts).any(|pod| pod.kid.as_deref() == Some(kid))
}

/// Pods of the api that are not over.
fn pods(facts: &Facts) -> impl Iterator<Item = &PodSeen> {
    facts.pods.iter().filter(|pod| pod.section == "api" && !pod.is_over())
}

/// What was told of a key.
fn before<'a>(kid: &str, facts: &'a Facts) -> Option<&'a KeyStatus> {
    facts.status.auth.as_ref()?.keys.iter().find(|key| key.kid == kid)
}

/// Whether a pod cannot start for want of a private half.
fn is_lost(key: &Key, facts: &Facts) -> bool {
    let name = key.secret.name();
    facts.warnings.iter().any(|warning| warning.reason == "FailedMount" && lost::missing(&warning.message) == Some(&name))
}
