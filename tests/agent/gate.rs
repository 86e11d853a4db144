//! Who may change something: on loopback everyone, on the pod's network whoever has the token.

use aegis_crds::agent::BrokerType;
use serde_json::{Value, json};

use crate::{
    beside::{Agent, config, pool},
    http,
    server::Server,
};

/// SHA-256 of `token-of-the-test`.
const DIGEST: &str = "d0283ed870053d62b0ca8389c79b3771437e2d6d24e15033c671d69ecffff441";

fn purge() -> Value {
    json!({"worker": "pool", "state": "waiting"})
}

#[tokio::test]
async fn without_a_token_nothing_changes_anything_from_outside_the_pod() {
    let server = Server::start();
    let agent = Agent::start(&server.uri(), pool(BrokerType::RedisList)).await;
    for path in ["/enqueue", "/retry", "/purge", "/pause", "/resume"] {
        let answer = http::post(agent.open, path, &["authorization: Bearer "], &purge()).expect("it answers");
        assert_eq!(answer.status, 403, "{path}: {answer:?}");
    }
    assert_eq!(http::get(agent.open, "/messages?worker=pool", &[]).expect("it answers").status, 403);
    assert_eq!(http::post(agent.local, "/purge", &[], &purge()).expect("it answers").status, 200);
}

#[tokio::test]
async fn with_its_token_the_operator_may_what_loopback_may() {
    let server = Server::start();
    let mut config = config(&[pool(BrokerType::RedisList)]);
    config.token_sha256 = Some(DIGEST.to_owned());
    let agent = Agent::start_with(&server.uri(), &config).await;
    let purged = |headers: &[&str]| http::post(agent.open, "/purge", headers, &purge()).expect("it answers").status;
    assert_eq!(purged(&[]), 401);
    assert_eq!(purged(&["authorization: Bearer another"]), 401);
    assert_eq!(purged(&[&format!("authorization: Bearer {DIGEST}")]), 401, "the digest stands in a ConfigMap and opens nothing");
    assert_eq!(purged(&["authorization: Bearer token-of-the-test"]), 200);
}

#[tokio::test]
async fn a_web_page_in_a_browser_beside_a_port_forward_cannot_send_anything() {
    let server = Server::start();
    let agent = Agent::start(&server.uri(), pool(BrokerType::RedisList)).await;
    let form = http::send(agent.local, "POST", "/purge", &["content-type: text/plain"], &purge().to_string()).expect("it answers");
    assert_eq!(form.status, 415, "{form:?}");
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_with_a_cause() {
    let server = Server::start();
    let agent = Agent::start(&server.uri(), pool(BrokerType::Dramatiq)).await;
    let refused = |body: Value| {
        let answer = http::post(agent.local, "/enqueue", &[], &body).expect("it answers");
        (answer.status, answer.text)
    };
    for (body, status, word) in [
        (json!({"worker": "none", "actor": "a"}), 404, "none"),
        (json!({"worker": "pool", "actor": "a", "queue": "none"}), 404, "it has media"),
        (json!({"worker": "pool", "actor": ""}), 400, "empty"),
        (json!({"worker": "pool", "actor": "a", "colour": 1}), 422, "colour"),
    ] {
        let (seen, text) = refused(body);
        assert!(seen == status && text.contains(word), "{seen} {text}");
    }
    let large = r#"{"worker": "pool", "actor": "a", "args": [{"n": [100000000000000000000]}]}"#;
    let answer = http::send(agent.local, "POST", "/enqueue", &["content-type: application/json"], large).expect("it answers");
    assert_eq!((answer.status, answer.json()["reason"].as_str()), (400, Some("Invalid")), "{answer:?}");
    assert_eq!(server.ask::<u64>(&["DBSIZE"]), 0);
}
