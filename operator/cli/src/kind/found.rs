//! What is there of a cluster, as the engine tells it: the containers are the truth, no file of ours is.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use super::audit;
use super::port::PortMapping;
use super::shape::Shape;
use crate::engine::Engine;
use crate::failure::Failure;

const CLUSTER: &str = "io.x-k8s.kind.cluster";
const ROLE: &str = "io.x-k8s.kind.role";

/// A cluster whose containers exist; they may be stopped.
pub struct Found {
    pub shape: Shape,
    /// The control plane first.
    pub nodes: Vec<Node>,
}

/// One container of the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    pub name: String,
    pub role: String,
    pub running: bool,
    /// RFC 3339.
    pub created: String,
}

/// The cluster with this name, if there is one.
pub fn find(engine: &Engine, name: &str) -> Result<Option<Found>, Failure> {
    let filter = format!("label={CLUSTER}={name}");
    let listed = engine.ask(["ps", "--all", "--quiet", "--filter", &filter])?;
    if listed.trim().is_empty() {
        return Ok(None);
    }
    let inspected = engine.ask(["inspect"].into_iter().chain(listed.split_whitespace()))?;
    read(&inspected).map(Some)
}

/// The nodes' names, which are their containers' names too.
pub fn names(found: &Found) -> Vec<String> {
    found.nodes.iter().map(|node| node.name.clone()).collect()
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Container {
    name: String,
    created: String,
    state: State,
    config: Config,
    host_config: HostConfig,
    #[serde(default)]
    mounts: Vec<Mount>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct State {
    running: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Config {
    image: String,
    #[serde(default)]
    labels: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct HostConfig {
    port_bindings: Option<BTreeMap<String, Option<Vec<Binding>>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Binding {
    host_port: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Mount {
    source: String,
    destination: String,
}

fn read(inspected: &str) -> Result<Found, Failure> {
    let containers: Vec<Container> =
        serde_json::from_str(inspected).map_err(|error| Failure::new("reading the engine's `inspect`", error, "update the engine"))?;
    let mut nodes: Vec<Node> = containers.iter().map(node).collect();
    nodes.sort_by(|a, b| (&a.role, &a.name).cmp(&(&b.role, &b.name)));
    let mut ports: Vec<PortMapping> = containers.iter().flat_map(ports).collect();
    ports.sort_unstable();
    let shape = Shape {
        nodes: nodes.len(),
        ports,
        image: containers.first().map(|container| container.config.image.clone()),
        audit_policy: containers.iter().find_map(audit_policy),
    };
    Ok(Found { shape, nodes })
}

fn node(container: &Container) -> Node {
    Node {
        name: container.name.trim_start_matches('/').to_owned(),
        role: container.config.labels.get(ROLE).cloned().unwrap_or_default(),
        running: container.state.running,
        created: container.created.clone(),
    }
}

/// The mapped NodePorts; the API server's own port is not among them.
fn ports(container: &Container) -> Vec<PortMapping> {
    let bindings = container.host_config.port_bindings.iter().flatten();
    let pairs = bindings.filter_map(|(inside, outside)| {
        let inside = inside.split('/').next()?;
        let outside = &outside.as_ref()?.first()?.host_port;
        format!("{outside}:{inside}").parse().ok()
    });
    pairs.collect()
}

fn audit_policy(container: &Container) -> Option<String> {
    let mount = container.mounts.iter().find(|mount| mount.destination == audit::INSIDE)?;
    let policy = fs::read_to_string(Path::new(&mount.source).join("policy.yaml"));
    Some(policy.map_or_else(|_| "one that is gone".to_owned(), |policy| audit::digest(&policy)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const INSPECTED: &str = r#"[
      {"Name": "/a-worker", "Created": "2026-01-01T00:00:00Z", "State": {"Running": false},
       "Config": {"Image": "node:1", "Labels": {"io.x-k8s.kind.role": "worker"}},
       "HostConfig": {"PortBindings": {}}},
      {"Name": "/a-control-plane", "Created": "2026-01-01T00:00:00Z", "State": {"Running": true},
       "Config": {"Image": "node:1", "Labels": {"io.x-k8s.kind.role": "control-plane"}},
       "HostConfig": {"PortBindings": {
         "6443/tcp": [{"HostIp": "127.0.0.1", "HostPort": "39001"}],
         "30080/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8080"}]}}}]"#;

    #[test]
    fn containers_tell_the_shape() {
        let found = read(INSPECTED).unwrap();
        assert_eq!(found.shape.nodes, 2);
        assert_eq!(found.shape.ports, [PortMapping { host: 8080, node_port: 30080 }]);
        assert_eq!(found.shape.image.as_deref(), Some("node:1"));
        assert_eq!(found.nodes[0].role, "control-plane");
        assert_eq!(names(&found), ["a-control-plane", "a-worker"]);
    }
}
