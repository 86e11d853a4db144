//! The fields of the CRD's spec, each with its schema. Types of Kubernetes end the walk: their words are not ours.

use aegis_crds::custom_resource_definition;
use serde_json::{Value, json};

/// Fields whose entries are Kubernetes' own types.
const THEIRS: [&str; 4] = ["env", "envFrom", "tolerations", "imagePullSecrets"];

/// One field of the spec.
pub struct Field {
    /// Where it is, as `api.probes.liveness.path`; a list's entries are `[]`, a map's values `{}`.
    pub path: String,
    /// Its schema.
    pub schema: Value,
    /// Whether it may be left out.
    pub is_optional: bool,
}

impl Field {
    /// Its description.
    pub fn description(&self) -> &str {
        self.schema["description"].as_str().unwrap_or_default()
    }

    /// What its description says after the last `Default: `.
    pub fn default(&self) -> Option<&str> {
        self.description().rsplit_once("Default: ").map(|(_, said)| said)
    }
}

/// Every field of the spec.
pub fn fields() -> Vec<Field> {
    let crd = json!(custom_resource_definition());
    let mut found = vec![];
    walk("", &crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"], &mut found);
    found
}

fn walk(path: &str, schema: &Value, found: &mut Vec<Field>) {
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        // a list and a map of objects go on inside
        if !THEIRS.contains(&name.as_str()) {
            walk(&path, field, found);
            walk(&format!("{path}[]"), &field["items"], found);
            walk(&format!("{path}{{}}"), &field["additionalProperties"], found);
        }
        found.push(Field { path, schema: field.clone(), is_optional: !required.contains(&json!(name)) });
    }
}
