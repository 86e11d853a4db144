//! What the agent costs: its broker, its memory, its end.

use std::{fs, time::Instant};

use aegis_crds::agent::{BrokerType, Worker};
use aegis_tests::server::wait::until;
use serde_json::json;

use crate::{
    beside::{Agent, config, pool},
    server::Server,
};

const MESSAGES: usize = 100_000;
/// Resident memory in KiB that the agent may have; a debug build has more.
const LIMIT: u64 = 15 * 1024;

/// A queue of each library with many messages, as their clients write them.
fn fill(server: &Server) {
    let script = r#"
        local body = '{"queue_name":"many","actor_name":"note","args":[],"kwargs":{},"options":{"eta":99},"message_id":"m","message_timestamp":1700000000000}'
        for n = 1, tonumber(ARGV[1]) do
            redis.call('RPUSH', 'dramatiq:many', n)
            redis.call('HSET', 'dramatiq:many.msgs', n, body)
            redis.call('HSET', 'dramatiq:many.DQ.msgs', n, body)
            redis.call('ZADD', 'arq:queue:many', n, 'job-' .. n)
            redis.call('XADD', 'taskiq:many', '*', 'data', body)
            redis.call('LPUSH', 'many', body)
        end"#;
    server.ask::<()>(&["EVAL", script, "0", &MESSAGES.to_string()]);
    server.ask::<()>(&["XGROUP", "CREATE", "taskiq:many", "taskiq", "0"]);
}

#[tokio::test]
async fn a_look_at_a_hundred_thousand_messages_in_each_library_takes_the_server_a_few_milliseconds() {
    let server = Server::start();
    fill(&server);
    let types = [BrokerType::Dramatiq, BrokerType::Arq, BrokerType::TaskIQ, BrokerType::RedisList];
    let workers = types.map(|type_| Worker { name: format!("{type_:?}"), queues: vec!["many".into()], ..pool(type_) });
    server.ask::<()>(&["CONFIG", "RESETSTAT"]);
    let agent = Agent::start_with(&server.uri(), &config(&workers)).await;
    let looks = until("three looks are over", async || {
        let looks = calls(&server, "llen");
        if looks.0 >= 6 { Ok(looks.0 / 2) } else { Err(format!("{looks:?}")) }
    })
    .await;
    assert_eq!(agent.metrics().matches(" 100000.0\n").count(), 5, "four backlogs and what is delayed: {}", agent.metrics());
    let spent = total(&server) / looks;
    let memory = resident(&agent);
    println!("one look at 500,000 messages: {spent} µs of the server; the agent has {memory} KiB");
    assert!(spent < 20_000, "{spent} µs");
    assert!(memory < if std::env::var_os("AEGIS_AGENT").is_some() { LIMIT } else { 3 * LIMIT }, "{memory} KiB");
}

#[tokio::test]
async fn sigterm_ends_it_at_once_also_while_its_broker_hangs() {
    let server = Server::start();
    let mut agent = Agent::start(&server.uri(), pool(BrokerType::Dramatiq)).await;
    server.signal("-STOP");
    let asked = Instant::now();
    agent.signal("-TERM");
    assert!(agent.process.wait().expect("it is our child").success());
    assert!(asked.elapsed().as_secs() < 2, "{:?}", asked.elapsed());
    server.signal("-CONT");
}

#[tokio::test]
async fn one_task_is_enqueued_from_a_command_line() {
    let server = Server::start();
    let folder = crate::places::folder();
    let file = folder.join("agent.json");
    fs::write(&file, json!(config(&[pool(BrokerType::Arq)])).to_string()).expect("a configuration can be written");
    let run = |more: &[&str]| {
        let mut command = std::process::Command::new(crate::places::agent());
        command.args(["enqueue", "--worker", "pool", "--actor", "note", "--id", "job-1"]).args(more);
        command.arg("--config").arg(&file).env("QUEUE_URI", server.uri()).output().expect("the agent can be run")
    };
    assert_eq!(String::from_utf8_lossy(&run(&["--args", "[1]"]).stdout), "{\"id\":\"job-1\",\"enqueued\":true}\n");
    assert_eq!(String::from_utf8_lossy(&run(&[]).stdout), "{\"id\":\"job-1\",\"enqueued\":false}\n", "a pod that is tried again");
    let refused = run(&["--queue", "none"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("it has media"));
    assert_eq!(run(&["--args", "{}"]).status.code(), Some(2));
    fs::remove_dir_all(folder).expect("it is ours");
}

/// How often a command was called, and the microseconds that took.
fn calls(server: &Server, command: &str) -> (u64, u64) {
    let info: String = server.ask(&["INFO", "commandstats"]);
    let line = info.lines().find_map(|line| line.strip_prefix(&format!("cmdstat_{command}:"))).unwrap_or_default();
    let number = |name: &str| line.split(',').find_map(|part| part.strip_prefix(name)?.strip_prefix('=')?.parse().ok()).unwrap_or(0);
    (number("calls"), number("usec"))
}

/// Microseconds of all commands that looks are made of.
fn total(server: &Server) -> u64 {
    let commands =
        ["llen", "hlen", "zcard", "lindex", "hget", "hscan", "zcount", "zrangebyscore", "mget", "xlen", "xinfo|groups", "xrange", "exec"];
    commands.iter().map(|command| calls(server, command).1).sum()
}

fn resident(agent: &Agent) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", agent.process.id())).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("it has memory");
    line.trim().trim_end_matches(" kB").parse().expect("it is a number")
}
