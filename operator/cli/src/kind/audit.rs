//! The audit policy and log of a cluster: where they are on this machine and inside the node. It does not read the log.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::cache;
use crate::failure::Failure;

/// The folder inside the node, and inside the API server's pod.
pub const INSIDE: &str = "/kind/audit";

/// The folder on this machine that holds `policy.yaml` and, once requests come in, `audit.log`.
pub fn folder(cluster: &str) -> PathBuf {
    cache::cluster(cluster).join("audit")
}

/// Reads the user's policy, with a failure that names the file.
pub fn read(file: &Path) -> Result<String, Failure> {
    let what = format!("audit policy {}", file.display());
    let text = fs::read_to_string(file).map_err(|error| Failure::new(&what, error, "give the path of an audit.k8s.io Policy"))?;
    // The API server would not start with anything else, and kubeadm could not say why.
    let policy: serde_yaml::Value = serde_yaml::from_str(&text).map_err(|error| Failure::new(&what, error, "correct the YAML"))?;
    if policy.get("kind").and_then(serde_yaml::Value::as_str) == Some("Policy") {
        Ok(text)
    } else {
        Err(Failure::new(what, "its kind is not Policy", "give an audit.k8s.io/v1 Policy"))
    }
}

/// Puts the policy where the node mounts it from.
pub fn write(cluster: &str, policy: &str) -> Result<(), Failure> {
    let folder = folder(cluster);
    cache::folder(&folder)?;
    let path = folder.join("policy.yaml");
    fs::write(&path, policy).map_err(|error| cache::unwritable(&path, &error))
}

/// What tells two policies apart: 12 hex digits.
pub fn digest(policy: &str) -> String {
    format!("{:x}", Sha256::digest(policy))[..12].to_owned()
}
