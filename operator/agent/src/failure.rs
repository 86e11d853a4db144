//! What keeps the agent from running at all, each with what to do.
//! A broker that is away is none of it: that is a state, see `fault`.

use std::{io, net::SocketAddr, path::PathBuf};

use aegis_crds::agent::VERSION;
use thiserror::Error;

use crate::fault::Fault;

/// Why the agent ends.
#[derive(Debug, Error)]
pub enum Failure {
    /// The configuration is not there.
    #[error("cannot read the configuration {path}: {source}. Name another with --config")]
    Read {
        /// Its place.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The configuration has another shape.
    #[error("{path} is not a configuration of the agent: {source}")]
    Parse {
        /// Its place.
        path: PathBuf,
        /// Why not.
        #[source]
        source: serde_json::Error,
    },
    /// The configuration is of another release.
    #[error("the configuration has version {0}, this agent reads version {VERSION}: use the agent of the operator's own release")]
    Version(u32),
    /// A pool names a binding that is not there.
    #[error("worker {worker} names binding {binding}, which the configuration does not have: add it to bindings")]
    Binding {
        /// The pool.
        worker: String,
        /// What it names.
        binding: String,
    },
    /// The address is taken or not ours.
    #[error("cannot listen on {address}: {source}. Choose another with {flag}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The flag that sets it.
        flag: &'static str,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The server ended.
    #[error("serving failed: {0}")]
    Serve(#[source] io::Error),
    /// What was asked for on the command line did not happen.
    #[error("cannot enqueue: {0}")]
    Enqueue(#[source] Fault),
}
