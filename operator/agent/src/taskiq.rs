//! TaskIQ's message, as its default formatter and serializer write it.
//! Where it lies is the business of `stream` (RedisStreamBroker) and `list` (ListQueueBroker).

use serde_json::json;

use crate::library::Task;

/// The consumer group of RedisStreamBroker.
pub const GROUP: &str = "taskiq";

/// The message of a task.
pub fn body(task: &Task) -> Vec<u8> {
    let message = json!({
        "task_id": task.id,
        "task_name": task.actor,
        "labels": {},
        "labels_types": {},
        "args": task.args,
        "kwargs": task.kwargs,
    });
    message.to_string().into_bytes()
}
