//! A call of an actor, as a schedule or a person asks for it, and the check that it can be passed on unchanged.
//! How it becomes a message is the library's business.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    app::{App, Pool},
    clock,
    fault::Fault,
    library::{Queue, Task},
};

/// How long an id is remembered when nothing is said: a day.
pub const REMEMBERED: u32 = 86_400;

/// What is asked for.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Asked {
    /// Name of the pool.
    pub worker: String,
    /// Name of the queue. Default: the pool's first.
    #[serde(default)]
    pub queue: Option<String>,
    /// What the library calls the actor, function or task.
    pub actor: String,
    /// Positional arguments. Default: none.
    #[serde(default)]
    pub args: Vec<Value>,
    /// Named arguments. Default: none.
    #[serde(default)]
    pub kwargs: Map<String, Value>,
    /// Of calls with one id only the first is enqueued. Default: a new one.
    #[serde(default)]
    pub id: Option<String>,
    /// How long the id is remembered. Default: a day.
    #[serde(default)]
    pub once_seconds: Option<u32>,
}

/// What came of it.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Enqueued {
    /// The id.
    pub id: String,
    /// Whether it was enqueued now; not if that id was before.
    pub enqueued: bool,
}

/// Enqueues a call.
pub async fn enqueue(app: &App, asked: Asked) -> Result<Enqueued, Fault> {
    let pool =
        app.pool(&asked.worker).ok_or_else(|| Fault::Unknown(format!("the app has no worker pool {} with a broker", asked.worker)))?;
    let queue = queue(pool, asked.queue.as_deref())?;
    if asked.actor.is_empty() || asked.id.as_deref() == Some("") {
        return Err(Fault::Request("actor and id must not be empty".to_owned()));
    }
    if asked.args.iter().chain(asked.kwargs.values()).any(is_changed) {
        return Err(Fault::Request("a number is beyond 64 bits and would arrive changed: pass it as a text".to_owned()));
    }
    let id = asked.id.unwrap_or_else(random_id);
    let key = pool.worker.key(queue);
    let note = format!("aegis:enqueued:{}:{}:{id}", app.name, pool.worker.name);
    let note_seconds = asked.once_seconds.unwrap_or(REMEMBERED).max(1);
    let task = Task { id: id.clone(), actor: asked.actor, args: asked.args, kwargs: asked.kwargs, now: clock::now() };
    let link = pool.broker.link().await?;
    let enqueued = pool.library.enqueue(&link, Queue { name: queue, key: &key, note: &note, note_seconds }, &task).await?;
    Ok(Enqueued { id, enqueued })
}

/// A queue of a pool: the named one, or its first.
pub fn queue<'a>(pool: &'a Pool, name: Option<&str>) -> Result<&'a str, Fault> {
    let queues = &pool.worker.queues;
    let found = queues.iter().find(|queue| name.is_none_or(|name| name == *queue));
    found
        .map(String::as_str)
        .ok_or_else(|| Fault::Unknown(format!("worker pool {} has no such queue; it has {}", pool.worker.name, queues.join(", "))))
}

/// Whether a value holds a whole number that JSON parsing has rounded.
fn is_changed(value: &Value) -> bool {
    match value {
        Value::Number(number) => {
            number.is_f64() && number.as_f64().is_some_and(|float| float.fract() == 0.0 && float.abs() >= 2f64.powi(63))
        }
        Value::Array(values) => values.iter().any(is_changed),
        Value::Object(fields) => fields.values().any(is_changed),
        _ => false,
    }
}

/// A version 4 UUID.
fn random_id() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the kernel gives random bytes");
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}
