//! `spec.schedules`: commands that run at given times, each in a pod of its own.
//! Work for a queue is put there by the command itself.

use kube_derive::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{role::Process, rules};

/// One schedule.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, KubeSchema)]
#[x_kube(crates(kube_core = "::kube_core"))]
#[serde(rename_all = "camelCase")]
pub struct Schedule {
    /// Name of the schedule: lower-case letters, digits and single hyphens.
    #[schemars(length(min = 1, max = 30), regex(pattern = rules::PART_NAME_PATTERN))]
    pub name: String,
    /// When it runs: a cron expression of five fields (minute hour day month weekday).
    #[schemars(length(min = 1, max = 128))]
    #[x_kube(validation = Rule::new("self.matches('^\\\\s*(\\\\S+\\\\s+){4}\\\\S+\\\\s*$') || self.matches('^@(yearly|annually|monthly|weekly|daily|midnight|hourly)$')").message(rules::CRON))]
    pub schedule: String,
    /// Time zone of the schedule, by its IANA name. Default: Etc/UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub time_zone: Option<String>,
    /// What happens when the last run is not over: Allow, Forbid or Replace. Default: Forbid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency_policy: Option<ConcurrencyPolicy>,
    /// Seconds one run may take before it is ended and counts as failed. Default: 3600.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 604800))]
    pub deadline_seconds: Option<i64>,
    /// What runs.
    #[x_kube(validation = Rule::new("has(self.args) || has(self.command)").message(rules::RUN))]
    pub run: Process,
}

/// What happens when the last run is not over: Allow, Forbid or Replace. Default: Forbid.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq, JsonSchema)]
pub enum ConcurrencyPolicy {
    /// Both run.
    Allow,
    /// The new run is skipped.
    #[default]
    Forbid,
    /// The running one is ended.
    Replace,
}
