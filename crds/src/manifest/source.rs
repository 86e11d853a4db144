//! `spec.manifest`: where the app's blueprint is kept, and which of its environments is meant.
//! Its content is read by the operator; what it says is the manifest's own.

use kube_derive::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rules;

/// Where the app's sections come from.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq, KubeSchema)]
#[x_kube(crates(kube_core = "::kube_core"))]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// A ConfigMap of this namespace that holds the manifest.
    pub config_map_ref: ConfigMapRef,
    /// SHA-256 of the manifest's text: other content is refused, and the release before runs on. Default: any content.
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
