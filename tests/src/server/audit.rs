//! Who asked what of the API server, from its own audit log.
//! It draws no conclusion.

use std::{collections::BTreeMap, fmt, fs, path::Path};

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::install::{ACCOUNT, BORROWER, NAMESPACE};

/// One request of the operator.
#[derive(Clone, Debug)]
pub struct Asked {
    /// create, patch, get, list, watch, delete.
    pub verb: String,
    /// Group of the resource.
    pub group: String,
    /// Resource, with its subresource.
    pub resource: String,
    /// Namespace, if it was in one.
    pub namespace: String,
    /// Name, if it has one.
    pub name: String,
    /// Status of the answer.
    pub code: u64,
    /// Path and query.
    pub uri: String,
    /// Which token asked.
    pub credential: String,
    /// When it came in.
    pub began: Timestamp,
    /// When it was answered.
    pub ended: Timestamp,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    stage: String,
    verb: String,
    user: User,
    #[serde(default)]
    user_agent: String,
    #[serde(rename = "requestURI")]
    uri: String,
    #[serde(default)]
    object_ref: Value,
    #[serde(default)]
    response_status: Value,
    request_received_timestamp: Timestamp,
    stage_timestamp: Timestamp,
}

#[derive(Deserialize)]
struct User {
    username: String,
    #[serde(default)]
    extra: BTreeMap<String, Vec<String>>,
}

/// All requests of the operator so far, watches by their beginning.
///
/// # Panics
/// When the log cannot be read.
pub fn of_operator(log: &Path) -> Vec<Asked> {
    let operator = format!("system:serviceaccount:{NAMESPACE}:{ACCOUNT}");
    read(log, |line| line.user.username == operator && line.user_agent != BORROWER)
}

/// All requests of an account so far, watches by their beginning.
///
/// # Panics
/// When the log cannot be read.
pub fn of_account(log: &Path, namespace: &str, account: &str) -> Vec<Asked> {
    let username = format!("system:serviceaccount:{namespace}:{account}");
    read(log, |line| line.user.username == username && line.user_agent != BORROWER)
}

/// All requests of everybody so far, watches by their beginning.
///
/// # Panics
/// When the log cannot be read.
pub fn all(log: &Path) -> Vec<Asked> {
    read(log, |_| true)
}

fn read(log: &Path, is_meant: impl Fn(&Line) -> bool) -> Vec<Asked> {
    let text = fs::read_to_string(log).expect("the audit log can be read");
    // the last line may be half written
    let lines = text.lines().filter_map(|line| serde_json::from_str::<Line>(line).ok());
    lines.filter(|line| is_meant(line) && is_counted(line)).map(asked).collect()
}

fn is_counted(line: &Line) -> bool {
    line.stage == if line.verb == "watch" { "ResponseStarted" } else { "ResponseComplete" }
}

fn asked(line: Line) -> Asked {
    let word = |key: &str| line.object_ref[key].as_str().unwrap_or_default().to_owned();
    let resource = match line.object_ref["subresource"].as_str() {
        Some(subresource) => format!("{}/{subresource}", word("resource")),
        None => word("resource"),
    };
    let code = line.response_status["code"].as_u64().unwrap_or_default();
    let credential = line.user.extra.get("authentication.kubernetes.io/credential-id").and_then(|ids| ids.first()).cloned();
    Asked {
        group: word("apiGroup"),
        resource,
        namespace: word("namespace"),
        name: word("name"),
        code,
        verb: line.verb,
        uri: line.uri,
        began: line.request_received_timestamp,
        ended: line.stage_timestamp,
        credential: credential.unwrap_or_default(),
    }
}

impl Asked {
    /// Whether it changes something.
    pub fn is_write(&self) -> bool {
        !matches!(self.verb.as_str(), "get" | "list" | "watch")
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {} {}", self.verb, self.resource, self.name, self.code)
    }
}

/// How many requests of each verb and resource.
pub fn counted<'a>(requests: impl IntoIterator<Item = &'a Asked>) -> BTreeMap<(String, String), usize> {
    let mut counts = BTreeMap::new();
    for asked in requests {
        *counts.entry((asked.verb.clone(), asked.resource.clone())).or_default() += 1;
    }
    counts
}
