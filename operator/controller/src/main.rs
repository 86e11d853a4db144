//! The `aegis-operator` binary: flags, start, stop.
//! What runs in between is the library's.

use std::process::ExitCode;

use aegis_controller::{Options, connect, run, telemetry};
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};
use tracing::error;

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    telemetry::start(options.log_format, &options.log);
    let outcome = match connect().await {
        Ok(client) => run(options, client, stopped()).await,
        Err(failure) => Err(failure),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            error!("{failure}");
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
