//! `concurrency`: processes and threads in one pod of a role, told to the app by variables.
//! How many pods there are is said by `replicas`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Processes and threads in one pod.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Concurrency {
    /// Processes in one pod, in AEGIS_PROCESSES, and for api and frontend in WEB_CONCURRENCY. From two on, PROMETHEUS_MULTIPROC_DIR names a folder in which they add up their metrics. Default: the image's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 64))]
    pub processes: Option<i32>,
    /// Threads in one process, in AEGIS_THREADS. Default: the image's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1024))]
    pub threads: Option<i32>,
}
