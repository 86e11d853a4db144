//! Objects as they come from the API server, reduced to the fields that decisions read.
//! Every field may be absent, so no child can fail to decode; what the fields mean is decided in `seen.rs`.

use std::{borrow::Cow, collections::BTreeMap};

use aegis_plan::Kind;
use k8s_openapi::{
    apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time},
    jiff::Timestamp,
};
use kube::{
    Resource,
    api::{ApiResource, PartialObjectMeta},
    core::DynamicResourceScope,
};
use serde::Deserialize;
use serde_json::Value;

/// A child or a pod.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Lean {
    pub metadata: ObjectMeta,
    pub spec: Spec,
    pub status: Status,
    /// Content of a ControllerRevision.
    pub data: Option<Value>,
    /// Number of a ControllerRevision.
    pub revision: i64,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Spec {
    pub replicas: Option<i32>,
    pub template: Template,
    pub containers: Vec<Container>,
    pub resources: Resources,
    pub access_modes: Vec<String>,
    pub storage_class_name: Option<String>,
    pub ingress_class_name: Option<String>,
    pub hostnames: Vec<String>,
    /// Of an HTTPRoute or Ingress, as they are: other kinds have other things by these names.
    pub parent_refs: Value,
    pub rules: Value,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Template {
    pub metadata: ObjectMeta,
    pub spec: PodSpec,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PodSpec {
    pub containers: Vec<Container>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Container {
    pub name: String,
    pub image: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Resources {
    pub requests: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Status {
    pub observed_generation: i64,
    pub replicas: i32,
    pub updated_replicas: i32,
    pub ready_replicas: i32,
    pub conditions: Vec<Condition>,
    /// A number in a Job, a list in a CronJob.
    pub active: Value,
    pub failed: i32,
    pub last_schedule_time: Option<Timestamp>,
    pub last_successful_time: Option<Timestamp>,
    pub phase: String,
    /// What gateways say of a route.
    pub parents: Value,
    /// What they say of a policy.
    pub ancestors: Value,
    pub load_balancer: Value,
    #[serde(rename = "podIP")]
    pub pod_ip: String,
    pub init_container_statuses: Vec<ContainerStatus>,
    pub container_statuses: Vec<ContainerStatus>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Condition {
    #[serde(rename = "type")]
    pub type_: String,
    pub status: String,
    pub reason: String,
    pub message: String,
    #[serde(rename = "lastTransitionTime")]
    pub since: Option<Timestamp>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ContainerStatus {
    pub name: String,
    pub state: ContainerState,
    pub last_state: ContainerState,
    pub restart_count: i32,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ContainerState {
    pub waiting: Option<Waiting>,
    pub running: Option<Running>,
    pub terminated: Option<Terminated>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Waiting {
    pub reason: String,
    pub message: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
pub struct Running {}

/// The end of a process; its message is left out, because it may hold secrets.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Terminated {
    pub exit_code: i32,
    pub reason: String,
}

impl Lean {
    /// When it was created.
    pub fn created(&self) -> Timestamp {
        self.metadata.creation_timestamp.as_ref().map_or(Timestamp::UNIX_EPOCH, |Time(time)| *time)
    }
}

impl From<PartialObjectMeta<Lean>> for Lean {
    fn from(partial: PartialObjectMeta<Lean>) -> Self {
        Self { metadata: partial.metadata, ..Self::default() }
    }
}

/// A kind in kube's words.
pub fn api_resource(kind: Kind) -> ApiResource {
    ApiResource {
        group: kind.group.to_owned(),
        version: kind.version.to_owned(),
        api_version: kind.api_version(),
        kind: kind.kind.to_owned(),
        plural: kind.plural.to_owned(),
    }
}

/// Makes a type a resource whose kind is known only at run time, as kube's own `DynamicObject` is.
macro_rules! dynamic_resource {
    ($type:ty) => {
        impl Resource for $type {
            type DynamicType = ApiResource;
            type Scope = DynamicResourceScope;

            fn group(kind: &ApiResource) -> Cow<'_, str> {
                kind.group.as_str().into()
            }
            fn version(kind: &ApiResource) -> Cow<'_, str> {
                kind.version.as_str().into()
            }
            fn kind(kind: &ApiResource) -> Cow<'_, str> {
                kind.kind.as_str().into()
            }
            fn plural(kind: &ApiResource) -> Cow<'_, str> {
                kind.plural.as_str().into()
            }
            fn meta(&self) -> &ObjectMeta {
                &self.metadata
            }
            fn meta_mut(&mut self) -> &mut ObjectMeta {
                &mut self.metadata
            }
        }
    };
}

dynamic_resource!(Lean);
dynamic_resource!(crate::asked::Asked);
