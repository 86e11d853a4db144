//! `spec.frontend`: a second HTTP role of the same image.
//! Apps whose pages are served by the api leave it out.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    api::Autoscaling,
    concurrency::Concurrency,
    replicas::Replicas,
    role::{Probes, Process},
    routes::SessionAffinity,
};

/// The frontend role.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Frontend {
    /// The process.
    #[serde(flatten)]
    pub process: Process,
    /// Port the process listens on; the Service has the same. Default: 8550.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 65535))]
    pub port: Option<i32>,
    /// Bounds of its pods. Default: 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replicas: Option<Replicas>,
    /// Processes and threads in one pod. Default: the image's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<Concurrency>,
    /// What moves the count between the bounds. Default: CPU utilization of 70 when the bounds differ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub autoscaling: Option<Autoscaling>,
    /// How the role tells its state. Default: the port accepts connections.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probes: Option<Probes>,
    /// Which pod serves the next request of a client: None, or Cookie for the one that served the first, as for sessions in the process's memory. A cookie holds on its routes through an implementation that is known, and where it does not, more than one replica is refused. Pods asked to end go on for stop.delaySeconds, so that sessions can end. Default: None.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_affinity: Option<SessionAffinity>,
}
