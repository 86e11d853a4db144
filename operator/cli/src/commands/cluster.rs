//! The local cluster's commands, and what they share: a cluster that must be there.

pub mod down;
pub mod kubeconfig;
pub mod load;
pub mod status;
pub mod up;

use crate::engine::Engine;
use crate::failure::Failure;
use crate::kind::found::{self, Found};

/// The engine and the cluster, or a failure that says how to get one.
pub(super) fn existing(name: &str) -> Result<(Engine, Found), Failure> {
    let engine = Engine::answering()?;
    match found::find(&engine, name)? {
        Some(found) => Ok((engine, found)),
        None => Err(absent(name)),
    }
}

fn absent(name: &str) -> Failure {
    Failure::new(
        format_args!("there is no cluster {name}"),
        "no container belongs to it",
        format_args!("create it: aegisctl cluster up --name {name}"),
    )
}
