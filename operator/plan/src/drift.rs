//! What others did to the objects of an app: edits, deletions, and fields beside the operator's.
//! It reads managed fields, never values; what is done about it is decided in `step.rs`.

use aegis_crds::{lifecycle::DriftPolicy, status::InventoryEntry};
use serde_json::Value;

use crate::{App, Facts, Plan, Planned, Problem, Seen, adoption, child::ANCHOR, facts::Rival, names::MANAGED_BY_LABEL, problem};

/// Problems of one code in a status; the others show when these are gone.
const MOST: usize = 20;
/// Fields of one manager that are named.
const NAMED: usize = 5;
/// Longest name of a field.
const LONGEST: usize = 160;

/// What somebody did to an object that is recorded as it is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drift {
    /// Fields of the operator were changed or taken away.
    Edited,
    /// It is gone.
    Deleted,
}

/// What somebody else did to an object. `seen` is that object, `entry` its record.
pub fn of(planned: &Planned, seen: Option<&Seen>, entry: Option<&InventoryEntry>) -> Option<Drift> {
    // a revision is the operator's own memory
    let is_exempt = planned.kind.is_write_only() || planned.section == "revisions";
    let entry = entry.filter(|entry| !is_exempt && entry.hash == planned.hash)?;
    let Some(seen) = seen else { return (!is_asked_for_by_deletion(planned)).then_some(Drift::Deleted) };
    let is_recorded = seen.uid == entry.uid && !seen.deleting && entry.fields.is_some();
    let digest = seen.fields.as_ref().map(|fields| fields.digest.as_str());
    (is_recorded && entry.fields.as_deref() != digest).then_some(Drift::Edited)
}

/// A deleted run is how one asks for another, and a deleted anchor for another value.
fn is_asked_for_by_deletion(planned: &Planned) -> bool {
    planned.kind.kind == "Job" || (planned.kind == ANCHOR && ["bindings", "secrets"].contains(&planned.section))
}

/// What somebody did to an object that is therefore left as it is.
pub fn left(planned: &Planned, app: &App, facts: &Facts) -> Option<Drift> {
    let (kind, name) = (planned.kind.kind, &planned.name);
    (app.drift == DriftPolicy::Report).then(|| of(planned, facts.child(kind, name), facts.entry(kind, name)))?
}

/// All that others did to what is wanted, in the table's order.
pub(crate) fn problems(app: &App, plan: &Plan, facts: &Facts) -> Vec<Problem> {
    let drifted = plan.wanted.iter().filter_map(|planned| drifted(planned, app, facts));
    let foreign = plan.wanted.iter().filter_map(|planned| foreign(planned, app, facts));
    drifted.take(MOST).chain(foreign.take(MOST)).collect()
}

fn drifted(planned: &Planned, app: &App, facts: &Facts) -> Option<Problem> {
    let object = format!("{} {}", planned.kind, planned.name);
    let problem = |message: String| Problem::new(&problem::DRIFTED, format!("spec.{}", planned.section), message);
    Some(match left(planned, app, facts)? {
        Drift::Deleted => {
            problem(gone(&object)).fix("Set lifecycle.driftPolicy: Correct to have it made again, or take out of the spec what it is for.")
        }
        Drift::Edited => {
            let rivals = facts.child(planned.kind.kind, &planned.name).map(|seen| seen.rivals.as_slice()).unwrap_or_default();
            let what = told(rivals, |rival| Fields::of(rival, &planned.body.value()).shared);
            let what =
                if what.is_empty() { "fields that the operator had set were taken away; nothing says by whom".to_owned() } else { what };
            problem(format!("{object} was edited, and lifecycle.driftPolicy: Report leaves it so: {what}"))
        }
    })
}

/// Where an object went that is seen no more. The watches see by a label.
pub(crate) fn gone(object: &str) -> String {
    format!("{object} was deleted, or its label {MANAGED_BY_LABEL} was taken away; lifecycle.driftPolicy: Report leaves it so")
}

