//! `aegis_manifest.json`, version 1: the blueprint of a project that people, agents, the command line and the cluster share.
//! Its components are the AegisApp's own sections; how files are read and environments applied is not decided here.

pub mod agent;
pub mod code;
mod schema;
pub mod source;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{AegisAppSpec, auth::Auth, observability::Observability};

pub use schema::{REMOVES, json_schema, structural};
pub use source::Source;

/// Version of the manifest that this code reads and writes.
pub const VERSION: u32 = 1;
/// What a manifest's file is called.
pub const FILE: &str = "aegis_manifest.json";
/// Sections of an AegisApp that stand beside `components` in a manifest.
pub const BESIDE: [&str; 2] = ["auth", "observability"];
/// Words of an AegisApp that say how it is operated, not what it is: a manifest does not have them.
pub const OPERATED: [&str; 5] = ["dev", "lifecycle", "manifest", "paused", "suspended"];

/// The blueprint of one project.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// Address of the JSON Schema by which editors complete and check this file. Default: none.
    #[serde(rename = "$schema", default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// Version of the manifest's own format: 1.
    #[schemars(range(min = 1))]
    pub version: u32,
    /// What the project is called and made of.
    pub project: Project,
    /// What stands where, and who writes it. Default: nothing is said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 256), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["path"]))]
    pub layout: Vec<Place>,
    /// Rules that the code keeps. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 128))]
    pub conventions: Vec<Convention>,
    /// What runs: the sections of an AegisApp, and where their code is.
    pub components: Components,
    /// Variables that the code reads. Default: none are named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 256), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["env"]))]
    pub settings: Vec<Setting>,
    /// Tokens that the api signs and every role verifies, as in spec.auth. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<Auth>,
    /// What is told of the app, as in spec.observability. Default: logs as JSON from INFO on, nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observability: Option<Observability>,
    /// What differs where it runs, by the environment's name. Default: none; it runs everywhere as components say.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 16))]
    pub environments: BTreeMap<String, Environment>,
    /// What people and agents run by hand, by name: test, lint, dev, migrate. Each is a program and its arguments; no shell reads them. Default: none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 64))]
    pub commands: BTreeMap<String, Vec<String>>,
    /// What agents may do, and how. Default: nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<agent::Agent>,
}

/// What the project is called and made of.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Project {
    /// Name of the project, and of its app in a cluster: lower-case letters, digits and single hyphens.
    #[schemars(length(min = 1, max = 40))]
    pub name: String,
    /// What it does, in a sentence. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub description: Option<String>,
    /// Its licence, as an SPDX identifier. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub license: Option<String>,
    /// Where its source is. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub repository: Option<String>,
    /// Languages that it is written in. Default: none are named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    pub languages: Vec<String>,
}

/// A file or folder.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// Its path from the manifest's folder on.
    #[schemars(length(min = 1, max = 512))]
    pub path: String,
    /// What belongs there.
    #[schemars(length(min = 1, max = 512))]
    pub purpose: String,
    /// Who writes it: human, generated or both. Default: human.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Owner>,
}

/// Who writes a file: human, generated or both.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Owner {
    /// People and agents; no generator touches it.
    Human,
    /// A generator; what is written by hand is lost.
    Generated,
    /// Both, each its own part.
    Both,
}

/// A rule that the code keeps.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Convention {
    /// The rule, in a sentence.
    #[schemars(length(min = 1, max = 512))]
    pub rule: String,
    /// Paths that it holds for. Default: everywhere.
    #[serde(rename = "where", default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    pub places: Vec<String>,
    /// Name of the command that fails when it is broken. Default: nobody checks it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub checked_by: Option<String>,
}

/// What runs: the sections of an AegisApp, and where their code is.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Components {
    /// The sections, as in spec.
    #[serde(flatten)]
    pub spec: AegisAppSpec,
    /// Where their code is. Default: nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<code::Code>,
}

/// A variable that the code reads.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Setting {
    /// Its name.
    #[schemars(length(min = 1, max = 256))]
    pub env: String,
    /// What it means. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 512))]
    pub description: Option<String>,
    /// What its text is read as: string, integer, number, boolean, url or json. Default: string.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub type_: Option<SettingType>,
    /// Whether the code does not start without it. Default: false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required: Option<bool>,
    /// Whether its value is a secret: then no value of it may stand in this file. Default: false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<bool>,
    /// What the code takes when it is not set. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub default: Option<String>,
    /// Roles that read it: api, frontend, scheduler, migration, or the name of a worker or schedule. Default: all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    pub used_by: Vec<String>,
}

/// What the text of a variable is read as: string, integer, number, boolean, url or json.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum SettingType {
    /// Any text.
    String,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// true or false.
    Boolean,
    /// An address.
    Url,
    /// A value in JSON.
    Json,
}

/// What differs in one environment. Maps are merged, lists by their entries' names; other values replace, and null takes away.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Environment {
    /// What the environment is for. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 512))]
    pub description: Option<String>,
    /// What of the components differs. Default: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub components: Option<Value>,
    /// What of auth differs. Default: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<Value>,
    /// What of observability differs. Default: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observability: Option<Value>,
}
