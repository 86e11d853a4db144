//! What is generated is what is committed; what is written twice says the same.
//! Each failure names the command or the file that mends it.

#[path = "drift/behavior.rs"]
mod behavior;
#[path = "drift/contract.rs"]
mod contract;
#[path = "drift/defaults.rs"]
mod defaults;
#[path = "drift/manifest.rs"]
mod manifest;
#[path = "drift/observability.rs"]
mod observability;
#[path = "drift/rights.rs"]
mod rights;
#[path = "drift/schema.rs"]
mod schema;

use std::path::{Path, PathBuf};

use aegis_crds::{AegisApp, custom_resource_definition};
use aegis_plan::{Problem, accept, children, problem};
use aegis_tests::{
    cluster,
    files::{below, root, text},
};
use serde::Deserialize;
use serde_json::Value;

const GENERATE: &str = "cargo run -p aegis-crds --bin aegis-generate | tee crds/aegisapp.yaml > charts/aegis/files/aegisapp.yaml";

#[test]
fn the_crd_is_as_generated() {
    let generated = serde_yaml::to_string(&custom_resource_definition()).unwrap();
    for file in ["crds/aegisapp.yaml", "charts/aegis/files/aegisapp.yaml"] {
        assert!(text(&root().join(file)) == generated, "{file} is not what the types say: {GENERATE}");
    }
}

#[test]
fn every_field_has_a_description() {
    let missing: Vec<_> = schema::fields().into_iter().filter(|field| field.description().is_empty()).map(|field| field.path).collect();
    assert!(missing.is_empty(), "no description: {missing:#?}");
}

#[test]
fn every_optional_field_ends_with_its_default() {
    let ends = |field: &schema::Field| field.default().is_some_and(|said| said.ends_with('.') && !said.contains(". "));
    let missing: Vec<_> = schema::fields().into_iter().filter(|field| field.is_optional && !ends(field)).map(|field| field.path).collect();
    assert!(missing.is_empty(), "the description does not end with `Default: ….`: {missing:#?}");
}

#[test]
fn every_choice_is_named_where_it_is_made() {
    let unnamed = |field: &schema::Field| {
        let choices = field.schema["enum"].as_array().cloned().unwrap_or_default();
        choices.iter().filter_map(Value::as_str).any(|choice| !field.description().contains(choice))
    };
    let missing: Vec<_> = schema::fields().into_iter().filter(unnamed).map(|field| field.path).collect();
    assert!(missing.is_empty(), "the description does not name every value: {missing:#?}");
}

#[test]
fn a_default_written_out_changes_nothing() {
    let checked = defaults::check();
    assert!(checked.len() >= 40, "only {} defaults can be read from descriptions: {checked:#?}", checked.len());
}

#[test]
fn the_examples_are_accepted() {
    let files = examples(|name| !name.starts_with("refused"));
    assert!(files.len() >= 4, "{files:?}");
    for file in files {
        for asked in apps(&file) {
            let errors: Vec<_> = problems(&asked).into_iter().filter(Problem::is_error).collect();
            assert!(errors.is_empty(), "{}: {errors:#?}", file.display());
        }
    }
}

#[test]
fn the_refused_examples_are_refused_as_their_comments_say() {
    let files = examples(|name| name.starts_with("refused"));
    assert!(!files.is_empty());
    for file in files {
        let text = text(&file);
        let comment: String = text.lines().take_while(|line| line.starts_with('#')).collect();
        let promised: Vec<_> = problem::CATALOGUE.iter().map(|code| code.name).filter(|name| comment.contains(name)).collect();
        assert!(!promised.is_empty(), "{}: the comment at its head names no code", file.display());
        for asked in apps(&file) {
            let codes: Vec<_> = problems(&asked).iter().map(|problem| problem.code.name).collect();
            assert_eq!(codes, promised, "{}", file.display());
        }
    }
}

#[test]
fn the_operators_rights_are_those_of_the_table() {
    assert_eq!(rights::granted(), rights::needed(), "charts/aegis/templates/_rights.tpl and children.rs differ");
}

#[test]
fn the_fence_stands_around_every_kind_of_the_table() {
    let kinds = children::kinds().into_iter().map(|kind| format!("{}/{}", kind.group, kind.plural));
    let kinds = kinds.chain(["apps/deployments/scale".to_owned()]).collect();
    assert_eq!(rights::fenced(), kinds, "charts/aegis/templates/fence.yaml and children.rs differ");
}

#[test]
fn the_operators_rights_at_home_are_those_of_the_election() {
    assert_eq!(rights::granted_at_home(), rights::needed_at_home(), "charts/aegis/templates/role.yaml and leader.rs differ");
}

#[test]
fn the_catalogue_is_in_the_order_of_the_alphabet() {
    let names: Vec<_> = problem::CATALOGUE.iter().map(|code| code.name).collect();
    let mut sorted = names.clone();
    sorted.sort_unstable();
    assert_eq!(names, sorted);
}

/// Files below examples/ that hold an AegisApp.
fn examples(is_wanted: fn(&str) -> bool) -> Vec<PathBuf> {
    let is_yaml = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "yaml");
    let all = below(&root().join("examples")).into_iter().filter(is_yaml);
    let named = all.filter(|path| path.file_name().is_some_and(|name| is_wanted(&name.to_string_lossy())));
    named.filter(|path| !apps(path).is_empty()).collect()
}

/// The AegisApps in a file, which may hold several documents.
fn apps(file: &Path) -> Vec<AegisApp> {
    let text = text(file);
    let documents = serde_yaml::Deserializer::from_str(&text)
        .map(|document| Value::deserialize(document).unwrap_or_else(|error| panic!("{}: {error}", file.display())));
    let apps = documents.filter(|document| document["kind"] == "AegisApp");
    apps.map(|app| serde_json::from_value(app).unwrap_or_else(|error| panic!("{}: {error}", file.display()))).collect()
}

fn problems(asked: &AegisApp) -> Vec<Problem> {
    accept(asked, &cluster::empty()).problems
}
