//! `spec.workers`: pools of queue workers.
//! Queues keep their own names in `args`; the pool's name is only for objects.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{replicas::Replicas, role::Process, rules};

/// One pool of equal workers.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Worker {
    /// Name of the pool: lower-case letters, digits and single hyphens. Also the role's name in `files` and `volumes`.
    #[schemars(length(min = 1, max = 30), regex(pattern = rules::PART_NAME_PATTERN))]
    pub name: String,
    /// The process.
    #[serde(flatten)]
    pub process: Process,
    /// Bounds of its pods. Queue scaling does not exist yet: with different bounds, max(min, 1) pods run and a problem says so. Default: 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replicas: Option<Replicas>,
    /// How long a worker may go on with the task it has when it is asked to end. Default: the grace of `stop` alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drain: Option<Drain>,
}

/// Time for tasks in flight.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Drain {
    /// Seconds for the longest task; added to the pod's grace period. Default: 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 86400))]
    pub timeout_seconds: Option<i64>,
}
