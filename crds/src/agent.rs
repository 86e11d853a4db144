//! What the agent is told: the file that the planner writes into a ConfigMap and the agent reads, in one type.
//! No address and no password stands here: those come as variables, which the operator never reads.

use serde::{Deserialize, Serialize};

pub use crate::workers::BrokerType;

/// Version of the configuration that this release writes and reads.
pub const VERSION: u32 = 1;
/// Port of its pod's loopback, on which it serves everything to whoever may forward a port to the pod.
pub const LOOPBACK_PORT: u16 = 8082;

/// Everything one agent needs to know about its app.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Agent {
    /// `VERSION`.
    pub version: u32,
    /// Name of the app; label `app` of every metric.
    pub app: String,
    /// Seconds between two looks at the brokers. Default: 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval_seconds: Option<u32>,
    /// SHA-256, in hexadecimal, of the bearer token that opens the requests that change something on the pod's network.
    /// Default: none, they are served on loopback only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_sha256: Option<String>,
    /// The Redis servers that hold queues.
    pub bindings: Vec<Binding>,
    /// The worker pools that have a broker.
    pub workers: Vec<Worker>,
}

/// One Redis server.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Binding {
    /// Name of the binding.
    pub name: String,
    /// Name of the variable that carries its URI: `redis://` or `rediss://`, user, password, host, port, database.
    pub uri_env: String,
    /// File with the certificates, in PEM, that vouch for a `rediss://` server. Default: those that `SSL_CERT_FILE` names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<String>,
}

/// One worker pool and where its work waits.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Worker {
    /// Name of the pool; label `worker` of its metrics.
    pub name: String,
    /// Name of its binding.
    pub binding: String,
    /// The library that owns the keys.
    #[serde(rename = "type")]
    pub type_: BrokerType,
    /// Its queues, by their own names.
    pub queues: Vec<String>,
    /// Index of the database. Default: that of the URI.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<i32>,
    /// What stands before the queue's name in its key, without the colon; empty for keys that are the queue's name alone.
    /// Default: `BrokerType::prefix`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// Consumer group of a stream. Default: `taskiq` for TaskIQ, else the only group that the stream has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// How TaskIQ keeps its messages: Stream or List. Default: Stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transport: Option<Transport>,
    /// Key that makes the workers take no further task while it is there. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause_key: Option<String>,
    /// Pattern of the keys that workers hold while they run a task. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub busy_pattern: Option<String>,
}

impl Worker {
    /// The key of a queue: for Dramatiq what its other keys begin with.
    pub fn key(&self, queue: &str) -> String {
        match self.prefix.as_deref().unwrap_or(self.type_.prefix()) {
            "" => queue.to_owned(),
            prefix => format!("{prefix}:{queue}"),
        }
    }
}

impl BrokerType {
    /// What stands before a queue's name in its key when nothing else is said.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Dramatiq => "dramatiq",
            Self::Arq => "arq:queue",
            Self::TaskIQ => "taskiq",
            Self::RedisList | Self::RedisStream => "",
        }
    }
}

/// How TaskIQ keeps its messages: Stream or List. Default: Stream.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub enum Transport {
    /// RedisStreamBroker: acknowledged when done.
    #[default]
    Stream,
    /// ListQueueBroker: gone from Redis as soon as a worker has it.
    List,
}
