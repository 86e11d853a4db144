//! Which lines of the planner can go without a case that fails: every line that can be removed is, one at a time.
//! It judges the cases, not the code.

mod build;
mod known;
mod mutant;
mod source;
mod switch;
mod trial;
mod wrapper;

use std::{env, process::ExitCode};

use known::Known;
use mutant::Mutant;

fn main() -> ExitCode {
    if let Ok(source) = env::var(wrapper::SOURCE) {
        eprintln!("{}", wrapper::become_rustc(&source));
        return ExitCode::FAILURE;
    }
    match check() {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("mutants: {error}");
            ExitCode::FAILURE
        }
    }
}

/// How many mutants are held by no case.
fn check() -> Result<usize, String> {
    let sources = mutant::sources();
    let mutants = mutant::mutants(&sources);
    let mut known = Known::read();
    let survivors = match known.survivors(&mutants) {
        Some(survivors) => survivors,
        None => tried(&sources, &mutants, &mut known)?,
    };
    for mutant in &survivors {
        println!("{mutant}");
    }
    let removable = mutants.len() - known.refused.len();
    println!("{} of {removable} removable lines are held by no case", survivors.len());
    Ok(survivors.len())
}

fn tried(sources: &[mutant::Source], mutants: &[Mutant], known: &mut Known) -> Result<Vec<Mutant>, String> {
    let built = build::build(sources, mutants, &mut known.refused)?;
    known.keep(None)?;
    let survivors = trial::survivors(&built)?;
    known.keep(Some(&survivors))?;
    Ok(survivors)
}
