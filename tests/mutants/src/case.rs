//! Runs the cases whose folders are given, up to the first that fails. It says which, and not why: the plan suite does.

#[path = "../../plan/case.rs"]
mod case;
#[path = "../../plan/keys.rs"]
mod keys;
#[path = "../../plan/looks.rs"]
mod looks;
#[path = "../../plan/scene.rs"]
mod scene;
#[path = "../../plan/told.rs"]
mod told;

use std::{env, panic, path::Path, process::ExitCode};

fn main() -> ExitCode {
    panic::set_hook(Box::new(|_| {}));
    let failed = env::args().skip(1).find(|folder| !panic::catch_unwind(|| case::run(Path::new(folder)).is_ok()).unwrap_or(false));
    match failed {
        Some(folder) => {
            println!("{folder}");
            ExitCode::FAILURE
        }
        None => ExitCode::SUCCESS,
    }
}
