//! `cluster status`: what the engine and the API server say about the cluster, as text or JSON. It changes nothing.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;
use serde_json::Value;

use crate::age::age;
use crate::args::Status;
use crate::engine::Engine;
use crate::failure::Failure;
use crate::kind::found::Found;
use crate::kind::port::PortMapping;
use crate::kind::{self, transfer};
use crate::output::Output;
use crate::process::{self, SHORT};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    name: String,
    engine: String,
    nodes: Vec<Node>,
    ports: Vec<PortMapping>,
    images: usize,
    node_image: Option<String>,
    audit: bool,
    kubeconfig: PathBuf,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Node {
    name: String,
    role: String,
    /// `Ready`, `NotReady`, `Stopped`, or `Unknown` when the API server does not answer.
    state: String,
    version: String,
    created: String,
}

pub fn run(args: &Status, output: &Output) -> Result<(), Failure> {
    let (engine, found) = super::existing(&args.cluster.name)?;
    let report = report(&args.cluster.name, &engine, &found);
    output.data(args.output.written(&report).unwrap_or_else(|| text(&report)));
    Ok(())
}

fn report(name: &str, engine: &Engine, found: &Found) -> Report {
    let seen = seen(name).unwrap_or_default();
    let nodes = found.nodes.iter().map(|node| {
        let (state, version) = match seen.get(&node.name) {
            _ if !node.running => ("Stopped", ""),
            Some((true, version)) => ("Ready", version.as_str()),
            Some((false, version)) => ("NotReady", version.as_str()),
            None => ("Unknown", ""),
        };
        Node {
            name: node.name.clone(),
            role: node.role.clone(),
            state: state.to_owned(),
            version: version.to_owned(),
            created: node.created.clone(),
        }
    });
    Report {
        name: name.to_owned(),
        engine: format!("{} {}", engine.name, engine.version),
        nodes: nodes.collect(),
        ports: found.shape.ports.clone(),
        images: found.nodes.first().and_then(|node| transfer::count(engine, &node.name).ok()).unwrap_or_default(),
        node_image: found.shape.image.clone(),
        audit: found.shape.audit_policy.is_some(),
        kubeconfig: kind::kubeconfig(name),
    }
}

/// Per node whether it is Ready, and its Kubernetes version.
fn seen(name: &str) -> Result<BTreeMap<String, (bool, String)>, Failure> {
    let mut command = kind::kubectl(name)?;
    command.args(["get", "nodes", "--output=json", "--request-timeout=5s"]);
    let said = process::stdout(&mut command, SHORT, "the cluster's API server does not answer")?;
    let list: Value = serde_json::from_str(&said).unwrap_or_default();
    let nodes = list["items"].as_array().into_iter().flatten().filter_map(|node| {
        let conditions = node["status"]["conditions"].as_array()?;
        let ready = conditions.iter().any(|it| it["type"] == "Ready" && it["status"] == "True");
        let version = node["status"]["nodeInfo"]["kubeletVersion"].as_str()?.to_owned();
        Some((node["metadata"]["name"].as_str()?.to_owned(), (ready, version)))
    });
    Ok(nodes.collect())
}

fn text(report: &Report) -> String {
    let mut lines = vec![format!("{:<28} {:<14} {:<9} {:<10} AGE", "NODE", "ROLE", "STATE", "VERSION")];
    lines.extend(
        report
            .nodes
            .iter()
            .map(|node| format!("{:<28} {:<14} {:<9} {:<10} {}", node.name, node.role, node.state, node.version, age(&node.created))),
    );
    lines.push(String::new());
    let ports = report.ports.iter().map(|port| format!("http://127.0.0.1:{} -> NodePort {}", port.host, port.node_port));
    lines.extend(ports.map(|port| format!("port        {port}")));
    lines.push(format!("images      {}", report.images));
    lines.push(format!("engine      {}", report.engine));
    lines.push(format!("node image  {}", report.node_image.as_deref().unwrap_or("unknown")));
    lines.push(format!("kubeconfig  {}", report.kubeconfig.display()));
    lines.join("\n")
}
