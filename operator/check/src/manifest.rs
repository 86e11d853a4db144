//! A manifest against its schema and its rules, and what an environment makes of it: the spec of an AegisApp.
//! The words of a spec are judged by the operator's own rules; each problem is told where it stands in the manifest.

mod environments;
mod literals;
mod rules;

use aegis_crds::manifest::Manifest;
use aegis_crds::{AegisApp, AegisAppSpec};
use aegis_plan::{Problem, accept, nearest::nearest, problem::BAD_IMAGE};
use serde_json::{Value, json};

use crate::codes::{BROKEN_YAML, UNKNOWN_ENVIRONMENT};
use crate::walk::Walk;
use crate::yaml::{self, Mark, Node};
use crate::{located, schema};
use environments::Composed;

/// One manifest in a text.
pub struct Checkup {
    /// Name of its project.
    pub name: String,
    /// What is wrong with it, and where.
    pub problems: Vec<(Mark, Problem)>,
    /// What it says; what was wrong in it is put right or left out.
    pub value: Value,
}

/// Whether a document is a manifest, and no resource.
pub fn is_one(document: &Node) -> bool {
    let has = |key| document.get(key).is_some();
    !has("kind") && !has("apiVersion") && has("version") && (has("project") || has("components"))
}

/// Everything wrong with a manifest, in whatever environment.
pub fn checkup(document: &Node) -> Checkup {
    let version = document.get("version").map(Node::json).unwrap_or_default();
    // a later format is not judged by the rules of this one
    if let Some(problem) = rules::version(&version) {
        let mark = document.get("version").map_or(document.mark, |node| node.mark);
        return Checkup { name: name(document), problems: vec![(mark, problem)], value: document.json() };
    }
    let mut walk = Walk::default();
    let value = walk.node("", &schema::MANIFEST, document).unwrap_or_default();
    let mut found = typed(&value).map(|manifest| rules::problems(&manifest)).unwrap_or_default();
    let environments: Vec<Option<&str>> = match value["environments"].as_object().filter(|all| !all.is_empty()) {
        Some(all) => all.keys().map(|name| Some(name.as_str())).collect(),
        None => vec![None],
    };
    for environment in environments {
        let more = judged(&value, environment);
        found.extend(more.into_iter().filter(|problem| !found.contains(problem)).collect::<Vec<_>>());
    }
    Checkup { name: name(document), problems: located(&walk, found), value }
}

/// The spec that a manifest's text makes in an environment, or everything that is wrong with it there. `image` is what the
/// reference to the manifest names; without it, the manifest's own is needed.
///
/// # Errors
/// Every problem, told where it stands in the text.
pub fn spec(text: &str, environment: Option<&str>, image: Option<&str>) -> Result<AegisAppSpec, Vec<(Mark, Problem)>> {
    let (documents, broken) = yaml::documents(text);
    if let Some(broken) = broken {
        return Err(vec![(broken.mark, Problem::new(&BROKEN_YAML, "", broken.message))]);
    }
    let Some(document) = documents.into_iter().next() else {
        return Err(vec![(Mark::default(), Problem::new(&BROKEN_YAML, "", "the text is empty"))]);
    };
    read(&document, environment, image)
}

/// The same of a document.
///
/// # Errors
/// Every problem, told where it stands.
pub fn read(document: &Node, environment: Option<&str>, image: Option<&str>) -> Result<AegisAppSpec, Vec<(Mark, Problem)>> {
    let version = document.get("version").map(Node::json).unwrap_or_default();
    if let Some(problem) = rules::version(&version) {
        let mark = document.get("version").map_or(document.mark, |node| node.mark);
        return Err(vec![(mark, problem)]);
    }
    let mut walk = Walk::default();
    let mut value = walk.node("", &schema::MANIFEST, document).unwrap_or_default();
    if let Some(image) = image {
        value["components"]["image"] = json!(image);
    }
    let mut found = typed(&value).map(|manifest| rules::problems(&manifest)).unwrap_or_default();
    found.extend(judged(&value, environment));
    found.extend(imageless(&value, environment));
    let elsewhere = |path: &str| is_of_another(path, environment);
    let problems: Vec<_> =
        located(&walk, found).into_iter().filter(|(_, problem)| problem.is_error() && !elsewhere(&problem.path)).collect();
    if !problems.is_empty() {
        return Err(problems);
    }
    composed(&value, environment).and_then(|composed| composed.spec()).map_err(|problem| located(&walk, vec![problem]))
}

/// The problem of a manifest that names no image, where nothing else does.
fn imageless(value: &Value, environment: Option<&str>) -> Option<Problem> {
    let spec = composed(value, environment).and_then(|composed| composed.spec()).ok()?;
    let message = "no image is named: neither here nor by what refers to the manifest";
    spec.image
        .is_empty()
        .then(|| Problem::new(&BAD_IMAGE, "components.image", message).fix("Add components.image, or name the image there."))
}

