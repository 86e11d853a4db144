//! Whether an object has come to be as it is planned, whoever made it so: then an edit was put back.
//! It compares values; whose fields they are is told by the managed fields.

use serde_json::Value;

/// Whether an object holds all that a body says, whoever set it.
pub fn holds(body: &Value, object: &Value) -> bool {
    match (body, object) {
        (Value::Object(body), Value::Object(object)) => {
            body.iter().all(|(key, value)| object.get(key).is_some_and(|found| holds(value, found)))
        }
        (Value::Array(body), Value::Array(object)) => body.iter().all(|value| object.iter().any(|found| holds(value, found))),
        _ => body == object,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_object_holds_a_body_whatever_stands_beside_it() {
        let body = json!({"a": [{"name": "x", "value": "1"}], "b": {"c": 1}});
        assert!(holds(&body, &json!({"a": [{"name": "w"}, {"name": "x", "value": "1", "more": 2}], "b": {"c": 1, "d": 2}, "e": 3})));
        for other in [
            json!({"a": [{"name": "x", "value": "2"}], "b": {"c": 1}}),
            json!({"a": [], "b": {"c": 1}}),
            json!({"a": [{"name": "x", "value": "1"}], "b": {}}),
            Value::Null,
        ] {
            assert!(!holds(&body, &other), "{other}");
        }
    }
}
