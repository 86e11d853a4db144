//! Runs every case in `plan/<section>/<case>/`: what goes in is YAML, and the whole output is compared.
//! `AEGIS_BLESS=1` rewrites what is expected; read it before you commit it.

#[path = "plan/case.rs"]
mod case;
#[path = "plan/keys.rs"]
mod keys;
#[path = "plan/looks.rs"]
mod looks;
#[path = "plan/scene.rs"]
mod scene;
#[path = "plan/told.rs"]
mod told;

use std::{fs, path::PathBuf};

use libtest_mimic::{Arguments, Trial};

fn main() {
    let arguments = Arguments::from_args();
    let trials = folders().into_iter().map(trial).chain(std::iter::once(Trial::test("every code has a case", every_code)));
    libtest_mimic::run(&arguments, trials.collect()).exit()
}

/// Folders with an `app.yaml`, two levels below this suite's own.
fn folders() -> Vec<PathBuf> {
    let all = aegis_tests::files::below(&aegis_tests::files::root().join("tests/plan"));
    all.into_iter().filter(|path| path.ends_with("app.yaml")).filter_map(|path| Some(path.parent()?.to_owned())).collect()
}

fn trial(folder: PathBuf) -> Trial {
    let words: Vec<_> = folder.iter().rev().take(2).map(|word| word.to_string_lossy()).collect();
    Trial::test(format!("{}/{}", words[1], words[0]), move || case::run(&folder).map_err(Into::into))
}

/// Every problem of the catalogue must be one that a case brings about; the controller alone finds `Undecodable`.
fn every_code() -> Result<(), libtest_mimic::Failed> {
    let said: String = folders()
        .iter()
        .flat_map(|folder| ["problems.yaml", "expected.yaml"].map(|file| fs::read_to_string(folder.join(file)).unwrap_or_default()))
        .collect();
    let elsewhere = ["Undecodable"];
    let missing: Vec<_> = aegis_plan::problem::CATALOGUE
        .iter()
        .map(|code| code.name)
        .filter(|name| !said.contains(&format!("code: {name}\n")) && !elsewhere.contains(name))
        .collect();
    if missing.is_empty() { Ok(()) } else { Err(format!("no case brings about {}", missing.join(", ")).into()) }
}
