//! What an environment makes of the components: one value over another, along the schema that says how lists are merged.
//! Each part of the result knows where it was written.

use std::collections::BTreeMap;

use aegis_crds::AegisAppSpec;
use aegis_crds::manifest::BESIDE;
use aegis_plan::{Problem, problem::UNDECODABLE};
use serde_json::{Map, Value, json};

use crate::schema::MANIFEST;

/// A spec, and where its parts were written.
pub struct Composed {
    spec: Value,
    places: BTreeMap<String, String>,
    /// Maps that were written in both, by where the environment has them.
    touched: BTreeMap<String, String>,
}

impl Composed {
    /// The spec of a manifest in an environment that it has, or in none.
    pub fn of(manifest: &Value, environment: Option<&str>) -> Self {
        let mut places =
            BTreeMap::from([("spec".to_owned(), "components".to_owned()), ("metadata.name".to_owned(), "project.name".to_owned())]);
        let mut touched = BTreeMap::new();
        let mut spec = Map::new();
        let overlay = environment.map_or(&Value::Null, |name| &manifest["environments"][name]);
        let words: Vec<String> = ["components"].into_iter().chain(BESIDE).map(str::to_owned).collect();
        for word in words {
            let is_beside = word != "components";
            let here = if is_beside { format!("spec.{word}") } else { "spec".to_owned() };
            if is_beside {
                places.insert(here.clone(), word.clone());
            }
            let over_path = environment.map_or(String::new(), |name| format!("environments.{name}.{word}"));
            let schema = &MANIFEST["properties"][&word];
            let mut merge = Merge { places: &mut places, touched: &mut touched };
            let value = merge.value(schema, Part(&manifest[&word], &word), Part(&overlay[&word], &over_path), &here);
            match value {
                Value::Object(sections) if !is_beside => spec.extend(sections),
                Value::Null => {}
                value => drop(spec.insert(word, value)),
            }
        }
        // facts about the code are not for the cluster
        spec.remove("code");
        Self { spec: Value::Object(spec), places, touched }
    }

    /// The typed spec.
    pub fn spec(&self) -> Result<AegisAppSpec, Problem> {
        let mut spec = self.spec.clone();
        if spec["image"].is_null() {
            spec["image"] = json!("");
        }
        serde_json::from_value(spec)
            .map_err(|error| Problem::new(&UNDECODABLE, "components", error.to_string()).fix("Correct the value that the message quotes."))
    }

    /// Where a path of the spec was written.
    pub fn place(&self, path: &str) -> String {
        // what is wrong between two values of a map came with the environment
        if let Some(place) = self.touched.get(path) {
            return place.clone();
        }
        let mut start = path;
        loop {
            if let Some(place) = self.places.get(start) {
                return format!("{place}{}", &path[start.len()..]);
            }
            match start.rfind(['.', '[']) {
                Some(end) => start = &path[..end],
                None => return path.to_owned(),
            }
        }
    }
}

/// A value and its path in the manifest.
#[derive(Clone, Copy)]
struct Part<'a>(&'a Value, &'a str);

struct Merge<'a> {
    places: &'a mut BTreeMap<String, String>,
    touched: &'a mut BTreeMap<String, String>,
}

impl Merge<'_> {
    /// One value over another; `here` is where the result stands in the spec.
    fn value(&mut self, schema: &Value, base: Part, over: Part, here: &str) -> Value {
        match (base.0, over.0) {
            (_, Value::Null) => base.0.clone(),
            (Value::Object(below), Value::Object(above)) => {
                self.touched.insert(here.to_owned(), over.1.to_owned());
                self.map(schema, (below, base.1), (above, over.1), here)
            }
            (Value::Array(below), Value::Array(above)) if key(schema).is_some() => {
                self.list(schema, (below, base.1), (above, over.1), here)
            }
            (_, Value::Object(above)) => {
                self.places.insert(here.to_owned(), over.1.to_owned());
                self.map(schema, (&Map::new(), base.1), (above, over.1), here)
            }
            _ => {
                self.places.insert(here.to_owned(), over.1.to_owned());
                over.0.clone()
            }
        }
    }

    fn map(&mut self, schema: &Value, base: (&Map<String, Value>, &str), over: (&Map<String, Value>, &str), here: &str) -> Value {
        let mut merged = base.0.clone();
        for (key, value) in over.0 {
            if value.is_null() {
                merged.remove(key);
                continue;
            }
            let below = schema["properties"].get(key).unwrap_or(&schema["additionalProperties"]);
            let [base_path, over_path, here] = [base.1, over.1, here].map(|path| format!("{path}.{key}"));
            let before = merged.get(key).cloned().unwrap_or_default();
            if before.is_null() {
                self.places.insert(here.clone(), over_path.clone());
            }
            merged.insert(key.clone(), self.value(below, Part(&before, &base_path), Part(value, &over_path), &here));
        }
        Value::Object(merged)
    }

    /// Lists whose entries have names: those of one name are merged, others are added.
    fn list(&mut self, schema: &Value, base: (&[Value], &str), over: (&[Value], &str), here: &str) -> Value {
        let key = key(schema).expect("only lists with names are merged");
        let items = &schema["items"];
        let mut merged = base.0.to_vec();
        for (i, value) in over.0.iter().enumerate() {
            let over_path = format!("{}[{i}]", over.1);
            let known = merged.iter().position(|item| item[key] == value[key]);
            let index = known.unwrap_or(merged.len());
            let here = format!("{here}[{index}]");
            match known {
                Some(index) if !is_whole(items) => {
                    let before = merged[index].clone();
                    let base_path = format!("{}[{index}]", base.1);
                    merged[index] = self.value(items, Part(&before, &base_path), Part(value, &over_path), &here);
                }
                Some(index) => {
                    self.places.insert(here, over_path);
                    merged[index] = value.clone();
                }
                None => {
                    self.places.insert(here, over_path);
                    merged.push(value.clone());
                }
            }
        }
        Value::Array(merged)
    }
}

