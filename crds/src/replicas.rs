//! How many pods of a role: bounds that an autoscaler moves between.
//! It does not say what moves it.

use kube_derive::KubeSchema;
use serde::{Deserialize, Serialize};

use crate::rules;

/// Bounds of a role's pods; equal bounds mean a fixed count.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq, KubeSchema)]
#[x_kube(crates(kube_core = "::kube_core"))]
#[x_kube(validation = Rule::new("!has(self.min) || !has(self.max) || self.min <= self.max").message(rules::MIN_ABOVE_MAX))]
#[serde(rename_all = "camelCase")]
pub struct Replicas {
    /// Fewest pods. Default: 1, or max when max is 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1000))]
    pub min: Option<i32>,
    /// Most pods. Default: min.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1000))]
    pub max: Option<i32>,
}
