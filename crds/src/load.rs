//! What the agent has seen: the answer of its `GET /load`, which the scaler reads.
//! Numbers that a library does not keep are absent, never zero.

use serde::{Deserialize, Serialize};

/// Version of this answer.
pub const VERSION: u32 = 1;

/// The load of all worker pools of one app.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Load {
    /// `VERSION`.
    pub version: u32,
    /// Name of the app.
    pub app: String,
    /// Its pools, in the order of the configuration.
    pub workers: Vec<WorkerLoad>,
}

/// The load of one pool.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct WorkerLoad {
    /// Name of the pool.
    pub name: String,
    /// Whether the last look at every one of its queues succeeded. When not, `queues` is what was seen before.
    pub up: bool,
    /// Why the last look did not succeed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<LookError>,
    /// Seconds since all its queues were last seen; absent if they never were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_seconds: Option<f64>,
    /// Whether the pause key is there, whoever set it; absent without a pause key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<bool>,
    /// Workers that hold a busy key; absent without a pattern, and when there are too many keys to look through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub busy: Option<u64>,
    /// Its queues, in the order of the configuration; empty if they never were seen.
    pub queues: Vec<QueueLoad>,
}

/// Why a look did not succeed.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct LookError {
    /// One fixed word: see `docs/agent.md`.
    pub reason: String,
    /// The cause in full; never an address or a password.
    pub message: String,
}

/// The load of one queue.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct QueueLoad {
    /// Name of the queue.
    pub name: String,
    /// Messages that a worker could take now.
    pub backlog: u64,
    /// Messages that workers have taken and not finished, those of killed workers included; absent for lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_flight: Option<u64>,
    /// Messages that wait for their time; absent where the library has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delayed: Option<u64>,
    /// Seconds until the first delayed message is due, below zero when it is overdue; absent without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_due_seconds: Option<f64>,
    /// Messages that were given up and kept; absent where the library keeps none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dead: Option<u64>,
    /// Seconds that the first message of the backlog has waited, 0 without one; absent where messages carry no time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest_seconds: Option<f64>,
    /// Messages that were seen to be finished since the agent started.
    pub completed: u64,
}