/// The field that tells entries of a list apart.
fn key(schema: &Value) -> Option<&str> {
    match schema["x-kubernetes-list-map-keys"].as_array()?.as_slice() {
        [key] => key.as_str(),
        _ => None,
    }
}

/// A variable has one source: another one replaces it as a whole.
fn is_whole(items: &Value) -> bool {
    items["properties"].get("valueFrom").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Value {
        json!({
            "components": {
                "image": "shop:1",
                "config": {"A": "1", "B": "2"},
                "env": [{"name": "X", "value": "1"}, {"name": "Y", "value": "2"}],
                "api": {"args": ["web"], "port": 8000, "replicas": {"min": 1}},
                "workers": [{"name": "media", "args": ["a"]}, {"name": "mail", "args": ["b"]}],
                "code": {"api": {"module": "shop"}}
            },
            "observability": {"logs": {"level": "INFO"}},
            "environments": {"prod": {
                "components": {
                    "config": {"A": "9", "B": null},
                    "env": [{"name": "Y", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}, {"name": "Z", "value": "3"}],
                    "api": {"args": ["web", "--fast"], "replicas": {"max": 4}},
                    "workers": [{"name": "mail", "replicas": {"min": 2}}, {"name": "new", "args": ["c"]}],
                    "scheduler": {"args": ["tick"], "stop": null}
                },
                "auth": {"jwt": {"issuer": "https://shop"}},
                "observability": {"logs": {"level": "WARNING"}}
            }}
        })
    }

    #[test]
    fn maps_merge_lists_merge_by_name_and_null_takes_away() {
        let Composed { spec, .. } = Composed::of(&manifest(), Some("prod"));
        let wanted = json!({
            "image": "shop:1",
            "config": {"A": "9"},
            "env": [
                {"name": "X", "value": "1"},
                {"name": "Y", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
                {"name": "Z", "value": "3"}
            ],
            "api": {"args": ["web", "--fast"], "port": 8000, "replicas": {"min": 1, "max": 4}},
            "workers": [{"name": "media", "args": ["a"]}, {"name": "mail", "args": ["b"], "replicas": {"min": 2}}, {"name": "new", "args": ["c"]}],
            "scheduler": {"args": ["tick"]},
            "auth": {"jwt": {"issuer": "https://shop"}},
            "observability": {"logs": {"level": "WARNING"}}
        });
        assert_eq!(spec, wanted);
    }

    #[test]
    fn without_an_environment_the_components_are_the_spec() {
        let Composed { spec, .. } = Composed::of(&manifest(), None);
        assert_eq!((&spec["config"]["A"], &spec["observability"]["logs"]["level"]), (&json!("1"), &json!("INFO")));
        assert!(spec.get("code").is_none() && spec.get("auth").is_none());
    }

    #[test]
    fn every_part_knows_where_it_was_written() {
        let composed = Composed::of(&manifest(), Some("prod"));
        for (path, place) in [
            ("spec.api.port", "components.api.port"),
            ("spec.api.args[1]", "environments.prod.components.api.args[1]"),
            ("spec.api.replicas.max", "environments.prod.components.api.replicas.max"),
            ("spec.api.replicas.min", "components.api.replicas.min"),
            ("spec.workers[1].args", "components.workers[1].args"),
            ("spec.workers[1].replicas", "environments.prod.components.workers[0].replicas"),
            ("spec.workers[2].name", "environments.prod.components.workers[1].name"),
            ("spec.env[1].valueFrom", "environments.prod.components.env[0].valueFrom"),
            ("spec.scheduler.args", "environments.prod.components.scheduler.args"),
            ("spec.auth.jwt.issuer", "environments.prod.auth.jwt.issuer"),
            ("spec.api.replicas", "environments.prod.components.api.replicas"),
            ("spec.observability.logs.level", "environments.prod.observability.logs.level"),
            ("metadata.name", "project.name"),
        ] {
            assert_eq!(composed.place(path), place);
        }
    }
}
