//! `generate`: one more part of an app that `init` began. First everything is thought of, then it is shown, then it is written.

mod entries;
mod name;
mod part;
mod site;
mod trigger;

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::args::generate::{Generate, Kind};
use crate::failure::{Failure, Failures};
use crate::output::Output;
use crate::project;
use name::Name;
use site::Site;

#[derive(Serialize)]
struct Report<'a> {
    version: u8,
    folder: &'a Path,
    kind: Kind,
    name: &'a str,
    changes: &'a [Change],
}

/// What happens to one file.
#[derive(Debug, Serialize)]
struct Change {
    /// Where it is, below the app's folder.
    path: String,
    action: Action,
    /// All that it says afterwards.
    text: String,
    /// What is added to a file that is there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    added: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Action {
    Create,
    Edit,
    Keep,
}

pub fn run(args: &Generate, output: &Output) -> Result<(), Failures> {
    let name = Name::of(&args.name)?;
    let site = Site::open(args)?;
    let changes = changes(&site, &name)?;
    let report = Report { version: 1, folder: &args.folder, kind: args.kind, name: &name.module, changes: &changes };
    output.data(args.output.written(&report).unwrap_or_else(|| list(&args.folder, &changes)));
    let news: Vec<&Change> = changes.iter().filter(|change| change.action != Action::Keep).collect();
    if args.dry_run {
        output.note("Nothing was written: --dry-run");
    } else if news.is_empty() {
        output.note(format_args!("{} {} is there already; nothing was written", kind(args.kind), name.module));
    } else {
        news.into_iter().try_for_each(|change| project::write(&args.folder.join(&change.path), &change.text))?;
        output.note("Next: make check");
    }
    Ok(())
}

/// What has to be done so that the part is there; or what is in the way of it.
fn changes(site: &Site, name: &Name) -> Result<Vec<Change>, Failures> {
    let blueprint = site.with_entries(&entries::of(site, name))?;
    let was_there = blueprint.action == Action::Keep && entries::are_made(site.kind);
    let (mut changes, mut wrong) = (vec![], vec![]);
    for (path, text) in part::files(site, name) {
        match there(&site.folder.join(&path)) {
            Ok(None) => changes.push(Change { path, action: Action::Create, text, added: vec![] }),
            // who has it in the manifest has made it his own since
            Ok(Some(is)) if is == text || was_there => changes.push(Change { path, action: Action::Keep, text: is, added: vec![] }),
            Ok(Some(_)) => {
                wrong.push(Failure::new(path, "it is there already, and is something else", "choose another name, or move what is there"));
            }
            Err(failure) => wrong.push(failure),
        }
    }
    if !wrong.is_empty() {
        return Err(Failures(wrong));
    }
    changes.push(blueprint);
    Ok(changes)
}

/// What a file says, where there is one. A folder of a module's name is in its way, as a module is in the way of a folder.
fn there(path: &Path) -> Result<Option<String>, Failure> {
    let fix = "choose another name, or move what is there";
    let rival: Option<PathBuf> = match path.file_name().and_then(|file| file.to_str()) {
        Some("__init__.py") => path.parent().map(|folder| folder.with_extension("py")),
        Some(_) => Some(path.with_extension("")),
        None => None,
    };
    if let Some(rival) = rival.filter(|rival| rival.exists()) {
        return Err(Failure::new(rival.display(), "it is there already, and Python would take one for the other", fix));
    }
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::new(path.display(), error, fix)),
    }
}

fn list(folder: &Path, changes: &[Change]) -> String {
    let line = |change: &Change| {
        let action = match change.action {
            Action::Create => "create",
            Action::Edit => "edit",
            Action::Keep => "keep",
        };
        let added: String = change.added.iter().map(|line| format!("\n     + {line}")).collect();
        let path = if folder == Path::new(".") { PathBuf::from(&change.path) } else { folder.join(&change.path) };
        format!("{action:<6} {}{added}", path.display())
    };
    changes.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn kind(kind: Kind) -> String {
    use clap::ValueEnum;
    kind.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}
