//! Which fields differ between two specs, by path. It does not say how they differ: values may be long, or not for every eye.

use serde_json::{Map, Value};

/// Paths of all fields that differ, in the order of the alphabet. What came or went as a whole is named once.
pub fn changes(before: &Value, after: &Value) -> Vec<String> {
    let mut paths = vec![];
    compare(before, after, String::new(), &mut paths);
    paths
}

fn compare(before: &Value, after: &Value, path: String, paths: &mut Vec<String>) {
    match (before, after) {
        _ if before == after => {}
        (Value::Object(before), Value::Object(after)) => fields(before, after, |key| join(&path, key), paths),
        (Value::Array(before), Value::Array(after)) => {
            let (before, after) = (entries(before), entries(after));
            if before.keys().eq(after.keys()) && before == after {
                paths.push(path); // the order alone
            } else {
                fields(&before, &after, |key| format!("{path}[{key}]"), paths);
            }
        }
        _ => paths.push(path),
    }
}

fn fields(before: &Map<String, Value>, after: &Map<String, Value>, path: impl Fn(&str) -> String, paths: &mut Vec<String>) {
    let mut keys: Vec<&String> = before.keys().chain(after.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    for key in keys {
        match (before.get(key), after.get(key)) {
            (Some(before), Some(after)) => compare(before, after, path(key), paths),
            _ => paths.push(path(key)),
        }
    }
}

/// A list by the names of its entries, as Kubernetes merges lists; by their places when not all have a name of their own.
fn entries(list: &[Value]) -> Map<String, Value> {
    let named: Map<String, Value> = list.iter().filter_map(|entry| Some((entry["name"].as_str()?.to_owned(), entry.clone()))).collect();
    if named.len() == list.len() {
        return named;
    }
    list.iter().enumerate().map(|(place, entry)| (place.to_string(), entry.clone())).collect()
}

fn join(path: &str, key: &str) -> String {
    let key = if key.contains('.') { format!("\"{key}\"") } else { key.to_owned() };
    if path.is_empty() { key } else { format!("{path}.{key}") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_field_is_named_by_its_path() {
        let before = json!({"image": "shop:1", "api": {"port": 8000, "replicas": {"min": 1, "max": 3}}, "config": {"a.b": "1"}});
        let after = json!({"image": "shop:2", "api": {"port": 8000, "replicas": {"min": 2, "max": 3}}, "config": {"a.b": "2"}});
        assert_eq!(changes(&before, &after), ["api.replicas.min", "config.\"a.b\"", "image"]);
        assert!(changes(&after, &after).is_empty());
    }

    #[test]
    fn what_comes_or_goes_is_named_once() {
        let before = json!({"frontend": {"args": ["ui"], "port": 80}});
        let after = json!({"scheduler": {"args": ["beat"]}});
        assert_eq!(changes(&before, &after), ["frontend", "scheduler"]);
    }

    #[test]
    fn entries_of_lists_are_known_by_name_or_place() {
        let before = json!({"workers": [{"name": "mail", "args": ["a"]}, {"name": "media"}], "args": ["x", "y"]});
        let after = json!({"workers": [{"name": "video"}, {"name": "mail", "args": ["b"]}], "args": ["x", "z", "q"]});
        assert_eq!(changes(&before, &after), ["args[1]", "args[2]", "workers[mail].args[0]", "workers[media]", "workers[video]"]);
    }

    #[test]
    fn a_changed_order_is_a_change() {
        let before = json!({"env": [{"name": "A"}, {"name": "B"}]});
        let after = json!({"env": [{"name": "B"}, {"name": "A"}]});
        assert_eq!(changes(&before, &after), ["env"]);
    }
}
