//! Signing keys in facts, as the writer would have made them. Their public halves are made up, and private ones there are none.

use aegis_crds::{AegisApp, auth::Algorithm};
use aegis_plan::{
    App, Facts, accept,
    app::{Key, Wish},
    children, keys, status,
};

use crate::cluster::{put, uid};

/// The public half of a key that is wished for: its time alone decides about it.
pub fn public(app: &App, wish: &Wish) -> Key {
    let age = wish.made.as_second().to_be_bytes();
    let public: Vec<u8> = match wish.algorithm {
        Algorithm::ES256 => [4].into_iter().chain(age.into_iter().cycle().take(64)).collect(),
        Algorithm::EdDSA => age.into_iter().cycle().take(32).collect(),
    };
    keys::key(app, &public, wish)
}

/// Makes a key that is wished for, with the record of its Secret.
pub fn make(facts: &mut Facts, app: &App, wish: &Wish) -> Key {
    let mut key = public(app, wish);
    let [anchor, _] = children::key(app, &key);
    put(facts, app, &anchor);
    key.secret.uid = Some(uid(&anchor));
    let [_, secret] = children::key(app, &key);
    put(facts, app, &secret);
    key
}

/// Makes the key that is due, if one is.
pub fn make_due(facts: &mut Facts, asked: &AegisApp) {
    let Some(app) = accept(asked, facts).app else { return };
    if let Some(wish) = app.auth.as_ref().and_then(|auth| auth.keys.wish.clone()) {
        make(facts, &app, &wish);
    }
}

/// Tells of the keys as the operator does when it has looked.
pub fn tell(facts: &mut Facts, asked: &AegisApp) {
    facts.status.auth = status(asked, &accept(asked, facts), None, facts, &aegis_plan::Done::default()).auth;
}
