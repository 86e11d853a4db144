//! `aegisctl`: reads the command line, runs one command, turns its end into an exit code.
//! Exit codes: 0 done, 1 failed (the reason and what to do are on stderr), 2 the command line was wrong.

mod args;
mod builder;
mod cache;
mod commands;
mod dockerfile;
mod engine;
mod failure;
mod kind;
mod output;
mod preconditions;
mod process;
mod reference;
mod registry;
mod stand_in;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let args = args::Args::parse();
    let output = output::Output::new(args.quiet);
    match commands::run(args.command, &output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failures) => {
            output.failures(&failures);
            ExitCode::FAILURE
        }
    }
}
