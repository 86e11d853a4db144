//! Everything wrong with a text, at once and without a cluster: YAML, the schema, and the rules that the operator checks too.
//! Texts are AegisApps and manifests. One cause is told once; nothing is read from anywhere.

pub mod codes;
pub mod manifest;
mod schema;
mod value;
mod walk;
pub mod yaml;

use aegis_crds::AegisApp;
use aegis_plan::{Problem, accept, nearest::nearest, problem};
use serde_json::Value;

use codes::{BROKEN_YAML, NOT_A_RESOURCE};
pub use schema::{generated as schemas, prepare};
use walk::{Found, Walk};
use yaml::{Mark, Node, Shape};

/// What one text holds.
#[derive(Default)]
pub struct Checked {
    /// Its AegisApps.
    pub apps: Vec<Checkup>,
    /// Its manifests.
    pub manifests: Vec<manifest::Checkup>,
    /// Problems of the file itself, or of a document that is no resource.
    pub problems: Vec<(Mark, Problem)>,
    /// Kinds of the other resources in it.
    pub others: Vec<String>,
}

/// One AegisApp in a file.
pub struct Checkup {
    /// Its name.
    pub name: String,
    /// What is wrong with it, and where.
    pub problems: Vec<(Mark, Problem)>,
    /// The resource; what was wrong in it is put right or left out.
    pub app: AegisApp,
}

/// Checks every document of a text.
pub fn check(text: &str) -> Checked {
    let (documents, broken) = yaml::documents(text);
    let mut checked = Checked::default();
    for document in documents {
        checked.document(&document);
    }
    if let Some(broken) = broken {
        checked.problems.push((broken.mark, Problem::new(&BROKEN_YAML, "", broken.message)));
    }
    checked
}

impl Checked {
    /// Whether anything in the file is an error.
    pub fn has_errors(&self) -> bool {
        self.all().any(|(_, problem)| problem.is_error())
    }

    /// Every problem of the file.
    pub fn all(&self) -> impl Iterator<Item = &(Mark, Problem)> {
        let manifests = self.manifests.iter().flat_map(|manifest| &manifest.problems);
        self.problems.iter().chain(self.apps.iter().flat_map(|app| &app.problems)).chain(manifests)
    }

    fn document(&mut self, document: &Node) {
        let (kind, version) = (word(document, "kind"), word(document, "apiVersion"));
        if kind == "List"
            && let Some(Node { shape: Shape::List(items), .. }) = document.get("items")
        {
            return items.iter().for_each(|item| self.document(item));
        }
        if kind == "AegisApp" && version == schema::api_version() {
            return self.apps.push(checkup(document));
        }
        if manifest::is_one(document) {
            return self.manifests.push(manifest::checkup(document));
        }
        match stranger(document, kind, version) {
            Some(found) => self.problems.push(found),
            None => self.others.push(if kind.is_empty() { "a document without kind".to_owned() } else { kind.to_owned() }),
        }
    }
}

fn word<'a>(document: &'a Node, key: &str) -> &'a str {
    document.get(key).and_then(Node::text).unwrap_or_default()
}

/// The problem of a document that should probably be an AegisApp; none for a resource of another kind.
fn stranger(document: &Node, kind: &str, version: &str) -> Option<(Mark, Problem)> {
    let group = version.split('/').next().unwrap_or_default();
    let is_ours = group == aegis_crds::GROUP || nearest(kind, ["AegisApp"]).is_some();
    let is_bare = kind.is_empty() && version.is_empty() && document.get("spec").is_some();
    if !is_ours && !is_bare {
        return None;
    }
    let (path, written, wanted) =
        if kind == "AegisApp" { ("apiVersion", version, schema::api_version()) } else { ("kind", kind, "AegisApp".to_owned()) };
    let mark = document.get(path).map_or(document.mark, |node| node.mark);
    let message = match written {
        "" => format!("the document has no {path}"),
        written => format!("{path} {written:?} is unknown"),
    };
    Some((mark, Problem::new(&NOT_A_RESOURCE, path, message).fix(format!("Write {path}: {wanted}"))))
}

fn checkup(document: &Node) -> Checkup {
    let mut walk = Walk::default();
    let value = walk.node("", &schema::AEGIS_APP, document).unwrap_or_default();
    let (app, rules) = judged(value);
    let problems = located(&walk, rules);
    let name = document.get("metadata").map(|metadata| word(metadata, "name")).filter(|name| !name.is_empty());
    Checkup { name: name.unwrap_or("without a name").to_owned(), problems, app }
}

/// The schema's problems and those of rules, where each stands, in the order of the lines.
fn located(walk: &Walk, rules: Vec<Problem>) -> Vec<(Mark, Problem)> {
    let mut problems = merged(walk, rules);
    problems.sort_by(|a, b| (a.0, &a.1.path).cmp(&(b.0, &b.1.path)));
    problems
}

/// The typed resource and what the operator's rules say of it. What the schema lets through and the type does not is a problem too.
fn judged(value: Value) -> (AegisApp, Vec<Problem>) {
    match serde_json::from_value(value) {
        Ok(app) => {
            let problems = accept::problems(&app);
            (app, problems)
        }
        Err(error) => {
            let problem = Problem::new(&problem::UNDECODABLE, "", error.to_string()).fix("Correct the value that the message quotes.");
            (AegisApp::new("", Default::default()), vec![problem])
        }
    }
}

/// The schema's problems and the operator's, each cause once: a rule cannot judge what was left out or put right, and where
/// both judge one value, the rule of ours says more.
fn merged(walk: &Walk, rules: Vec<Problem>) -> Vec<(Mark, Problem)> {
    let is_secondary = |rule: &Problem| walk.found.iter().any(|found| found.changed && touches(&found.problem.path, &rule.path));
    let rules: Vec<Problem> = rules.into_iter().filter(|rule| !is_secondary(rule)).collect();
    let says_less = |found: &&Found| walk::yields(found.problem.code) && rules.iter().any(|rule| rule.path == found.problem.path);
    let kept = walk.found.iter().filter(|found| !says_less(found)).map(|found| (found.mark, found.problem.clone()));
    let mut all: Vec<_> = kept.collect();
    all.extend(rules.into_iter().map(|rule| (mark(walk, &rule.path), rule)));
    all
}

/// Whether a change at `changed` can be why a rule complains at `path`: at it, inside it, or one step around it.
fn touches(changed: &str, path: &str) -> bool {
    let parent = changed.rfind(['.', '[']).map_or("", |end| &changed[..end]);
    let is_inside = path.strip_prefix(changed).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']));
    is_inside || path == parent
}

/// Where the path stands, or the nearest part of it that was written.
fn mark(walk: &Walk, path: &str) -> Mark {
    let mut path = path;
    loop {
        if let Some(mark) = walk.marks.get(path) {
            return *mark;
        }
        match path.rfind(['.', '[']) {
            Some(end) => path = &path[..end],
            None => return walk.marks.get("").copied().unwrap_or_default(),
        }
    }
}
