//! Questions about planned objects that several properties ask.

use std::collections::BTreeMap;

use aegis_plan::Planned;
use k8s_openapi::api::core::v1::{PodSpec, PodTemplateSpec};
use serde_json::Value;

/// The template of the pods that an object makes.
pub fn template(planned: &Planned) -> Option<PodTemplateSpec> {
    let place = if planned.kind.kind == "CronJob" { "/spec/jobTemplate/spec/template" } else { "/spec/template" };
    let template = planned.body.value().pointer(place)?.clone();
    Some(serde_json::from_value(template).expect("a template of pods"))
}

/// The spec of the pods that an object makes.
pub fn pod(planned: &Planned) -> Option<PodSpec> {
    template(planned)?.spec
}

/// Kind and name.
pub fn key(planned: &Planned) -> (String, String) {
    (planned.kind.kind.to_owned(), planned.name.clone())
}

/// Labels at a place in an object.
pub fn labels(planned: &Planned, place: &str) -> BTreeMap<String, String> {
    planned.body.value().pointer(place).map(|labels| serde_json::from_value(labels.clone()).expect("labels are texts")).unwrap_or_default()
}

/// Places of empty lists, empty maps and nulls. An emptyDir is empty by its nature.
pub fn empty(place: &str, value: &Value) -> Vec<String> {
    let is_empty = match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty() && !place.ends_with("/emptyDir"),
        _ => false,
    };
    let below: Vec<String> = match value {
        Value::Array(items) => items.iter().enumerate().flat_map(|(i, item)| empty(&format!("{place}/{i}"), item)).collect(),
        Value::Object(fields) => fields.iter().flat_map(|(key, field)| empty(&format!("{place}/{key}"), field)).collect(),
        _ => vec![],
    };
    is_empty.then(|| place.to_owned()).into_iter().chain(below).collect()
}

/// Longest name of a kind: pods and their labels add to those of StatefulSets and CronJobs.
pub fn limit(kind: &str) -> usize {
    if ["StatefulSet", "CronJob"].contains(&kind) { 52 } else { 63 }
}

/// Whether a text is a DNS label that starts with a letter, as Services need it.
pub fn is_label(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.ends_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

/// Whether a place as problems name it, `spec.workers[1].name`, is there. Keys may hold dots.
pub fn has_place(value: &Value, place: &str) -> bool {
    if place.is_empty() {
        return true;
    }
    if let Some((index, rest)) = place.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return index.parse::<usize>().ok().and_then(|index| value.get(index)).is_some_and(|value| has_place(value, rest));
    }
    let place = place.strip_prefix('.').unwrap_or(place);
    let Value::Object(fields) = value else { return false };
    fields.iter().any(|(key, value)| place.strip_prefix(key.as_str()).is_some_and(|rest| starts_afresh(rest) && has_place(value, rest)))
}

fn starts_afresh(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with(['.', '['])
}
