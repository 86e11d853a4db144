//! A list that workers pop from its right end: what a worker has taken is no longer in Redis.
//! So nobody outside the workers knows what is in flight, and nothing here says it is nothing.

use redis::{cmd, pipe};

use crate::{
    broker::Link,
    completed::Progress,
    fault::Fault,
    library::{Answer, Library, Message, Millis, Numbers, Queue, State, Task},
    once::{self, Push},
    stream,
};

/// A list with messages of some format.
pub struct List {
    /// The message of a task.
    pub body: fn(&Task) -> Vec<u8>,
}

impl Library for List {
    fn load<'a>(&'a self, link: &'a Link<'a>, key: &'a str, _now: Millis) -> Answer<'a, Numbers> {
        Box::pin(async move {
            let backlog: u64 = link.ask(cmd("LLEN").arg(key)).await?;
            Ok(Numbers { backlog, progress: Progress::Left(backlog), ..Numbers::default() })
        })
    }

    fn enqueue<'a>(&'a self, link: &'a Link<'a>, queue: Queue<'a>, task: &'a Task) -> Answer<'a, bool> {
        Box::pin(async move {
            let push = Push { script: "redis.call('LPUSH', KEYS[2], ARGV[3])", keys: &[queue.key], args: &[&(self.body)(task)] };
            once::push(link, queue, task, push).await
        })
    }

    fn peek<'a>(&'a self, link: &'a Link<'a>, key: &'a str, state: State, limit: usize) -> Answer<'a, Vec<Message>> {
        Box::pin(async move {
            only_waiting(state)?;
            let bodies: Vec<Vec<u8>> = link.ask(cmd("LRANGE").arg(key).arg(-(limit as i64)).arg(-1)).await?;
            Ok(bodies.iter().rev().map(|body| stream::told(String::new(), None, body)).collect())
        })
    }

    fn purge<'a>(&'a self, link: &'a Link<'a>, key: &'a str, state: State) -> Answer<'a, u64> {
        Box::pin(async move {
            only_waiting(state)?;
            let (count, _): (u64, u64) = link.ask_at_once(pipe().llen(key).unlink(key)).await?;
            Ok(count)
        })
    }
}

fn only_waiting(state: State) -> Result<(), Fault> {
    if state == State::Waiting { Ok(()) } else { Err(Fault::Unsupported("a list holds waiting messages only")) }
}
