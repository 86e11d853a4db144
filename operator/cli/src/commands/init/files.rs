//! From the templates to the files of one app. A template that comes out empty is a file that this app has not.

use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;

use super::choice::Choice;
use super::{lock, manifest};
use crate::args::init::{Frontend, Workers};
use crate::templates::{APP, Engine};

/// One file of an app.
#[derive(Debug, Serialize)]
pub struct File {
    /// Where it is, below the app's folder.
    pub path: String,
    #[serde(skip)]
    pub text: String,
}

/// All files of an app, in the order of their paths; none where it is called as a package that it needs.
pub fn of(choice: &Choice) -> Option<Vec<File>> {
    let blueprint = manifest::of(choice);
    let engine = Engine::new();
    let chosen = context! {
        name => choice.name.as_str(),
        database => choice.has_database(),
        auth => choice.has_auth(),
        frontend => choice.has_frontend(),
        apart => choice.frontend == Frontend::Apart,
        workers => choice.has_workers(),
        dramatiq => choice.workers == Workers::Dramatiq,
        arq => choice.workers == Workers::Arq,
        library => format!("{:?}", choice.workers).to_lowercase(),
        library_name => choice.library(),
        taskiq => choice.workers == Workers::TaskIQ,
        scheduler => choice.has_scheduler(),
        redis => choice.has_workers(),
        manifest => Serde(&blueprint),
    };
    let templates = APP.iter().map(|(path, text)| File { path: place(path), text: engine.rendered(text, &chosen) });
    let text = serde_json::to_string_pretty(&blueprint).expect("a manifest is writable") + "\n";
    let blueprint = File { path: aegis_crds::manifest::FILE.to_owned(), text };
    let mut files: Vec<File> = templates.chain([blueprint]).filter(|file| !file.text.trim().is_empty()).collect();
    let project = files.iter().find(|file| file.path == "pyproject.toml").expect("every app has one");
    let text = lock::of(&project.text, &choice.name)?;
    files.push(File { path: "uv.lock".to_owned(), text });
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Some(files)
}

/// What begins with an underscore here begins with a dot there: git and editors would take such files for the project's own.
fn place(template: &str) -> String {
    let step = |step: &str| match step.strip_prefix('_') {
        Some(rest) if !rest.starts_with('_') => format!(".{rest}"),
        _ => step.to_owned(),
    };
    template.split('/').map(step).collect::<Vec<_>>().join("/")
}
