//! The apps that files say: AegisApps as they are, and manifests in one of their environments; or all that is wrong with them.
//! It asks no cluster.

use std::path::{Path, PathBuf};

use aegis_check::{manifest, yaml::Mark};
use aegis_crds::AegisApp;
use aegis_plan::Problem;

use crate::check::check;
use crate::check::source::{Source, sources};
use crate::failure::{Failure, Failures};

/// How files are read.
#[derive(Debug, Default)]
pub struct Reading<'a> {
    /// Environment of manifests.
    pub environment: Option<&'a str>,
    /// Image instead of the one that is written.
    pub image: Option<&'a str>,
    /// Namespace of apps that name none.
    pub namespace: Option<&'a str>,
}

/// The apps in the files, of which there is at least one.
pub fn apps(files: &[PathBuf], reading: &Reading) -> Result<Vec<AegisApp>, Failures> {
    let (mut apps, mut failures, mut has_manifest) = (vec![], vec![], false);
    for source in sources(files).map_err(Failures)? {
        match of(&source, reading) {
            Ok(Found { apps: found, is_manifest }) => {
                apps.extend(found);
                has_manifest |= is_manifest;
            }
            Err(more) => failures.extend(more),
        }
    }
    if failures.is_empty() && apps.is_empty() {
        failures.push(nothing(files));
    }
    if let (Some(environment), false, true) = (reading.environment, has_manifest, failures.is_empty()) {
        let fix = "leave out --env, or name a manifest";
        failures.push(Failure::new(format_args!("--env {environment}"), "only manifests have environments, and the files hold none", fix));
    }
    if let (Some(image), [_, _, ..]) = (reading.image, apps.as_slice()) {
        failures.push(Failure::new(
            format_args!("--image {image}"),
            "the files hold several apps",
            "name one file, or write the images in the files",
        ));
    }
    for app in apps.iter_mut().filter(|app| app.metadata.namespace.is_none()) {
        app.metadata.namespace = reading.namespace.map(str::to_owned);
    }
    if failures.is_empty() { Ok(apps) } else { Err(Failures(failures)) }
}

/// What one text holds.
struct Found {
    apps: Vec<AegisApp>,
    is_manifest: bool,
}

fn of(source: &Source, reading: &Reading) -> Result<Found, Vec<Failure>> {
    let checked = check(source);
    let failure = |(mark, problem): &(Mark, Problem)| failure(source, *mark, problem);
    if let Some(manifest) = checked.manifests.first() {
        // what is wrong in another environment is not asked for
        return match manifest::spec(&source.text, reading.environment, reading.image) {
            Ok(spec) => Ok(Found { apps: vec![AegisApp::new(&manifest.name, spec)], is_manifest: true }),
            Err(problems) => Err(problems.iter().map(failure).collect()),
        };
    }
    let failures: Vec<Failure> = checked.all().filter(|(_, problem)| problem.is_error()).map(failure).collect();
    let mut apps: Vec<AegisApp> = checked.apps.into_iter().map(|checkup| checkup.app).collect();
    if let Some(image) = reading.image {
        apps.iter_mut().for_each(|app| image.clone_into(&mut app.spec.image));
    }
    if failures.is_empty() { Ok(Found { apps, is_manifest: false }) } else { Err(failures) }
}

/// What the project of a manifest is called, if nothing is wrong with it: in that environment, or in any.
pub fn project(source: &Source, environment: Option<&str>) -> Result<String, Failures> {
    let checked = check(source);
    let mut failures: Vec<Failure> =
        checked.all().filter(|(_, problem)| problem.is_error()).map(|(mark, problem)| failure(source, *mark, problem)).collect();
    let Some(manifest) = checked.manifests.first() else {
        let fix = format!("name a manifest, such as {}", aegis_crds::manifest::FILE);
        return Err(Failure::new(&source.name, "it is no manifest", fix).into());
    };
    if let (Some(_), true) = (environment, failures.is_empty()) {
        // an image may be named where the manifest is referred to
        let problems = manifest::spec(&source.text, environment, Some("image")).err().unwrap_or_default();
        failures.extend(problems.iter().map(|(mark, problem)| failure(source, *mark, problem)));
    }
    if failures.is_empty() { Ok(manifest.name.clone()) } else { Err(Failures(failures)) }
}

/// A problem as what stops a command.
pub fn failure(source: &Source, mark: Mark, problem: &Problem) -> Failure {
    let place = if problem.path.is_empty() { String::new() } else { format!(" at {}", problem.path) };
    let what = format!("{}:{}:{}: {}{place}", source.name, mark.line, mark.column, problem.code.name);
    Failure::new(what, &problem.message, &problem.fix)
}

fn nothing(files: &[PathBuf]) -> Failure {
    let names: Vec<String> = files.iter().map(|file| Path::display(file).to_string()).collect();
    let fix = format!("name a file with kind: AegisApp, or a manifest such as {}", aegis_crds::manifest::FILE);
    Failure::new(names.join(", "), "it holds no AegisApp and no manifest", fix)
}
