//! `aegisctl`: reads the command line, runs one command, turns its end into an exit code.
//! Exit codes: 0 done, 1 failed (the reason and what to do are on stderr), 2 the command line was wrong.

mod age;
mod agent;
mod args;
mod builder;
mod cache;
mod check;
mod commands;
mod connection;
mod dockerfile;
mod edit;
mod engine;
mod failure;
mod json_text;
mod kind;
mod objects;
mod output;
mod page;
mod pods;
mod preconditions;
mod process;
mod project;
mod reference;
mod refusal;
mod registry;
mod stand_in;
mod table;
mod templates;
mod written;
mod yaml;

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// A short command takes memory in small pieces, on every core; the system's own allocator asks the kernel for each page of it.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let args = args::read();
    let output = output::Output::new(args.quiet);
    match commands::run(args.command, &output) {
        Ok(code) => code,
        Err(failures) => {
            output.failures(&failures);
            ExitCode::FAILURE
        }
    }
}
