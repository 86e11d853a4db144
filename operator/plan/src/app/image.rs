//! The image of an app, and what it is called in few characters.

use k8s_openapi::api::core::v1::LocalObjectReference;

/// An image and how to pull it.
#[derive(Clone, Debug)]
pub struct Image {
    /// Its reference.
    pub reference: String,
    /// `imagePullPolicy` of the containers.
    pub pull_policy: &'static str,
    /// Secrets with registry credentials.
    pub pull_secrets: Vec<LocalObjectReference>,
}

/// The tag of an image, or the first twelve digits of its digest; `latest` when it has neither.
pub fn image_version(reference: &str) -> String {
    if let Some((_, digest)) = reference.split_once("@sha256:") {
        return digest.chars().take(12).collect();
    }
    let last = reference.rsplit('/').next().unwrap_or(reference);
    last.split_once(':').map_or("latest", |(_, tag)| tag).to_owned()
}
