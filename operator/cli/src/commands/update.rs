//! `update`: what `init` writes now, merged with what it wrote then and what somebody has made of it.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use aegis_crds::manifest::FILE;
use serde::Serialize;

use super::init::base::Base;
use super::init::files;
use crate::args::update::Update;
use crate::failure::{Failure, Failures};
use crate::output::Output;
use crate::project;

/// What comes of one file.
#[derive(Debug, Serialize)]
struct Change {
    path: String,
    action: Action,
    /// What it says afterwards; of a conflict, both with marks between them.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Action {
    Create,
    /// Nobody has touched it.
    Replace,
    Merge,
    Delete,
    Conflict,
}

#[derive(Serialize)]
struct Report<'a> {
    version: u8,
    folder: &'a Path,
    changes: &'a [Change],
}

pub fn run(args: &Update, output: &Output) -> Result<(), Failures> {
    let base = Base::read(&args.folder)?;
    let now = files::of(&base.choice).expect("it has its name since init has taken it");
    let mut next = Base::of(&base.choice, &now);
    let is_known = |path: &&String| base.files.contains_key(*path) || next.files.contains_key(*path);
    if let Some(path) = args.keep.iter().find(|path| !is_known(path)) {
        let fix = "name it as it is shown, from the app's folder";
        return Err(Failure::new(format_args!("--keep {path}"), "init writes no such file", fix).into());
    }
    let mut changes = vec![];
    let paths: BTreeSet<&String> = base.files.keys().chain(next.files.keys()).filter(|path| !args.keep.contains(path)).collect();
    for path in paths {
        let is = text(&args.folder.join(path))?;
        changes.extend(change(path, base.files.get(path), next.files.get(path), is));
    }
    let report = Report { version: 1, folder: &args.folder, changes: &changes };
    output.data(args.output.written(&report).unwrap_or_else(|| list(&changes)));
    let conflicts: Vec<&Change> = changes.iter().filter(|change| change.action == Action::Conflict).collect();
    for conflict in &conflicts {
        // it is tried again with the next update
        match base.files.get(&conflict.path) {
            Some(text) => next.files.insert(conflict.path.clone(), text.clone()),
            None => next.files.remove(&conflict.path),
        };
    }
    if !args.dry_run {
        changes.iter().try_for_each(|change| carry_out(&args.folder, change))?;
        let kept = next.file();
        project::write(&args.folder.join(&kept.path), &kept.text)?;
    }
    if conflicts.is_empty() {
        output.note(if args.dry_run {
            "Nothing was written: --dry-run"
        } else {
            "Next: make check; where pyproject.toml has changed: make uv.lock"
        });
        return Ok(());
    }
    let fix = |path: &str| format!("take from it what you want, then run this again; or: aegisctl update --keep {path}");
    let told = conflicts
        .iter()
        .map(|change| Failure::new(&change.path, "both have changed the same lines; it stays as you have it", fix(&change.path)));
    Err(Failures(told.collect()))
}

/// What has to become of a file: what was written of it, what would be now, and what there is.
fn change(path: &str, was: Option<&String>, now: Option<&String>, is: Option<String>) -> Option<Change> {
    let change = |action, text: Option<String>| Some(Change { path: path.to_owned(), action, text });
    match (was, now, is) {
        (was, now, _) if was == now => None,
        (_, Some(now), Some(is)) if *now == is => None,
        (None, Some(now), None) => change(Action::Create, Some(now.clone())),
        // who has deleted it does not want it
        (Some(_), _, None) | (None, None, _) => None,
        (Some(was), None, Some(is)) if *was == is => change(Action::Delete, None),
        // it is his own
        (Some(_), None, Some(_)) => None,
        (Some(was), Some(now), Some(is)) if *was == is => change(Action::Replace, Some(now.clone())),
        (was, Some(now), Some(is)) => match diffy::merge(was.map_or("", String::as_str), &is, now) {
            Ok(text) if is_good(path, &text) => change(Action::Merge, Some(text)),
            Ok(text) | Err(text) => change(Action::Conflict, Some(text)),
        },
    }
}

/// A manifest that was merged line by line has to be one still.
fn is_good(path: &str, text: &str) -> bool {
    path != FILE || !aegis_check::check(text).has_errors()
}

fn text(path: &Path) -> Result<Option<String>, Failure> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::new(path.display(), error, "see what stands there, then run this again")),
    }
}

fn carry_out(folder: &Path, change: &Change) -> Result<(), Failure> {
    let path = folder.join(&change.path);
    match (&change.text, change.action) {
        (_, Action::Conflict) => Ok(()),
        (Some(text), _) => project::write(&path, text),
        (None, _) => fs::remove_file(&path).map_err(|error| Failure::new(path.display(), error, "delete it, then run this again")),
    }
}

fn list(changes: &[Change]) -> String {
    let line = |change: &Change| match (change.action, &change.text) {
        (Action::Create, _) => format!("create   {}", change.path),
        (Action::Replace, _) => format!("replace  {}", change.path),
        (Action::Merge, _) => format!("merge    {}", change.path),
        (Action::Delete, _) => format!("delete   {}", change.path),
        (Action::Conflict, text) => format!("conflict {}{}", change.path, hunks(text.as_deref().unwrap_or_default())),
    };
    changes.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The parts of a conflict that are one.
fn hunks(text: &str) -> String {
    let mut is_in = false;
    let lines = text.lines().filter(|line| {
        let shows = is_in || line.starts_with("<<<<<<<");
        is_in = shows && !line.starts_with(">>>>>>>");
        shows
    });
    lines.map(|line| format!("\n  {line}")).collect()
}
