//! Dramatiq's RedisBroker: ids in a list, bodies in a hash that keeps them until they are acknowledged.
//! `.DQ` holds what waits for its time, retries too, and only a running worker moves that; `.XQ` what was given up.

use std::collections::HashMap;

use redis::{cmd, pipe};
use serde::{Deserialize, Serialize};
use serde_json::{json, value::RawValue};

use crate::{
    broker::Link,
    completed::Progress,
    fault::Fault,
    library::{Answer, Library, Message, Millis, Numbers, Queue, State, Task},
    once::{self, Push},
};

const NAME: &str = "Dramatiq";
/// Delayed messages that are read to find the first due one.
const SAMPLE: usize = 100;

/// The broker of dramatiq 1 and 2.
pub struct Dramatiq;

/// What of a message is read. Arguments stay as they are written: Python's numbers have no bounds.
#[derive(Deserialize, Serialize)]
struct Body<'a> {
    #[serde(borrow)]
    queue_name: &'a RawValue,
    actor_name: String,
    #[serde(borrow)]
    args: &'a RawValue,
    #[serde(borrow)]
    kwargs: &'a RawValue,
    #[serde(borrow)]
    options: HashMap<String, &'a RawValue>,
    message_id: String,
    message_timestamp: Millis,
}

impl Library for Dramatiq {
    fn load<'a>(&'a self, link: &'a Link<'a>, key: &'a str, _now: Millis) -> Answer<'a, Numbers> {
        Box::pin(async move {
            let (bodies, delayed_bodies) = (format!("{key}.msgs"), format!("{key}.DQ.msgs"));
            let mut ask = pipe();
            ask.llen(key).hlen(&bodies).hlen(&delayed_bodies).zcard(format!("{key}.XQ")).lindex(key, 0);
            // at once, or a message that moves between two answers counts twice or not at all
            let (listed, held, delayed, dead, first): (u64, u64, u64, u64, Option<String>) = link.ask_at_once(&mut ask).await?;
            let oldest = match first {
                Some(id) => link.ask::<Option<Vec<u8>>>(cmd("HGET").arg(&bodies).arg(id)).await?.and_then(|body| sent(&body)),
                None => None,
            };
            let next_due = if delayed == 0 { None } else { first_due(link, &delayed_bodies).await? };
            Ok(Numbers {
                backlog: listed,
                in_flight: Some(held.saturating_sub(listed)),
                delayed: Some(delayed),
                next_due,
                dead: Some(dead),
                oldest: Some(oldest),
                progress: Progress::Left(held.max(listed) + delayed + dead),
            })
        })
    }

