//! `init`: a whole app in a folder, as it was chosen. What its files say is the templates' business.

mod choice;
mod files;
mod lock;
mod manifest;

use std::fs;
use std::path::{Path, PathBuf};

use aegis_crds::rules;
use serde::Serialize;

use crate::args::init::Init;
use crate::failure::{Failure, Failures};
use crate::output::Output;
use choice::Choice;
use files::File;

#[derive(Serialize)]
struct Report<'a> {
    version: u8,
    folder: &'a Path,
    choice: &'a Choice,
    files: &'a [File],
}

pub fn run(args: &Init, output: &Output) -> Result<(), Failures> {
    if !is_name(&args.name) {
        let fix = "choose another, such as shop or order-service";
        return Err(Failure::new(format_args!("{:?} is no name for an app", args.name), rules::APP_NAME, fix).into());
    }
    let choice = Choice::of(args, output)?;
    let folder = args.into.clone().unwrap_or_else(|| PathBuf::from(&args.name));
    let files = files::of(&choice);
    let there: Vec<Failure> = files.iter().filter_map(|file| in_the_way(&folder.join(&file.path))).collect();
    if !there.is_empty() {
        return Err(Failures(there));
    }
    if !args.dry_run {
        files.iter().try_for_each(|file| write(&folder, file))?;
    }
    let report = Report { version: 1, folder: &folder, choice: &choice, files: &files };
    output.data(args.output.written(&report).unwrap_or_else(|| list(&folder, &files)));
    output.note(format_args!("Next: cd {} && aegisctl dev; its tests: make check", folder.display()));
    Ok(())
}

fn is_name(name: &str) -> bool {
    let is_inside = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(is_inside) && !name.ends_with('-') && name.len() <= 40
}

/// What stands where a file would be written.
fn in_the_way(path: &Path) -> Option<Failure> {
    let fix = "name another folder with --into, or move what is there";
    fs::symlink_metadata(path).is_ok().then(|| Failure::new(path.display(), "it is there already, and nothing is written over", fix))
}

fn write(folder: &Path, file: &File) -> Result<(), Failure> {
    let path = folder.join(&file.path);
    let failed = |error| Failure::new(path.display(), error, "see whether the folder can be written to, or name another with --into");
    fs::create_dir_all(path.parent().unwrap_or(folder)).map_err(failed)?;
    fs::write(&path, &file.text).map_err(failed)
}

fn list(folder: &Path, files: &[File]) -> String {
    files.iter().map(|file| folder.join(&file.path).display().to_string()).collect::<Vec<_>>().join("\n")
}
