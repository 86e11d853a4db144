//! `queue`: the work of an app's pools, as its agent counts it, and what becomes of messages that were given up.

mod table;

use aegis_crds::load::Load;
use serde_json::{Value, json};

use crate::agent;
use crate::args::Format;
use crate::args::queue::{List, Peek, Place, Purge, Queue, Retry, State};
use crate::connection::{self, Connection};
use crate::failure::{Failure, Failures};
use crate::output::Output;

use super::status::read;

pub fn run(args: &Queue, output: &Output) -> Result<(), Failures> {
    let done = connection::block_on(async {
        match args {
            Queue::List(args) => list(args, output).await,
            Queue::Peek(args) => peek(args, output).await,
            Queue::Retry(args) => retry(args, output).await,
            Queue::Purge(args) => purge(args, output).await,
        }
    });
    Ok(done??)
}

async fn list(args: &List, output: &Output) -> Result<(), Failure> {
    let connection = Connection::open(&args.target).await?;
    read::object(&connection, &args.name).await?;
    let said = agent::get(&connection, &args.name, "/load").await?;
    if let Some(text) = args.output.written(&said) {
        output.data(text);
        return Ok(());
    }
    let load = load(said)?;
    output.data(table::load(&load, &output.data_page));
    for worker in load.workers.iter().filter(|worker| !worker.up) {
        let why = worker.error.as_ref().map(|error| format!("{}: {}", error.reason, error.message)).unwrap_or_default();
        output.warning(format_args!("the broker of {} does not answer, its numbers are old. {why}", worker.name));
    }
    Ok(())
}

fn load(said: Value) -> Result<Load, Failure> {
    serde_json::from_value(said).map_err(|error| {
        Failure::new(
            "the agent's answer is of another shape",
            error,
            "use the aegisctl of the operator's version; -o json prints it as it is",
        )
    })
}

async fn peek(args: &Peek, output: &Output) -> Result<(), Failure> {
    let connection = opened(&args.place).await?;
    let place = &args.place;
    let mut query = vec![("worker", place.worker.clone()), ("state", word(args.state).to_owned()), ("limit", args.limit.to_string())];
    query.extend(place.queue.clone().map(|queue| ("queue", queue)));
    query.push(("bodies", (args.bodies && args.output != Format::Text).to_string()));
    let path = format!("/messages?{}", query.iter().map(|(key, value)| format!("{key}={}", escaped(value))).collect::<Vec<_>>().join("&"));
    let said = agent::get(&connection, &place.name, &path).await?;
    if let Some(text) = args.output.written(&said) {
        output.data(text);
    } else if said["messages"].as_array().is_none_or(Vec::is_empty) {
        output.note(format_args!("No message is {}.", state_words(args.state)));
    } else {
        output.data(table::messages(&said["messages"], &output.data_page));
    }
    Ok(())
}

async fn retry(args: &Retry, output: &Output) -> Result<(), Failure> {
    let connection = opened(&args.place).await?;
    let said = agent::post(&connection, &args.place.name, "/retry", &body(&args.place, &[("limit", json!(args.limit))])).await?;
    output.data(format_args!("{} messages were put back", said["retried"]));
    Ok(())
}

async fn purge(args: &Purge, output: &Output) -> Result<(), Failure> {
    let what = format!("messages of {} that are {}", args.place.worker, state_words(args.state));
    if !args.yes {
        return Err(Failure::new(
            "nothing was purged",
            format_args!("{what} would be lost"),
            "look at them with aegisctl queue peek, then add --yes",
        ));
    }
    let connection = opened(&args.place).await?;
    let said = agent::post(&connection, &args.place.name, "/purge", &body(&args.place, &[("state", json!(word(args.state)))])).await?;
    output.data(format_args!("{} {what} were removed", said["purged"]));
    Ok(())
}

/// The cluster, once the app is known to be there.
async fn opened(place: &Place) -> Result<Connection, Failure> {
    let connection = Connection::open(&place.target).await?;
    read::object(&connection, &place.name).await?;
    Ok(connection)
}

fn body(place: &Place, more: &[(&str, Value)]) -> Value {
    let mut body = json!({"worker": place.worker});
    if let Some(queue) = &place.queue {
        body["queue"] = json!(queue);
    }
    for (key, value) in more {
        body[key] = value.clone();
    }
    body
}

/// As the agent writes it.
fn word(state: State) -> &'static str {
    match state {
        State::Waiting => "waiting",
        State::Delayed => "delayed",
        State::InFlight => "inFlight",
        State::Dead => "dead",
    }
}

fn state_words(state: State) -> &'static str {
    if state == State::InFlight { "in flight" } else { word(state) }
}

/// As a value of a query: everything but letters, digits and `-._~` by its bytes.
fn escaped(value: &str) -> String {
    let escape = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    value.bytes().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_of_any_name_can_be_asked_for() {
        assert_eq!(escaped("reports-1.a_b~"), "reports-1.a_b~");
        assert_eq!(escaped("a&b=ü /"), "a%26b%3D%C3%BC%20%2F");
    }
}
