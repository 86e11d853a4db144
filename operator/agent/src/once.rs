//! One task is enqueued once: the push and the note that it was done are one step of the server.
//! A push that fails leaves no note, so that it can be tried again.

use redis::Cmd;

use crate::{
    broker::Link,
    fault::Fault,
    library::{Queue, Task},
};

/// What a library does to push: a piece of Lua, from `KEYS[2]` and `ARGV[3]` on. It may `return 0` when it finds the task.
pub struct Push<'a> {
    /// The Lua.
    pub script: &'static str,
    /// `KEYS[2]` and further.
    pub keys: &'a [&'a str],
    /// `ARGV[3]` and further.
    pub args: &'a [&'a [u8]],
}

/// Pushes unless the note is there; whether it did.
pub async fn push(link: &Link<'_>, queue: Queue<'_>, task: &Task, push: Push<'_>) -> Result<bool, Fault> {
    let script = format!(
        "if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end\n{}\nredis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])\nreturn 1",
        push.script
    );
    let mut command = Cmd::new();
    command.arg("EVAL").arg(script).arg(1 + push.keys.len()).arg(queue.note).arg(push.keys);
    command.arg(task.now).arg(queue.note_seconds).arg(push.args);
    link.ask::<bool>(&command).await
}
