//! `cluster down`: deletes the containers and everything that `up` wrote. What is gone already is no error.

use std::fs;
use std::io::ErrorKind;

use crate::args::Named;
use crate::engine::Engine;
use crate::failure::Failure;
use crate::kind::found;
use crate::output::Output;
use crate::process::{self, SHORT};
use crate::{cache, kind};

pub fn run(args: &Named, output: &Output) -> Result<(), Failure> {
    let engine = match Engine::answering() {
        Ok(engine) => engine,
        // Nothing of ours was made, so no engine is needed to say that nothing is there.
        Err(_) if !cache::cluster(&args.name).exists() => {
            output.note(format_args!("There is no cluster {}", args.name));
            return Ok(());
        }
        Err(failure) => return Err(failure),
    };
    if found::find(&engine, &args.name)?.is_some() {
        output.step(format_args!("Deleting cluster {}", args.name));
        delete(&engine, &args.name)?;
        output.step(format_args!("Cluster {} is gone", args.name));
    } else {
        output.note(format_args!("There is no cluster {}", args.name));
    }
    forget(&args.name)
}

/// Deletes the containers with their volumes, and kind's network if it came with the cluster.
pub fn delete(engine: &Engine, name: &str) -> Result<(), Failure> {
    let mut command = kind::kind(engine)?;
    command.args(["delete", "cluster", "--name", name]);
    // Without a path kind edits the user's own kubeconfig, and makes the folder it is in.
    if !kind::merged(name).exists() {
        command.arg("--kubeconfig").arg(kind::kubeconfig(name));
    }
    process::stdout(&mut command, SHORT * 6, "run it by hand to see what holds the containers")?;
    if kind::made_network(name).exists() {
        // Refused while another cluster is on it, which is right.
        process::finish(&mut engine.command(["network", "rm", "kind"]), SHORT)?;
    }
    Ok(())
}

fn forget(name: &str) -> Result<(), Failure> {
    let folder = cache::cluster(name);
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(cache::unwritable(&folder, &error)),
        _ => Ok(()),
    }
}
