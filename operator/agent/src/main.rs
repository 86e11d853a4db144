//! The `aegis-agent` binary: flags, start, stop.
//! One thread: it waits for brokers nearly all of its time, and memory is what it may not use.

use std::process::ExitCode;

use aegis_agent::{Options, run};
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Options::parse(), stopped()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("aegis-agent: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// Ends when the process is asked to stop.
async fn stopped() {
    let mut terminate = signal(SignalKind::terminate()).expect("SIGTERM can be caught");
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