fn foreign(planned: &Planned, app: &App, facts: &Facts) -> Option<Problem> {
    let seen = facts.child(planned.kind.kind, &planned.name)?;
    if !seen.owners.contains(&app.uid) && !adoption::is_data(planned) {
        return None;
    }
    let what = told(&seen.rivals, |rival| Fields::of(rival, &planned.body.value()).foreign);
    let message = format!("{} {} has fields that the operator does not set: {what}", planned.kind, planned.name);
    (!what.is_empty()).then(|| Problem::new(&problem::FOREIGN_FIELDS, format!("spec.{}", planned.section), message))
}

/// Who set what, in words; empty when nobody set anything.
fn told(rivals: &[Rival], fields: impl Fn(&Rival) -> Vec<String>) -> String {
    let of_rival = |rival: &Rival| {
        let all = fields(rival);
        let more = if all.len() > NAMED { format!(" and {} more", all.len() - NAMED) } else { String::new() };
        let named: Vec<String> = all.iter().take(NAMED).map(|field| short(field)).collect();
        (!all.is_empty()).then(|| format!("{} set {}{more}", rival.manager, named.join(", ")))
    };
    rivals.iter().filter_map(of_rival).collect::<Vec<_>>().join("; ")
}

fn short(field: &str) -> String {
    let cut = field.floor_char_boundary(LONGEST);
    if cut < field.len() { format!("{}…", &field[..cut]) } else { field.to_owned() }
}

/// Fields of a rival, by whether the body has them too.
#[derive(Default)]
struct Fields {
    shared: Vec<String>,
    foreign: Vec<String>,
}

impl Fields {
    fn of(rival: &Rival, body: &Value) -> Self {
        let mut all = Self::default();
        all.walk(&rival.fields, body, "");
        all
    }

    /// Files each field below a place. An item of a list that the body does not have is named as a whole.
    fn walk(&mut self, fields: &Value, body: &Value, place: &str) {
        for (word, below) in fields.as_object().into_iter().flatten() {
            let Some((path, found)) = step_into(word, body, place) else { continue };
            let is_whole = is_leaf(below) || (found.is_none() && !word.starts_with("f:"));
            match found {
                None if is_whole => self.foreign.push(path),
                Some(_) if is_whole => self.shared.push(path),
                _ => self.walk(below, found.unwrap_or(&Value::Null), &path),
            }
        }
    }
}

fn is_leaf(fields: &Value) -> bool {
    fields.as_object().is_none_or(|fields| fields.keys().all(|key| key == "."))
}

/// The readable place that a word of managedFields leads to, and what the body has there. None for `.`, the place itself.
fn step_into<'a>(word: &str, body: &'a Value, place: &str) -> Option<(String, Option<&'a Value>)> {
    let (sort, name) = word.split_once(':')?;
    let items = || body.as_array().into_iter().flatten();
    Some(match sort {
        "f" if name.contains(['.', '/']) => (format!("{place}[{name}]"), body.get(name)),
        "f" if place.is_empty() => (name.to_owned(), body.get(name)),
        "f" => (format!("{place}.{name}"), body.get(name)),
        "k" => {
            let keys: Value = serde_json::from_str(name).ok()?;
            let values: Vec<String> = keys.as_object()?.values().map(plain).collect();
            (format!("{place}[{}]", values.join(",")), items().find(|item| has_keys(item, &keys)))
        }
        "v" => {
            let value: Value = serde_json::from_str(name).ok()?;
            (format!("{place}[{}]", plain(&value)), items().find(|item| **item == value))
        }
        _ => (format!("{place}[{name}]"), name.parse::<usize>().ok().and_then(|index| body.get(index))),
    })
}

/// Whether an item is the one of those keys; a key that it leaves to the server is not looked at.
fn has_keys(item: &Value, keys: &Value) -> bool {
    keys.as_object().into_iter().flatten().all(|(key, value)| item.get(key).is_none_or(|found| found == value))
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}
