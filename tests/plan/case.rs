//! One case: its folder's files in, the planner's whole answer out, and the difference to what is expected.

use std::{env, fs, path::Path};

use aegis_crds::AegisApp;
use aegis_plan::accept;
use aegis_tests::{cluster, files};
use serde_json::{Value, json};
use similar::TextDiff;

use crate::{looks::Looks, scene::Scene, told};

/// Runs the case of a folder, or says how its answer differs.
pub fn run(folder: &Path) -> Result<(), String> {
    let asked = asked(&folder.join("app.yaml"));
    let (file, answer) = answer(folder, &asked);
    let got = serde_yaml::to_string(&sorted(answer)).expect("an answer is YAML");
    let path = folder.join(file);
    if env::var_os("AEGIS_BLESS").is_some() {
        let other = if file == "problems.yaml" { "expected.yaml" } else { "problems.yaml" };
        let _ = fs::remove_file(folder.join(other));
        return fs::write(&path, got).map_err(|error| format!("{}: {error}", path.display()));
    }
    let expected = fs::read_to_string(&path).map_err(|error| {
        format!("{}: {error}. AEGIS_BLESS=1 cargo test -p aegis-tests --test plan writes it. The planner says:\n{got}", path.display())
    })?;
    if expected == got {
        return Ok(());
    }
    let diff = TextDiff::from_lines(&expected, &got);
    Err(format!("{}", diff.unified_diff().context_radius(4).header(&path.display().to_string(), "the planner")))
}

/// An AegisApp with what the API server would add: a namespace, a uid and a generation.
fn asked(path: &Path) -> AegisApp {
    let mut asked: AegisApp = files::yaml(path);
    let metadata = &mut asked.metadata;
    metadata.namespace.get_or_insert("shop".into());
    metadata.uid.get_or_insert("11111111-2222-3333-4444-555555555555".into());
    metadata.generation.get_or_insert(1);
    asked
}

fn answer(folder: &Path, asked: &AegisApp) -> (&'static str, Value) {
    let facts = folder.join("facts.yaml");
    if facts.exists() {
        let scene: Scene = files::yaml(&facts);
        let before = folder.join("before.yaml");
        let before = before.exists().then(|| self::asked(&before));
        return ("expected.yaml", told::round(asked, before.as_ref(), &scene));
    }
    let looks = folder.join("looks.yaml");
    if looks.exists() {
        return ("expected.yaml", files::yaml::<Looks>(&looks).verdicts(asked));
    }
    let accepted = accept(asked, &cluster::empty());
    if !accepted.problems.is_empty() {
        let reports: Vec<_> = accepted.problems.iter().map(aegis_plan::Problem::report).collect();
        return ("problems.yaml", json!(reports));
    }
    ("expected.yaml", told::beyond_the_smallest(asked, &accepted.app.expect("a spec without problems is accepted")))
}

/// The same value with sorted keys, whatever the features of serde_json.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(entries.into_iter().collect())
        }
        Value::Array(items) => items.into_iter().map(sorted).collect(),
        scalar => scalar,
    }
}
