//! Defaults are said in descriptions and decided in `accept`: writing one out must change no object.
//! Only those that are one plain value can be tried; the others are sentences, and cases show them.

use aegis_crds::AegisApp;
use aegis_plan::{Planned, accept, everything};
use aegis_tests::cluster;
use serde_json::{Value, json};

use crate::schema::{self, Field};

/// Tries every default that is a plain value, and returns where.
///
/// # Panics
/// When one changes an object.
pub fn check() -> Vec<String> {
    let usual = planned(&base());
    let mut checked = vec![];
    for field in schema::fields().iter().filter(|field| field.is_optional) {
        let Some(value) = value(field) else { continue };
        let mut written = base();
        if put(&mut written, &field.path, &value) {
            let got = planned(&written);
            let differing = usual.iter().zip(&got).find(|(usual, got)| usual != got);
            assert!(usual == got, "{}: {value} is not the default: {differing:#?}", field.path);
            checked.push(format!("{} = {value}", field.path));
        }
    }
    checked
}

/// An app with every section, and nothing said in it.
fn base() -> Value {
    let probes = json!({"liveness": {"path": "/"}, "readiness": {"path": "/"}, "startup": {}});
    let http = json!({"replicas": {}, "autoscaling": {}, "concurrency": {}, "probes": probes, "stop": {}, "resources": {}, "pod": {}});
    json!({
        "image": "shop",
        "security": {}, "identity": {}, "pod": {}, "lifecycle": {},
        "auth": {"jwt": {"issuer": "i", "audiences": ["a"]}},
        "secrets": [{"name": "a", "generate": {"KEY": {}}}],
        "files": [{"mountPath": "/file", "secret": {"name": "a", "key": "k"}}],
        "volumes": [{"name": "a", "mountPath": "/a", "size": "1Gi"}],
        "migration": {"args": ["migrate"], "stop": {}},
        "api": http, "frontend": http,
        "workers": [{"name": "a", "replicas": {}, "drain": {}, "stop": {}}],
        "scheduler": {"probe": {"exec": ["true"]}, "stop": {}},
        "schedules": [{"name": "b", "schedule": "0 2 * * *", "run": {"args": ["run"], "stop": {}}}],
        "bindings": [{"name": "a", "type": "postgres", "provision": {}}],
        "observability": {"metrics": {}, "traces": {"endpoint": "http://collector"}, "logfire": {"tokenSecretRef": {"name": "a"}}, "logs": {}, "dashboard": {}},
        "routes": [{"name": "a", "host": "shop.example.com", "via": {"gateway": {"name": "g"}}, "rules": [{"to": "api"}]}],
    })
}

/// Every object but the revision and the migration's Job: the one repeats the spec, the other is named by it.
fn planned(spec: &Value) -> Vec<Planned> {
    let metadata = json!({"name": "shop", "namespace": "shop", "uid": "u", "generation": 1});
    let whole = json!({"apiVersion": "aegis.dev/v1alpha1", "kind": "AegisApp", "metadata": metadata, "spec": spec});
    let asked: AegisApp = serde_json::from_value(whole).expect("the spec has the types of a spec");
    let accepted = accept(&asked, &cluster::empty());
    let app = accepted.app.unwrap_or_else(|| panic!("{spec}: {:#?}", accepted.problems));
    everything(&app).into_iter().filter(|planned| !["revisions", "migration"].contains(&planned.section)).collect()
}

/// The default, when it is one plain value of the field's type for every role.
fn value(field: &Field) -> Option<Value> {
    let said = field.default()?;
    let is_split = said.contains(" for ");
    let word = said.split([' ', ';', ',']).next()?.trim_end_matches('.');
    let choices = field.schema["enum"].as_array();
    match field.schema["type"].as_str()? {
        "integer" if !is_split => word.parse::<i64>().ok().map(Value::from),
        "boolean" => word.parse::<bool>().ok().map(Value::from),
        "string" if choices.is_some_and(|choices| choices.contains(&json!(word))) => Some(word.into()),
        "string" if word.contains('/') || ["1Gi", "720h", "48h"].contains(&word) => Some(word.into()),
        _ => None,
    }
}

/// Writes a value where the base has the field's parent; false where it has not.
fn put(spec: &mut Value, path: &str, value: &Value) -> bool {
    let mut place = spec;
    let mut words: Vec<&str> = path.split('.').collect();
    let Some(last) = words.pop() else { return false };
    for word in words {
        let name = word.trim_end_matches("[]").trim_end_matches("{}");
        let Some(next) = place.get_mut(name) else { return false };
        place = next;
        if word.ends_with("[]") {
            let Some(entry) = place.get_mut(0) else { return false };
            place = entry;
        } else if word.ends_with("{}") {
            let Some((_, entry)) = place.as_object_mut().and_then(|map| map.iter_mut().next()) else { return false };
            place = entry;
        }
    }
    place[last] = value.clone();
    true
}
