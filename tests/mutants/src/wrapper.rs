//! Stands between cargo and rustc, and hands rustc the planner with switches instead of the planner.
//! As a workspace wrapper it shares every dependency's build with the ordinary one.

use std::{env, os::unix::process::CommandExt, process::Command};

/// The variable with the path of the other `lib.rs`; while it is set, this program is rustc.
pub const SOURCE: &str = "AEGIS_MUTANTS_SOURCE";
/// What is built once runs a thousand times.
const FAST: [&str; 2] = ["-Copt-level=1", "-Cdebuginfo=0"];
/// How cargo names the planner.
const PLANNER: &str = "operator/plan/src/lib.rs";

/// Becomes rustc; comes back only with the reason why it cannot.
pub fn become_rustc(source: &str) -> String {
    let mut arguments = env::args().skip(1);
    let rustc = arguments.next().unwrap_or_else(|| "rustc".into());
    let mut is_planner = false;
    let arguments: Vec<String> = arguments
        .map(|argument| {
            let is_it = argument.ends_with(PLANNER);
            is_planner |= is_it;
            if is_it { source.to_owned() } else { argument }
        })
        .collect();
    let quiet: &[&str] = if is_planner { &["--cap-lints", "allow"] } else { &[] };
    format!("{rustc}: {}", Command::new(&rustc).args(&arguments).args(quiet).args(FAST).exec())
}
