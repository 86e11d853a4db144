//! Drives the `kind` and `kubectl` programs. It does not decide when; the commands do.

pub mod audit;
pub mod config;
pub mod create;
pub mod found;
pub mod metrics_server;
pub mod node_image;
pub mod port;
pub mod ready;
pub mod shape;
pub mod transfer;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cache;
use crate::engine::Engine;
use crate::failure::Failure;
use crate::process;

/// Where the cluster's kubeconfig is kept.
pub fn kubeconfig(name: &str) -> PathBuf {
    cache::cluster(name).join("kubeconfig")
}

/// Exists when the cluster was also added to the user's own kubeconfig.
pub fn merged(name: &str) -> PathBuf {
    cache::cluster(name).join("merged")
}

/// Exists when kind's network was made for this cluster, and is not somebody's who set it up with rules.
pub fn made_network(name: &str) -> PathBuf {
    cache::cluster(name).join("made-network")
}

/// Adds the cluster to a kubeconfig; without a path, to the user's own.
pub fn export(engine: &Engine, name: &str, kubeconfig: Option<&Path>) -> Result<(), Failure> {
    let mut command = kind(engine)?;
    command.args(["export", "kubeconfig", "--name", name]);
    if let Some(path) = kubeconfig {
        command.arg("--kubeconfig").arg(path);
    }
    let fix = format!("if the cluster never started, delete it: aegisctl cluster down --name {name}");
    process::stdout(&mut command, process::SHORT, &fix).map(drop)
}

/// `kind`, told which engine to use.
pub fn kind(engine: &Engine) -> Result<Command, Failure> {
    let mut command = process::command(&program("kind")?);
    command.env("KIND_EXPERIMENTAL_PROVIDER", engine.name);
    command.envs(engine.address.iter().map(|(name, value)| (name, value)));
    Ok(command)
}

/// `kubectl`, told which cluster to talk to.
pub fn kubectl(name: &str) -> Result<Command, Failure> {
    let mut command = process::command(&program("kubectl")?);
    command.arg("--kubeconfig").arg(kubeconfig(name));
    // What it remembers of the API goes with the cluster, not into the user's home.
    command.env("KUBECACHEDIR", cache::cluster(name).join("kubectl"));
    Ok(command)
}

/// A program that a local cluster needs.
pub fn program(name: &str) -> Result<PathBuf, Failure> {
    process::find(name).ok_or_else(|| {
        Failure::new(
            format_args!("{name} is missing"),
            format_args!("it is neither on PATH nor in {}", cache::programs().display()),
            format_args!("tests/kubernetes/tools {name} builds it into the cache; or install {name} and have it on PATH"),
        )
    })
}

/// Parses a cluster's name by kind's rule; it becomes part of container and host names.
pub fn cluster_name(text: &str) -> Result<String, String> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    let starts_well = text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    if starts_well && text.len() <= 40 && text.chars().all(allowed) {
        Ok(text.to_owned())
    } else {
        Err("use at most 40 of a-z, 0-9, `-` and `.`, starting with a letter or digit".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cluster_names_are_host_names() {
        assert!(cluster_name("aegis").is_ok());
        for bad in ["", "Aegis", "-a", "a/b", "../a", &"a".repeat(41)] {
            assert!(cluster_name(bad).is_err(), "{bad}");
        }
    }
}
