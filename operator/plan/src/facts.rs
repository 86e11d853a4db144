//! What the cluster told us about one app, as plain data, the time included.
//! Nothing here is fetched; the controller's reader fills it in.

mod access;
mod routes;

use std::collections::BTreeMap;

use aegis_crds::status::{AegisAppStatus, InventoryEntry, QueueStatus};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use access::Access;
pub use routes::{OtherRoute, RouteSeen, Verdict};

use crate::{canonical::Text, names::AGENT};

/// Everything known about one app at one moment.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Facts {
    /// The time of this look.
    pub now: Timestamp,
    /// What the operator's installation decides.
    pub settings: Settings,
    /// Kinds of the table that the cluster lacks, as in `HTTPRoute`: nothing of them is planned.
    pub lacking: Vec<String>,
    /// The manifest that the app refers to.
    pub manifest: Option<Manifest>,
    /// Objects with the app's label, or owned by it.
    pub children: Vec<Seen>,
    /// Pods of the app.
    pub pods: Vec<PodSeen>,
    /// Warning events about the app's stuck pods and workloads, newest last.
    pub warnings: Vec<Warning>,
    /// Routes of other apps for hosts that this one asks for or has.
    pub routes: Vec<OtherRoute>,
    /// What is to be told of each pool's queues.
    pub queues: Vec<QueueStatus>,
    /// Pools that are to move and may: no worker has a task, or that was waited for long enough.
    pub rested: Vec<String>,
    /// Of these, the ones whose workers may still have had a task then.
    pub given_up: Vec<String>,
    /// The status as last written.
    pub status: AegisAppStatus,
}

/// What is known of a manifest.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Manifest {
    /// The spec that it makes in the chosen environment.
    Spec(Text),
    /// It is there, and something is wrong in it.
    Refused(Vec<Fault>),
    /// Its content is not there, cannot be read or is another than asked for.
    Unavailable(Fault),
}

/// What is wrong, and the cure.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fault {
    /// What is wrong, with its place.
    pub message: String,
    /// What to do.
    pub fix: String,
}

/// What the operator's installation decides.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Settings {
    /// Image of provisioned PostgreSQL bindings.
    pub postgres_image: String,
    /// Image of provisioned Redis bindings.
    pub redis_image: String,
    /// Image of the agent: the operator's own.
    pub agent_image: String,
    /// SHA-256, in hexadecimal, of the token that opens this app's agent.
    pub agent_token_sha256: Option<String>,
    /// Labels by which Prometheus finds PodMonitors and PrometheusRules.
    pub monitor_labels: BTreeMap<String, String>,
    /// Who reaches the pods of every app.
    pub access: Access,
    /// Seconds for which a signing key is published before it signs: time for nodes to refresh what pods have mounted, and for
    /// these to look at it.
    pub key_lead_seconds: i64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            postgres_image: "aegis.local/postgres:15".into(),
            redis_image: "aegis.local/redis:7".into(),
            agent_image: "aegis.local/operator:dev".into(),
            agent_token_sha256: None,
            monitor_labels: BTreeMap::new(),
            access: Access::default(),
            key_lead_seconds: 180,
        }
    }
}

/// Kind and name of a child; its namespace is the app's.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Kind, as in `Deployment`.
    pub kind: String,
    /// Name.
    pub name: String,
}

/// One object, as far as decisions need it.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Seen {
    /// Which object.
    pub key: Key,
    /// Its uid.
    pub uid: String,
    /// Its resourceVersion.
    pub resource_version: String,
    /// Uids of its owners.
    pub owners: Vec<String>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its annotations of the `aegis.dev` group.
    pub annotations: BTreeMap<String, String>,
    /// Whether its deletion has begun.
    pub deleting: bool,
    /// The operator's own managedFields entry.
    pub fields: Option<Fields>,
    /// What others hold of it, and the operator does not.
    pub rivals: Vec<Rival>,
    /// What its kind adds.
    pub detail: Detail,
}

/// The operator's managedFields entry of an object.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Fields {
    /// Whether the last write was a create; its entry must become an apply entry before the first apply.
    pub is_update: bool,
    /// Digest of the entry's operation, time and fields: it moves with every edit of ours, and when others take a field.
    pub digest: String,
}

/// Fields that somebody else set.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Rival {
    /// Its field manager.
    pub manager: String,
    /// Its fields as managedFields writes them, without those that Kubernetes itself sets and those that the operator holds too.
    pub fields: Value,
}

/// What a kind adds to metadata.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Detail {
    /// Nothing.
    #[default]
    Plain,
    /// Deployment or StatefulSet.
    Workload(WorkloadSeen),
    /// Job.
    Job(JobSeen),
    /// CronJob.
    CronJob(CronJobSeen),
    /// PersistentVolumeClaim.
    Claim(ClaimSeen),
    /// ControllerRevision.
    Revision(RevisionSeen),
    /// HTTPRoute or Ingress.
    Route(RouteSeen),
}

/// State of a Deployment or StatefulSet.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct WorkloadSeen {
    /// Generation of its spec.
    pub generation: i64,
    /// Generation its controller has seen.
    pub observed_generation: i64,
    /// Wanted replicas.
    pub replicas: i32,
    /// Replicas that exist, old ones included.
    pub current: i32,
    /// Replicas of the newest template.
    pub updated: i32,
    /// Ready replicas.
    pub ready: i32,
    /// Image of the first container of its template.
    pub image: String,
    /// Message of a ReplicaFailure condition: quota, admission or Pod Security in the server's words.
    pub failure: Option<String>,
    /// Since when it has that condition.
    pub failing_since: Option<Timestamp>,
    /// Digest of its pod template, as the operator wrote it.
    pub template: Option<String>,
    /// Word of the last restart in its pod template.
    pub restarted: Option<String>,
    /// Id of the signing key in its pod template.
    pub kid: Option<String>,
    /// Whether its controller saw no progress within the deadline.
    pub is_overdue: bool,
}

