//! The cluster's shape as a kind configuration. Pure: a shape in, YAML out.

use std::path::Path;

use serde_json::{Value, json};

use super::audit;
use super::shape::Shape;

/// `Cluster` of `kind.x-k8s.io/v1alpha4`. `audit_folder` is mounted when the shape records requests.
pub fn render(name: &str, shape: &Shape, image: &str, audit_folder: &Path) -> String {
    let ports: Vec<Value> = shape
        .ports
        .iter()
        .map(|port| {
            json!({
                "listenAddress": "127.0.0.1",
                "hostPort": port.host,
                "containerPort": port.node_port,
                "protocol": "TCP",
            })
        })
        .collect();
    let mut mounts = vec![];
    let mut patches = vec![cluster_patch(&speed())];
    if shape.audit_policy.is_some() {
        mounts.push(json!({"hostPath": audit_folder, "containerPath": audit::INSIDE}));
        patches.push(cluster_patch(&recording()));
    }
    let mut nodes = vec![json!({
        "role": "control-plane", "image": image, "extraPortMappings": ports, "extraMounts": mounts,
    })];
    nodes.resize(shape.nodes, json!({"role": "worker", "image": image}));
    let config = json!({
        "kind": "Cluster",
        "apiVersion": "kind.x-k8s.io/v1alpha4",
        "name": name,
        "nodes": nodes,
        "kubeadmConfigPatchesJSON6902": patches,
    });
    crate::yaml::text(&config)
}

/// JSON patches, because kubeadm's arguments are lists and a merge patch would drop kind's own.
fn cluster_patch(operations: &Value) -> Value {
    json!({
        "group": "kubeadm.k8s.io",
        "version": "v1beta4",
        "kind": "ClusterConfiguration",
        "patch": operations.to_string(),
    })
}

/// A local cluster may lose its last second in a power cut, and its only control plane needs no
/// leader elections: both cost start-up time and a steady load of writes.
fn speed() -> Value {
    let no_election = argument("leader-elect", "false");
    json!([
        {"op": "add", "path": "/etcd", "value": {"local": {"extraArgs": [argument("unsafe-no-fsync", "true")]}}},
        {"op": "add", "path": "/controllerManager/extraArgs/-", "value": no_election},
        {"op": "add", "path": "/scheduler/extraArgs", "value": [no_election]},
    ])
}

/// The API server records requests by the mounted policy, into the mounted folder.
fn recording() -> Value {
    let add = |name: &str, value: String| json!({"op": "add", "path": "/apiServer/extraArgs/-", "value": argument(name, &value)});
    json!([
        add("audit-policy-file", format!("{}/policy.yaml", audit::INSIDE)),
        add("audit-log-path", format!("{}/audit.log", audit::INSIDE)),
        // Megabytes before the log is rotated: a reader that counts wants one file.
        add("audit-log-maxsize", "2000".to_owned()),
        {"op": "add", "path": "/apiServer/extraVolumes", "value": [{
            "name": "audit", "hostPath": audit::INSIDE, "mountPath": audit::INSIDE,
            "readOnly": false, "pathType": "Directory",
        }]},
    ])
}

fn argument(name: &str, value: &str) -> Value {
    json!({"name": name, "value": value})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::port::PortMapping;
    use serde_yaml::Value;

    fn rendered(nodes: usize, audit_policy: Option<String>) -> Value {
        let ports = vec![PortMapping { host: 8080, node_port: 30080 }];
        let shape = Shape { nodes, ports, image: None, audit_policy };
        serde_yaml::from_str(&render("aegis", &shape, "local/node:1", Path::new("/c/audit"))).unwrap()
    }

    #[test]
    fn ports_answer_on_loopback_only() {
        let port = &rendered(1, None)["nodes"][0]["extraPortMappings"][0];
        assert_eq!(port["listenAddress"], "127.0.0.1");
        assert_eq!(port["hostPort"], 8080);
        assert_eq!(port["containerPort"], 30080);
    }

    #[test]
    fn further_nodes_are_workers_of_the_same_image() {
        let config = rendered(3, None);
        let nodes = config["nodes"].as_sequence().unwrap();
        let roles: Vec<&str> = nodes.iter().map(|node| node["role"].as_str().unwrap()).collect();
        assert_eq!(roles, ["control-plane", "worker", "worker"]);
        assert!(nodes.iter().all(|node| node["image"] == "local/node:1"));
    }

    #[test]
    fn recording_mounts_the_folder_into_node_and_pod() {
        let config = rendered(1, Some("ab".to_owned()));
        assert_eq!(config["nodes"][0]["extraMounts"][0]["hostPath"], "/c/audit");
        let patch = config["kubeadmConfigPatchesJSON6902"][1]["patch"].as_str().unwrap();
        assert!(patch.contains("/kind/audit/policy.yaml") && patch.contains("extraVolumes"));
    }
}
