//! `spec.volumes`: volumes that outlive pods, as named claims.
//! Scratch space is `security.writablePaths`.

use kube_derive::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{bindings::DeletionPolicy, rules};

/// One volume and where the roles see it.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, KubeSchema)]
#[x_kube(crates(kube_core = "::kube_core"))]
#[serde(rename_all = "camelCase")]
pub struct Volume {
    /// Name of the volume: lower-case letters, digits and single hyphens.
    #[schemars(length(min = 1, max = 30), regex(pattern = rules::PART_NAME_PATTERN))]
    pub name: String,
    /// Absolute path in the containers.
    #[schemars(length(min = 2, max = 512), regex(pattern = rules::PATH_PATTERN))]
    pub mount_path: String,
    /// Size, as a Kubernetes quantity; it can grow, not shrink.
    #[schemars(length(min = 1, max = 32))]
    #[x_kube(validation = Rule::new("isQuantity(self)").message(rules::QUANTITY))]
    #[x_kube(validation = Rule::new("!isQuantity(self) || !isQuantity(oldSelf) || quantity(self).compareTo(quantity(oldSelf)) >= 0").message(rules::SHRINKING))]
    pub size: String,
    /// ReadWriteOnce lets one pod have it, ReadWriteMany several. Default: ReadWriteOnce.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_mode: Option<AccessMode>,
    /// StorageClass of the claim. Default: the cluster's default class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub storage_class_name: Option<String>,
    /// Roles that mount it: api, frontend, scheduler, migration, or the name of a worker or schedule. Default: the api and the migration.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    pub roles: Vec<String>,
    /// What happens to the data when the volume or the app is deleted: Retain or Delete. Default: Retain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_policy: Option<DeletionPolicy>,
}

/// How many pods may have the volume: ReadWriteOnce one, ReadWriteMany several. Default: ReadWriteOnce.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq, JsonSchema)]
pub enum AccessMode {
    /// One.
    #[default]
    ReadWriteOnce,
    /// Several.
    ReadWriteMany,
}
