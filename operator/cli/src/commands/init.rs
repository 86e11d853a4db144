//! `init`: a whole app in a folder, as it was chosen. What its files say is the templates' business.

pub mod base;
pub mod choice;
pub mod files;
mod lock;
mod manifest;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use aegis_crds::rules;
use aegis_plan::Problem;
use aegis_plan::accept::names;
use serde::Serialize;

use crate::args::init::Init;
use crate::failure::{Failure, Failures};
use crate::output::Output;
use base::Base;
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
    let misnamed =
        |why| Failure::new(format_args!("{:?} is no name for an app", args.name), why, "choose another, such as shop or order-service");
    if !names::is_app(&args.name) {
        return Err(misnamed(rules::APP_NAME).into());
    }
    let choice = Choice::of(args, output)?;
    let folder = args.into.clone().unwrap_or_else(|| PathBuf::from(&args.name));
    let mut files = files::of(&choice).ok_or_else(|| misnamed("a package that it needs is called so"))?;
    accepted(&args.name, &files)?;
    files.insert(0, Base::of(&choice, &files).file());
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

/// What the operator would refuse of it: a name that is good by itself may be too long with what is made of it.
fn accepted(name: &str, files: &[File]) -> Result<(), Failures> {
    let manifest = files.iter().find(|file| file.path == aegis_crds::manifest::FILE).expect("every app has one");
    let checked = aegis_check::check(&manifest.text);
    let refused =
        |(_, problem): &(_, Problem)| Failure::new(format_args!("{name:?} is no name for this app"), &problem.message, &problem.fix);
    checked.all().next().filter(|_| checked.has_errors()).map_or(Ok(()), |problem| Err(refused(problem).into()))
}

/// What stands where a file would be written, or where a folder for it would.
fn in_the_way(path: &Path) -> Option<Failure> {
    let fix = "name another folder with --into, or move what is there";
    match fs::symlink_metadata(path) {
        Ok(_) => Some(Failure::new(path.display(), "it is there already, and nothing is written over", fix)),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => Some(Failure::new(path.display(), error, fix)),
    }
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
