//! `status`: what was seen, what is wrong and what is remembered.
//! Numbers that move by the second live in metrics, not here.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::auth::Algorithm;

/// What the operator saw and remembers of an app.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AegisAppStatus {
    /// Generation of the spec that this status speaks of; -1 before the first look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Ready; Reconciling and Stalled while true; and one condition per concern.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// One entry per role and provisioned binding.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<Component>,
    /// Short texts for the columns of `kubectl get`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<Summary>,
    /// One entry per worker pool with a broker, once its queues were looked at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub queues: Vec<QueueStatus>,
    /// One entry per schedule.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub schedules: Vec<ScheduleStatus>,
    /// Where the first route leads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// One entry per route.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<RouteStatus>,
    /// The keys of the app's tokens, once there are some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<AuthStatus>,
    /// Hash of the accepted spec that the roles run, from the first role on that moved to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// Hash of the accepted spec that they ran before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_release: Option<String>,
    /// Digest of the annotations by which a retry, an undo or restarts were asked for, as last honoured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handled: Option<String>,
    /// When the app is deleted because lifecycle.ttl says so; absent while nothing is deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Time>,
    /// What is wrong or worth knowing, all at once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<ProblemReport>,
    /// What exists for the app, as last written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inventory: Vec<InventoryEntry>,
    /// Data that outlived its declaration; a binding or volume of that name finds it again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retained: Vec<RetainedEntry>,
}

/// One role or provisioned binding.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Component {
    /// api, frontend, scheduler, migration, or the name of a worker, schedule or binding.
    pub name: String,
    /// Section of the spec it comes from.
    pub section: String,
    /// Pods that are ready.
    pub ready: i32,
    /// Pods that are wanted.
    pub desired: i32,
    /// Image that it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// One word: Running, Progressing, Waiting, Suspended, Completed, or why it is stuck.
    pub reason: String,
    /// Why it is stuck and what to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// The queues of one worker pool, in a word that changes seldom; numbers are metrics of the agent.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueueStatus {
    /// Name of the pool.
    pub worker: String,
    /// Idle, Busy, Blocked or Unknown.
    pub state: QueueState,
    /// Whether messages were given up and kept.
    pub dead: bool,
    /// Why the work is not known, or the count of pods cannot follow it, in one word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The cause in full.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// State of a pool's queues: Idle, Busy, Blocked or Unknown.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq, JsonSchema)]
pub enum QueueState {
    /// Nothing has waited, run or been due for a minute.
    Idle,
    /// There is work.
    Busy,
    /// Work waits, and the workers are kept from taking it.
    Blocked,
    /// The agent or the broker does not answer.
    #[default]
    Unknown,
}

/// When a schedule runs and ran.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScheduleStatus {
    /// Name of the schedule.
    pub name: String,
    /// Cron expression by which it runs.
    pub schedule: String,
    /// Time zone of the expression.
    pub time_zone: String,
    /// Whether it fires nothing, by itself or with the whole app.
    pub suspended: bool,
    /// Whether a run that was due more than lateAfterSeconds ago has not succeeded.
    pub late: bool,
    /// From when on its times count: when it was made, changed or resumed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Time>,
    /// When a run was last due and begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_schedule_time: Option<Time>,
    /// When a run last succeeded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_success_time: Option<Time>,
    /// When the next run is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_run: Option<Time>,
}

/// Whether a route leads to the app.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RouteStatus {
    /// Name of the route.
    pub name: String,
    /// Where it leads.
    pub url: String,
    /// Whether the gateway has taken it as it is; of an ingress controller, whether nothing speaks against it.
    pub ready: bool,
    /// One word: Accepted, Published, Unconfirmed, Waiting, or why it leads nowhere.
    pub reason: String,
    /// Why it leads nowhere, and what to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// The keys with which tokens are signed and verified.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuthStatus {
    /// Id of the key that the api signs with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kid: Option<String>,
    /// When the next key is made; absent while one waits for its time to sign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_rotation: Option<Time>,
    /// Every key that tokens are verified with, the newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<KeyStatus>,
}

/// A key whose public half is published.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeyStatus {
    /// Its id.
    pub kid: String,
    /// How it signs.
    pub algorithm: Algorithm,
    /// Published, Signing or Retired.
    pub state: KeyState,
    /// Since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Time>,
}

/// State of a key: Published, Signing or Retired.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq, JsonSchema)]
pub enum KeyState {
    /// It waits until every role can know it.
    #[default]
    Published,
    /// Pods of the api sign with it, or are to.
    Signing,
    /// No pod signs with it any more; its last tokens are still good.
    Retired,
}

/// Short texts for columns.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Ready and wanted replicas of the api, as 2/2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api: Option<String>,
    /// Ready and wanted replicas of all worker pools, as 3/4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workers: Option<String>,
    /// When the next run of any schedule is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_run: Option<Time>,
    /// Tag or short digest of the image that runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
}

/// How grave a problem is.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
pub enum Severity {
    /// The spec is refused until it is mended. What the cluster does not allow refuses an edit; where nothing was accepted before, only what needs it waits.
    #[default]
    Error,
    /// It is accepted, and something will not be as one might think.
    Warning,
    /// Worth knowing.
    Info,
}

/// One problem, with its cure.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProblemReport {
    /// Word of the catalogue: `aegisctl explain CODE`.
    pub code: String,
    /// Error, Warning or Info.
    pub severity: Severity,
    /// Field it is about.
    pub path: String,
    /// What is wrong, and why.
    pub message: String,
    /// What to do.
    pub fix: String,
}

/// One object as it was last written.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InventoryEntry {
    /// Kind of the object.
    pub kind: String,
    /// Name of the object.
    pub name: String,
    /// Its uid; for a Secret, the uid of its anchor.
    pub uid: String,
    /// Hash of the body that was written.
    pub hash: String,
    /// Digest of the operator's managedFields entry after the write.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<String>,
    /// Replicas as last written: a number when fixed, `from N` when something else scales on from there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<String>,
}

/// Data whose declaration is gone.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RetainedEntry {
    /// Kind of the object.
    pub kind: String,
    /// Name of the object.
    pub name: String,
    /// What it belonged to, as `bindings/db`.
    pub section: String,
}
