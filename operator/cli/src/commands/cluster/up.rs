//! `cluster up`: keeps a cluster of the wanted shape or creates one, and waits until pods can be scheduled.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread::{self, ScopedJoinHandle};

use crate::args::Up;
use crate::engine::Engine;
use crate::failure::{Failure, Failures};
use crate::kind::found::{self, Found};
use crate::kind::shape::Shape;
use crate::kind::transfer::{self, Loaded};
use crate::kind::{self, audit, config, create, metrics_server, node_image, ready};
use crate::output::Output;
use crate::registry::Registries;
use crate::{cache, preconditions};

pub fn run(args: Up, output: &Output) -> Result<(), Failures> {
    let policy = args.audit_policy.as_deref().map(audit::read).transpose()?;
    let wanted = shape(&args, policy.as_deref());
    let engine = Engine::answering();
    let found = match &engine {
        Ok(engine) => found::find(engine, &args.cluster.name)?,
        Err(_) => None,
    };
    let engine = match (engine, found) {
        (Ok(engine), Some(_)) if interrupted(&args).exists() => {
            output.step("Removing a cluster whose creation was interrupted");
            super::down::delete(&engine, &args.cluster.name)?;
            make(&args, &wanted, Ok(engine), policy.as_deref(), output)?
        }
        (Ok(engine), Some(found)) => keep(&args, &wanted, engine, &found, output)?,
        (engine, _) => make(&args, &wanted, engine, policy.as_deref(), output)?,
    };
    finish(&args, &engine, output)?;
    Ok(())
}

fn shape(args: &Up, policy: Option<&str>) -> Shape {
    let mut ports = args.ports.clone();
    ports.sort_unstable();
    ports.dedup();
    Shape { nodes: args.nodes.into(), ports, image: args.node_image.clone(), audit_policy: policy.map(audit::digest) }
}

/// Exists while a cluster is being created, so that a creation cut short is known for what it is.
fn interrupted(args: &Up) -> PathBuf {
    cache::cluster(&args.cluster.name).join("creating")
}

fn keep(args: &Up, wanted: &Shape, engine: Engine, found: &Found, output: &Output) -> Result<Engine, Failure> {
    let name = &args.cluster.name;
    let differences = wanted.differences(&found.shape);
    if !differences.is_empty() {
        return Err(Failure::new(
            format_args!("cluster {name} exists with another shape"),
            differences.join("; "),
            format_args!(
                "ask for the shape it has, or delete it first: aegisctl cluster down --name {name}; \
                 or create another: --name"
            ),
        ));
    }
    output.step(format_args!("Keeping cluster {name}"));
    for node in found.nodes.iter().filter(|node| !node.running) {
        output.step(format_args!("Starting stopped node {}", node.name));
        engine.ask(["start", &node.name])?;
    }
    if !kind::kubeconfig(name).exists() {
        cache::folder(&cache::cluster(name))?;
        kind::export(&engine, name, Some(&kind::kubeconfig(name)))?;
    }
    ready::answering(name, args.wait)?;
    report(&load(&engine, name, &args.load)?, output);
    Ok(engine)
}

fn make(args: &Up, wanted: &Shape, engine: Result<Engine, Failure>, policy: Option<&str>, output: &Output) -> Result<Engine, Failures> {
    let name = &args.cluster.name;
    output.step("Checking this machine");
    let engine = preconditions::check(engine, &wanted.ports)?;
    let image = node_image::choose(&engine, wanted.image.as_deref(), &Registries::default())?;
    transfer::check(&engine, &args.load)?;
    cache::folder(&cache::cluster(name))?;
    if let Some(policy) = policy {
        audit::write(name, policy)?;
    }
    let marker = interrupted(args);
    mark(&marker)?;
    if engine.ask(["network", "inspect", "kind"]).is_err() {
        mark(&kind::made_network(name))?;
    }
    output.step(format_args!("Creating cluster {name} from {image} on {} {}", engine.name, engine.version));
    let config = config::render(name, wanted, &image, &audit::folder(name));
    let loaded = create_and_load(&engine, args, &config, output)?;
    fs::remove_file(&marker).map_err(|error| cache::unwritable(&marker, &error))?;
    report(&loaded?, output);
    Ok(engine)
}

/// The images travel while the control plane starts: containerd runs long before Kubernetes does.
fn create_and_load(engine: &Engine, args: &Up, config: &str, output: &Output) -> Result<Result<Loaded, Failure>, Failure> {
    let name = &args.cluster.name;
    thread::scope(|scope| {
        let mut loading: Option<ScopedJoinHandle<'_, _>> = None;
        create::create(engine, name, config, output, &mut || {
            if !args.load.is_empty() {
                output.step(format_args!("Loading {} meanwhile", args.load.join(", ")));
                loading = Some(scope.spawn(|| load(engine, name, &args.load)));
            }
        })?;
        Ok(match loading {
            Some(loading) => loading.join().expect("loading returns its failures"),
            None => load(engine, name, &args.load),
        })
    })
}

fn load(engine: &Engine, name: &str, images: &[String]) -> Result<Loaded, Failure> {
    match found::find(engine, name)? {
        Some(found) if !images.is_empty() => {
            let nodes = found::names(&found);
            transfer::await_stores(engine, &nodes)?;
            transfer::load(engine, &nodes, images)
        }
        _ => Ok(Loaded::default()),
    }
}

fn finish(args: &Up, engine: &Engine, output: &Output) -> Result<(), Failure> {
    let name = &args.cluster.name;
    output.step("Installing metrics-server");
    metrics_server::install(name)?;
    output.step("Waiting for the nodes");
    ready::nodes(name, args.wait)?;
    if args.merge_kubeconfig {
        kind::export(engine, name, None)?;
        mark(&kind::merged(name))?;
    }
    output.step(format_args!("Cluster {name} is ready"));
    for port in &args.ports {
        output.note(format_args!("         http://127.0.0.1:{} answers for NodePort {}", port.host, port.node_port));
    }
    output.data(kind::kubeconfig(name).display());
    Ok(())
}

fn mark(path: &Path) -> Result<(), Failure> {
    fs::write(path, "").map_err(|error| cache::unwritable(path, &error))
}

fn report(loaded: &Loaded, output: &Output) {
    super::load::report(loaded, output);
}
