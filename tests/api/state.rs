//! Everything of a namespace in a form that two runs can be compared in: without what chance and the clock put there.
//! What a value is replaced by still tells whether it is there, and how long it is.

use std::collections::BTreeMap;

use aegis_plan::{canonical, children};
use serde_json::{Value, json};

use crate::scene::Scene;

/// What chance, the clock or the server decides: never the same in two runs.
const CHANCE: [&str; 15] = [
    "aegis.dev/jwk",
    "aegis.dev/made",
    "jwks.json",
    "nextRotation",
    "uid",
    "resourceVersion",
    "creationTimestamp",
    "managedFields",
    "controller-uid",
    "batch.kubernetes.io/controller-uid",
    "clusterIP",
    "clusterIPs",
    "lastTransitionTime",
    "since",
    "fields",
];
/// What the server puts into every namespace.
const GIVEN: [&str; 2] = ["kube-root-ca.crt", "default"];

/// Length of the digests in names, which uids and namespaces go into.
const DIGEST: usize = 10;

/// A namespace at one moment.
#[derive(Clone, Debug, Default)]
pub struct State {
    namespace: String,
    /// Each object, and the status of each app, comparable.
    pub objects: BTreeMap<String, Value>,
    /// Uid of each object, and the digest of what a Secret holds: these stay as long as the object does.
    pub marks: BTreeMap<String, String>,
}

impl State {
    /// The namespace as it is now.
    pub async fn of(scene: &Scene) -> Self {
        let mut state = Self { namespace: scene.namespace.clone(), ..Self::default() };
        for kind in children::kinds() {
            let objects = scene.cluster.list(&scene.namespace, kind.kind).await;
            objects.into_iter().filter(is_ours).for_each(|object| state.add(kind.kind, object));
        }
        for app in scene.cluster.list(&scene.namespace, "AegisApp").await {
            let key = format!("AegisApp {}", app["metadata"]["name"].as_str().unwrap_or_default());
            state.file(&key, app["status"].clone());
        }
        state
    }

    /// How another state differs from this one, in words.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let missing = self.objects.iter().filter(|(key, _)| !other.objects.contains_key(*key)).map(|(key, _)| format!("{key} is missing"));
        let excess = other.objects.keys().filter(|key| !self.objects.contains_key(*key)).map(|key| format!("{key} is too many"));
        let changed = self.objects.iter().filter_map(|(key, object)| {
            let found = other.objects.get(key).filter(|found| *found != object)?;
            Some(format!("{key} differs:\n{}", difference(object, found)))
        });
        missing.chain(excess).chain(changed).collect()
    }

    /// Objects of both states that are not the same any more, or hold other secrets.
    pub fn replaced(&self, later: &Self) -> Vec<String> {
        let both = self.marks.iter().filter_map(|(key, mark)| Some((key, mark, later.marks.get(key)?)));
        both.filter(|(_, before, now)| before != now).map(|(key, ..)| format!("{key} was replaced")).collect()
    }

    /// The same without the fields of those names.
    pub fn without(mut self, fields: &[&str]) -> Self {
        self.objects.values_mut().for_each(|object| drop_fields(object, fields));
        self
    }

    fn add(&mut self, kind: &str, mut object: Value) {
        let key = format!("{kind} {}", object["metadata"]["name"].as_str().unwrap_or_default());
        let mark =
            format!("{} {}", object["metadata"]["uid"], if kind == "Secret" { canonical::digest(&object["data"]) } else { String::new() });
        self.marks.insert(key.clone(), mark);
        if kind == "Secret" {
            conceal(&mut object["data"]);
        }
        object["status"].take();
        self.file(&key, object);
    }

    /// Files an object where others of its name but for a digest may be.
    fn file(&mut self, key: &str, object: Value) {
        let object = self.plain(object);
        let alike = self.masked(key);
        let mut all: Vec<Value> = (0..).map_while(|i| self.objects.remove(&format!("{alike} {i}"))).chain([object]).collect();
        all.sort_by_key(Value::to_string);
        self.objects.extend(all.into_iter().enumerate().map(|(i, object)| (format!("{alike} {i}"), object)));
    }

    fn plain(&self, mut value: Value) -> Value {
        match &mut value {
            Value::Object(fields) => {
                fields.retain(|key, _| !CHANCE.contains(&key.as_str()));
                *fields = std::mem::take(fields).into_iter().map(|(key, field)| (self.masked(&key), self.plain(field))).collect();
            }
            Value::Array(items) => items.iter_mut().for_each(|item| *item = self.plain(item.take())),
            Value::String(text) => *text = self.masked(text),
            _ => {}
        }
        value
    }

    /// A text without its namespace and digests.
    pub fn masked(&self, text: &str) -> String {
        let is_digest =
            |word: &str| word.len() == DIGEST && word.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        let parts = text.split_inclusive(|c: char| !c.is_ascii_alphanumeric()).map(|part| {
            let word = part.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
            if is_digest(word) { part.replace(word, "digest") } else { part.to_owned() }
        });
        parts.collect::<String>().replace(&self.namespace, "namespace")
    }
}

/// What controllers make for themselves, and the server for everybody, is not the operator's.
fn is_ours(object: &Value) -> bool {
    let owner = &object["metadata"]["ownerReferences"][0]["kind"];
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    !GIVEN.contains(&name) && (owner.is_null() || owner == "AegisApp" || owner == "ConfigMap")
}

fn drop_fields(value: &mut Value, names: &[&str]) {
    if let Some(fields) = value.as_object_mut() {
        fields.retain(|key, _| !names.contains(&key.as_str()));
        fields.values_mut().for_each(|field| drop_fields(field, names));
    }
}

fn conceal(data: &mut Value) {
    data.as_object_mut().into_iter().flatten().for_each(|(_, value)| *value = json!(value.as_str().unwrap_or_default().len()));
}

fn difference(expected: &Value, found: &Value) -> String {
    let text = |value: &Value| serde_json::to_string_pretty(value).expect("it is JSON");
    similar::TextDiff::from_lines(&text(expected), &text(found)).unified_diff().context_radius(3).to_string()
}
