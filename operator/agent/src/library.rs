//! What every library can be asked for, and which one serves a pool.
//! How a library keeps its messages is the business of its own file.

use aegis_crds::agent::{BrokerType, Transport, Worker};
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{arq::Arq, broker::Link, completed::Progress, dramatiq::Dramatiq, fault::Fault, list::List, stream::Stream, taskiq};

/// Milliseconds since 1970.
pub type Millis = i64;

/// What an answer of a library will be.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, Fault>>;

/// A library's way to keep messages. `key` is the queue's key, its prefix included.
pub trait Library: Send + Sync {
    /// How much work there is.
    fn load<'a>(&'a self, link: &'a Link<'a>, key: &'a str, now: Millis) -> Answer<'a, Numbers>;

    /// Puts a task into a queue, in one step with the note that it was; `false` when that note was there.
    fn enqueue<'a>(&'a self, link: &'a Link<'a>, queue: Queue<'a>, task: &'a Task) -> Answer<'a, bool>;

    /// The first messages of a state, at most `limit`.
    fn peek<'a>(&'a self, link: &'a Link<'a>, key: &'a str, state: State, limit: usize) -> Answer<'a, Vec<Message>>;

    /// Puts dead messages back, the oldest first, at most `limit`; the number of them.
    fn retry<'a>(&'a self, link: &'a Link<'a>, key: &'a str, limit: usize) -> Answer<'a, u64> {
        let _ = (link, key, limit);
        Box::pin(async { Err(Fault::Unsupported("only Dramatiq keeps messages that were given up")) })
    }

    /// Removes every message of a state, none that a worker has; the number of them.
    fn purge<'a>(&'a self, link: &'a Link<'a>, key: &'a str, state: State) -> Answer<'a, u64>;
}

/// The library of a pool.
pub fn of(worker: &Worker) -> Box<dyn Library> {
    match worker.type_ {
        BrokerType::Dramatiq => Box::new(Dramatiq),
        BrokerType::Arq => Box::new(Arq),
        BrokerType::TaskIQ if worker.transport == Some(Transport::List) => Box::new(List { body: taskiq::body }),
        BrokerType::TaskIQ => {
            let group = worker.group.clone().unwrap_or_else(|| taskiq::GROUP.to_owned());
            Box::new(Stream { group: Some(group), body: taskiq::body })
        }
        BrokerType::RedisList => Box::new(List { body: Task::plain }),
        BrokerType::RedisStream => Box::new(Stream { group: worker.group.clone(), body: Task::plain }),
    }
}

/// What was seen of a queue. What a library does not keep is `None`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Numbers {
    /// Messages that a worker could take now.
    pub backlog: u64,
    /// Messages that workers have and did not finish.
    pub in_flight: Option<u64>,
    /// Messages that wait for their time.
    pub delayed: Option<u64>,
    /// When the first of those is due.
    pub next_due: Option<Millis>,
    /// Messages that were given up.
    pub dead: Option<u64>,
    /// Since when the first message of the backlog waits; `Some(None)` without one.
    pub oldest: Option<Option<Millis>>,
    /// From which the finished ones are counted.
    pub progress: Progress,
}

/// Where a task goes.
#[derive(Clone, Copy)]
pub struct Queue<'a> {
    /// Its own name.
    pub name: &'a str,
    /// Its key.
    pub key: &'a str,
    /// Key of the note that the task was enqueued.
    pub note: &'a str,
    /// Seconds that the note stays.
    pub note_seconds: u32,
}

/// A call of an actor.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// One id for one call, however often it is enqueued.
    pub id: String,
    /// Name of the actor, function or task, as the library knows it.
    pub actor: String,
    /// Positional arguments.
    pub args: Vec<Value>,
    /// Named arguments.
    pub kwargs: Map<String, Value>,
    /// When it is enqueued.
    pub now: Millis,
}

impl Task {
    /// The message where there is no library: one JSON object.
    pub fn plain(&self) -> Vec<u8> {
        serde_json::json!({"id": self.id, "actor": self.actor, "args": self.args, "kwargs": self.kwargs}).to_string().into_bytes()
    }
}

/// Where a message stands.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub enum State {
    /// A worker could take it.
    #[default]
    Waiting,
    /// A worker has it.
    InFlight,
    /// It waits for its time.
    Delayed,
    /// It was given up.
    Dead,
}

/// A message, as far as it can be told without the library.
#[derive(Clone, Debug, Default, Serialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// Its id.
    pub id: String,
    /// What it calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// When it was sent or is due, in milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<Millis>,
    /// Length of its body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<usize>,
    /// Its body, as text; only when it is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

impl Message {
    /// A message with a body.
    pub fn with_body(id: String, actor: Option<String>, time: Option<Millis>, body: &[u8]) -> Self {
        Self { id, actor, time, bytes: Some(body.len()), body: Some(String::from_utf8_lossy(body).into_owned()) }
    }
}
