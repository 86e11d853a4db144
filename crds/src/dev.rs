//! `spec.dev`: what runs for a developer in place of the release, and until when. `aegisctl dev` writes it and takes it away.
//! It is nobody's declaration: after its time the operator goes back to the rest of the spec by itself.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What runs for a developer.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Dev {
    /// Until when this holds: a moment within the next 24 hours. After it, the app runs as the rest of the spec says. Default: none; nothing of dev holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Time>,
    /// Image that every role runs instead of `spec.image`. Default: `spec.image`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1024))]
    pub image: Option<String>,
    /// The processes of api, frontend, workers and scheduler run over a copy of the source that is sent into their pods, and start again whenever another one comes; the image needs a `python3`. Default: none; they run what is in the image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reload: Option<Reload>,
}

/// What an image runs by itself: Kubernetes does not tell it, and the processes are started by another one here.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Reload {
    /// The image's entrypoint. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    pub entrypoint: Vec<String>,
    /// The image's command, for roles without args. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    pub command: Vec<String>,
}
