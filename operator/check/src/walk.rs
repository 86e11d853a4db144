//! Walks a document along its schema: every problem at once, and the value with what is wrong put right or left out,
//! so that later rules can be checked too. It knows schemas, not AegisApps.

use std::collections::{BTreeMap, BTreeSet};

use aegis_crds::manifest::REMOVES;
use aegis_plan::{Code, Problem, nearest::nearest};
use serde_json::{Map, Value, json};

use super::codes::{BAD_VALUE, DUPLICATE_KEY, MISSING_FIELD, NO_VALUE, UNKNOWN_FIELD, WRONG_TYPE};
use super::value;
use crate::yaml::{Entry, Mark, Node, Shape};

/// What a walk found.
#[derive(Default)]
pub struct Walk {
    pub found: Vec<Found>,
    /// Where each path stands.
    pub marks: BTreeMap<String, Mark>,
}

/// A problem, where it stands, and whether the value there had to be changed: then later rules cannot judge it.
pub struct Found {
    pub problem: Problem,
    pub mark: Mark,
    pub changed: bool,
}

impl Walk {
    /// The value as later rules may read it; none when nothing can be made of it.
    pub fn node(&mut self, path: &str, schema: &Value, node: &Node) -> Option<Value> {
        self.marks.entry(path.to_owned()).or_insert(node.mark);
        if matches!(node.shape, Shape::Null) && schema["nullable"] == true {
            return Some(Value::Null);
        }
        if schema["x-kubernetes-int-or-string"] == true {
            return self.scalar(path, schema, node);
        }
        match (schema["type"].as_str(), &node.shape) {
            (None, _) => Some(node.json()),
            (Some("object"), Shape::Map(entries)) => Some(self.object(path, schema, node, entries)),
            (Some("array"), Shape::List(items)) => Some(self.list(path, schema, node, items)),
            (Some("object" | "array"), _) => self.wrong_type(path, schema, node),
            (Some(_), _) => self.scalar(path, schema, node),
        }
    }

    fn object(&mut self, path: &str, schema: &Value, node: &Node, entries: &[Entry]) -> Value {
        let mut object = Map::new();
        let mut seen: BTreeMap<&str, Mark> = BTreeMap::new();
        for entry in entries {
            let below = join(path, &entry.key);
            if let Some(before) = seen.insert(&entry.key, entry.mark) {
                let message = format!("{:?} is already set in line {}", entry.key, before.line);
                self.add(Problem::new(&DUPLICATE_KEY, &below, message), entry.mark, false);
                continue;
            }
            let Some((key, below_schema)) = self.property(&below, schema, entry, entries) else { continue };
            let below = join(path, &key);
            self.marks.insert(below.clone(), entry.mark);
            if matches!(entry.value.shape, Shape::Null) && below_schema[REMOVES] == true {
                object.insert(key, Value::Null);
                continue;
            }
            match self.node(&below, below_schema, &entry.value) {
                Some(value) if !value.is_null() => drop(object.insert(key, value)),
                // A missing required field is told below.
                _ if matches!(entry.value.shape, Shape::Null) && below_schema["type"].is_string() && !is_required(schema, &key) => {
                    let message = format!("{key} has no value and counts as not written");
                    self.add(Problem::new(&NO_VALUE, &below, message), entry.mark, true);
                }
                _ => {}
            }
        }
        self.missing(path, schema, node, entries, &mut object);
        self.count(path, schema, node.mark, object.len());
        Value::Object(object)
    }

