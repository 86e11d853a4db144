//! `manifest`: what the blueprint says beside what the code says.

mod compare;
mod facts;
mod sync;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{fs, iter};

use aegis_crds::manifest::FILE;
use serde::Serialize;
use serde_json::Value;

use crate::args::Format;
use crate::args::manifest::{Check, Code, Manifest, Sync};
use crate::failure::{Failure, Failures};
use crate::output::Output;
use crate::project;
use compare::Difference;

#[derive(Serialize)]
struct Report<'a> {
    version: u8,
    folder: &'a Path,
    differences: &'a [Difference],
}

/// An app's manifest, as it stands in a folder.
struct App {
    folder: PathBuf,
    text: String,
    manifest: Value,
}

pub fn run(command: &Manifest, output: &Output) -> Result<ExitCode, Failures> {
    match command {
        Manifest::Check(args) => check(args, output),
        Manifest::Sync(args) => sync(args, output),
    }
}

fn check(args: &Check, output: &Output) -> Result<ExitCode, Failures> {
    let app = App::open(&args.code.folder)?;
    let found = differences(&app, &args.code)?;
    tell(&app, &found, args.output, output);
    if found.is_empty() {
        output.note("The manifest says what the code says");
        return Ok(ExitCode::SUCCESS);
    }
    let count = if found.len() == 1 { "1 difference".to_owned() } else { format!("{} differences", found.len()) };
    output.note(format_args!("{count}. Next: aegisctl manifest sync, or mend the code"));
    Ok(ExitCode::FAILURE)
}

fn sync(args: &Sync, output: &Output) -> Result<ExitCode, Failures> {
    let app = App::open(&args.code.folder)?;
    let found = differences(&app, &args.code)?;
    tell(&app, &found, args.output, output);
    let (derived, decided): (Vec<&Difference>, Vec<&Difference>) = found.iter().partition(|difference| difference.is_derived);
    let text = derived.iter().fold(app.text.clone(), |text, difference| sync::with(&text, difference));
    let made = App { folder: app.folder.clone(), manifest: project::checked(&app.folder, &text)?, text };
    let guide = sync::guide(&made).filter(|text| fs::read_to_string(made.folder.join(sync::GUIDE)).ok().as_ref() != Some(text));
    let files = iter::once((FILE, made.text.clone())).filter(|(_, text)| *text != app.text).chain(guide.map(|text| (sync::GUIDE, text)));
    for (file, text) in files {
        if args.dry_run {
            output.note(format_args!("{file} would be written"));
            continue;
        }
        project::write(&app.folder.join(file), &text)?;
        output.note(format_args!("{file} is written"));
    }
    let left: Vec<Failure> =
        decided.into_iter().map(|difference| Failure::new(&difference.place, difference.words(), &difference.fix)).collect();
    if left.is_empty() { Ok(ExitCode::SUCCESS) } else { Err(Failures(left)) }
}

impl App {
    fn open(folder: &Path) -> Result<Self, Failures> {
        let (text, manifest) = project::manifest(folder)?;
        Ok(Self { folder: folder.to_owned(), text, manifest })
    }
}

/// Everything that the two say differently, and what is made of the manifest and does not say the same.
fn differences(app: &App, code: &Code) -> Result<Vec<Difference>, Failures> {
    let facts = facts::of(app, code)?;
    let mut found = compare::all(app, &facts);
    let is_stale = sync::guide(app).is_some_and(|text| fs::read_to_string(app.folder.join(sync::GUIDE)).ok() != Some(text));
    found.extend(is_stale.then(|| Difference::stale(sync::GUIDE)));
    Ok(found)
}

fn tell(app: &App, differences: &[Difference], format: Format, output: &Output) {
    let report = Report { version: 1, folder: &app.folder, differences };
    let lines = || {
        let mut place = "";
        let mut lines = vec![];
        for difference in differences {
            if difference.place != place {
                lines.push(difference.place.clone());
                place = &difference.place;
            }
            lines.extend(difference.lines());
        }
        lines.join("\n")
    };
    if let Some(text) = format.written(&report) {
        output.data(text);
    } else if !differences.is_empty() {
        output.data(lines());
    }
}
