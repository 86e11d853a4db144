//! The manifests of this repository against what they speak of: their schema, the AegisApp beside them, files and commands.
//! What a manifest may say is judged elsewhere.

use std::path::{Path, PathBuf};

use aegis_check::manifest;
use aegis_crds::AegisAppSpec;
use aegis_tests::files::{below, root, text, yaml};
use serde_json::{Value, json};

const GENERATE: &str = "cargo run -p aegis-crds --bin aegis-generate manifest > crds/manifest.schema.json";

/// The manifests of this repository.
fn manifests() -> Vec<PathBuf> {
    let examples = below(&root().join("examples")).into_iter().filter(|path| path.ends_with("aegis_manifest.json"));
    let all: Vec<PathBuf> = [root().join("aegis_manifest.json")].into_iter().chain(examples).collect();
    assert!(all.len() >= 2, "{all:?}");
    all
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&text(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn spec(path: &Path, environment: Option<&str>) -> Value {
    let read = manifest::spec(&text(path), environment, None);
    json!(read.unwrap_or_else(|problems| panic!("{}: {problems:#?}", path.display())))
}

#[test]
fn the_manifests_schema_is_as_generated() {
    let generated = serde_json::to_string_pretty(&aegis_crds::manifest::json_schema()).unwrap() + "\n";
    assert!(
        text(&root().join("crds/manifest.schema.json")) == generated,
        "crds/manifest.schema.json is not what the types say: {GENERATE}"
    );
}

#[test]
fn the_reference_is_as_generated() {
    for (page, generated) in [("aegisapp.md", aegis_crds::reference::aegis_app()), ("manifest.md", aegis_crds::reference::manifest())] {
        let written = text(&root().join("docs/reference").join(page));
        assert!(written == generated, "docs/reference/{page} is not what the types say: make generate");
    }
}

#[test]
fn the_manifests_are_what_editors_accept_and_a_slip_is_not() {
    let schema = jsonschema::validator_for(&aegis_crds::manifest::json_schema()).unwrap();
    for path in manifests() {
        let mut value = json(&path);
        let errors: Vec<String> = schema.iter_errors(&value).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{}: {errors:#?}", path.display());
        value["components"]["api"]["prt"] = json!(80);
        assert!(!schema.is_valid(&value), "{}", path.display());
    }
}

#[test]
fn the_manifests_are_right_in_each_of_their_environments() {
    for path in manifests() {
        let checked = aegis_check::check(&text(&path));
        let found: Vec<_> = checked.all().collect();
        assert!(checked.manifests.len() == 1 && found.is_empty(), "{}: {found:#?}", path.display());
    }
}

#[test]
fn a_manifest_beside_an_app_says_the_same() {
    for path in manifests().into_iter().skip(1) {
        let app: Value = yaml(&path.with_file_name("aegisapp.yaml"));
        let written: AegisAppSpec = serde_json::from_value(app["spec"].clone()).unwrap();
        assert_eq!(spec(&path, None), json!(written), "{}", path.display());
        assert_eq!(json(&path)["project"]["name"], app["metadata"]["name"], "{}", path.display());
    }
}

#[test]
fn the_blueprints_components_are_the_flagships() {
    assert_eq!(spec(&root().join("aegis_manifest.json"), None), spec(&root().join("examples/shop/aegis_manifest.json"), None));
}

#[test]
fn what_a_manifest_calls_a_file_is_there() {
    for path in manifests() {
        let (folder, value) = (path.parent().unwrap(), json(&path));
        let places = value["layout"].as_array().into_iter().flatten().filter_map(|place| place["path"].as_str());
        let files =
            value["agent"]["tasks"].as_array().into_iter().flatten().flat_map(|task| task["files"].as_array().into_iter().flatten());
        let kept = value["agent"]["doNotEdit"].as_array().into_iter().flatten();
        for place in places.chain(files.chain(kept).filter_map(Value::as_str)) {
            assert!(folder.join(place).exists(), "{}: {place} is not there", path.display());
        }
    }
}

#[test]
fn the_blueprints_commands_are_those_of_make() {
    let makefile = text(&root().join("Makefile"));
    let value = json(&root().join("aegis_manifest.json"));
    for (name, argv) in value["commands"].as_object().unwrap() {
        assert_eq!(argv[0], "make", "{name}");
        let target = argv[1].as_str().unwrap();
        assert!(makefile.lines().any(|line| line.starts_with(&format!("{target}:"))), "{target}");
    }
}
