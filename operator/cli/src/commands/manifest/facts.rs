//! What the code says: asked of the app's own Python, which imports what the manifest names.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::App;
use crate::args::manifest::Code;
use crate::failure::{Failure, Failures};
use crate::process;

const SCRIPT: &str = include_str!("../../../templates/facts.py");

/// Importing an app takes seconds; one that asks a server which is away takes longer.
const LIMIT: Duration = Duration::from_secs(300);

/// What was asked about, and what the code says of it.
pub struct Fact {
    /// Where the manifest has it: the value that was asked about.
    pub place: String,
    pub look: &'static str,
    pub is: Value,
}

#[derive(Deserialize)]
struct Answer {
    is: Option<Value>,
    error: Option<String>,
}

pub fn of(app: &App, code: &Code) -> Result<Vec<Fact>, Failures> {
    let asked = questions(app);
    let python = python(&app.folder, code);
    let words: Vec<Value> = asked.iter().map(|(_, look, subject)| json!([look, subject])).collect();
    let mut command = process::command(&python);
    command.arg("-").arg(Value::from(words).to_string()).current_dir(&app.folder);
    let fix = "name the app's own Python, with everything that it needs, by --python; its `make check` may make one";
    let finished = process::finish_with(&mut command, SCRIPT, LIMIT)?;
    let answers: Vec<Answer> = serde_json::from_str(&finished.stdout)
        .map_err(|_| Failure::new(format_args!("{} could not look at the code", python.display()), last_line(&finished.stderr), fix))?;
    let (mut facts, mut wrong) = (vec![], vec![]);
    for ((place, look, subject), answer) in asked.into_iter().zip(answers) {
        match answer.error {
            Some(error) if error.starts_with("ModuleNotFoundError") => {
                wrong.push(Failure::new(format_args!("{place}, {subject}"), error, fix))
            }
            Some(error) => wrong.push(Failure::new(format_args!("{place}, {subject}"), error, "mend what it says, then run this again")),
            None => facts.push(Fact { place, look, is: answer.is.unwrap_or_default() }),
        }
    }
    if wrong.is_empty() { Ok(facts) } else { Err(Failures(wrong)) }
}

/// Place in the manifest, what is looked for, and where.
fn questions(app: &App) -> Vec<(String, &'static str, String)> {
    let code = &app.manifest["components"]["code"];
    let mut asked = vec![];
    let mut ask = |place: String, look, subject: Option<&str>| asked.extend(subject.map(|subject| (place, look, subject.to_owned())));
    let api = code["api"]["module"].as_str();
    ask("components.code.api".to_owned(), "api", api);
    ask("components.code.frontend".to_owned(), "views", code["frontend"]["module"].as_str());
    for worker in code["workers"].as_array().into_iter().flatten() {
        let name = worker["name"].as_str().unwrap_or_default();
        ask(format!("components.code.workers[{name}]"), "actors", worker["module"].as_str());
    }
    ask("components.code.scheduler".to_owned(), "jobs", code["scheduler"]["module"].as_str());
    let package = api.and_then(|module| module.split('.').next()).unwrap_or_default();
    let is_there = |path: PathBuf| app.folder.join(path).exists();
    if is_there(Path::new(package).join("settings.py")) {
        ask("settings".to_owned(), "settings", Some(&format!("{package}.settings")));
    }
    if is_there("alembic.ini".into()) {
        ask("alembic.ini".to_owned(), "heads", Some("alembic.ini"));
    }
    asked
}

/// The program; a path is one below the app's folder.
fn python(folder: &Path, code: &Code) -> PathBuf {
    let below = |path: &Path| folder.canonicalize().unwrap_or_else(|_| folder.to_owned()).join(path);
    match &code.python {
        Some(named) if named.components().count() > 1 => below(named),
        Some(named) => named.clone(),
        None => Some(below(Path::new(".venv/bin/python"))).filter(|path| path.exists()).unwrap_or_else(|| "python3".into()),
    }
}

fn last_line(text: &str) -> &str {
    text.trim_end().lines().next_back().unwrap_or("it said nothing")
}
