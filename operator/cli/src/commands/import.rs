//! `import`: a manifest and an AegisApp for an app that the aegis-stack package has made.

mod blueprint;
mod stack;

use std::fs;
use std::path::Path;

use aegis_crds::manifest::FILE;
use serde::Serialize;
use serde_json::{Value, json};

use crate::args::import::Import;
use crate::failure::{Failure, Failures};
use crate::output::Output;
use stack::Stack;

/// The AegisApp of the environment dev.
const APP: &str = "aegisapp.yaml";

/// What nothing in the folder says.
#[derive(Debug, Serialize)]
pub struct Unknown {
    what: String,
    /// Where it would be said.
    place: &'static str,
    fix: String,
}

impl Unknown {
    fn new(what: impl Into<String>, place: &'static str, fix: impl Into<String>) -> Self {
        Self { what: what.into(), place, fix: fix.into() }
    }
}

#[derive(Serialize)]
struct Report<'a> {
    version: u8,
    folder: &'a Path,
    files: [Value; 2],
    unknown: &'a [Unknown],
}

pub fn run(args: &Import, output: &Output) -> Result<(), Failures> {
    let stack = Stack::read(&args.folder)?;
    let (manifest, unknown) = blueprint::of(&stack);
    let text = serde_json::to_string_pretty(&manifest).expect("a manifest is writable") + "\n";
    let app = aegisapp(&stack.name, &text)?;
    let files = [(FILE, text), (APP, app)];
    let there: Vec<Failure> = files.iter().filter_map(|(file, _)| in_the_way(&args.folder.join(file))).collect();
    if !there.is_empty() {
        return Err(Failures(there));
    }
    if !args.dry_run {
        for (file, text) in &files {
            let path = args.folder.join(file);
            fs::write(&path, text).map_err(|error| Failure::new(path.display(), error, "see whether the folder can be written to"))?;
        }
    }
    let list: Vec<String> = files.iter().map(|(file, _)| args.folder.join(file).display().to_string()).collect();
    let report = Report {
        version: 1,
        folder: &args.folder,
        files: files.map(|(path, text)| json!({"path": path, "text": text})),
        unknown: &unknown,
    };
    output.data(args.output.written(&report).unwrap_or_else(|| list.join("\n")));
    for Unknown { what, place, fix } in &unknown {
        output.warning(format_args!("{what} ({place})\n  fix: {fix}"));
    }
    output.note(format_args!("Next: aegisctl validate {}; then aegisctl dev", args.folder.join(FILE).display()));
    Ok(())
}

fn in_the_way(path: &Path) -> Option<Failure> {
    path.exists()
        .then(|| Failure::new(path.display(), "it is there already, and nothing is written over", "move it, or keep it and import nothing"))
}

/// What the operator would be given; it must take it.
fn aegisapp(name: &str, text: &str) -> Result<String, Failures> {
    let checked = aegis_check::check(text);
    if checked.has_errors() {
        let told = checked.all().map(|(_, problem)| Failure::new(format_args!("{name}, {}", problem.path), &problem.message, &problem.fix));
        return Err(Failures(told.collect()));
    }
    let spec = aegis_check::manifest::spec(text, Some("dev"), None).map_err(|problems| {
        Failures(problems.iter().map(|(_, problem)| Failure::new(&problem.path, &problem.message, &problem.fix)).collect())
    })?;
    let app = json!({"apiVersion": "aegis.dev/v1alpha1", "kind": "AegisApp", "metadata": {"name": name}, "spec": spec});
    Ok(crate::yaml::text(&app))
}
