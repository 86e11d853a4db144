//! What is seen of an HTTPRoute or Ingress, and of those of other apps for the same hosts.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// State of an HTTPRoute or Ingress of ours.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RouteSeen {
    /// When it was created.
    pub created: Timestamp,
    /// Through what requests come in, in the words of `Door::word`.
    pub door: String,
    /// Its host.
    pub host: String,
    /// Starts of its paths.
    pub paths: Vec<String>,
    /// Generation of its spec.
    pub generation: i64,
    /// Name of the controller that has answered.
    pub controller: Option<String>,
    /// What that controller says of it.
    pub verdicts: Vec<Verdict>,
    /// Whether its controller has published an address, as one does for an Ingress.
    pub is_published: bool,
}

/// A condition that a controller has set.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Verdict {
    /// Its type, as Accepted.
    pub about: String,
    /// Whether it is true.
    pub holds: bool,
    /// Its reason.
    pub reason: String,
    /// Its message.
    pub message: String,
    /// Generation that it speaks of.
    pub generation: i64,
}

/// A route of another app.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct OtherRoute {
    /// Namespace of that app.
    pub namespace: String,
    /// Name of its object.
    pub name: String,
    /// The route.
    pub route: RouteSeen,
}
