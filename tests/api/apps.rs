//! Apps to test with: from the examples, from a file with every section, and small ones.
//! They are plain JSON, so that tests can change them.

use serde_json::{Value, json};

/// An example of the repository, without its namespace.
pub fn example(name: &str) -> Value {
    let mut app: Value = aegis_tests::files::yaml(&aegis_tests::files::root().join("examples").join(name).join("aegisapp.yaml"));
    app["metadata"].as_object_mut().expect("it has metadata").remove("namespace");
    app
}

/// An app with every section.
pub fn full() -> Value {
    aegis_tests::files::yaml(&aegis_tests::files::root().join("tests/api/full.yaml"))
}

/// An app with that spec and an image.
pub fn app(name: &str, spec: Value) -> Value {
    let mut app = json!({"apiVersion": "aegis.dev/v1alpha1", "kind": "AegisApp", "metadata": {"name": name}, "spec": spec});
    if app["spec"]["image"].is_null() {
        app["spec"]["image"] = "registry.example/shop:1".into();
    }
    app
}
