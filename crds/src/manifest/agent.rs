//! `agent`: what agents, and people who are new, may do in a project and how it is told that it was done well.
//! Nothing here runs in a cluster.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What agents may do, and how.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Agent {
    /// Work that is done again and again, each with its steps. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub tasks: Vec<Task>,
    /// Paths that are never edited by hand. Default: those that layout calls generated.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 128))]
    pub do_not_edit: Vec<String>,
    /// Changes that a person agrees to first. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    pub approvals: Vec<Approval>,
}

/// Work that is done again and again.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Task {
    /// Name of the task.
    #[schemars(length(min = 1, max = 64))]
    pub name: String,
    /// What is true when it is done.
    #[schemars(length(min = 1, max = 512))]
    pub goal: String,
    /// Files that it touches. Default: none are named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    pub files: Vec<String>,
    /// What to do, in order. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    pub steps: Vec<String>,
    /// Names of commands that must succeed before it counts as done. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    pub gates: Vec<String>,
}

/// A change that a person agrees to first.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Approval {
    /// What is changed: paths, or a sentence.
    #[schemars(length(min = 1, max = 512))]
    pub change: String,
    /// Who agrees. Default: an owner of the project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub by: Option<String>,
}
