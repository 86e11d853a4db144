//! TaskIQ: on a stream what is not acknowledged is in flight; on a list nobody can know.

use aegis_crds::agent::{BrokerType, Transport, Worker};
use aegis_tests::server::wait::until;
use serde_json::{Value, json};

use crate::{
    beside::{Agent, pool},
    python::{Library, TASKIQ, TASKIQ_LIST},
    server::Server,
};

async fn beside(server: &Server) -> Agent {
    Agent::start(&server.uri(), pool(BrokerType::TaskIQ)).await
}

fn hold(agent: &Agent) {
    assert_eq!(agent.post("/enqueue", json!({"worker": "pool", "actor": "app:hold"}))["enqueued"], true);
}

#[tokio::test]
async fn before_the_first_worker_there_is_no_group_and_the_length_counts() {
    let server = Server::start();
    server.ask::<String>(&["XADD", "taskiq:media", "*", "data", "{}"]);
    let agent = beside(&server).await;
    let queue = agent.sees("one message waits", |queue| queue.backlog == 1).await;
    assert_eq!((queue.in_flight, queue.delayed, queue.dead), (Some(0), None, None));
    assert!(queue.oldest_seconds.is_some_and(|age| age < 60.0), "{queue:?}");
}

#[tokio::test]
async fn what_an_app_sends_before_its_first_worker_is_run_by_it() {
    let server = Server::start();
    TASKIQ.send(&server, "import asyncio, taskiq_app; asyncio.run(taskiq_app.note.kiq('early'))");
    let agent = beside(&server).await;
    agent.sees("it waits", |queue| queue.backlog == 1).await;
    let _worker = TASKIQ.start(&server);
    until("it ran", async || if server.ran().is_empty() { Err(format!("{:?}", agent.worker())) } else { Ok(()) }).await;
    agent.sees("nothing is left", |queue| queue.backlog == 0 && queue.in_flight == Some(0)).await;
    assert_eq!(server.ran(), [json!([["early"], {}])]);
}

#[tokio::test]
async fn what_runs_is_in_flight_and_what_is_done_no_longer_counts_although_the_stream_never_shrinks() {
    let server = Server::start();
    let agent = beside(&server).await;
    (0..3).for_each(|_| hold(&agent));
    agent.sees("three wait", |queue| queue.backlog == 3).await;
    let mut worker = TASKIQ.start(&server);
    agent.sees("the worker has them all", |queue| queue.backlog == 0 && queue.in_flight == Some(3)).await;
    worker.kill();
    agent.looks_again().await;
    assert_eq!(agent.sees("it is looked at", |_| true).await.in_flight, Some(3), "what a killed worker had stays in flight");
    server.ask::<()>(&["SET", "go", "1"]);
    let _other = TASKIQ.start(&server);
    (0..2).for_each(|_| hold(&agent));
    let done = agent.sees("the two new ones are done", |queue| queue.completed == 2).await;
    assert_eq!((done.backlog, done.in_flight), (0, Some(3)));
    assert_eq!(server.ask::<u64>(&["XLEN", "taskiq:media"]), 5);
}

async fn runs_once(library: &Library, worker: Worker) {
    let server = Server::start();
    let agent = Agent::start(&server.uri(), worker).await;
    let task = json!({"worker": "pool", "actor": "app:note", "args": ["æøå \" \\ 🎈", 1, 2.5, null, [true]], "kwargs": {"ñ": {"deep": -7}}, "id": "nightly-1"});
    assert_eq!(agent.post("/enqueue", task.clone())["enqueued"], true);
    let _worker = library.start(&server);
    until(
        "it ran, although it was enqueued before the first worker",
        async || if server.ran().is_empty() { Err(String::new()) } else { Ok(()) },
    )
    .await;
    assert_eq!(agent.post("/enqueue", task.clone())["enqueued"], false);
    agent.sees("nothing is left", |queue| queue.backlog == 0 && queue.in_flight.unwrap_or(0) == 0).await;
    let expected: Vec<Value> = vec![json!([task["args"], task["kwargs"]])];
    assert_eq!(server.ran(), expected);
}

#[tokio::test]
async fn on_a_stream_a_task_that_is_enqueued_twice_runs_once() {
    runs_once(&TASKIQ, pool(BrokerType::TaskIQ)).await;
}

#[tokio::test]
async fn on_a_list_a_task_that_is_enqueued_twice_runs_once() {
    runs_once(&TASKIQ_LIST, Worker { transport: Some(Transport::List), ..pool(BrokerType::TaskIQ) }).await;
}
