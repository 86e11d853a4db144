//! `spec.security`: what the processes may do on their node.
//! Who may reach them over the network is another section's matter.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rules;

/// Limits of every container.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Security {
    /// The Pod Security profile the pods are made for: Restricted (read-only root, no root user, no capabilities) or Baseline (the image's own user and a writable root). Default: Restricted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<Profile>,
    /// User and group id of the processes, and group of their volumes. Default: 10001; with Baseline, the image's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 2147483647))]
    pub run_as_user: Option<i64>,
    /// Absolute paths that are writable and empty at every start, besides /tmp. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), inner(length(min = 2, max = 512), regex(pattern = rules::PATH_PATTERN)))]
    pub writable_paths: Vec<String>,
}

/// The Pod Security profile the pods are made for: Restricted (read-only root, no root user, no capabilities) or Baseline (the image's own user and a writable root). Default: Restricted.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq, JsonSchema)]
pub enum Profile {
    /// Hardened.
    #[default]
    Restricted,
    /// For images that must run as they are.
    Baseline,
}
