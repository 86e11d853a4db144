//! After all other tests: what the operator may do is what it did, and no secret was seen anywhere.
//! These look at the whole run, so they run only when nothing was left out of it.

use std::{collections::BTreeSet, fs, sync::Arc};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde_json::Value;

use crate::{audit::Asked, install, late, secrets::CANARY, world::World};

/// A look back at the whole run: its name, and what returns all that it finds wrong.
pub type Look = (&'static str, fn(&Arc<World>) -> Vec<String>);

/// All looks back.
pub const TESTS: [Look; 3] = [
    ("rights_granted_are_rights_used", rights_granted_are_rights_used),
    ("secrets_are_created_only", secrets_are_created_only),
    ("no_secret_is_seen", no_secret_is_seen),
];

/// Rights that this suite cannot use, each with its reason.
const ELSEWHERE: [(&str, &str); 0] = [];

fn rights_granted_are_rights_used(world: &Arc<World>) -> Vec<String> {
    let asked = world.asked();
    let used: BTreeSet<String> = asked.iter().filter(|asked| !is_everybodys(asked)).map(right).collect();
    let granted = granted();
    let refused = asked.iter().filter(|asked| (asked.code == 401 || asked.code == 403) && !is_for_a_kind_that_goes(asked));
    let refused = refused.map(|asked| format!("refused: {asked}"));
    let beyond = used.difference(&granted).map(|right| format!("used, and not in the chart: {right}"));
    let is_elsewhere = |right: &&String| ELSEWHERE.iter().any(|(known, _)| known == right);
    let idle = granted.difference(&used).filter(|right| !is_elsewhere(right)).map(|right| format!("granted, and never used: {right}"));
    refused.chain(beyond).chain(idle).collect()
}

/// Which kinds of a group there are, the server tells everybody who is known to it.
fn is_everybodys(asked: &Asked) -> bool {
    asked.resource.is_empty() && asked.verb == "get" && asked.uri.starts_with("/apis/")
}

/// A server makes no more objects of a kind whose definition is being deleted, and says so as if it were a matter of rights.
fn is_for_a_kind_that_goes(asked: &Asked) -> bool {
    let is_there = late::TESTS.iter().any(|(name, _)| name.replace('_', "-") == asked.namespace);
    is_there && asked.verb == "create" && asked.group == "monitoring.coreos.com"
}

fn right(asked: &Asked) -> String {
    format!("{} {}/{}", asked.verb, asked.group, asked.resource)
}

/// Every right of the chart's roles that the operator is bound to, everywhere or in its own namespace.
fn granted() -> BTreeSet<String> {
    let texts = |value: &Value| serde_json::from_value::<Vec<String>>(value.clone()).expect("a list of words");
    let chart = install::chart();
    let bindings = chart.iter().filter(|object| object["kind"] == "ClusterRoleBinding" || object["kind"] == "RoleBinding");
    let bound: Vec<_> = bindings.map(|binding| (&binding["roleRef"]["kind"], &binding["roleRef"]["name"])).collect();
    let mut granted = BTreeSet::new();
    for role in chart.iter().filter(|object| bound.contains(&(&object["kind"], &object["metadata"]["name"]))) {
        for rule in role["rules"].as_array().into_iter().flatten() {
            for group in texts(&rule["apiGroups"]) {
                for resource in texts(&rule["resources"]) {
                    granted.extend(texts(&rule["verbs"]).iter().map(|verb| format!("{verb} {group}/{resource}")));
                }
            }
        }
    }
    granted
}

fn secrets_are_created_only(world: &Arc<World>) -> Vec<String> {
    let asked = world.asked();
    let other =
        asked.iter().filter(|asked| asked.resource.starts_with("secrets") && (asked.verb != "create" || asked.uri.contains("dryRun")));
    let mut faults: Vec<String> = other.map(ToString::to_string).collect();
    if !asked.iter().any(|asked| asked.resource == "secrets") {
        faults.push("no Secret was created, so nothing is proved".to_owned());
    }
    faults
}

fn no_secret_is_seen(world: &Arc<World>) -> Vec<String> {
    let secrets = world.everywhere("/api/v1/secrets");
    let made = secrets.iter().flat_map(values);
    // names, ports and users of services are no secrets
    let mut hidden: Vec<String> = made.filter(|value| value.len() >= 16 && !value.contains(".svc")).collect();
    hidden.push(CANARY.to_owned());
    let mut places = vec![("log", fs::read_to_string(world.operator_log()).expect("the log can be read"))];
    let events = world.everywhere("/apis/events.k8s.io/v1/events");
    places.push(("events", events.iter().map(ToString::to_string).collect()));
    let apps = world.everywhere("/apis/aegis.dev/v1alpha1/aegisapps");
    places.push(("statuses", apps.iter().map(|app| app["status"].to_string()).collect()));
    let names = world.everywhere("/api/v1/configmaps");
    places.push(("ConfigMaps", names.iter().map(ToString::to_string).collect()));
    let mut faults = vec![];
    for (place, text) in &places {
        faults.extend(hidden.iter().filter(|value| text.contains(value.as_str())).map(|value| format!("{place}: {value}")));
        if text.len() < 1000 {
            faults.push(format!("{place}: too little to prove anything"));
        }
    }
    world.measure(format!("{} secret values looked for in log, events, statuses and ConfigMaps", hidden.len()));
    faults
}

/// Values of a generated Secret.
fn values(secret: &Value) -> Vec<String> {
    let metadata: ObjectMeta = serde_json::from_value(secret["metadata"].clone()).expect("metadata");
    if metadata.labels.is_none_or(|labels| labels.get("app.kubernetes.io/managed-by").is_none_or(|by| by != "aegis")) {
        return vec![];
    }
    let data: std::collections::BTreeMap<String, k8s_openapi::ByteString> =
        serde_json::from_value(secret["data"].clone()).expect("data is base64");
    data.into_values().map(|bytes| String::from_utf8(bytes.0).expect("values are text")).collect()
}
