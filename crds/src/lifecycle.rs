//! `spec.lifecycle`: what becomes of the app's objects over time, and what the operator does when others change them.
//! It changes no object by itself: it is no part of a release.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the operator looks after what it made.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Lifecycle {
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
