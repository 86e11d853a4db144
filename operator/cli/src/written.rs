//! The apps that files say: AegisApps as they are, and manifests in one of their environments; or all that is wrong with them.
//! It asks no cluster.

use std::path::{Path, PathBuf};

use aegis_check::yaml::Mark;
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
    /// Image instead of a manifest's own.
    pub image: Option<&'a str>,
    /// Namespace of apps that name none.
    pub namespace: Option<&'a str>,
}

/// The apps in the files, of which there is at least one.
pub fn apps(files: &[PathBuf], reading: &Reading) -> Result<Vec<AegisApp>, Failures> {
    let (mut apps, mut failures) = (vec![], vec![]);
    for source in sources(files).map_err(Failures)? {
        match of(&source, reading) {
            Ok(found) => apps.extend(found),
            Err(more) => failures.extend(more),
        }
    }
    if failures.is_empty() && apps.is_empty() {
        failures.push(nothing(files));
    }
    for app in apps.iter_mut().filter(|app| app.metadata.namespace.is_none()) {
        app.metadata.namespace = reading.namespace.map(str::to_owned);
    }
    if failures.is_empty() { Ok(apps) } else { Err(Failures(failures)) }
}

fn of(source: &Source, reading: &Reading) -> Result<Vec<AegisApp>, Vec<Failure>> {
    let checked = check(source);
    let failure = |(mark, problem): &(Mark, Problem)| failure(source, *mark, problem);
    if checked.manifests.is_empty() {
        let failures: Vec<Failure> = checked.all().filter(|(_, problem)| problem.is_error()).map(failure).collect();
        let apps = checked.apps.into_iter().map(|checkup| checkup.app).collect();
        return if failures.is_empty() { Ok(apps) } else { Err(failures) };
    }
    // what is wrong in another environment is not asked for
    let name = &checked.manifests[0].name;
    match aegis_check::manifest::spec(&source.text, reading.environment, reading.image) {
        Ok(spec) => Ok(vec![AegisApp::new(name, spec)]),
        Err(problems) => Err(problems.iter().map(failure).collect()),
    }
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