/// State of a Job.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct JobSeen {
    /// When it was created.
    pub created: Timestamp,
    /// Pods that run.
    pub active: i32,
    /// Pods that failed.
    pub failed: i32,
    /// Whether it completed.
    pub complete: bool,
    /// Reason of its Failed condition, as BackoffLimitExceeded or DeadlineExceeded.
    pub failure: Option<String>,
}

/// State of a CronJob.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CronJobSeen {
    /// When it was created.
    pub created: Timestamp,
    /// When it last started a run.
    pub last_schedule: Option<Timestamp>,
    /// When a run last succeeded.
    pub last_success: Option<Timestamp>,
    /// Runs in progress.
    pub active: i32,
}

/// State of a PersistentVolumeClaim.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ClaimSeen {
    /// Pending, Bound or Lost.
    pub phase: String,
    /// Size asked for, as a Kubernetes quantity.
    pub request: String,
    /// Its access modes.
    pub modes: Vec<String>,
    /// Its StorageClass.
    pub class: Option<String>,
    /// Whether the operator wrote the class; otherwise the cluster did.
    pub is_class_ours: bool,
}

/// An accepted spec as it was recorded.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RevisionSeen {
    /// Its number; the highest is the last accepted.
    pub number: i64,
    /// The spec.
    pub spec: Text,
}

/// One pod of the app.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct PodSeen {
    /// Its name.
    pub name: String,
    /// Its uid.
    pub uid: String,
    /// Its address in the cluster; empty before it has one.
    pub ip: String,
    /// Role it belongs to, from its label.
    pub role: String,
    /// Section it belongs to, from its label.
    pub section: String,
    /// When it was created.
    pub created: Timestamp,
    /// Pending, Running, Succeeded, Failed or Unknown.
    pub phase: String,
    /// Whether its Ready condition is true.
    pub ready: bool,
    /// Whether its deletion has begun.
    pub deleting: bool,
    /// Message of a false PodScheduled condition.
    pub unschedulable: Option<String>,
    /// When a node took it.
    pub scheduled: Option<Timestamp>,
    /// Digest of the template it was made from.
    pub template: Option<String>,
    /// Id of the key that it signs with.
    pub kid: Option<String>,
    /// Its app container.
    pub container: ContainerSeen,
}

/// State of a pod's container.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ContainerSeen {
    /// Image it was asked to run.
    pub image: String,
    /// Reason and message of its waiting state.
    pub waiting: Option<(String, String)>,
    /// Exit code and reason of its last end; never the termination message, which may hold secrets.
    pub ended: Option<(i32, String)>,
    /// Whether it runs now.
    pub running: bool,
    /// Times it was restarted.
    pub restarts: i32,
}

/// A Warning event.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Warning {
    /// Kind of the object it is about.
    pub kind: String,
    /// Name of the object it is about.
    pub name: String,
    /// Its reason, as FailedMount.
    pub reason: String,
    /// Its message.
    pub message: String,
    /// How often it happened.
    pub count: i32,
}

impl Facts {
    /// The child of that kind and name.
    pub fn child(&self, kind: &str, name: &str) -> Option<&Seen> {
        self.children.iter().find(|seen| seen.key.kind == kind && seen.key.name == name)
    }

    /// The state of a Deployment or StatefulSet.
    pub fn workload(&self, kind: &str, name: &str) -> Option<&WorkloadSeen> {
        match &self.child(kind, name)?.detail {
            Detail::Workload(workload) => Some(workload),
            _ => None,
        }
    }

    /// The state of a Job.
    pub fn job(&self, name: &str) -> Option<&JobSeen> {
        match &self.child("Job", name)?.detail {
            Detail::Job(job) => Some(job),
            _ => None,
        }
    }

    /// The state of an HTTPRoute or Ingress.
    pub fn route(&self, kind: &str, name: &str) -> Option<&RouteSeen> {
        match &self.child(kind, name)?.detail {
            Detail::Route(route) => Some(route),
            _ => None,
        }
    }

    /// Recorded specs with the object that holds each.
    pub fn revisions(&self) -> impl Iterator<Item = (&Seen, &RevisionSeen)> {
        self.children.iter().filter_map(|seen| match &seen.detail {
            Detail::Revision(revision) => Some((seen, revision)),
            _ => None,
        })
    }

    /// The agent's pod to ask: the newest that is ready.
    pub fn agent(pods: &[PodSeen]) -> Option<&PodSeen> {
        pods.iter().filter(|pod| pod.section == AGENT && pod.ready && !pod.deleting).max_by_key(|pod| pod.created)
    }

    /// What was last written for a child.
    pub fn entry(&self, kind: &str, name: &str) -> Option<&InventoryEntry> {
        self.status.inventory.iter().find(|entry| entry.kind == kind && entry.name == name)
    }
}

impl WorkloadSeen {
    /// Whether its controller has caught up and only pods of the newest template are there, all ready.
    pub fn is_settled(&self) -> bool {
        self.observed_generation >= self.generation && [self.current, self.updated, self.ready].iter().all(|count| *count == self.replicas)
    }
}

impl PodSeen {
    /// Whether nothing of it runs any more or will.
    pub fn is_over(&self) -> bool {
        matches!(self.phase.as_str(), "Succeeded" | "Failed")
    }
}
