//! `spec.lifecycle`: what becomes of the app's objects over time, and what the operator does when others change them.
//! It changes no object by itself: it is no part of a release.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rules;

/// How the operator looks after what it made.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Lifecycle {
    /// How long after its creation the app is deleted, in days, hours, minutes and seconds, for example 72h: for environments that nobody cleans up. Its data stays or goes by its own policies. `status.expiresAt` tells when; an event warns an hour before, or a tenth of this time if that is shorter. Another value moves it. One that has passed already is put off to an hour after it was first told, or this time if that is shorter. Nothing is deleted while the spec is refused or paused. Default: none; the app stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 2, max = 32), regex(pattern = rules::DURATION_PATTERN))]
    pub ttl: Option<String>,
    /// What happens when somebody edits or deletes an object of the app: Correct puts it right at once; Report leaves it alone and tells it in the status and as an event. A change of the spec that changes that very object is still applied: it puts back what was edited of the fields that the operator set, or makes the deleted object again. Replicas, generated Secrets, the migration's runs and the record of accepted specs are not subject to it. What others add beside the operator's fields always stays, and is told. Default: Correct.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drift_policy: Option<DriftPolicy>,
}

/// What happens when somebody edits or deletes an object of the app: Correct or Report. Default: Correct.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq, JsonSchema)]
pub enum DriftPolicy {
    /// It is put right at once.
    #[default]
    Correct,
    /// It is told and left alone.
    Report,
}
