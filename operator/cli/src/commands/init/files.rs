//! From the templates to the files of one app. A template that comes out empty is a file that this app has not.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, context};
use serde::Serialize;

use super::choice::Choice;
use super::{lock, manifest};
use crate::args::init::Workers;

// TEMPLATES: path below templates/app and text of each, as build.rs finds them
include!(concat!(env!("OUT_DIR"), "/templates.rs"));

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
    let mut engine = Environment::new();
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build();
    engine.set_syntax(syntax.expect("it is the usual one"));
    engine.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    engine.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    let chosen = context! {
        name => choice.name.as_str(),
        database => choice.has_database(),
        auth => choice.has_auth(),
        workers => choice.has_workers(),
        dramatiq => choice.workers == Workers::Dramatiq,
        taskiq => choice.workers == Workers::TaskIQ,
        scheduler => choice.has_scheduler(),
        redis => choice.has_workers(),
        manifest => Serde(&blueprint),
    };
    let rendered = |text: &str| engine.render_str(text, &chosen).expect("a test renders every template with every choice");
    let templates = TEMPLATES.iter().map(|(path, text)| File { path: place(path), text: rendered(text) });
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
