//! `spec.migration`: a command that runs to completion before any role of a release.
//! When it fails, the running release goes on serving.

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
}
