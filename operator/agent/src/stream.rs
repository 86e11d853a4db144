//! A stream that a consumer group reads: what no consumer has seen waits, what is not acknowledged is in flight.
//! The stream's length says nothing: it never shrinks. Only before there is a group does it count.

use std::collections::HashMap;

use redis::{RedisResult, Value, cmd, from_redis_value, pipe};

use crate::{
    broker::{self, Link},
    completed::Progress,
    fault::Fault,
    library::{Answer, Library, Message, Millis, Numbers, Queue, State, Task},
    once::{self, Push},
};

/// Entries that are counted one by one where the server does not know the lag; a longer backlog counts as so many.
const COUNTED: usize = 1000;

/// A stream with messages of some format in the field `data`.
pub struct Stream {
    /// The group that counts; the only one there is if not given.
    pub group: Option<String>,
    /// The message of a task.
    pub body: fn(&Task) -> Vec<u8>,
}

/// A consumer group as the server describes it.
struct Group {
    name: String,
    pending: u64,
    last: String,
    read: Option<u64>,
    lag: Option<u64>,
}

/// Entries of a stream: ids and fields.
type Entries = Vec<(String, HashMap<String, Vec<u8>>)>;

impl Library for Stream {
    fn load<'a>(&'a self, link: &'a Link<'a>, key: &'a str, _now: Millis) -> Answer<'a, Numbers> {
        Box::pin(async move {
            let (length, group) = self.seen(link, key).await?;
            if group.is_none() && length > 0 {
                self.begin(link, key).await?;
            }
            let last = group.as_ref().map_or("-".to_owned(), |group| format!("({}", group.last));
            let backlog = match &group {
                None => length,
                Some(Group { lag: Some(lag), .. }) => *lag,
                Some(_) => entries(link, key, &last, COUNTED).await?.len() as u64,
            };
            let oldest = if backlog == 0 { None } else { entries(link, key, &last, 1).await?.first().and_then(|(id, _)| time(id)) };
            let pending = group.as_ref().map_or(0, |group| group.pending);
            Ok(Numbers {
                backlog,
                in_flight: Some(pending),
                delayed: None,
                next_due: None,
                dead: None,
                oldest: Some(oldest),
                progress: match group.and_then(|group| group.read) {
                    Some(read) => Progress::Finished(read.saturating_sub(pending)),
                    None => Progress::Left(backlog + pending),
                },
            })
        })
    }

    fn enqueue<'a>(&'a self, link: &'a Link<'a>, queue: Queue<'a>, task: &'a Task) -> Answer<'a, bool> {
        Box::pin(async move {
            // as in `begin`, but also of a stream that is not there yet
            let script = "if ARGV[4] ~= '' then redis.pcall('XGROUP', 'CREATE', KEYS[2], ARGV[4], '0', 'MKSTREAM') end\n\
                          redis.call('XADD', KEYS[2], '*', 'data', ARGV[3])";
            let group = self.group.as_deref().unwrap_or_default();
            let push = Push { script, keys: &[queue.key], args: &[&(self.body)(task), group.as_bytes()] };
            once::push(link, queue, task, push).await
        })
    }

    fn peek<'a>(&'a self, link: &'a Link<'a>, key: &'a str, state: State, limit: usize) -> Answer<'a, Vec<Message>> {
        Box::pin(async move {
            let (_, group) = self.seen(link, key).await?;
            match (state, group) {
                (State::Waiting, group) => {
                    let last = group.map_or("-".to_owned(), |group| format!("({}", group.last));
                    let found = entries(link, key, &last, limit).await?;
                    let empty = vec![];
                    Ok(found.into_iter().map(|(id, fields)| told(id.clone(), time(&id), fields.get("data").unwrap_or(&empty))).collect())
                }
                (State::InFlight, Some(group)) => {
                    let ask = cmd("XPENDING").arg(key).arg(group.name).arg("-").arg("+").arg(limit).to_owned();
                    let pending: Vec<(String, String, i64, u64)> = link.ask(&ask).await?;
                    Ok(pending.into_iter().map(|(id, ..)| Message { time: time(&id), id, ..Message::default() }).collect())
                }
                (State::InFlight, None) => Ok(vec![]),
                _ => Err(Fault::Unsupported("a stream holds waiting messages and those in flight")),
            }
        })
    }

    fn purge<'a>(&'a self, link: &'a Link<'a>, key: &'a str, state: State) -> Answer<'a, u64> {
        Box::pin(async move {
            if state != State::Waiting {
                return Err(Fault::Unsupported("of a stream only what waits is purged"));
            }
            let waiting = self.load(link, key, 0).await?.backlog;
            match self.seen(link, key).await? {
                (_, Some(group)) => link.ask::<()>(cmd("XGROUP").arg("SETID").arg(key).arg(group.name).arg("$")).await?,
                (_, None) => link.ask::<()>(cmd("UNLINK").arg(key)).await?,
            }
            Ok(waiting)
        })
    }
}

