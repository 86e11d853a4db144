//! `spec.auth`: how the api signs tokens, and what every role verifies them with.
//! That overlap is shorter than rotateEvery is for `accept` to say: a rule that reads days exceeds the API server's budget.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rules;

/// Tokens of the app.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Auth {
    /// JSON Web Tokens, signed by keys that the operator makes and rotates.
    pub jwt: Jwt,
}

/// JSON Web Tokens: only the api has a private key; every role finds the public ones in the file that JWT_JWKS_FILE names.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Jwt {
    /// Who issues the tokens, their `iss`: JWT_ISSUER of every role.
    #[schemars(length(min = 1, max = 512))]
    pub issuer: String,
    /// Whom the tokens are for, their `aud`: JWT_AUDIENCES of every role, with commas between.
    #[schemars(length(min = 1, max = 16), inner(length(min = 1, max = 256), regex(pattern = rules::AUDIENCE_PATTERN)))]
    pub audiences: Vec<String>,
    /// How tokens are signed: ES256 or EdDSA (Ed25519). Another one is another key, which signs once it has been published for long enough. Default: ES256.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<Algorithm>,
    /// Time after which the next key is made, in days, hours, minutes and seconds. It is published first, and signs once every role can know it; the api restarts with it. Default: 720h.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 2, max = 32), regex(pattern = rules::DURATION_PATTERN))]
    pub rotate_every: Option<String>,
    /// How long an old key stays published after the last pod that signed with it has ended: no token may live longer. It is shorter than rotateEvery. Default: 48h.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 2, max = 32), regex(pattern = rules::DURATION_PATTERN))]
    pub overlap: Option<String>,
}

/// How tokens are signed: ES256 or EdDSA. Default: ES256.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256.
    #[default]
    ES256,
    /// Ed25519.
    EdDSA,
}
