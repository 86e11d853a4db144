//! What `aegisctl` shows of an app that runs on real nodes.

use serde_json::Value;

use crate::{
    space::Space,
    wait::{found, until},
};

const TWO_ROLES: &str = "
api: {args: [webserver], stop: {delaySeconds: 0}, resources: {limits: {memory: 256Mi}}}
workers: [{name: idle, command: [python, -c, 'import time; time.sleep(10000)'], stop: {graceSeconds: 1}}]
";

/// Memory and its share of the limit, of each role and no other app.
pub async fn what_roles_use_is_measured(space: Space) {
    space.apply("hello", TWO_ROLES).await;
    space.ready("hello").await;
    let roles = until("a measure of both", 150, async || {
        let said = space.aegisctl(&["top", "hello", "-o", "json"]).await;
        let top: Value = serde_json::from_str(&said.stdout).unwrap_or_default();
        let roles = top["roles"].as_array().cloned().unwrap_or_default();
        let is_measured = roles.len() == 2 && roles.iter().all(|role| role["memoryBytes"].as_f64().is_some_and(|bytes| bytes > 1e6));
        found(is_measured.then_some(roles), format!("{}{}", said.stdout, said.stderr))
    })
    .await;
    let limit = |name: &str| roles.iter().find(|role| role["name"] == name).expect("it is told")["memoryLimitBytes"].clone();
    assert_eq!((limit("api"), limit("idle")), (268_435_456.0.into(), Value::Null));
    let table = space.aegisctl(&["top", "hello"]).await.stdout;
    let lines: Vec<&str> = table.lines().collect();
    assert!(lines[0].contains("hello in namespace") && lines[0].ends_with("Running"), "{table}");
    assert!(lines[2].starts_with("ROLE") && lines.len() == 5 && lines[3].contains("Mi ("), "{table}");
}
