//! How tokens are signed and verified, and the keys that there are for it by now.

use aegis_crds::auth::Algorithm;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::{Leftover, recipe::Anchored};

/// How tokens are signed and verified.
#[derive(Clone, Debug)]
pub struct Auth {
    /// Who issues them.
    pub issuer: String,
    /// Whom they are for.
    pub audiences: Vec<String>,
    /// How they are signed.
    pub algorithm: Algorithm,
    /// Time after which the next key is made.
    pub rotate_every: SignedDuration,
    /// How long an old key stays after its last pod.
    pub overlap: SignedDuration,
    /// The word of the last rotation that was asked for by hand.
    pub word: Option<String>,
    /// The keys.
    pub keys: Keys,
}

/// The keys of an app at one moment.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    /// Those that tokens are verified with, the newest first.
    pub published: Vec<Key>,
    /// Whether a key set is there: one without any key is better than one with a key that was given up.
    pub has_set: bool,
    /// The one that the api signs with; none before there is one.
    pub signing: Option<Key>,
    /// The next one, when it is to be made now.
    pub wish: Option<Wish>,
    /// Anchors of keys whose private half nobody has.
    pub abandoned: Vec<Leftover>,
}

/// A key pair. Its private half is in a Secret, which is never read.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// Its id, which follows from its public half.
    pub kid: String,
    /// How it signs.
    pub algorithm: Algorithm,
    /// Its public half, as a JSON Web Key.
    pub jwk: Value,
    /// When it was made.
    pub made: Timestamp,
    /// The word of the rotation that it was made for.
    pub word: Option<String>,
    /// Its Secret.
    pub secret: Anchored,
}

/// A key that is to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// How it is to sign.
    pub algorithm: Algorithm,
    /// The time that is written down as that of its making.
    pub made: Timestamp,
    /// The word of the rotation that it is made for.
    pub word: Option<String>,
}
