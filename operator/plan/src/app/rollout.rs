//! What of an accepted spec is recorded, and how it replaces the one before.
//! Where a rollout stands is decided elsewhere, by facts.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An accepted spec as recorded: its hash is the release.
#[derive(Clone, Debug, Default)]
pub struct Revision {
    /// Digest of the spec, without what changes no object: `paused`.
    pub hash: String,
    /// Its number; the highest is the last accepted.
    pub number: i64,
    /// The spec.
    pub spec: Value,
    /// What the operator makes of it.
    pub behavior: u32,
    /// Inputs of the migration that succeeded under it.
    pub migrated: Option<String>,
    /// Inputs of the migration that failed under it when it may have changed the database.
    pub half_migrated: Option<String>,
    /// The number under which it last ran as asked.
    pub good: Option<i64>,
    /// Why it gave way to another, as recorded.
    pub failed: Option<Failed>,
    /// Whether it was left for another and is gone back to: its migration must not run on the newer database.
    pub is_past: bool,
    /// Whether its migration failed and no release before may run on the database as it is.
    pub is_barred: bool,
    /// Whether a migration of the one that is gone back from is not over yet, and it cannot run beside that.
    pub is_crowded: bool,
}

/// Why a release gave way, and for how long that counts.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub struct Failed {
    /// The revision's number then: a spec that is asked for anew is tried anew.
    pub number: i64,
    /// The word of the last retry then: another one is another try.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub retry: String,
    /// One word.
    pub reason: String,
    /// What happened.
    pub message: String,
}

/// How a release replaces the one before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rollout {
    /// Seconds without progress after which it counts as failed.
    pub deadline: i32,
    /// Whether a failed one gives way by itself.
    pub rolls_back: bool,
    /// Revisions that are remembered.
    pub history: usize,
}
