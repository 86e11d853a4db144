//! The pause key: always with a short life, gone with whoever wanted it, and never taken from somebody else.

use std::time::Duration;

use aegis_crds::agent::{BrokerType, Worker};
use aegis_tests::server::wait::until;
use serde_json::json;

use crate::{
    beside::{Agent, config, pool},
    http,
    server::Server,
};

const KEY: &str = "aegis:queue:paused";

fn pausable() -> Worker {
    Worker { pause_key: Some(KEY.into()), busy_pattern: Some("worker:*:busy".into()), ..pool(BrokerType::Dramatiq) }
}

fn life(server: &Server) -> i64 {
    server.ask(&["PTTL", KEY])
}

#[tokio::test]
async fn a_paused_pool_says_how_many_workers_are_still_busy() {
    let server = Server::start();
    let agent = Agent::start(&server.uri(), pausable()).await;
    for worker in ["a", "b"] {
        server.ask::<()>(&["SET", &format!("worker:{worker}:busy"), "1"]);
    }
    let before = agent.worker();
    assert_eq!((before.paused, before.busy), (Some(false), None), "nobody asks, so nobody searches");
    agent.post("/pause", json!({"worker": "pool", "seconds": 600}));
    until("both are busy", async || match agent.worker() {
        worker if (worker.paused, worker.busy) == (Some(true), Some(2)) => Ok(()),
        worker => Err(format!("{worker:?}")),
    })
    .await;
    assert!((1..=20_000).contains(&life(&server)), "{}", life(&server));
    agent.post("/resume", json!({"worker": "pool"}));
    assert_eq!(life(&server), -2, "it is gone");
    until("it is told", async || if agent.worker().paused == Some(false) { Ok(()) } else { Err(String::new()) }).await;
}

#[tokio::test]
async fn the_key_is_renewed_while_it_is_wanted_and_not_after_the_agents_death() {
    let server = Server::start();
    let mut agent = Agent::start(&server.uri(), pausable()).await;
    agent.post("/pause", json!({"worker": "pool", "seconds": 600}));
    let mut least = life(&server);
    until("it lives longer than before", async || {
        let now = life(&server);
        let is_renewed = now > least;
        least = now.min(least);
        if is_renewed { Ok(()) } else { Err(format!("{now}")) }
    })
    .await;
    agent.process.kill().expect("it runs");
    agent.process.wait().expect("it is our child");
    let left = life(&server);
    assert!((1..=20_000).contains(&left), "{left}");
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(life(&server) < left, "nobody renews it");
}

#[tokio::test]
async fn a_hold_that_nobody_repeats_ends_by_itself() {
    let server = Server::start();
    let agent = Agent::start(&server.uri(), pausable()).await;
    agent.post("/pause", json!({"worker": "pool", "seconds": 1}));
    assert!((1..=1000).contains(&life(&server)));
    until("it is gone", async || if life(&server) == -2 { Ok(()) } else { Err(String::new()) }).await;
    let endless = http::post(agent.local, "/pause", &[], &json!({"worker": "pool", "seconds": 86400})).expect("it answers");
    assert_eq!(endless.status, 400, "{endless:?}");
}

#[tokio::test]
async fn a_key_of_somebody_else_is_neither_changed_nor_removed() {
    let server = Server::start();
    server.ask::<()>(&["SET", KEY, "deploy", "EX", "500"]);
    let agent = Agent::start(&server.uri(), pausable()).await;
    agent.post("/pause", json!({"worker": "pool", "seconds": 60}));
    agent.post("/resume", json!({"worker": "pool"}));
    assert_eq!(server.ask::<String>(&["GET", KEY]), "deploy");
    assert!(life(&server) > 60_000);
}

#[tokio::test]
async fn pools_that_share_a_key_are_paused_until_the_last_goes_on() {
    let server = Server::start();
    let other = Worker { name: "other".into(), queues: vec!["mail".into()], ..pausable() };
    let agent = Agent::start_with(&server.uri(), &config(&[pausable(), other])).await;
    for worker in ["pool", "other"] {
        agent.post("/pause", json!({"worker": worker, "seconds": 60}));
    }
    agent.post("/resume", json!({"worker": "pool"}));
    assert!(life(&server) > 0, "the other still wants it");
    agent.post("/resume", json!({"worker": "other"}));
    assert_eq!(life(&server), -2);
}
