//! `spec.files`: single files from Secrets or ConfigMaps.
//! Data that the app writes belongs into `volumes`.

use kube_derive::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rules;

/// One file, mounted read-only.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq, KubeSchema)]
#[x_kube(crates(kube_core = "::kube_core"))]
#[x_kube(validation = Rule::new("has(self.secret) != has(self.configMap)").message(rules::ONE_FILE_SOURCE))]
#[serde(rename_all = "camelCase")]
pub struct File {
    /// Absolute path of the file in the containers.
    #[schemars(length(min = 2, max = 512), regex(pattern = rules::PATH_PATTERN))]
    pub mount_path: String,
    /// A key of a Secret in this namespace. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<FileSource>,
    /// A key of a ConfigMap in this namespace. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config_map: Option<FileSource>,
    /// Roles that see it: api, frontend, scheduler, migration, or the name of a worker or schedule. Default: every role.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    pub roles: Vec<String>,
}

/// Where a file's content is.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FileSource {
    /// Name of the Secret or ConfigMap.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// Key in it.
    #[schemars(length(min = 1, max = 253), regex(pattern = r"^[-._a-zA-Z0-9]+$"))]
    pub key: String,
}
