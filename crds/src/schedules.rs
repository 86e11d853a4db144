//! `spec.schedules`: commands that run at given times, each in a pod of its own, and tasks that are put into queues.

use std::collections::BTreeMap;

use kube_derive::KubeSchema;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

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
    /// Seconds after each of its times at which a run must have succeeded; later, the schedule is told to be late, by condition, metric and alert. Default: it is never late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 31536000))]
    pub late_after_seconds: Option<i64>,
    /// Whether it fires nothing. Times that pass meanwhile are not made up for, but for one of the last 200 seconds. Default: false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspended: Option<bool>,
    /// What runs.
    #[x_kube(validation = Rule::new("(has(self.args) || has(self.command)) != has(self.enqueue)").message(rules::RUN))]
    pub run: Run,
}

/// A command in a pod of the app's image, or a task for a worker pool.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// The command.
    #[serde(flatten)]
    pub process: Process,
    /// Task that is put into a queue, in the format of the pool's library, once for each time of the schedule. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enqueue: Option<Enqueue>,
}

/// A task for a worker pool.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Enqueue {
    /// Name of the pool, which has a broker.
    #[schemars(length(min = 1, max = 30), regex(pattern = rules::PART_NAME_PATTERN))]
    pub worker: String,
    /// Queue of the pool, by its own name. Default: its first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub queue: Option<String>,
    /// What the library calls the actor, function or task.
    #[schemars(length(min = 1, max = 256))]
    pub actor: String,
    /// Positional arguments, of any shape. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "positional")]
    pub args: Vec<Value>,
    /// Named arguments, of any shape. Default: none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "named")]
    pub kwargs: BTreeMap<String, Value>,
}

fn positional(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "array", "maxItems": 64, "items": {"x-kubernetes-preserve-unknown-fields": true}})
}

fn named(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "object", "x-kubernetes-preserve-unknown-fields": true})
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
