//! `spec.scheduler`: one long-running scheduler process, never two at once.
//! There is no replicas field, and none will be.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::role::{ExecProbe, Process};

/// The scheduler role.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Scheduler {
    /// The process.
    #[serde(flatten)]
    pub process: Process,
    /// A command that tells whether the scheduler is alive; it is restarted after three failures. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<ExecProbe>,
}