/// Whether a path is in an environment that is not the one.
fn is_of_another(path: &str, environment: Option<&str>) -> bool {
    let Some(rest) = path.strip_prefix("environments.") else { return false };
    let Some(environment) = environment else { return true };
    !rest.strip_prefix(environment).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn name(document: &Node) -> String {
    let name = document.get("project").and_then(|project| project.get("name")).and_then(Node::text);
    name.unwrap_or("without a name").to_owned()
}

/// The typed manifest. An image may be named elsewhere.
fn typed(value: &Value) -> Option<Manifest> {
    let mut value = value.clone();
    if let Some(components) = value["components"].as_object_mut() {
        components.entry("image").or_insert_with(|| json!(""));
    }
    serde_json::from_value(value).ok()
}

fn composed(value: &Value, environment: Option<&str>) -> Result<Composed, Problem> {
    let known: Vec<&str> = value["environments"].as_object().into_iter().flat_map(|all| all.keys().map(String::as_str)).collect();
    if let Some(name) = environment.filter(|name| !known.contains(name)) {
        let meant = nearest(name, known.iter().copied());
        let fix = match (meant, known.as_slice()) {
            (Some(meant), _) => format!("Did you mean {meant}?"),
            (None, []) => "Leave the environment out: the manifest has none.".to_owned(),
            (None, known) => format!("Write one of {}.", known.join(", ")),
        };
        return Err(Problem::new(&UNKNOWN_ENVIRONMENT, "environments", format!("the manifest has no environment {name:?}")).fix(fix));
    }
    Ok(Composed::of(value, environment))
}

/// What the operator's own rules say of the app that an environment makes, told where it stands in the manifest.
fn judged(value: &Value, environment: Option<&str>) -> Vec<Problem> {
    let composed = match composed(value, environment) {
        Ok(composed) => composed,
        Err(problem) => return vec![problem],
    };
    let name = value["project"]["name"].as_str().unwrap_or_default();
    let spec = match composed.spec() {
        Ok(spec) => spec,
        Err(problem) => return vec![problem],
    };
    let has_image = !spec.image.is_empty();
    let mut problems = literals::problems(&spec);
    problems.extend(accept::problems(&AegisApp::new(name, spec)));
    // a release may name its image where it refers to the manifest
    problems.retain(|problem| has_image || problem.path != "spec.image");
    problems.into_iter().map(|problem| Problem { path: composed.place(&problem.path), ..problem }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{
  "version": 1,
  "project": {"name": "shop"},
  "components": {"api": {"port": 8000, "replicas": {"max": 2}}, "config": {"A": "1"}},
  "environments": {
    "prod": {"components": {"api": {"replicas": {"min": 2}}}},
    "wild": {"components": {"api": {"replicas": {"min": 9}}, "config": {"APP_TOKEN": "hush"}}}
  }
}"#;

    fn told(read: Result<AegisAppSpec, Vec<(Mark, Problem)>>) -> Vec<String> {
        let told = |(mark, problem): (Mark, Problem)| format!("{}:{}:{} {}", mark.line, mark.column, problem.code.name, problem.path);
        read.err().into_iter().flatten().map(told).collect()
    }

    #[test]
    fn an_environment_is_the_components_and_what_differs() {
        let spec = spec(TEXT, Some("prod"), Some("shop:2")).unwrap();
        assert_eq!(json!(spec), json!({"image": "shop:2", "api": {"port": 8000, "replicas": {"min": 2, "max": 2}}, "config": {"A": "1"}}));
    }

    #[test]
    fn what_is_wrong_in_one_environment_keeps_no_other_from_running() {
        let wild = told(spec(TEXT, Some("wild"), Some("shop:2")));
        let places = [
            "7:37:MinAboveMax environments.wild.components.api.replicas",
            "7:73:SecretValue environments.wild.components.config.APP_TOKEN",
        ];
        assert_eq!(wild, places);
        assert!(spec(TEXT, None, Some("shop:2")).is_ok());
    }

    #[test]
    fn an_image_is_needed_from_either_side() {
        assert_eq!(told(spec(TEXT, Some("prod"), None)), ["4:3:BadImage components.image"]);
        let own = TEXT.replace("\"config\": {\"A\"", "\"image\": \"shop:1\", \"config\": {\"A\"");
        assert_eq!(spec(&own, Some("prod"), None).unwrap().image, "shop:1");
        assert_eq!(spec(&own, Some("prod"), Some("shop:2")).unwrap().image, "shop:2");
    }

    #[test]
    fn an_environment_that_is_not_there_names_those_that_are() {
        let problems = spec(TEXT, Some("pord"), Some("shop:2")).unwrap_err();
        assert_eq!((problems[0].1.code.name, problems[0].1.fix.as_str()), ("UnknownEnvironment", "Did you mean prod?"));
        assert_eq!(problems[0].0.line, 5);
    }

    #[test]
    fn a_later_format_is_not_guessed_at() {
        let text = TEXT.replace("\"version\": 1", "\"version\": 2").replace("\"project\"", "\"projct\"");
        assert_eq!(told(spec(&text, Some("prod"), Some("shop:2"))), ["2:14:UnknownVersion version"]);
    }

    #[test]
    fn text_that_breaks_off_is_told_with_its_place() {
        assert_eq!(told(spec(&TEXT[..60], None, None)).len(), 1);
        assert_eq!(told(spec("", None, None)), ["0:0:BrokenYaml "]);
    }
}
