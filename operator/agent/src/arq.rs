//! arq: ids in a sorted set by the time they are due, where they stay until they are finished; a key says which run.
//! It keeps nothing that was given up: after the last try a job is gone.

use redis::{cmd, pipe};

use crate::{
    broker::{self, Link},
    completed::Progress,
    fault::Fault,
    library::{Answer, Library, Message, Millis, Numbers, Queue, State, Task},
    once::{self, Push},
    pickle::{Item, pickle},
};

/// Due jobs that are looked at to tell which of them run. Workers take the earliest, so those that run are among the first.
const FIRST: usize = 1000;
/// arq's own: a job that is not begun a day after its time is given up.
const EXPIRES_MS: i64 = 86_400_000;

/// arq with its own serializer, pickle.
pub struct Arq;

impl Library for Arq {
    fn load<'a>(&'a self, link: &'a Link<'a>, key: &'a str, now: Millis) -> Answer<'a, Numbers> {
        Box::pin(async move {
            let mut ask = pipe();
            ask.zcount(key, "-inf", now).zcard(key);
            ask.zrangebyscore_limit_withscores(key, "-inf", now, 0, FIRST as isize);
            ask.zrangebyscore_limit_withscores(key, format!("({now}"), "+inf", 0, 1);
            let mut answers = link.ask_all(&ask).await?.into_iter();
            let due: u64 = broker::read(answers.next())?;
            let all: u64 = broker::read(answers.next())?;
            let first: Vec<(String, f64)> = broker::read(answers.next())?;
            let next: Vec<(String, f64)> = broker::read(answers.next())?;
            let runs = running(link, first.iter().map(|(id, _)| id)).await?;
            let in_flight = runs.iter().filter(|runs| **runs).count() as u64;
            let waiting = first.iter().zip(&runs).find(|(_, runs)| !**runs);
            Ok(Numbers {
                backlog: due.saturating_sub(in_flight),
                in_flight: Some(in_flight),
                delayed: Some(all.saturating_sub(due)),
                next_due: next.first().map(|(_, due)| *due as Millis),
                dead: None,
                oldest: Some(waiting.map(|((_, due), _)| *due as Millis)),
                progress: Progress::Left(all),
            })
        })
    }

    fn enqueue<'a>(&'a self, link: &'a Link<'a>, queue: Queue<'a>, task: &'a Task) -> Answer<'a, bool> {
        Box::pin(async move {
            let job = pickle(&Item::Fields(&[
                ("t", Item::None),
                ("f", Item::Text(&task.actor)),
                ("a", Item::Tuple(&task.args)),
                ("k", Item::Object(&task.kwargs)),
                ("et", Item::Int(task.now)),
            ]));
            let (body, result) = (format!("arq:job:{}", task.id), format!("arq:result:{}", task.id));
            let script = "if redis.call('EXISTS', KEYS[3], KEYS[4]) > 0 then return 0 end\n\
                          redis.call('ZADD', KEYS[2], ARGV[1], ARGV[3])\nredis.call('PSETEX', KEYS[3], ARGV[5], ARGV[4])";
            let expires = EXPIRES_MS.to_string();
            let push = Push { script, keys: &[queue.key, &body, &result], args: &[task.id.as_bytes(), &job, expires.as_bytes()] };
            once::push(link, queue, task, push).await
        })
    }

    fn peek<'a>(&'a self, link: &'a Link<'a>, key: &'a str, state: State, limit: usize) -> Answer<'a, Vec<Message>> {
        Box::pin(async move {
            let now = crate::clock::now();
            let (from, to) = match state {
                State::Waiting | State::InFlight => ("-inf".to_owned(), now.to_string()),
                State::Delayed => (format!("({now}"), "+inf".to_owned()),
                State::Dead => return Err(Fault::Unsupported("arq keeps no job that was given up, only its result")),
            };
            let range = cmd("ZRANGEBYSCORE").arg(key).arg(from).arg(to).arg("WITHSCORES").arg("LIMIT").arg(0).arg(FIRST).to_owned();
            let jobs: Vec<(String, f64)> = link.ask(&range).await?;
            let runs = running(link, jobs.iter().map(|(id, _)| id)).await?;
            let wanted = jobs.into_iter().zip(runs).filter(|(_, runs)| *runs == (state == State::InFlight)).take(limit);
            Ok(wanted.map(|((id, due), _)| Message { id, time: Some(due as Millis), ..Message::default() }).collect())
        })
    }

    fn purge<'a>(&'a self, link: &'a Link<'a>, key: &'a str, state: State) -> Answer<'a, u64> {
        Box::pin(async move {
            let now = crate::clock::now();
            let (from, to) = match state {
                State::Waiting => ("-inf".to_owned(), now.to_string()),
                State::Delayed => (format!("({now}"), "+inf".to_owned()),
                State::Dead => return Err(Fault::Unsupported("arq keeps no job that was given up, only its result")),
                State::InFlight => return Err(Fault::Unsupported("what a worker has is not purged")),
            };
            // a page that only holds running jobs ends it: those stay in the set
            let script = "local gone = 0 for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], ARGV[1], ARGV[2], 'LIMIT', ARGV[3], 1000)) do \
                          if redis.call('EXISTS', 'arq:in-progress:' .. id) == 0 then redis.call('ZREM', KEYS[1], id) \
                          redis.call('UNLINK', 'arq:job:' .. id, 'arq:retry:' .. id) gone = gone + 1 end end return gone";
            let (mut removed, mut kept) = (0, 0);
            loop {
                let left: u64 = link.ask(cmd("ZCOUNT").arg(key).arg(&from).arg(&to)).await?;
                if left <= kept {
                    return Ok(removed);
                }
                let gone: u64 = link.ask(cmd("EVAL").arg(script).arg(1).arg(key).arg(&from).arg(&to).arg(kept)).await?;
                removed += gone;
                kept += left.min(kept + 1000).saturating_sub(kept).saturating_sub(gone);
            }
        })
    }
}

/// Which of these jobs run. The key of a killed worker's job stays for the job's timeout, and so long nobody else takes it.
async fn running(link: &Link<'_>, ids: impl Iterator<Item = &String>) -> Result<Vec<bool>, Fault> {
    let keys: Vec<String> = ids.map(|id| format!("arq:in-progress:{id}")).collect();
    if keys.is_empty() {
        return Ok(vec![]);
    }
    let held: Vec<Option<String>> = link.ask(cmd("MGET").arg(keys)).await?;
    Ok(held.iter().map(Option::is_some).collect())
}
