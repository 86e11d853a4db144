//! Installs metrics-server, which autoscaling and `kubectl top` ask. It does not wait for it.

use std::process::Stdio;

use super::kubectl;
use crate::failure::Failure;
use crate::process::{self, SHORT};

const MANIFEST: &str = include_str!("../../addons/metrics-server.yaml");

/// Applies the manifest; a second time changes nothing.
pub fn install(cluster: &str) -> Result<(), Failure> {
    let mut command = kubectl(cluster)?;
    // The manifest is ours and tested: fetching the server's whole schema to check it costs a second.
    command.args(["apply", "--validate=false", "--filename", "-"]).stdin(Stdio::piped());
    let finished = process::finish_with(&mut command, MANIFEST, SHORT * 3)?;
    if finished.success {
        return Ok(());
    }
    Err(Failure::new("installing metrics-server", process::last_words(&finished), "run `aegisctl cluster up` again"))
}
