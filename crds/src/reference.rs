//! The reference pages: every field of a schema with its type, its bounds and what it means, as Markdown.
//! What is said of a field is the documentation of its type; nothing is added here.

use serde_json::Value;

/// The page about the AegisApp.
pub fn aegis_app() -> String {
    let crd = serde_json::to_value(crate::custom_resource_definition()).expect("a CRD is JSON");
    let schema = &crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
    let head = "# AegisApp\n\nEvery field of `aegis.dev/v1alpha1` AegisApp, made of the types (`make generate`). `kubectl explain aegisapp.spec` says the same.\n";
    let parts = ["spec", "status"].map(|part| sections(&schema["properties"][part], part));
    [vec![head.to_owned()], parts.concat()].concat().join("\n")
}

/// The page about the manifest.
pub fn manifest() -> String {
    let head = "# aegis_manifest.json\n\nEvery field of version 1, made of the types (`make generate`); the fields below `components` are the AegisApp's own: [aegisapp.md](aegisapp.md).\n";
    let mut root = crate::manifest::structural();
    told_once(&mut root);
    told_once(&mut root["properties"]["environments"]["additionalProperties"]);
    [vec![head.to_owned()], sections(&root, "")].concat().join("\n")
}

/// Leaves out what is the AegisApp's own.
fn told_once(schema: &mut Value) {
    for own in ["components", "auth", "observability"] {
        if let Some(fields) = schema["properties"][own]["properties"].as_object_mut() {
            fields.retain(|name, _| name == "code");
        }
    }
}

/// A heading and a table for each field of an object.
fn sections(schema: &Value, path: &str) -> Vec<String> {
    let fields = schema["properties"].as_object().into_iter().flatten();
    fields.map(|(name, field)| section(field, &joined(path, name), is_required(schema, name))).collect()
}

fn section(field: &Value, path: &str, required: bool) -> String {
    let mut rows = vec![];
    below(field, path, &mut rows);
    let table = if rows.is_empty() { String::new() } else { format!("\n| field | type | meaning |\n|---|---|---|\n{}\n", rows.join("\n")) };
    let needed = if required { ", required" } else { "" };
    format!("## {path}\n\n{}{needed}. {}\n{table}", capital(&kind(field)), said(field))
}

/// What is inside of a field, however deep.
fn below(field: &Value, path: &str, rows: &mut Vec<String>) {
    for (name, inner) in field["properties"].as_object().into_iter().flatten() {
        let path = joined(path, name);
        let needed = if is_required(field, name) { ", required" } else { "" };
        rows.push(format!("| `{path}` | {}{needed} | {} |", cell(&kind(inner)), cell(&said(inner))));
        below(inner, &path, rows);
    }
    if field["items"].is_object() {
        below(&field["items"], &format!("{path}[]"), rows);
    }
    if field["additionalProperties"].is_object() {
        below(&field["additionalProperties"], &format!("{path}.*"), rows);
    }
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn is_required(schema: &Value, name: &str) -> bool {
    schema["required"].as_array().is_some_and(|required| required.iter().any(|field| field == name))
}

/// Type and bounds in words.
fn kind(field: &Value) -> String {
    let word = match field["type"].as_str() {
        Some("array") => format!("list of {}", kind(&field["items"])),
        Some("object") if field["additionalProperties"].is_object() => format!("map of {}", kind(&field["additionalProperties"])),
        Some("object") => "object".to_owned(),
        Some(word) => word.to_owned(),
        None if field["x-kubernetes-int-or-string"] == true => "string or integer".to_owned(),
        None if field["properties"].is_object() => "object".to_owned(),
        None => "any".to_owned(),
    };
    let words = field["enum"].as_array().into_iter().flatten().filter_map(Value::as_str).map(|word| format!("`{word}`"));
    let words: Vec<String> = words.collect();
    let bound = |least: &str, most: &str, unit: &str| match (&field[least], &field[most]) {
        (Value::Null, Value::Null) => None,
        (least, Value::Null) => Some(format!("{} or more{unit}", plain(least))),
        (Value::Null, most) => Some(format!("at most {}{unit}", plain(most))),
        (least, most) => Some(format!("{} to {}{unit}", plain(least), plain(most))),
    };
    let bounds = [
        (!words.is_empty()).then(|| words.join(", ")),
        bound("minimum", "maximum", ""),
        bound("minLength", "maxLength", " characters"),
        bound("minItems", "maxItems", " entries"),
        bound("minProperties", "maxProperties", " entries"),
        field["pattern"].as_str().map(|pattern| format!("`{pattern}`")),
    ];
    [vec![word], bounds.into_iter().flatten().collect()].concat().join("; ")
}

/// Bounds are written with a fraction, also those of whole numbers.
fn plain(number: &Value) -> String {
    let text = number.to_string();
    text.strip_suffix(".0").map_or(text.clone(), ToOwned::to_owned)
}

/// The documentation, in one line.
fn said(field: &Value) -> String {
    field["description"].as_str().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_field_has_its_type_its_bounds_and_its_meaning() {
        let list = json!({"type": "array", "maxItems": 9, "description": "Pools.\nMany.", "items": {"type": "object", "required": ["name"],
            "properties": {"name": {"type": "string", "maxLength": 30, "pattern": "a|b", "description": "Its name."},
                "mode": {"type": "string", "enum": ["A", "B"]}, "size": {"type": "integer", "minimum": 1.0, "maximum": 9.5}, "env": {"type": "object", "additionalProperties": {"type": "string"}}}}});
        let page = sections(&json!({"properties": {"workers": list}, "required": ["workers"]}), "spec").concat();
        let wanted = [
            "## spec.workers",
            "",
            "List of object; at most 9 entries, required. Pools. Many.",
            "",
            "| field | type | meaning |",
            "|---|---|---|",
            "| `spec.workers[].env` | map of string |  |",
            "| `spec.workers[].mode` | string; `A`, `B` |  |",
            "| `spec.workers[].name` | string; at most 30 characters; `a\\|b`, required | Its name. |",
            "| `spec.workers[].size` | integer; 1 to 9.5 |  |",
            "",
        ];
        assert_eq!(page, wanted.join("\n"));
    }

    #[test]
    fn both_pages_tell_what_can_be_written() {
        assert!(aegis_app().contains("| `spec.workers[].broker.type` |") && aegis_app().contains("## status.conditions"));
        let page = manifest();
        assert!(page.contains("## environments") && page.contains("`components.code.") && !page.contains("`components.workers"), "{page}");
    }
}
