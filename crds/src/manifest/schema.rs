//! The manifest's schema, from its types: structural as the CRD's for our own checks, and as JSON Schema for editors.
//! What an environment may say is the components' schema in which nothing is required and null takes away.

use kube_core::schema::{OptionalEnum, OptionalIntOrString, StructuralSchemaRewriter};
use schemars::{generate::SchemaSettings, transform::Transform};
use serde_json::{Map, Value, json};

use super::{BESIDE, Manifest, OPERATED};

/// Marks a value that null takes away.
pub const REMOVES: &str = "x-aegis-removes";

/// The schema in the words of a CRD.
pub fn structural() -> Value {
    let settings = SchemaSettings::openapi3().with(|settings| settings.inline_subschemas = true);
    let mut schema = settings.into_generator().into_root_schema_for::<Manifest>();
    StructuralSchemaRewriter.transform(&mut schema);
    OptionalEnum.transform(&mut schema);
    OptionalIntOrString.transform(&mut schema);
    let mut schema = Value::from(schema);
    let properties = &mut schema["properties"];
    let components = &mut properties["components"];
    let words = components["properties"].as_object_mut().expect("components are an object");
    words.retain(|word, _| !BESIDE.contains(&word.as_str()) && !OPERATED.contains(&word.as_str()));
    // an image that is built for each release is named there, not here
    components["required"] = json!([]);
    for word in ["components"].into_iter().chain(BESIDE) {
        let description = properties["environments"]["additionalProperties"]["properties"][word]["description"].take();
        let mut overlay = relaxed(&properties[word]);
        overlay["description"] = description;
        properties["environments"]["additionalProperties"]["properties"][word] = overlay;
    }
    properties["commands"]["additionalProperties"]["minItems"] = json!(1);
    schema
}

/// The same for editors, by the rules of JSON Schema.
pub fn json_schema() -> Value {
    let mut schema = structural();
    plain(&mut schema);
    schema["$schema"] = json!("http://json-schema.org/draft-07/schema#");
    schema["title"] = json!("aegis_manifest.json");
    schema
}

/// The schema of what lies over a value: only what tells entries of a list apart is required.
fn relaxed(schema: &Value) -> Value {
    let mut schema = schema.clone();
    let Some(words) = schema.as_object_mut() else { return schema };
    words.remove("required");
    words.remove("x-kubernetes-validations");
    let keys = words.get("x-kubernetes-list-map-keys").cloned();
    if let Some(properties) = words.get_mut("properties").and_then(Value::as_object_mut) {
        for below in properties.values_mut() {
            *below = relaxed(below);
            below[REMOVES] = json!(true);
        }
    }
    for word in ["items", "additionalProperties"] {
        if let Some(below) = words.get_mut(word).filter(|below| below.is_object()) {
            // a list without names is replaced as a whole, so its entries are whole
            let is_whole = word == "items" && keys.is_none();
            *below = if is_whole { below.clone() } else { relaxed(below) };
            if word == "additionalProperties" {
                below[REMOVES] = json!(true);
            }
        }
    }
    if let Some(keys) = keys {
        words["items"]["required"] = keys;
    }
    schema
}

/// Takes the words of CRDs out, and refuses fields that nobody knows.
fn plain(schema: &mut Value) {
    let Some(words) = schema.as_object_mut() else { return };
    if words.remove("x-kubernetes-int-or-string") == Some(json!(true)) {
        words.insert("type".to_owned(), json!(["integer", "string"]));
    }
    let is_removable = words.remove(REMOVES) == Some(json!(true));
    let is_nullable = words.remove("nullable") == Some(json!(true));
    if (is_removable || is_nullable) && words.get("type").is_some_and(Value::is_string) {
        let kind = words["type"].take();
        words.insert("type".to_owned(), json!([kind, "null"]));
        if let Some(choices) = words.get_mut("enum").and_then(Value::as_array_mut) {
            choices.push(Value::Null);
        }
    }
    let is_open = words.remove("x-kubernetes-preserve-unknown-fields") == Some(json!(true));
    words.retain(|word, _| !word.starts_with("x-kubernetes-"));
    if words.contains_key("properties") && !words.contains_key("additionalProperties") && !is_open {
        words.insert("additionalProperties".to_owned(), json!(false));
    }
    below(words).for_each(plain);
}

fn below(words: &mut Map<String, Value>) -> impl Iterator<Item = &mut Value> {
    words.iter_mut().flat_map(|(word, value)| match word.as_str() {
        "properties" => value.as_object_mut().into_iter().flat_map(Map::values_mut).collect::<Vec<_>>(),
        "items" | "additionalProperties" => vec![value],
        _ => vec![],
    })
}
