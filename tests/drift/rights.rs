//! What the chart lets the operator do, and what the table of children needs.
//! Used rights are compared with the audit log of a real cluster elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use aegis_plan::children;
use aegis_tests::files::{root, text};
use serde::Deserialize;
use serde_json::Value;

/// Verbs by `group/resource`.
pub type Rights = BTreeMap<String, BTreeSet<String>>;

/// The operator's rights, where it cares for apps.
pub fn granted() -> Rights {
    let rules = serde_yaml::from_str(&plain("_rights.tpl")).expect("rules are YAML");
    rights(&rules)
}

/// The rules of its Role, which hold in its own namespace.
///
/// # Panics
/// When there is none.
pub fn granted_at_home() -> Rights {
    let text = plain("role.yaml");
    let documents = serde_yaml::Deserializer::from_str(&text).map(|document| Value::deserialize(document).expect("a rule is YAML"));
    let role = documents.into_iter().find(|document| document["kind"] == "Role").expect("the chart has that role");
    rights(&role["rules"])
}

/// What the election of a leader needs.
pub fn needed_at_home() -> Rights {
    Rights::from([("coordination.k8s.io/leases".to_owned(), ["create", "get", "update"].map(str::to_owned).into())])
}

/// A template without its templated lines, which are names and labels only.
fn plain(template: &str) -> String {
    let text = text(&root().join("charts/aegis/templates").join(template));
    text.lines().filter(|line| !line.contains("{{")).map(|line| format!("{line}\n")).collect()
}

fn rights(rules: &Value) -> Rights {
    let mut rights = Rights::new();
    for rule in rules.as_array().expect("a role has rules") {
        for group in texts(&rule["apiGroups"]) {
            for resource in texts(&rule["resources"]) {
                rights.entry(format!("{group}/{resource}")).or_default().extend(texts(&rule["verbs"]));
            }
        }
    }
    rights
}

/// Group and resource of all that the fence keeps, by the rules of its policy; its templated lines are names only.
///
/// # Panics
/// When the policy has another shape.
pub fn fenced() -> BTreeSet<String> {
    let text = text(&root().join("charts/aegis/templates/fence.yaml"));
    let rules = text.split_once("resourceRules:\n").and_then(|(_, rest)| rest.split_once("  variables:\n")).expect("the fence has rules").0;
    let rules: Value = serde_yaml::from_str(rules).expect("rules are YAML");
    let mut fenced = BTreeSet::new();
    for rule in rules.as_array().expect("a list of rules") {
        assert_eq!(texts(&rule["operations"]), ["CREATE", "UPDATE"], "{rule}");
        for group in texts(&rule["apiGroups"]) {
            fenced.extend(texts(&rule["resources"]).iter().map(|resource| format!("{group}/{resource}")));
        }
    }
    fenced
}

/// All verbs on the kinds of the table, but `create` alone on those whose content nobody may read, and no `delete` of what
/// every app has for as long as it lives; and the few beside it.
pub fn needed() -> Rights {
    let beside = [
        ("aegis.dev/aegisapps", "list watch delete"),
        ("aegis.dev/aegisapps/status", "patch"),
        ("apps/deployments/scale", "patch"),
        ("/pods", "list watch"),
        ("/events", "list"),
        ("events.k8s.io/events", "create"),
    ];
    let table = children::kinds().into_iter().map(|kind| {
        let verbs = match kind.kind {
            _ if kind.is_write_only() => "create",
            "ServiceAccount" => "get list watch create patch",
            _ => "get list watch create patch delete",
        };
        (format!("{}/{}", kind.group, kind.plural), verbs)
    });
    let all = table.chain(beside.map(|(resource, verbs)| (resource.to_owned(), verbs)));
    all.map(|(resource, verbs)| (resource, verbs.split(' ').map(str::to_owned).collect())).collect()
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}
