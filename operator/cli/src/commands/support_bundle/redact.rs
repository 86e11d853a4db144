//! The black pen: what looks like a secret by its name or its shape is not passed on. A value too many goes rather than one too few.

mod names;
mod shapes;

use serde_json::Value;

/// What stands in its place.
const BLACK: &str = "REDACTED";
/// An annotation that repeats a whole object.
const APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
/// Maps from names of settings to their values.
const SETTINGS: [&str; 4] = ["config", "data", "env", "stringData"];

/// Blacks out shapes.
pub fn text(text: &str) -> String {
    shapes::without(text)
}

/// Blacks out shapes, and the values of what has a secret's name.
pub fn log(log: &str) -> String {
    shapes::without_settings(log)
}

/// Takes out of an object what has a secret's name, what its texts give away, and what only repeats the object.
pub fn object(value: &mut Value) {
    match value {
        Value::String(text) => *text = log(text),
        Value::Array(items) => list(items),
        Value::Object(fields) => {
            fields.remove("managedFields");
            fields.remove(APPLIED);
            let is_secret = fields.get("name").and_then(Value::as_str).is_some_and(names::is_secret);
            for (name, value) in fields {
                match value {
                    Value::String(text) if names::is_secret_field(name) || (is_secret && name == "value") => hide(text),
                    Value::Object(files) if name == "binaryData" => files.values_mut().for_each(|file| *file = BLACK.into()),
                    Value::Object(settings) if SETTINGS.contains(&name.as_str()) => settings.iter_mut().for_each(setting),
                    _ => {}
                }
                object(value);
            }
        }
        _ => {}
    }
}

/// In a command line, a flag may have its value in the next word.
fn list(items: &mut [Value]) {
    let mut is_value = false;
    for item in items {
        let is_flag = item.as_str().is_some_and(names::is_secret_flag);
        match item {
            Value::String(text) if is_value && !text.starts_with('-') => hide(text),
            other => object(other),
        }
        is_value = is_flag;
    }
}

fn setting((name, value): (&String, &mut Value)) {
    if let Value::String(text) = value
        && names::is_secret(name)
        && !names::is_place(name, text)
    {
        hide(text);
    }
}

fn hide(text: &mut String) {
    if !text.is_empty() {
        BLACK.clone_into(text);
    }
}

#[cfg(test)]
mod tests;
