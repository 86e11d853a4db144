//! `spec.rollout`: how long a new release may take, and what happens when it fails.
//! The order of a rollout is not a choice; it stands in the planner.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How releases follow one another.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Rollout {
    /// Seconds a role may be without any progress towards the new release before the release counts as failed. Default: 600.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 86400))]
    pub progress_deadline_seconds: Option<i32>,
    /// A release that fails, or whose migration does, gives way to the last one that ran well. The spec stays as it is; it is tried again when it changes, or after `aegisctl rollout retry`. Default: true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_rollback: Option<bool>,
    /// Accepted specs that are remembered, besides those that serve or ran well last. Default: 10.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100))]
    pub revision_history_limit: Option<i32>,
}