    fn enqueue<'a>(&'a self, link: &'a Link<'a>, queue: Queue<'a>, task: &'a Task) -> Answer<'a, bool> {
        Box::pin(async move {
            let body = json!({
                "queue_name": queue.name,
                "actor_name": task.actor,
                "args": task.args,
                "kwargs": task.kwargs,
                "options": {"redis_message_id": task.id},
                "message_id": task.id,
                "message_timestamp": task.now,
            });
            let (bodies, body) = (format!("{}.msgs", queue.key), body.to_string());
            let script = "redis.call('RPUSH', KEYS[2], ARGV[3])\nredis.call('HSET', KEYS[3], ARGV[3], ARGV[4])";
            let push = Push { script, keys: &[queue.key, &bodies], args: &[task.id.as_bytes(), body.as_bytes()] };
            once::push(link, queue, task, push).await
        })
    }

    fn peek<'a>(&'a self, link: &'a Link<'a>, key: &'a str, state: State, limit: usize) -> Answer<'a, Vec<Message>> {
        Box::pin(async move {
            let (ids, place): (Vec<String>, _) = match state {
                State::Waiting => (link.ask(cmd("LRANGE").arg(key).arg(0).arg(limit - 1)).await?, format!("{key}.msgs")),
                State::Dead => (link.ask(cmd("ZRANGE").arg(format!("{key}.XQ")).arg(0).arg(limit - 1)).await?, format!("{key}.XQ.msgs")),
                State::Delayed => {
                    let place = format!("{key}.DQ.msgs");
                    let page = sample(link, &place, limit).await?;
                    return page.iter().take(limit).map(|(_, body)| message(key, body)).collect();
                }
                State::InFlight => return Err(Fault::Unsupported("Dramatiq does not tell which messages a worker has")),
            };
            if ids.is_empty() {
                return Ok(vec![]);
            }
            let bodies: Vec<Option<Vec<u8>>> = link.ask(cmd("HMGET").arg(place).arg(ids)).await?;
            bodies.iter().flatten().map(|body| message(key, body)).collect()
        })
    }

    fn retry<'a>(&'a self, link: &'a Link<'a>, key: &'a str, limit: usize) -> Answer<'a, u64> {
        Box::pin(async move {
            let (dead, dead_bodies, bodies) = (format!("{key}.XQ"), format!("{key}.XQ.msgs"), format!("{key}.msgs"));
            let ids: Vec<String> = link.ask(cmd("ZRANGE").arg(&dead).arg(0).arg(limit - 1)).await?;
            let mut moved = 0;
            for id in ids {
                let Some(body) = link.ask::<Option<Vec<u8>>>(cmd("HGET").arg(&dead_bodies).arg(&id)).await? else { continue };
                let fresh = fresh(key, &body)?;
                // whoever takes it out of the dead ones puts it back: twice at once moves it once
                let script = "if redis.call('ZREM', KEYS[1], ARGV[1]) == 0 then return 0 end redis.call('HDEL', KEYS[2], ARGV[1]) \
                              redis.call('HSET', KEYS[3], ARGV[1], ARGV[2]) redis.call('RPUSH', KEYS[4], ARGV[1]) return 1";
                let mut eval = cmd("EVAL");
                eval.arg(script).arg(4).arg(&[&dead, &dead_bodies, &bodies]).arg(key).arg(&id).arg(fresh);
                moved += link.ask::<u64>(&eval).await?;
            }
            Ok(moved)
        })
    }

    fn purge<'a>(&'a self, link: &'a Link<'a>, key: &'a str, state: State) -> Answer<'a, u64> {
        Box::pin(async move {
            match state {
                State::Waiting => purge_waiting(link, key).await,
                State::Dead => {
                    let (dead, bodies) = (format!("{key}.XQ"), format!("{key}.XQ.msgs"));
                    let (count, _): (u64, u64) = link.ask_at_once(pipe().zcard(&dead).unlink(&[dead, bodies])).await?;
                    Ok(count)
                }
                State::Delayed => {
                    Err(Fault::Unsupported("a running Dramatiq worker holds the delayed messages: purge them once they wait"))
                }
                State::InFlight => Err(Fault::Unsupported("what a worker has is not purged")),
            }
        })
    }
}

/// Removes what is listed, with its bodies; those of messages in flight stay. A thousand at a time, so that workers are not held up.
async fn purge_waiting(link: &Link<'_>, key: &str) -> Result<u64, Fault> {
    let script = "local ids = redis.call('LPOP', KEYS[1], ARGV[1]) if not ids then return 0 end \
                  redis.call('HDEL', KEYS[2], unpack(ids)) return #ids";
    let total: u64 = link.ask(cmd("LLEN").arg(key)).await?;
    let mut removed = 0;
    while removed < total {
        let count: u64 =
            link.ask(cmd("EVAL").arg(script).arg(2).arg(key).arg(format!("{key}.msgs")).arg((total - removed).min(1000))).await?;
        if count == 0 {
            break;
        }
        removed += count;
    }
    Ok(removed)
}

/// The message as if it never had failed.
fn fresh(key: &str, body: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut body: Body = serde_json::from_slice(body).map_err(|_| Fault::Foreign(format!("{key}.XQ.msgs"), NAME))?;
    for said in ["retries", "traceback", "eta"] {
        body.options.remove(said);
    }
    serde_json::to_vec(&body).map_err(|error| Fault::Request(error.to_string()))
}

fn message(key: &str, body: &[u8]) -> Result<Message, Fault> {
    let read: Body = serde_json::from_slice(body).map_err(|_| Fault::Foreign(format!("{key}.msgs"), NAME))?;
    let time = due(&read).unwrap_or(read.message_timestamp);
    Ok(Message::with_body(read.message_id, Some(read.actor_name), Some(time), body))
}

fn sent(body: &[u8]) -> Option<Millis> {
    serde_json::from_slice::<Body>(body).ok().map(|body| body.message_timestamp)
}

fn due(body: &Body) -> Option<Millis> {
    body.options.get("eta")?.get().parse().ok()
}

/// When the first delayed message is due: exact up to `SAMPLE` of them, beyond that the first of as many.
async fn first_due(link: &Link<'_>, bodies: &str) -> Result<Option<Millis>, Fault> {
    let page = sample(link, bodies, SAMPLE).await?;
    Ok(page.iter().filter_map(|(_, body)| due(&serde_json::from_slice(body).ok()?)).min())
}

async fn sample(link: &Link<'_>, bodies: &str, count: usize) -> Result<Vec<(String, Vec<u8>)>, Fault> {
    let (_, page): (u64, Vec<(String, Vec<u8>)>) = link.ask(cmd("HSCAN").arg(bodies).arg(0).arg("COUNT").arg(count)).await?;
    Ok(page)
}
