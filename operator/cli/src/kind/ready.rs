//! Waits for what a cluster must have before an app can be applied, each within a bound.

use std::thread;
use std::time::{Duration, Instant};

use super::kubectl;
use crate::failure::Failure;
use crate::process::{self, SHORT};

/// The API server answers; after a restart of the machine it takes a while.
pub fn answering(cluster: &str, seconds: u64) -> Result<(), Failure> {
    let deadline = Instant::now() + Duration::from_secs(seconds);
    loop {
        let mut command = kubectl(cluster)?;
        command.args(["get", "--raw", "/readyz", "--request-timeout=5s"]);
        let finished = process::finish(&mut command, SHORT)?;
        if finished.success {
            return Ok(());
        }
        if Instant::now() >= deadline {
            return Err(late(cluster, "its API server does not answer", &process::last_words(&finished)));
        }
        thread::sleep(Duration::from_millis(200));
    }
}

/// Every node is Ready, and pods can be created in the default namespace.
pub fn nodes(cluster: &str, seconds: u64) -> Result<(), Failure> {
    wait(cluster, seconds, &["--for=condition=Ready", "nodes", "--all"])?;
    wait(cluster, seconds, &["--for=create", "serviceaccount/default", "--namespace=default"])
}

fn wait(cluster: &str, seconds: u64, what: &[&str]) -> Result<(), Failure> {
    let mut command = kubectl(cluster)?;
    command.arg("wait").args(what).arg(format!("--timeout={seconds}s"));
    let finished = process::finish(&mut command, Duration::from_secs(seconds) + SHORT)?;
    if finished.success { Ok(()) } else { Err(late(cluster, &process::line(&command), &process::last_words(&finished))) }
}

fn late(cluster: &str, what: &str, why: &str) -> Failure {
    Failure::new(
        format_args!("cluster {cluster}: {what}"),
        why,
        format_args!(
            "look: aegisctl cluster status --name {cluster}; give it longer: --wait; \
             or start afresh: aegisctl cluster down --name {cluster}"
        ),
    )
}
