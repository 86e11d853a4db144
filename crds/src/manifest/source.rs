//! `spec.manifest`: where the app's blueprint is kept, and which of its environments is meant.
//! Its content is read by the operator; what it says is the manifest's own.

use std::fmt;

use kube_derive::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rules;

/// Where the app's sections come from.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq, KubeSchema)]
#[x_kube(crates(kube_core = "::kube_core"))]
#[x_kube(validation = Rule::new("has(self.configMapRef) != has(self.s3)").message(rules::ONE_MANIFEST))]
#[x_kube(validation = Rule::new("!has(self.s3) || has(self.digest)").message(rules::PINNED_MANIFEST))]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// A ConfigMap of this namespace that holds the manifest. Default: none; s3 says where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config_map_ref: Option<ConfigMapRef>,
    /// An object in S3 that holds the manifest, read with the operator's own identity where the installation allows it for this
    /// namespace. Default: none; configMapRef says where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub s3: Option<S3Ref>,
    /// SHA-256 of the manifest's text: other content is refused, and the release before runs on. Default: any content of a
    /// ConfigMap; s3 needs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = rules::DIGEST_PATTERN))]
    pub digest: Option<String>,
    /// Entry of the manifest's environments that applies. Default: none; the components are taken as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63))]
    pub environment: Option<String>,
}

/// A key of a ConfigMap.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConfigMapRef {
    /// Name of the ConfigMap.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// Key in it. Default: aegis_manifest.json.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub key: Option<String>,
}

impl ConfigMapRef {
    /// The key that is meant.
    pub fn key(&self) -> &str {
        self.key.as_deref().unwrap_or(super::FILE)
    }
}

/// An object in S3, or in what speaks its protocol.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq, Hash, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct S3Ref {
    /// Name of the bucket.
    #[schemars(regex(pattern = rules::BUCKET_PATTERN), length(min = 3, max = 63))]
    pub bucket: String,
    /// Key of the object in it. Default: aegis_manifest.json.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = rules::OBJECT_KEY_PATTERN), length(min = 1, max = 1024))]
    pub key: Option<String>,
    /// Region of the bucket. Default: the operator's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^[a-z0-9-]+$"), length(min = 1, max = 32))]
    pub region: Option<String>,
}

impl S3Ref {
    /// The key that is meant.
    pub fn key(&self) -> &str {
        self.key.as_deref().unwrap_or(super::FILE)
    }
}

impl fmt::Display for S3Ref {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.key())
    }
}
