//! Queues and messages as tables. A dash is what nobody knows.

use aegis_crds::load::{Load, QueueLoad, WorkerLoad};
use jiff::Timestamp;
use serde_json::Value;

use crate::age::age;
use crate::page::{Colour, Page};
use crate::table::{Cell, Table};

pub fn load(load: &Load, page: &Page) -> String {
    let rows = load.workers.iter().flat_map(|worker| worker.queues.iter().map(|queue| row(worker, queue))).collect();
    Table { header: ["POOL", "QUEUE", "WAITING", "IN FLIGHT", "DELAYED", "DEAD", "OLDEST", "DONE"], rows }.text(page)
}

fn row(worker: &WorkerLoad, queue: &QueueLoad) -> [Cell; 8] {
    let number = |number: Option<u64>| number.map_or_else(|| "-".to_owned(), |number| number.to_string());
    let pool = if worker.paused == Some(true) { format!("{} (paused)", worker.name) } else { worker.name.clone() };
    let dead = if queue.dead.unwrap_or_default() > 0 { Colour::Red } else { Colour::Plain };
    [
        Cell(pool, if worker.up { Colour::Plain } else { Colour::Yellow }),
        queue.name.clone().into(),
        queue.backlog.to_string().into(),
        number(queue.in_flight).into(),
        number(queue.delayed).into(),
        Cell(number(queue.dead), dead),
        queue.oldest_seconds.map_or_else(|| "-".to_owned(), |seconds| format!("{seconds:.0}s")).into(),
        queue.completed.to_string().into(),
    ]
}

/// Messages as the agent lists them.
pub fn messages(messages: &Value, page: &Page) -> String {
    let text = |message: &Value, key: &str| message[key].as_str().unwrap_or("-").to_owned();
    let row = |message: &Value| {
        let time = message["time"].as_i64().and_then(|time| Timestamp::from_millisecond(time).ok());
        let bytes = message["bytes"].as_u64().map_or_else(|| "-".to_owned(), |bytes| bytes.to_string());
        [text(message, "id").into(), time.map_or_else(|| "-".to_owned(), when).into(), bytes.into(), text(message, "actor").into()]
    };
    let rows = messages.as_array().into_iter().flatten().map(row).collect();
    Table::<4> { header: ["ID", "TIME", "BYTES", "ACTOR"], rows }.text(page)
}

/// What is due later has a time; what was sent has an age.
fn when(time: Timestamp) -> String {
    if time > Timestamp::now() { format!("due {time:.0}") } else { format!("{} ago", age(&time.to_string())) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_a_library_does_not_keep_is_a_dash_and_no_zero() {
        let seen = json!({"version": 1, "app": "shop", "workers": [{"name": "media", "up": true, "paused": true, "queues": [
            {"name": "q", "backlog": 3, "completed": 7, "inFlight": 0, "oldestSeconds": 4.4},
        ]}]});
        let page = Page { columns: 100, ..Page::stdout() };
        let text = load(&serde_json::from_value(seen).unwrap(), &page);
        let words: Vec<&str> = text.lines().nth(1).unwrap().split_whitespace().collect();
        assert_eq!(words, ["media", "(paused)", "q", "3", "0", "-", "-", "4s", "7"]);
    }

    #[test]
    fn a_message_that_is_due_later_is_told_with_its_time() {
        let later = Timestamp::now().as_millisecond() + 3_600_000;
        let text = messages(
            &json!([{"id": "1", "actor": "mail", "time": later, "bytes": 12}, {"id": "2"}]),
            &Page { columns: 100, ..Page::stdout() },
        );
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[1].starts_with("1") && lines[1].contains("due ") && lines[1].ends_with("mail"), "{text}");
        assert_eq!(lines[2].split_whitespace().collect::<Vec<_>>(), ["2", "-", "-", "-"]);
    }
}
