//! `spec.workers`: pools of queue workers.
//! Queues keep their own names in `args` and `broker.queues`; the pool's name is only for objects.

use kube_derive::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{concurrency::Concurrency, replicas::Replicas, role::Process, rules};

/// One pool of equal workers.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, KubeSchema)]
#[x_kube(crates(kube_core = "::kube_core"))]
#[x_kube(validation = Rule::new("!has(self.scaling) || has(self.broker)").message(rules::SCALING_WITHOUT_BROKER))]
#[serde(rename_all = "camelCase")]
pub struct Worker {
    /// Name of the pool: lower-case letters, digits and single hyphens. Also the role's name in `files` and `volumes`.
    #[schemars(length(min = 1, max = 30), regex(pattern = rules::PART_NAME_PATTERN))]
    pub name: String,
    /// The process.
    #[serde(flatten)]
    pub process: Process,
    /// Where its tasks wait: what the pool's work is counted in. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broker: Option<Broker>,
    /// Bounds of its pods. With different ones and a broker, the work moves the count: to 0 only when nothing waits, runs or becomes due. Default: 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replicas: Option<Replicas>,
    /// Processes and threads in one pod. Default: the image's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<Concurrency>,
    /// How the work moves the count between the bounds. Default: 50 tasks per pod, fewer pods after 300 s of less work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scaling: Option<Scaling>,
    /// How long a worker may go on with the task it has when it is asked to end. Default: the grace of `stop` alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drain: Option<Drain>,
}

/// The queues of a pool, as its library keeps them.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Broker {
    /// The library: Dramatiq, Arq or TaskIQ; or a plain RedisList or RedisStream.
    #[serde(rename = "type")]
    pub type_: BrokerType,
    /// Binding of type redis whose Secret says where the broker is.
    #[schemars(length(min = 1, max = 30), regex(pattern = rules::PART_NAME_PATTERN))]
    pub binding: String,
    /// Queues that the pool works on, by their own names. Default: the pool's name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), inner(length(min = 1, max = 128)))]
    pub queues: Vec<String>,
    /// Number of the Redis database. Default: the one that the binding's `uri` names, or 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 65535))]
    pub database: Option<i32>,
    /// What stands before the queues' names in keys. Default: the library's own: dramatiq, arq:queue, taskiq; nothing for a plain list or stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub prefix: Option<String>,
}

/// The library of a broker: Dramatiq, Arq, TaskIQ, RedisList or RedisStream.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
pub enum BrokerType {
    /// Dramatiq on Redis.
    #[default]
    Dramatiq,
    /// arq.
    Arq,
    /// TaskIQ on Redis streams.
    TaskIQ,
    /// A list of tasks; those in flight are not to be seen, so that one pod always stays, unless drain.busyPattern tells who is busy.
    RedisList,
    /// A stream with consumer groups.
    RedisStream,
}

/// How much work a pod takes, and how long less work must last.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Scaling {
    /// Tasks, waiting and in flight, for one pod. Default: 50.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000000))]
    pub backlog_per_replica: Option<i64>,
    /// Seconds in which fewer pods would have been enough before pods are taken away. Default: 300.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 86400))]
    pub scale_down_delay_seconds: Option<i64>,
}

/// Time for tasks in flight.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Drain {
    /// Seconds for the longest task; added to the pod's grace period. Default: 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 86400))]
    pub timeout_seconds: Option<i64>,
    /// Redis key that keeps the app's workers from taking new tasks while it is set: set, always with a time to live, before pods of a library are taken away that gives up tasks when it is asked to end (arq). Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    pub pause_key: Option<String>,
    /// Redis keys, as a pattern of SCAN, that the app's workers hold while they are busy. Default: none; the tasks in flight are counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    pub busy_pattern: Option<String>,
}
