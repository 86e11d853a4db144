//! Lists and streams without a library.

use aegis_crds::agent::{BrokerType, Worker};
use serde_json::json;

use crate::{
    beside::{Agent, pool},
    http,
    server::Server,
};

#[tokio::test]
async fn of_a_list_only_what_waits_is_known() {
    let server = Server::start();
    let agent = Agent::start(&server.uri(), pool(BrokerType::RedisList)).await;
    let task = json!({"worker": "pool", "actor": "resize", "args": [1], "id": "one"});
    agent.post("/enqueue", task);
    agent.post("/enqueue", json!({"worker": "pool", "actor": "resize", "id": "two"}));
    let queue = agent.sees("both wait", |queue| queue.backlog == 2).await;
    assert_eq!((queue.in_flight, queue.delayed, queue.dead, queue.oldest_seconds), (None, None, None, None), "unknown is not zero");
    let first: String = server.ask(&["RPOP", "media"]);
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&first).unwrap(),
        json!({"id": "one", "actor": "resize", "args": [1], "kwargs": {}})
    );
    agent.sees("one is gone", |queue| queue.backlog == 1 && queue.completed == 1).await;
    assert!(!agent.metrics().contains("aegis_queue_in_flight{"), "{}", agent.metrics());
    assert_eq!(agent.post("/purge", json!({"worker": "pool", "state": "waiting"})), json!({"purged": 1}));
}

#[tokio::test]
async fn of_a_stream_the_lag_is_counted_where_the_server_does_not_know_it() {
    let server = Server::start();
    let ids: Vec<String> = (0..6).map(|_| server.ask(&["XADD", "media", "*", "data", "{}"])).collect();
    server.ask::<()>(&["XGROUP", "CREATE", "media", "readers", "0"]);
    server.ask::<redis::Value>(&["XREADGROUP", "GROUP", "readers", "one", "COUNT", "2", "STREAMS", "media", ">"]);
    server.ask::<u64>(&["XDEL", "media", &ids[3]]);
    let agent = Agent::start(&server.uri(), pool(BrokerType::RedisStream)).await;
    let queue = agent.sees("two are in flight", |queue| queue.in_flight == Some(2)).await;
    assert_eq!(queue.backlog, 3);
    assert_eq!(agent.post("/purge", json!({"worker": "pool", "state": "waiting"})), json!({"purged": 3}));
    let after = agent.sees("nothing waits", |queue| queue.backlog == 0).await;
    assert_eq!(after.in_flight, Some(2), "what a consumer has is not purged");
}

#[tokio::test]
async fn of_several_groups_one_must_be_named() {
    let server = Server::start();
    server.ask::<String>(&["XADD", "media", "*", "data", "{}"]);
    server.ask::<()>(&["XGROUP", "CREATE", "media", "readers", "0"]);
    server.ask::<()>(&["XGROUP", "CREATE", "media", "others", "$"]);
    let agent = Agent::start(&server.uri(), pool(BrokerType::RedisStream)).await;
    assert!(agent.is_down("Ambiguous").await.error.is_some_and(|error| error.message.contains("name one")));
    let named = Agent::start(&server.uri(), Worker { group: Some("others".into()), ..pool(BrokerType::RedisStream) }).await;
    named.sees("the named one has read all", |queue| queue.backlog == 0).await;
}

#[tokio::test]
async fn a_key_of_another_kind_is_told_and_left_alone() {
    let server = Server::start();
    server.ask::<u64>(&["LPUSH", "taskiq:media", "{}"]);
    let agent = Agent::start(&server.uri(), pool(BrokerType::TaskIQ)).await;
    agent.is_down("WrongType").await;
    let answer =
        http::post(agent.local, "/enqueue", &[], &json!({"worker": "pool", "actor": "app:note", "id": "one"})).expect("it answers");
    assert_eq!((answer.status, answer.json()["reason"].as_str()), (502, Some("WrongType")));
    assert_eq!(server.ask::<Vec<String>>(&["KEYS", "*"]), ["taskiq:media"], "a push that failed leaves no note that it was done");
}