impl Stream {
    /// Makes the group of a stream in which messages wait. A worker that finds none begins with what comes later: what was
    /// sent before the first worker would never be run.
    async fn begin(&self, link: &Link<'_>, key: &str) -> Result<(), Fault> {
        let Some(group) = &self.group else { return Ok(()) };
        match link.ask::<()>(cmd("XGROUP").arg("CREATE").arg(key).arg(group).arg("0")).await {
            // somebody was faster
            Err(Fault::Broker { text, .. }) if text.contains("BUSYGROUP") => Ok(()),
            made => made,
        }
    }

    /// The stream's length and its group, if there is one.
    async fn seen(&self, link: &Link<'_>, key: &str) -> Result<(u64, Option<Group>), Fault> {
        let mut answers = link.ask_all(pipe().cmd("XLEN").arg(key).cmd("XINFO").arg("GROUPS").arg(key)).await?.into_iter();
        let length: u64 = broker::read(answers.next())?;
        let groups: Vec<HashMap<String, Value>> = match broker::read(answers.next()) {
            // of a stream that is not there, the server knows no groups
            Err(Fault::Broker { text, .. }) if text.contains("no such key") => vec![],
            groups => groups?,
        };
        let mut groups = groups.iter().map(Group::read).collect::<RedisResult<Vec<_>>>()?;
        match &self.group {
            Some(name) => groups.retain(|group| group.name == *name),
            None if groups.len() > 1 => return Err(Fault::Ambiguous(key.to_owned())),
            None => {}
        }
        Ok((length, groups.pop()))
    }
}

impl Group {
    fn read(fields: &HashMap<String, Value>) -> RedisResult<Self> {
        let field = |name: &str| fields.get(name).unwrap_or(&Value::Nil);
        Ok(Self {
            name: from_redis_value(field("name"))?,
            pending: from_redis_value(field("pending"))?,
            last: from_redis_value(field("last-delivered-id"))?,
            read: from_redis_value(field("entries-read"))?,
            lag: from_redis_value(field("lag"))?,
        })
    }
}

/// A message of one of the formats of ours, as far as it can be told.
pub fn told(id: String, time: Option<Millis>, body: &[u8]) -> Message {
    let read: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |names: [&str; 2]| names.iter().find_map(|name| read[*name].as_str()).map(str::to_owned);
    let id = text(["task_id", "id"]).unwrap_or(id);
    Message::with_body(id, text(["task_name", "actor"]), time, body)
}

async fn entries(link: &Link<'_>, key: &str, from: &str, count: usize) -> Result<Entries, Fault> {
    link.ask(cmd("XRANGE").arg(key).arg(from).arg("+").arg("COUNT").arg(count)).await
}

/// When an entry was added, by its id.
fn time(id: &str) -> Option<Millis> {
    id.split('-').next()?.parse().ok()
}
