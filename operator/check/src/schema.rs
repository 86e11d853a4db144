//! The schema that files are checked against: the CRD's own, with Kubernetes' metadata where the CRD leaves it open.
//! It does not check anything itself.

use std::sync::LazyLock;

use aegis_crds::{GROUP, VERSION, custom_resource_definition};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

/// `apiVersion` of an AegisApp.
pub fn api_version() -> String {
    format!("{GROUP}/{VERSION}")
}

/// Schema of a whole AegisApp as people write it; what the operator writes into `status` is left alone. It is read from what
/// was generated: to make it of the types takes longer than all that a command does.
pub static AEGIS_APP: LazyLock<Value> = LazyLock::new(|| read(include_str!("../schemas/aegisapp.json")));

/// Schema of a whole manifest.
pub static MANIFEST: LazyLock<Value> = LazyLock::new(|| read(include_str!("../schemas/manifest.json")));

/// Reads the schema that is going to be needed, for somebody who has something else to do meanwhile.
pub fn prepare(is_manifest: bool) {
    LazyLock::force(if is_manifest { &MANIFEST } else { &AEGIS_APP });
}

fn read(text: &str) -> Value {
    serde_json::from_str(text).expect("a test compares it with what the types say")
}

/// The schemas as the types say them, by the names of their files.
pub fn generated() -> [(&'static str, Value); 2] {
    [("aegisapp", aegis_app()), ("manifest", aegis_crds::manifest::structural())]
}

fn aegis_app() -> Value {
    let crd = serde_json::to_value(custom_resource_definition()).expect("a CRD is JSON");
    let mut schema = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"].clone();
    schema["properties"]["metadata"] = metadata();
    schema["properties"]["status"] = json!({});
    schema["properties"]["apiVersion"] = json!({"type": "string"});
    schema["properties"]["kind"] = json!({"type": "string"});
    schema["required"] = json!(["apiVersion", "kind", "metadata", "spec"]);
    schema
}

/// Kubernetes' own type; `managedFields` and its like come from the server and are left alone.
fn metadata() -> Value {
    let settings = SchemaSettings::openapi3().with(|settings| settings.inline_subschemas = true);
    let schema = settings.into_generator().into_root_schema_for::<ObjectMeta>();
    let mut schema = serde_json::to_value(schema).expect("a schema is JSON");
    for field in ["managedFields", "ownerReferences", "creationTimestamp"] {
        schema["properties"][field] = json!({});
    }
    schema["description"] = json!("The name of the app, and its labels and annotations");
    schema["properties"]["name"]["description"] = json!("The name of the app, which begins the names of all its objects");
    schema["required"] = json!(["name"]);
    schema
}

#[cfg(test)]
mod tests {
    use super::*;
    use regex_lite::Regex;

    /// Words that the walk understands, and those that say nothing about a single file.
    const UNDERSTOOD: &[&str] = &[
        "type",
        "properties",
        "required",
        "additionalProperties",
        "items",
        "enum",
        "pattern",
        "nullable",
        "format",
        "minimum",
        "maximum",
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "minProperties",
        "maxProperties",
        "description",
        "default",
        "title",
        "$schema",
        "x-kubernetes-int-or-string",
        "x-kubernetes-list-type",
        "x-kubernetes-list-map-keys",
        "x-kubernetes-preserve-unknown-fields",
        aegis_crds::manifest::REMOVES,
        // CEL: `accept` has the same rules and words.
        "x-kubernetes-validations",
    ];

    fn visit(schema: &Value, see: &mut dyn FnMut(&str, &Value)) {
        for (word, value) in schema.as_object().into_iter().flatten() {
            see(word, value);
            match word.as_str() {
                "properties" => value.as_object().into_iter().flatten().for_each(|(_, below)| visit(below, see)),
                "items" | "additionalProperties" => visit(value, see),
                _ => {}
            }
        }
    }

    #[test]
    fn the_schemas_are_as_generated() {
        for (name, schema) in generated() {
            let read = if name == "aegisapp" { &AEGIS_APP } else { &MANIFEST };
            assert!(**read == schema, "operator/check/schemas/{name}.json is not what the types say: make generate");
        }
    }

    #[test]
    fn every_word_of_the_schema_is_understood() {
        for schema in [&AEGIS_APP, &MANIFEST] {
            visit(schema, &mut |word, _| assert!(UNDERSTOOD.contains(&word), "{word} is not understood"));
        }
    }

    #[test]
    fn every_pattern_compiles() {
        for schema in [&AEGIS_APP, &MANIFEST] {
            visit(schema, &mut |word, value| {
                if word == "pattern" {
                    Regex::new(value.as_str().unwrap()).unwrap();
                }
            });
        }
    }
}
