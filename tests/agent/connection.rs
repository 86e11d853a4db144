//! How the agent reaches its broker, and what it says when it does not.
//! A broker that is away is a state, never a zero.

use aegis_crds::agent::{BrokerType, Worker};
use aegis_tests::beside::authority::certify;

use crate::{
    beside::{Agent, config, free_port, pool},
    server::Server,
};

const PASSWORD: &str = "p@ss/w#rd?%:ñ";

fn lines(page: &str, name: &str) -> Vec<String> {
    page.lines().filter(|line| line.starts_with(name)).map(str::to_owned).collect()
}

#[tokio::test]
async fn a_broker_that_goes_away_and_comes_back_is_a_state_and_never_a_zero() {
    let mut server = Server::start();
    server.ask::<u64>(&["LPUSH", "media", "{}"]);
    let agent = Agent::start(&server.uri(), pool(BrokerType::RedisList)).await;
    agent.sees("one waits", |queue| queue.backlog == 1).await;
    assert_eq!(lines(&agent.metrics(), "aegis_queue_backlog{"), [r#"aegis_queue_backlog{app="shop",worker="pool",queue="media"} 1.0"#]);
    server.stop();
    let away = agent.is_down("Refused").await;
    assert_eq!(away.queues.first().map(|queue| queue.backlog), Some(1), "what was seen before is kept");
    assert!(away.seen_seconds.is_some(), "{away:?}");
    let page = agent.metrics();
    assert_eq!(lines(&page, "aegis_broker_up{"), [r#"aegis_broker_up{app="shop",worker="pool"} 0.0"#]);
    assert_eq!(lines(&page, "aegis_queue_backlog{"), Vec::<String>::new());
    assert!(!lines(&page, r#"aegis_broker_failures_total{app="shop",worker="pool",reason="Refused"}"#).is_empty(), "{page}");
    server.again();
    agent.sees("the new one is empty", |queue| queue.backlog == 0).await;
}

#[tokio::test]
async fn a_broker_that_does_not_answer_is_told_and_the_agent_goes_on() {
    let server = Server::start();
    let agent = Agent::start(&server.uri(), pool(BrokerType::Dramatiq)).await;
    server.signal("-STOP");
    let away = agent.is_down("Timeout").await;
    assert!(away.seen_seconds.is_some_and(|age| age > 1.0), "{away:?}");
    server.signal("-CONT");
    agent.sees("it answers again", |queue| queue.backlog == 0).await;
}

#[tokio::test]
async fn without_a_broker_the_agent_is_ready_and_says_why_it_knows_nothing() {
    let uri = format!("redis://:{PASSWORD}@127.0.0.1:{}/0", free_port());
    let agent = Agent::start(&uri, pool(BrokerType::Dramatiq)).await;
    let away = agent.is_down("Refused").await;
    assert_eq!((away.queues.len(), away.seen_seconds), (0, None));
    let unset = Agent::start("", pool(BrokerType::Dramatiq)).await;
    assert!(unset.is_down("Address").await.error.is_some_and(|error| error.message.contains("QUEUE_URI")));
    let unknown = Agent::start("redis://no-such-host.invalid:6379", pool(BrokerType::Dramatiq)).await;
    unknown.is_down("Unresolved").await;
}

#[tokio::test]
async fn a_wrong_password_and_a_forbidden_key_are_told_without_the_password() {
    let server = Server::start();
    let acl = ["ACL", "SETUSER", "reader", "on", &format!(">{PASSWORD}"), "~dramatiq:other*", "+@all"];
    server.ask::<()>(&acl);
    let at = |password: &str| format!("redis://reader:{password}@127.0.0.1:{}/0", server.port);
    let wrong = Agent::start(&at("canary-4711"), pool(BrokerType::Dramatiq)).await;
    let told = wrong.is_down("Unauthorized").await;
    let said = format!("{told:?}{}{}", wrong.metrics(), wrong.log());
    assert!(!said.contains("canary-4711"), "{said}");
    let forbidden = Agent::start(&at(PASSWORD), pool(BrokerType::Dramatiq)).await;
    forbidden.is_down("Forbidden").await;
    let allowed = Agent::start(&at(PASSWORD), Worker { queues: vec!["other".into()], ..pool(BrokerType::Dramatiq) }).await;
    allowed.sees("its queue is empty", |queue| queue.backlog == 0).await;
}

#[tokio::test]
async fn the_database_is_that_of_the_uri_or_the_pools_own() {
    let server = Server::start();
    server.ask_in::<u64>(3, &["LPUSH", "media", "a"]);
    server.ask_in::<u64>(5, &["LPUSH", "media", "a", "b"]);
    let uri = format!("redis://127.0.0.1:{}/3", server.port);
    let other = Worker { name: "other".into(), database: Some(5), ..pool(BrokerType::RedisList) };
    let agent = Agent::start_with(&uri, &config(&[pool(BrokerType::RedisList), other])).await;
    agent.sees("its own", |queue| queue.backlog == 1).await;
    let line = r#"aegis_queue_backlog{app="shop",worker="other",queue="media"} 2.0"#;
    assert!(agent.metrics().contains(line), "{}", agent.metrics());
    let missing = Agent::start(&server.uri(), Worker { database: Some(99), ..pool(BrokerType::RedisList) }).await;
    missing.is_down("Database").await;
}

#[tokio::test]
async fn tls_is_checked_against_the_certificate_that_is_named() {
    let tls = free_port();
    let server = Server::start_with(|folder| {
        certify(folder, "localhost");
        let file = |name: &str| folder.join(name).display().to_string();
        let (tls, cert, key, ca) = (tls.to_string(), file("server.pem"), file("server.key"), file("ca.pem"));
        let args =
            ["--tls-port", &tls, "--tls-cert-file", &cert, "--tls-key-file", &key, "--tls-ca-cert-file", &ca, "--tls-auth-clients", "no"];
        args.map(str::to_owned).into()
    });
    server.ask::<()>(&["CONFIG", "SET", "requirepass", PASSWORD]);
    let uri = |query: &str| format!("rediss://:{PASSWORD}@localhost:{tls}/0{query}");
    let mut named = config(&[pool(BrokerType::Dramatiq)]);
    named.bindings[0].ca_file = Some(server.folder.join("ca.pem").display().to_string());
    let trusting = Agent::start_with(&uri(""), &named).await;
    trusting.sees("its queue is empty", |queue| queue.backlog == 0).await;
    let doubting = Agent::start(&uri(""), pool(BrokerType::Dramatiq)).await;
    doubting.is_down("Tls").await;
    let careless = Agent::start(&uri("?ssl_cert_reqs=none"), pool(BrokerType::Dramatiq)).await;
    careless.sees("its queue is empty", |queue| queue.backlog == 0).await;
}
