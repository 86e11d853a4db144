//! `spec.bindings`: backing services, in the shape of servicebinding.io Secrets.
//! The keys of such a Secret are type, host, port, username, password, database, uri; the operator never reads them.

use std::collections::BTreeMap;

use kube_derive::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rules;

/// One backing service.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, KubeSchema)]
#[x_kube(crates(kube_core = "::kube_core"))]
#[x_kube(validation = Rule::new("has(self.provision) != has(self.secretRef)").message(rules::ONE_SOURCE))]
#[x_kube(validation = Rule::new("!has(self.provision) || self.type in ['postgres', 'redis']").message(rules::PROVISIONABLE))]
#[serde(rename_all = "camelCase")]
pub struct Binding {
    /// Name of the binding: lower-case letters, digits and single hyphens.
    #[schemars(length(min = 1, max = 30), regex(pattern = rules::PART_NAME_PATTERN))]
    pub name: String,
    /// What it is: postgres, redis, s3, amqp, or any other word for a Secret of yours.
    #[serde(rename = "type")]
    #[schemars(length(min = 1, max = 30), regex(pattern = rules::PART_NAME_PATTERN))]
    pub type_: String,
    /// Run it in the cluster with one replica, for development. postgres and redis can be provisioned. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provision: Option<Provision>,
    /// A Secret of this namespace that describes a service run elsewhere. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_ref: Option<SecretRef>,
    /// What happens to the data and the password of a provisioned binding when the binding or the app is deleted: Retain or Delete. Default: Retain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_policy: Option<DeletionPolicy>,
    /// Variables of every role, composed from the Secret's keys: `{key}` stands for the value of a key, `{{` and `}}` for braces. Values are not URL-encoded. Default: none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 32))]
    pub env: BTreeMap<String, String>,
}

/// A service that the operator runs.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, KubeSchema)]
#[x_kube(crates(kube_core = "::kube_core"))]
#[serde(rename_all = "camelCase")]
pub struct Provision {
    /// Size of its volume, as a Kubernetes quantity; it can grow, not shrink. Default: 1Gi.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 32))]
    #[x_kube(validation = Rule::new("isQuantity(self)").message(rules::QUANTITY))]
    #[x_kube(validation = Rule::new("!isQuantity(self) || !isQuantity(oldSelf) || quantity(self).compareTo(quantity(oldSelf)) >= 0").message(rules::SHRINKING))]
    pub storage: Option<String>,
    /// StorageClass of its volume. Default: the cluster's default class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub storage_class_name: Option<String>,
}

/// A Secret that is made and changed by others.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecretRef {
    /// Name of the Secret, in this namespace.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// Any text; change it after changing the Secret, so that the roles restart with the new content. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63))]
    pub version: Option<String>,
    /// Key in it with the certificates, in PEM, by which the agent knows a server whose URI begins with rediss. Roles get such a file by spec.files. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253), regex(pattern = r"^[-._a-zA-Z0-9]+$"))]
    pub ca_key: Option<String>,
}

/// What happens to the data (and to a provisioned password) when its declaration or the app is deleted: Retain or Delete. Default: Retain.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq, JsonSchema)]
pub enum DeletionPolicy {
    /// It stays, is listed in `status.retained`, and is found again by a binding or volume of that name.
    #[default]
    Retain,
    /// It is deleted with its declaration.
    Delete,
}
