//! Single values against their schema: type, range, length, pattern and list of words, each told with its cure.

use std::{cell::RefCell, collections::HashMap, rc::Rc};

use aegis_plan::nearest::nearest;
use regex_lite::Regex;
use serde_json::{Map, Value, json};

use crate::yaml::{Node, Shape};

/// The value, when it has the schema's type.
pub fn typed(schema: &Value, node: &Node) -> Option<Value> {
    let is_whole = |value: f64| value.fract() == 0.0 && value.abs() < 9e15;
    match (type_of(schema), &node.shape) {
        ("string", Shape::Text(_))
        | ("boolean", Shape::Bool(_))
        | ("integer" | "number", Shape::Integer(_))
        | ("number", Shape::Float(_)) => Some(node.json()),
        ("a quantity", Shape::Text(_) | Shape::Integer(_)) => Some(node.json()),
        #[expect(clippy::cast_possible_truncation, reason = "it is whole and small")]
        ("integer" | "a quantity", Shape::Float(value)) if is_whole(*value) => Some(json!(*value as i64)),
        _ => None,
    }
}

/// What is wrong with a value of the right type, and the cure.
pub fn refused(schema: &Value, value: &Value) -> Option<(String, String)> {
    match value {
        Value::String(text) => word(schema, text).or_else(|| length(schema, text)).or_else(|| pattern(schema, text)),
        Value::Number(number) => range(schema, number.as_f64()?, value),
        _ => None,
    }
}

/// Whether a value of the right type can be read into the typed field, whatever else is wrong with it.
pub fn fits(schema: &Value, value: &Value) -> bool {
    let is_small = value.as_i64().is_none_or(|number| i32::try_from(number).is_ok());
    schema["enum"].is_null() && (schema["format"] != "int32" || is_small)
}

fn word(schema: &Value, text: &str) -> Option<(String, String)> {
    let words: Vec<&str> = schema["enum"].as_array()?.iter().filter_map(Value::as_str).collect();
    if words.contains(&text) {
        return None;
    }
    let fix = nearest(text, words.iter().copied())
        .map_or_else(|| format!("Write one of {}.", words.join(", ")), |meant| format!("Did you mean {meant}?"));
    Some((format!("{text:?} is not one of {}", words.join(", ")), fix))
}

fn length(schema: &Value, text: &str) -> Option<(String, String)> {
    let count = u64::try_from(text.chars().count()).unwrap_or(u64::MAX);
    if let Some(max) = schema["maxLength"].as_u64().filter(|max| count > *max) {
        return Some((format!("the text has {count} characters, {max} are allowed"), format!("Shorten it by {} characters.", count - max)));
    }
    let min = schema["minLength"].as_u64().filter(|min| count < *min)?;
    let message =
        if count == 0 { "the text is empty".to_owned() } else { format!("the text has {count} characters, at least {min} are needed") };
    Some((message, format!("Write {}.", purpose(schema))))
}

fn pattern(schema: &Value, text: &str) -> Option<(String, String)> {
    let pattern = schema["pattern"].as_str()?;
    if regex(pattern).is_match(text) {
        return None;
    }
    Some((format!("{text:?} does not match {pattern}"), format!("Write {}.", purpose(schema))))
}

/// Schemas have few patterns and texts many values: each is compiled once.
fn regex(pattern: &str) -> Rc<Regex> {
    thread_local! {
        static KNOWN: RefCell<HashMap<String, Rc<Regex>>> = RefCell::default();
    }
    KNOWN.with_borrow_mut(|known| {
        let compile = || Rc::new(Regex::new(pattern).expect("the patterns of our schema are checked by a test"));
        known.entry(pattern.to_owned()).or_insert_with(compile).clone()
    })
}

fn range(schema: &Value, number: f64, value: &Value) -> Option<(String, String)> {
    let (least, most) = match schema["format"].as_str() {
        Some("int32") => (f64::from(i32::MIN), f64::from(i32::MAX)),
        _ => (f64::MIN, f64::MAX),
    };
    let min = schema["minimum"].as_f64().unwrap_or(least);
    let max = schema["maximum"].as_f64().unwrap_or(most);
    if (min..=max).contains(&number) {
        return None;
    }
    let (side, bound) = if number < min { ("below the smallest", min) } else { ("above the largest", max) };
    Some((format!("{value} is {side} allowed value, {bound}"), format!("Write a number from {min} to {max}.")))
}

/// What is told of a value of another type, and the cure.
pub fn mistyped(schema: &Value, node: &Node) -> (String, String) {
    let wanted = wanted(schema);
    let message = format!("this must be {wanted}, not {}", node.kind());
    let fix = match (type_of(schema), &node.shape) {
        ("string", Shape::Bool(_) | Shape::Integer(_) | Shape::Float(_)) => "Put the value in quotes.".to_owned(),
        ("a quantity", Shape::Float(_)) => "Put the number in quotes, or use a smaller unit, for example 500m.".to_owned(),
        ("integer" | "boolean", Shape::Text(text)) if is_plain(text) => "Remove the quotes.".to_owned(),
        ("array", Shape::Map(_)) => "Write a list: begin each entry with `- `, or put it in [ ].".to_owned(),
        ("array", _) => "Put it in [ ].".to_owned(),
        _ => format!("Write {}.", purpose(schema)),
    };
    (message, fix)
}

/// The value as it was probably meant, so that the rest can be checked.
pub fn read_as(schema: &Value, node: &Node) -> Option<Value> {
    match (type_of(schema), &node.shape) {
        ("string" | "a quantity", Shape::Bool(_) | Shape::Integer(_) | Shape::Float(_)) => Some(json!(node.json().to_string())),
        ("integer", Shape::Text(text)) => text.parse::<i64>().ok().map(|number| json!(number)),
        ("boolean", Shape::Text(text)) => text.parse::<bool>().ok().map(|truth| json!(truth)),
        _ => None,
    }
}

/// Any value of the schema's type, in place of one that is missing.
pub fn placeholder(schema: &Value) -> Value {
    match type_of(schema) {
        "object" => {
            let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let fields: Map<_, _> = required.map(|key| (key.to_owned(), placeholder(&schema["properties"][key]))).collect();
            Value::Object(fields)
        }
        "array" => json!([]),
        "integer" | "number" => schema.get("minimum").cloned().unwrap_or(json!(0)),
        "boolean" => json!(false),
        _ => schema["enum"][0].as_str().map_or(json!(""), |word| json!(word)),
    }
}

/// What the field is for: the first sentence of its description, or its type.
pub fn purpose(schema: &Value) -> String {
    let description = schema["description"].as_str().unwrap_or_default();
    let sentence = description.split(". ").next().unwrap_or_default().trim_end_matches('.');
    let is_default = sentence.starts_with("Default:");
    // Kubernetes' own words about quantities explain nothing.
    if sentence.is_empty() || is_default || type_of(schema) == "a quantity" {
        return wanted(schema).to_owned();
    }
    format!("{} ({sentence})", wanted(schema))
}

fn type_of(schema: &Value) -> &str {
    if schema["x-kubernetes-int-or-string"] == true { "a quantity" } else { schema["type"].as_str().unwrap_or_default() }
}

fn wanted(schema: &Value) -> &'static str {
    match type_of(schema) {
        "object" => "a map",
        "array" => "a list",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "true or false",
        "a quantity" => "a quantity (a whole number, or text with a unit)",
        "string" => "text",
        _ => "a value",
    }
}

/// Whether the text is a number or boolean in quotes.
fn is_plain(text: &str) -> bool {
    text.parse::<i64>().is_ok() || text.parse::<bool>().is_ok()
}
