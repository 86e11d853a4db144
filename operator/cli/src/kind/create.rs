//! Runs `kind create cluster` and tells its steps as they come. It waits for nothing after kubeadm; `up` does.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use super::{kind, kubeconfig};
use crate::cache;
use crate::engine::Engine;
use crate::failure::Failure;
use crate::output::Output;
use crate::process;

/// kind's step once every node's container runs, with containerd in it.
const NODES_RUN: &str = "Writing configuration";

/// Creates the cluster; `nodes_run` is called while the control plane is still starting.
pub fn create(engine: &Engine, name: &str, config: &str, output: &Output, nodes_run: &mut dyn FnMut()) -> Result<(), Failure> {
    let mut command = kind(engine)?;
    command.args(["create", "cluster", "--config", "-", "--wait", "0s", "--kubeconfig"]);
    command.arg(kubeconfig(name)).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = process::spawn(&mut command)?;
    if let Some(mut stdin) = child.stdin.take() {
        // kind reads it all before anything else; should it die first, its exit code tells.
        let _died = stdin.write_all(config.as_bytes());
    }
    let mut said = String::new();
    for line in child.stderr.take().into_iter().flat_map(|stderr| BufReader::new(stderr).lines()) {
        let line = line.unwrap_or_default();
        said.push_str(&line);
        said.push('\n');
        if let Some(step) = step(&line) {
            output.step(&step);
            if step == NODES_RUN {
                nodes_run();
            }
        }
    }
    match child.wait() {
        Ok(status) if status.success() => Ok(()),
        _ => Err(refused(name, &said)),
    }
}

/// ` • Preparing nodes 📦  ...` is a step that begins; other lines are not.
fn step(line: &str) -> Option<String> {
    let name = line.trim_start().strip_prefix('•')?;
    let words = name.chars().filter(char::is_ascii).collect::<String>();
    Some(words.trim_matches([' ', '.']).to_owned())
}

fn refused(name: &str, said: &str) -> Failure {
    let log = cache::cluster(name).join("create.log");
    let kept = fs::write(&log, said).is_ok();
    let reason = said.lines().find(|line| line.starts_with("ERROR:")).unwrap_or("kind create cluster failed");
    let why = format!("{reason}\n{}", process::tail(said, 12));
    let fix = "run the command again; if it fails again, read what the node said";
    let place = if kept { format!(": {}", log.display()) } else { String::new() };
    Failure::new(format_args!("creating cluster {name}"), why, format_args!("{fix}{place}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_beginnings_are_steps() {
        assert_eq!(step(" • Writing configuration 📜  ...").as_deref(), Some(NODES_RUN));
        assert_eq!(step(" ✓ Writing configuration 📜"), None);
        assert_eq!(step("Creating cluster \"aegis\" ..."), None);
    }
}
