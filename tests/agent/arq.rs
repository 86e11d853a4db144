//! arq: a job stays in its set until it is finished, so what runs is told by a key of its own.

use aegis_crds::agent::BrokerType;
use aegis_tests::server::wait::until;
use serde_json::json;

use crate::{
    beside::{Agent, pool},
    http,
    python::ARQ,
    server::Server,
};

const SEND: &str = "
import asyncio, sys
from arq import create_pool
from arq_app import WorkerSettings
async def send():
    pool = await create_pool(WorkerSettings.redis_settings, default_queue_name=WorkerSettings.queue_name)
";

fn send(server: &Server, line: &str) {
    ARQ.send(server, &format!("{SEND}    {line}\nasyncio.run(send())"));
}

async fn beside(server: &Server) -> Agent {
    Agent::start(&server.uri(), pool(BrokerType::Arq)).await
}

#[tokio::test]
async fn jobs_that_run_are_in_flight_and_no_longer_wait() {
    let server = Server::start();
    send(&server, "[await pool.enqueue_job('hold') for _ in range(3)]");
    let agent = beside(&server).await;
    agent.sees("three jobs wait", |queue| queue.backlog == 3 && queue.in_flight == Some(0)).await;
    let mut worker = ARQ.start(&server);
    let busy = agent.sees("two of them run", |queue| queue.in_flight == Some(2)).await;
    assert_eq!((busy.backlog, busy.completed, busy.dead), (1, 0, None));
    assert!(busy.oldest_seconds.is_some_and(|age| age > 0.0), "{busy:?}");
    worker.kill();
    agent.looks_again().await;
    let killed = agent.sees("it is looked at", |_| true).await;
    assert_eq!((killed.backlog, killed.in_flight), (1, Some(2)), "nobody else takes them before arq's own timeout");
    server.ask::<u64>(&["DEL", "arq:in-progress:none"]);
    server.ask::<()>(&["SET", "go", "1"]);
    let _other = ARQ.start(&server);
    agent.sees("the third is done", |queue| queue.backlog == 0 && queue.completed == 1).await;
}

#[tokio::test]
async fn deferred_jobs_wait_for_their_time() {
    let server = Server::start();
    send(&server, "await pool.enqueue_job('note', 1, _defer_by=1800); await pool.enqueue_job('note', 2, _defer_by=3600)");
    let agent = beside(&server).await;
    let queue = agent.sees("both are delayed", |queue| queue.delayed == Some(2)).await;
    assert!(queue.next_due_seconds.is_some_and(|due| (1700.0..=1800.0).contains(&due)), "{queue:?}");
    assert_eq!((queue.backlog, queue.in_flight, queue.oldest_seconds), (0, Some(0), Some(0.0)));
}

#[tokio::test]
async fn a_task_that_is_enqueued_twice_runs_once_with_every_kind_of_argument() {
    let server = Server::start();
    let agent = beside(&server).await;
    let args = json!(["æøå \" \\ 🎈", 0, -1, 2.5, -1e-300, null, true, false, [], {}, i64::MIN, u64::MAX, "x".repeat(70_000)]);
    let task = json!({"worker": "pool", "actor": "note", "args": args, "kwargs": {"ñ": {"deep": [-7, {"er": "e"}]}}, "id": "nightly-1"});
    assert_eq!(agent.post("/enqueue", task.clone())["enqueued"], true);
    let _worker = ARQ.start(&server);
    until("it ran", async || if server.ran().is_empty() { Err(String::new()) } else { Ok(()) }).await;
    assert_eq!(agent.post("/enqueue", task.clone())["enqueued"], false);
    server.ask::<u64>(&["DEL", "aegis:enqueued:shop:pool:nightly-1"]);
    assert_eq!(agent.post("/enqueue", task.clone())["enqueued"], false, "arq itself knows the result of that id");
    agent.sees("nothing is left", |queue| queue.backlog == 0 && queue.in_flight == Some(0)).await;
    assert_eq!(server.ran(), [json!([task["args"], task["kwargs"]])]);
}

#[tokio::test]
async fn purging_takes_what_waits_and_leaves_what_runs() {
    let server = Server::start();
    send(&server, "[await pool.enqueue_job('hold') for _ in range(2)]");
    let agent = beside(&server).await;
    let _worker = ARQ.start(&server);
    agent.sees("both run", |queue| queue.in_flight == Some(2)).await;
    for number in 0..1500 {
        server.ask::<u64>(&["ZADD", "arq:queue:media", "1", &format!("stray-{number}")]);
    }
    let shown = http::get(agent.local, "/messages?worker=pool&state=inFlight", &[]).expect("it answers").json();
    assert_eq!(shown["messages"].as_array().map(Vec::len), Some(0), "what runs is not among the first thousand: {shown}");
    assert_eq!(agent.post("/purge", json!({"worker": "pool", "state": "waiting"})), json!({"purged": 1500}));
    agent.sees("two are in flight", |queue| queue.backlog == 0 && queue.in_flight == Some(2)).await;
}
