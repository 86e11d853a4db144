//! Which lines of the planner can go without a case that fails: every line that can be removed is, one at a time.
//! It judges the cases, not the code.

mod build;
mod mutant;
mod source;
mod switch;
mod trial;
mod wrapper;

use std::{collections::BTreeSet, env, process::ExitCode};

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
    let mut refused = BTreeSet::new();
    let built = build::build(&sources, &mutants, &mut refused)?;
    let survivors = trial::survivors(&built)?;
    for mutant in &survivors {
        println!("{mutant}");
    }
    println!("{} of {} removable lines are held by no case", survivors.len(), built.mutants.len());
    Ok(survivors.len())
}