    /// The key as it was meant, and its schema; none for a field that does not exist.
    fn property<'a>(&mut self, path: &str, schema: &'a Value, entry: &Entry, entries: &[Entry]) -> Option<(String, &'a Value)> {
        static ANYTHING: Value = Value::Bool(true);
        let known = schema["properties"].as_object();
        if let Some(below) = known.and_then(|known| known.get(&entry.key)) {
            return Some((entry.key.clone(), below));
        }
        match &schema["additionalProperties"] {
            Value::Null if known.is_none() || schema["x-kubernetes-preserve-unknown-fields"] == true => {
                return Some((entry.key.clone(), &ANYTHING));
            }
            Value::Null | Value::Bool(false) => {}
            Value::Bool(true) => return Some((entry.key.clone(), &ANYTHING)),
            below => return Some((entry.key.clone(), below)),
        }
        let known = known?;
        let free = known.keys().map(String::as_str).filter(|known| !entries.iter().any(|entry| entry.key == **known));
        let meant = nearest(&entry.key, free);
        let problem = Problem::new(&UNKNOWN_FIELD, path, format!("{:?} is not a field here", entry.key));
        self.add(problem.fix(unknown_cure(meant, known)), entry.mark, true);
        meant.map(|meant| (meant.to_owned(), &known[meant]))
    }

    fn missing(&mut self, path: &str, schema: &Value, node: &Node, entries: &[Entry], object: &mut Map<String, Value>) {
        for key in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if object.contains_key(key) {
                continue;
            }
            let below = join(path, key);
            let written = entries.iter().find(|entry| entry.key == key);
            // What is there and of the wrong type has been told.
            if written.is_none_or(|entry| matches!(entry.value.shape, Shape::Null)) {
                let mark = written.map_or(entries.first().map_or(node.mark, |entry| entry.mark), |entry| entry.mark);
                let message = format!("{key} {}", if written.is_some() { "has no value" } else { "is missing" });
                let problem = Problem::new(&MISSING_FIELD, &below, message);
                self.add(problem.fix(format!("Add {key}: {}", value::purpose(&schema["properties"][key]))), mark, true);
            }
            object.insert(key.to_owned(), value::placeholder(&schema["properties"][key]));
        }
    }

    fn list(&mut self, path: &str, schema: &Value, node: &Node, items: &[Node]) -> Value {
        let mut list = vec![];
        for (i, item) in items.iter().enumerate() {
            let below = format!("{path}[{i}]");
            let value = match item.shape {
                Shape::Null => self.wrong_type(&below, &schema["items"], item),
                _ => self.node(&below, &schema["items"], item),
            };
            // A place is kept for every item, so that the paths of later rules are right.
            list.push(value.unwrap_or_else(|| value::placeholder(&schema["items"])));
        }
        self.count(path, schema, node.mark, items.len());
        self.repeated(path, schema, &list);
        Value::Array(list)
    }

    /// Entries of a list that is merged by keys must differ in them.
    fn repeated(&mut self, path: &str, schema: &Value, list: &[Value]) {
        let keys: Vec<&str> = schema["x-kubernetes-list-map-keys"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let [key] = keys.as_slice() else { return };
        let mut seen = BTreeSet::new();
        for (i, item) in list.iter().enumerate() {
            let below = format!("{path}[{i}].{key}");
            if let Some(text) = item[*key].as_str()
                && !seen.insert(text)
            {
                let mark = self.marks.get(&below).copied().unwrap_or_default();
                let message = format!("{text:?} is already the {key} of an entry of this list");
                self.add(Problem::new(&aegis_plan::problem::DUPLICATE_NAME, below, message), mark, false);
            }
        }
    }

    fn scalar(&mut self, path: &str, schema: &Value, node: &Node) -> Option<Value> {
        let Some(value) = value::typed(schema, node) else { return self.wrong_type(path, schema, node) };
        if let Some((message, fix)) = value::refused(schema, &value) {
            // Later rules read typed values: what does not fit the type is left out.
            let changed = !value::fits(schema, &value);
            self.add(Problem::new(&BAD_VALUE, path, message).fix(fix), node.mark, changed);
            return (!changed).then_some(value);
        }
        Some(value)
    }

    fn wrong_type(&mut self, path: &str, schema: &Value, node: &Node) -> Option<Value> {
        if matches!(node.shape, Shape::Null) && !path.ends_with(']') {
            return None;
        }
        let (message, fix) = value::mistyped(schema, node);
        self.add(Problem::new(&WRONG_TYPE, path, message).fix(fix), node.mark, true);
        value::read_as(schema, node)
    }

    fn count(&mut self, path: &str, schema: &Value, mark: Mark, count: usize) {
        let words = if schema["type"] == "array" { ["minItems", "maxItems"] } else { ["minProperties", "maxProperties"] };
        let [min, max] = words.map(|word| schema[word].as_u64().and_then(|bound| usize::try_from(bound).ok()));
        if let Some(max) = max.filter(|max| count > *max) {
            let problem = Problem::new(&BAD_VALUE, path, format!("there are {count} entries, {max} are allowed"));
            self.add(problem.fix(format!("Leave out {} of them.", count - max)), mark, false);
        }
        if let Some(min) = min.filter(|min| count < *min) {
            let problem = Problem::new(&BAD_VALUE, path, format!("there are {count} entries, at least {min} are needed"));
            self.add(problem.fix("Add what is missing."), mark, false);
        }
    }

    fn add(&mut self, problem: Problem, mark: Mark, changed: bool) {
        self.found.push(Found { problem, mark, changed });
    }
}

fn unknown_cure(meant: Option<&str>, known: &Map<String, Value>) -> String {
    match meant {
        Some(meant) => format!("Did you mean {meant}?"),
        None => format!("Remove it. The fields here are {}.", known.keys().cloned().collect::<Vec<_>>().join(", ")),
    }
}

fn is_required(schema: &Value, key: &str) -> bool {
    schema["required"].as_array().is_some_and(|required| required.contains(&json!(key)))
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// Whether the codes are about the same thing: a rule of the schema, and a rule of ours that says more of it.
pub fn yields(code: &Code) -> bool {
    [&BAD_VALUE, &aegis_plan::problem::DUPLICATE_NAME].contains(&code)
}
