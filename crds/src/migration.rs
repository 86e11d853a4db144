//! `spec.migration`: a command that runs to completion before any role of a release.
//! When it fails, the release that ran before goes on serving, if it can.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::role::Process;

/// The migration role. It runs again only when the image, this section or the bindings change.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Migration {
    /// The process.
    #[serde(flatten)]
    pub process: Process,
    /// Seconds the migration may take, retries included, before it counts as failed. Default: 900.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 86400))]
    pub deadline_seconds: Option<i64>,
    /// Whether the release before can run on the migrated database: with ExpandContract it serves on while the migration runs, and may come back; with StopTheWorld every role stands at zero meanwhile, and no rollback across the migration happens by itself, nor across one that failed and may have changed the database. Default: ExpandContract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compatibility: Option<Compatibility>,
}

/// Whether two releases can share the migrated database: ExpandContract or StopTheWorld. Default: ExpandContract.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq, JsonSchema)]
pub enum Compatibility {
    /// The release before runs on the new database too.
    #[default]
    ExpandContract,
    /// It does not: nothing that writes runs beside the migration.
    StopTheWorld,
}
