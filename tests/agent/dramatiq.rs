//! Dramatiq: what is in a worker's hands counts, what waits for its time counts, what was given up can be tried again.

use aegis_crds::agent::BrokerType;
use aegis_tests::server::wait::until;
use serde_json::json;

use crate::{
    beside::{Agent, pool},
    http,
    python::DRAMATIQ,
    server::Server,
};

const SEND_FOUR: &str = "import dramatiq_app as app\nfor _ in range(4): app.hold.send()";

async fn beside(server: &Server) -> Agent {
    Agent::start(&server.uri(), pool(BrokerType::Dramatiq)).await
}

#[tokio::test]
async fn a_full_worker_is_seen_although_its_list_is_empty() {
    let server = Server::start();
    DRAMATIQ.send(&server, SEND_FOUR);
    let agent = beside(&server).await;
    let waiting = agent.sees("four messages wait", |queue| queue.backlog == 4).await;
    assert_eq!(waiting.in_flight, Some(0));
    assert!(waiting.oldest_seconds.is_some_and(|age| age > 0.0 && age < 60.0), "{waiting:?}");
    let _worker = DRAMATIQ.start(&server);
    agent.sees("the worker has fetched them all", |queue| queue.backlog == 0 && queue.in_flight == Some(4)).await;
    assert_eq!(server.ask::<u64>(&["LLEN", "dramatiq:media"]), 0);
    server.ask::<()>(&["SET", "go", "1"]);
    let done = agent.sees("all are done", |queue| queue.in_flight == Some(0)).await;
    assert_eq!((done.backlog, done.completed, done.oldest_seconds), (0, 4, Some(0.0)));
}

#[tokio::test]
async fn what_a_killed_worker_had_stays_in_flight() {
    let server = Server::start();
    DRAMATIQ.send(&server, SEND_FOUR);
    let agent = beside(&server).await;
    let mut worker = DRAMATIQ.start(&server);
    agent.sees("the worker has fetched them all", |queue| queue.in_flight == Some(4)).await;
    worker.kill();
    agent.looks_again().await;
    let after = agent.sees("it is looked at", |_| true).await;
    assert_eq!((after.backlog, after.in_flight, after.completed), (0, Some(4), 0));
}

#[tokio::test]
async fn delayed_and_retried_messages_wait_for_their_time() {
    let server = Server::start();
    DRAMATIQ.send(&server, "import dramatiq_app as app\napp.note.send_with_options(args=(1,), delay=1_800_000)\napp.retry.send()");
    let agent = beside(&server).await;
    let _worker = DRAMATIQ.start(&server);
    let queue = agent.sees("both are delayed", |queue| queue.delayed == Some(2) && queue.in_flight == Some(0)).await;
    let due = queue.next_due_seconds.expect("the first is due");
    assert!((1700.0..=1800.0).contains(&due), "{due}");
    assert_eq!((queue.backlog, queue.dead, queue.completed), (0, Some(0), 0));
}

#[tokio::test]
async fn dead_letters_are_seen_shown_without_their_content_and_tried_again_unchanged() {
    let server = Server::start();
    DRAMATIQ.send(&server, "import dramatiq_app as app\napp.fail.send('blåbær', 10**30, 0.1)");
    let agent = beside(&server).await;
    let _worker = DRAMATIQ.start(&server);
    agent.sees("it was given up", |queue| queue.dead == Some(1) && queue.in_flight == Some(0)).await;
    let show = |query: &str| http::get(agent.local, &format!("/messages?worker=pool&state=dead{query}"), &[]).expect("it answers").json();
    let told = &show("")["messages"][0];
    assert_eq!((told["actor"].as_str(), told.get("body")), (Some("fail"), None), "{told}");
    assert!(show("&bodies=true")["messages"][0]["body"].as_str().is_some_and(|body| body.contains("1000000000000000000000000000000")));
    server.ask::<()>(&["SET", "mended", "1"]);
    assert_eq!(agent.post("/retry", json!({"worker": "pool"})), json!({"retried": 1}));
    let expected = r#"[["bl\u00e5b\u00e6r", 1000000000000000000000000000000, 0.1], {}]"#;
    until("it ran", async || match server.ask::<Vec<String>>(&["LRANGE", "ran", "0", "-1"]).as_slice() {
        [one] if one == expected => Ok(()),
        other => Err(format!("{other:?}")),
    })
    .await;
    let after = agent.sees("nothing is left", |queue| queue.dead == Some(0) && queue.in_flight == Some(0)).await;
    assert_eq!(after.backlog, 0);
}

#[tokio::test]
async fn a_task_that_is_enqueued_twice_runs_once() {
    let server = Server::start();
    let agent = beside(&server).await;
    let task = json!({"worker": "pool", "actor": "note", "args": ["æøå \" \\ 🎈", 1, 2.5, null, [true]], "kwargs": {"ñ": {"deep": -7}}, "id": "nightly-1"});
    assert_eq!(agent.post("/enqueue", task.clone())["enqueued"], true);
    let _worker = DRAMATIQ.start(&server);
    until("it ran", async || if server.ran().is_empty() { Err(String::new()) } else { Ok(()) }).await;
    assert_eq!(agent.post("/enqueue", task.clone()), json!({"id": "nightly-1", "enqueued": false}));
    agent.sees("nothing is left", |queue| queue.backlog == 0 && queue.in_flight == Some(0)).await;
    assert_eq!(server.ran(), [json!([task["args"], task["kwargs"]])]);
}

#[tokio::test]
async fn purging_takes_what_waits_and_leaves_what_runs() {
    let server = Server::start();
    DRAMATIQ.send(&server, SEND_FOUR);
    let agent = beside(&server).await;
    let _worker = DRAMATIQ.start(&server);
    agent.sees("the worker has fetched them all", |queue| queue.in_flight == Some(4)).await;
    DRAMATIQ.send(&server, "import dramatiq_app as app\nfor n in range(2500): app.note.send(n)");
    assert_eq!(agent.post("/purge", json!({"worker": "pool", "state": "waiting"})), json!({"purged": 2500}));
    agent.sees("the rest is in flight", |queue| queue.backlog == 0 && queue.in_flight == Some(4)).await;
    server.ask::<()>(&["SET", "go", "1"]);
    until("the four have run", async || if server.ran().len() == 4 { Ok(()) } else { Err(format!("{:?}", server.ran())) }).await;
}
