//! `components.code`: where the code of each component is, and what it offers.
//! Facts about a checkout; the cluster does not read them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where the code of the components is.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Code {
    /// The api's. Default: nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api: Option<Api>,
    /// The frontend's. Default: nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frontend: Option<Frontend>,
    /// The workers', by the names of the pools. Default: nothing is said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub workers: Vec<Worker>,
    /// The scheduler's. Default: nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheduler: Option<Scheduler>,
}

/// Code of the api.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Api {
    /// Module that makes the application, as shop.api.
    #[schemars(length(min = 1, max = 256))]
    pub module: String,
    /// Path at which it serves its OpenAPI document. Default: none.
    #[serde(rename = "openAPI", default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 512))]
    pub open_api: Option<String>,
    /// Modules with routers. Default: none are named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 128))]
    pub routers: Vec<String>,
}

/// Code of the frontend.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Frontend {
    /// Module that it starts with.
    #[schemars(length(min = 1, max = 256))]
    pub module: String,
    /// Modules with views. Default: none are named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 128))]
    pub views: Vec<String>,
}

/// Code of one pool of workers.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Worker {
    /// Name of the pool in components.workers.
    #[schemars(length(min = 1, max = 30))]
    pub name: String,
    /// Module with its actors.
    #[schemars(length(min = 1, max = 256))]
    pub module: String,
    /// Its actors. Default: none are named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 128), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub actors: Vec<Actor>,
}

/// A task that workers do.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Actor {
    /// Name by which it is put in a queue.
    #[schemars(length(min = 1, max = 256))]
    pub name: String,
    /// Queue that it waits in. Default: the pool's first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub queue: Option<String>,
    /// Seconds that it may take. Default: the library's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 604_800))]
    pub time_limit_seconds: Option<i32>,
}

/// Code of the scheduler.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Scheduler {
    /// Module that it starts with.
    #[schemars(length(min = 1, max = 256))]
    pub module: String,
    /// Names of the jobs that it has by itself, beside spec.schedules. Default: none are named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 128))]
    pub jobs: Vec<String>,
}
