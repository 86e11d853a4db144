//! What may be asked: the AegisApp resource, one module per section of its spec.
//! Shapes, descriptions and schema rules only; defaults are decided by `aegis-plan::accept`.

pub mod access;
pub mod agent;
pub mod api;
pub mod auth;
pub mod bindings;
pub mod concurrency;
pub mod dev;
pub mod files;
pub mod frontend;
pub mod identity;
pub mod lifecycle;
pub mod load;
pub mod manifest;
pub mod migration;
pub mod observability;
pub mod pod;
pub mod reference;
pub mod replicas;
pub mod role;
pub mod rollout;
pub mod routes;
pub mod rules;
pub mod scheduler;
pub mod schedules;
mod schema;
pub mod secrets;
pub mod security;
pub mod status;
pub mod volumes;
pub mod workers;

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{EnvFromSource, EnvVar, LocalObjectReference};
use kube_derive::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};

pub use schema::custom_resource_definition;
pub use status::AegisAppStatus;

/// API group of every Aegis kind.
pub const GROUP: &str = "aegis.dev";
/// Served and stored version of the group.
pub const VERSION: &str = "v1alpha1";

/// One application: one image, many roles, and what they need around them.
// every printed column has its own type_
#[allow(clippy::duplicated_attributes)]
#[derive(CustomResource, Clone, Debug, Default, Deserialize, Serialize, KubeSchema)]
#[kube(
    group = "aegis.dev",
    version = "v1alpha1",
    kind = "AegisApp",
    plural = "aegisapps",
    shortname = "aa",
    category = "aegis",
    namespaced,
    status = "AegisAppStatus",
    doc = "An application: one image that runs as API, frontend, workers, scheduler, schedules and migration, with the bindings they need.",
    crates(kube_core = "::kube_core"),
    printcolumn(
        name = "READY",
        type_ = "string",
        json_path = ".status.conditions[?(@.type=='Ready')].status",
        description = "Whether everything asked for is there and healthy."
    ),
    printcolumn(
        name = "STATUS",
        type_ = "string",
        json_path = ".status.conditions[?(@.type=='Ready')].reason",
        description = "Why it is ready or not, in one word."
    ),
    printcolumn(name = "API", type_ = "string", json_path = ".status.summary.api", description = "Ready and wanted replicas of the api."),
    printcolumn(
        name = "WORKERS",
        type_ = "string",
        json_path = ".status.summary.workers",
        description = "Ready and wanted replicas of all worker pools."
    ),
    printcolumn(name = "URL", type_ = "string", json_path = ".status.url", description = "Where the first route leads."),
    printcolumn(
        name = "IMAGE",
        type_ = "string",
        json_path = ".status.summary.image",
        description = "Tag or short digest of the image that runs."
    ),
    printcolumn(name = "AGE", type_ = "date", json_path = ".metadata.creationTimestamp", description = "Time since it was created."),
    printcolumn(
        name = "MESSAGE",
        type_ = "string",
        json_path = ".status.conditions[?(@.type=='Ready')].message",
        description = "What is happening, and what to do.",
        priority = "1"
    ),
    printcolumn(
        name = "NEXT RUN",
        type_ = "string",
        json_path = ".status.summary.nextRun",
        description = "When the next run of any schedule is due.",
        priority = "1"
    ),
    printcolumn(
        name = "EXPIRES",
        type_ = "string",
        json_path = ".status.expiresAt",
        description = "When the app is deleted because lifecycle.ttl says so.",
        priority = "1"
    )
)]
#[x_kube(crates(kube_core = "::kube_core"))]
#[x_kube(validation = Rule::new(rules::INLINE).message(rules::MANIFEST_OR_INLINE))]
#[serde(rename_all = "camelCase")]
pub struct AegisAppSpec {
    /// Image that every role runs, by tag or digest. One scalar field, so that image automation can set it.
    #[schemars(length(min = 1, max = 1024))]
    pub image: String,
    /// When to pull the image: Always, IfNotPresent or Never. Default: IfNotPresent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_pull_policy: Option<role::ImagePullPolicy>,
    /// Secrets of this namespace with registry credentials. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub image_pull_secrets: Vec<LocalObjectReference>,
    /// Where the app's sections come from, instead of standing here. Beside it only image, imagePullPolicy, imagePullSecrets, env, config, rollout, lifecycle, dev, paused and suspended may be written; they lie over the manifest's. Default: none; the sections stand here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest: Option<manifest::Source>,
    /// Variables that every role inherits: migration, schedules and workers too. Literal values reach the process verbatim: `$(NAME)` is not expanded. A role's own `env` wins. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 256))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub env: Vec<EnvVar>,
    /// ConfigMaps and Secrets of this namespace whose keys become variables of every role. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    pub env_from: Vec<EnvFromSource>,
    /// Settings as variables, kept in ConfigMaps that are named by their content: a change rolls the roles that read it, and the old release keeps its own. Every role reads all of them, unless its own `config` names some. Default: none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 256))]
    pub config: BTreeMap<String, String>,
    /// Secrets made once from random bytes and never read back. Each key becomes a variable of every role. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub secrets: Vec<secrets::GeneratedSecret>,
    /// Single files from Secrets or ConfigMaps, mounted read-only. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["mountPath".into()]))]
    pub files: Vec<files::File>,
    /// The ServiceAccount that the operator makes for the app. Default: one without annotations and without a token in the pods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<identity::Identity>,
    /// What the processes may do on their node. Default: the Restricted profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security: Option<security::Security>,
    /// Volumes that outlive pods. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub volumes: Vec<volumes::Volume>,
    /// Placement and metadata of every pod; a role may add its own. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pod: Option<pod::Pod>,
    /// A command that runs to completion before any role of a release starts. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub migration: Option<migration::Migration>,
    /// The HTTP API, the only role that is always there. Default: the image's own command on port 8000, one replica.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api: Option<api::Api>,
    /// A second HTTP role of the same image, for apps whose pages are not served by the api. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frontend: Option<frontend::Frontend>,
    /// Pools of queue workers. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub workers: Vec<workers::Worker>,
    /// One long-running scheduler process, never two at once. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheduler: Option<scheduler::Scheduler>,
    /// Commands that run at given times. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub schedules: Vec<schedules::Schedule>,
    /// Backing services: provisioned in the cluster for development, or referenced by a Secret. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub bindings: Vec<bindings::Binding>,
    /// How the app is reached from outside the cluster. Default: not at all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub routes: Vec<routes::Route>,
    /// What is told of the app: metrics, traces, logs, goals with alerts, a dashboard. Default: logs as JSON from INFO on, nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observability: Option<observability::Observability>,
    /// Who reaches the app, and whom it reaches. Default: its own pods, gateways, Prometheus and the operator reach it, and it reaches everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<access::Access>,
    /// Tokens that the api signs and every role verifies, with keys that the operator makes and rotates. Default: none; the roles get no key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<auth::Auth>,
    /// How the operator looks after what it made. Default: what others change is put right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifecycle: Option<lifecycle::Lifecycle>,
    /// How a new release replaces the one before, and what happens when it fails. Default: within 600 s, with automatic rollback.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollout: Option<rollout::Rollout>,
    /// What runs for a developer in place of the release, for a while: `aegisctl dev` writes it. It is no part of what the app is meant to be, so leave it out of files. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dev: Option<dev::Dev>,
    /// Reconciling stops; the app runs on as it is. Default: false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<bool>,
    /// Every role at zero and schedules silent; data and configuration are kept. Default: false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspended: Option<bool>,
}
