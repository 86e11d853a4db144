//! App: accepted and defaulted; the only thing that children read.
//! Every `Option` that is left means "not asked for", never "not decided yet".

mod auth;
mod bindings;
mod image;
mod observability;
mod rollout;
mod routes;
mod workers;

use std::collections::BTreeMap;

use aegis_crds::{
    access::Access,
    bindings::DeletionPolicy,
    concurrency::Concurrency,
    dev::Dev,
    files::File,
    lifecycle::DriftPolicy,
    role::{Probes, Resources, Signal},
    schedules::{ConcurrencyPolicy, Enqueue},
    volumes::AccessMode,
};
use k8s_openapi::{
    api::core::v1::{EnvFromSource, EnvVar, Toleration},
    apimachinery::pkg::{api::resource::Quantity, apis::meta::v1::OwnerReference},
};

pub use auth::{Auth, Key, Keys, Wish};
pub use bindings::{Binding, Engine, Service};
pub use image::{Image, image_version};
pub use observability::{Metrics, Observability, Slo, Traces};
pub use rollout::{Failed, Revision, Rollout};
pub use routes::{Door, Route, Rule};

pub use workers::{Queue, Worker};

use crate::{Kind, Size, canonical, facts::Settings, names, recipe::Anchored};

/// One accepted app.
#[derive(Clone, Debug)]
pub struct App {
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// Uid of its resource.
    pub uid: String,
    /// The accepted spec as recorded.
    pub revision: Revision,
    /// Image of every role.
    pub image: Image,
    /// Whether every role stands at zero.
    pub is_suspended: bool,
    /// Variables of every role.
    pub env: Vec<EnvVar>,
    /// Sources of variables of every role.
    pub env_from: Vec<EnvFromSource>,
    /// Generated keys.
    pub secrets: Vec<Secret>,
    /// Mounted files.
    pub files: Vec<File>,
    /// Annotations of the ServiceAccount.
    pub identity: BTreeMap<String, String>,
    /// Limits of every container.
    pub security: Security,
    /// Volumes.
    pub volumes: Vec<Volume>,
    /// The migration.
    pub migration: Option<Migration>,
    /// The api.
    pub api: Http,
    /// The frontend.
    pub frontend: Option<Http>,
    /// Worker pools.
    pub workers: Vec<Worker>,
    /// The scheduler.
    pub scheduler: Option<Scheduler>,
    /// Schedules.
    pub schedules: Vec<Schedule>,
    /// Backing services.
    pub bindings: Vec<Binding>,
    /// What is told of it.
    pub observability: Observability,
    /// Who reaches the app, and whom it reaches; None leaves everything open.
    pub access: Option<Access>,
    /// How it is reached from outside.
    pub routes: Vec<Route>,
    /// Tokens and their keys.
    pub auth: Option<Auth>,
    /// What happens to objects that somebody else changed.
    pub drift: DriftPolicy,
    /// What runs for a developer, while that counts.
    pub dev: Option<Dev>,
    /// How a release replaces the one before.
    pub rollout: Rollout,
    /// By role, the word of the last restart that was asked for.
    pub restarts: BTreeMap<String, String>,
    /// What the installation decides.
    pub settings: Settings,
    /// Kinds of the table that the cluster lacks.
    pub lacking: Vec<String>,
}

/// One generated key: a Secret of its own, for a Secret that exists is never written again, and keys are added later.
#[derive(Clone, Debug)]
pub struct Secret {
    /// Its Secret; that of an earlier app, when this one was given it.
    pub made: Anchored,
    /// Name of its anchor when none is found: a digest in it is of the key and of the app's uid.
    pub own: String,
    /// Whether they are of an earlier app. Then no value is ever made for it.
    pub is_found: bool,
    /// The key, and the variable it becomes.
    pub key: String,
    /// Random bytes in its value.
    pub bytes: usize,
}

/// Limits of every container.
#[derive(Clone, Debug)]
pub struct Security {
    /// Whether the Restricted profile is kept.
    pub is_restricted: bool,
    /// User, group and volume group; None leaves the image's own.
    pub user: Option<i64>,
    /// Paths that are writable and empty at start, besides /tmp.
    pub writable_paths: Vec<String>,
}

/// A process with what all roles share.
#[derive(Clone, Debug)]
pub struct Role {
    /// Section of the spec.
    pub section: &'static str,
    /// Its name in files, volumes and AEGIS_ROLE.
    pub name: String,
    /// Replaces the entrypoint.
    pub command: Vec<String>,
    /// Arguments.
    pub args: Vec<String>,
    /// Its own variables.
    pub env: Vec<EnvVar>,
    /// The settings that it reads.
    pub config: BTreeMap<String, String>,
    /// Its own sources of variables.
    pub env_from: Vec<EnvFromSource>,
    /// What it asks of its node.
    pub resources: Resources,
    /// Its processes in one pod.
    pub concurrency: Concurrency,
    /// How it is stopped.
    pub stop: Stop,
    /// Placement and metadata, the app's included.
    pub pod: Pod,
}

/// How a process is stopped.
#[derive(Clone, Copy, Debug)]
pub struct Stop {
    /// Signal sent first.
    pub signal: Signal,
    /// Seconds after the signal.
    pub grace: i64,
    /// Seconds before the signal.
    pub delay: i64,
    /// Seconds for work in flight.
    pub drain: i64,
}

/// Placement and metadata of pods.
#[derive(Clone, Debug, Default)]
pub struct Pod {
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Annotations.
    pub annotations: BTreeMap<String, String>,
    /// Labels of the node.
    pub node_selector: BTreeMap<String, String>,
    /// Tolerated taints.
    pub tolerations: Vec<Toleration>,
    /// Topology key to spread over.
    pub spread: Option<&'static str>,
    /// PriorityClass.
    pub priority_class: Option<String>,
}

/// A role that serves HTTP.
#[derive(Clone, Debug)]
pub struct Http {
    /// Its process.
    pub role: Role,
    /// Its port.
    pub port: i32,
    /// Its replicas.
    pub replicas: Bounds,
    /// CPU utilization to aim for.
    pub cpu_utilization: i32,
    /// How it tells its state.
    pub probes: Probes,
    /// Whether a client comes back to the pod that served it first.
    pub is_sticky: bool,
}

/// Bounds of a role's replicas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Fewest.
    pub min: i32,
    /// Most.
    pub max: i32,
}

/// The scheduler.
#[derive(Clone, Debug)]
pub struct Scheduler {
    /// Its process.
    pub role: Role,
    /// How it tells its state.
    pub probe: Option<aegis_crds::role::ExecProbe>,
}

/// A schedule.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// Its process.
    pub role: Role,
    /// Cron expression.
    pub cron: String,
    /// Time zone.
    pub time_zone: String,
    /// When the last run is not over.
    pub concurrency: ConcurrencyPolicy,
    /// Task for a queue, instead of the process.
    pub task: Option<Enqueue>,
    /// Seconds one run may take.
    pub deadline: i64,
    /// Seconds after its time at which a run must have succeeded.
    pub late_after: Option<i64>,
    /// Whether it fires nothing.
    pub is_suspended: bool,
}

/// The migration.
#[derive(Clone, Debug)]
pub struct Migration {
    /// Its process.
    pub role: Role,
    /// Seconds it may take.
    pub deadline: i64,
    /// Digest of its inputs: it runs again only when this changes.
    pub inputs: String,
    /// Whether the release before cannot run on the migrated database.
    pub stops_the_world: bool,
    /// Word of a retry after it has failed: a try of its own.
    pub retry: Option<String>,
    /// Number of the revision that its Job was made for; none when the Job does not say.
    pub made_for: Option<i64>,
}

/// A volume.
#[derive(Clone, Debug)]
pub struct Volume {
    /// Its name.
    pub name: String,
    /// Where roles see it.
    pub mount_path: String,
    /// Roles that see it.
    pub roles: Vec<String>,
    /// Its claim.
    pub claim: Claim,
}

/// A claim for storage.
#[derive(Clone, Debug)]
pub struct Claim {
    /// Name of the PersistentVolumeClaim.
    pub object: String,
    /// Its size.
    pub size: Quantity,
    /// How many pods may have it.
    pub access: AccessMode,
    /// Its class; None is the cluster's default.
    pub class: Option<String>,
    /// What happens to it in the end.
    pub policy: DeletionPolicy,
}

impl App {
    /// Reference by which Kubernetes collects what the app owns.
    pub fn owner_reference(&self) -> OwnerReference {
        OwnerReference {
            api_version: format!("{}/{}", aegis_crds::GROUP, aegis_crds::VERSION),
            kind: "AegisApp".into(),
            name: self.name.clone(),
            uid: self.uid.clone(),
            controller: Some(true),
            block_owner_deletion: None,
        }
    }

    /// Tag or short digest of the image: what people call the release.
    pub fn image_version(&self) -> String {
        image_version(&self.image.reference)
    }

    /// Name of the ConfigMap of a role's settings: its content is part of it.
    pub fn config_name(&self, role: &Role) -> Option<String> {
        let content = serde_json::to_value(&role.config).expect("a map of texts is JSON");
        (!role.config.is_empty()).then(|| names::part(&self.name, "config", &canonical::digest(&content)))
    }

    /// Whether the cluster lacks a kind.
    pub fn lacks(&self, kind: Kind) -> bool {
        self.lacking.iter().any(|lacking| lacking == kind.kind)
    }

    /// Name of the ConfigMap of the public keys: it never changes.
    pub fn jwks_name(&self) -> String {
        names::single(&self.name, "jwks")
    }

    /// The replicas of a role, or none while suspended.
    pub fn size(&self, size: Size) -> Size {
        if self.is_suspended { Size::Fixed(0) } else { size }
    }

    /// The roles that run: all but the migration.
    pub fn roles(&self) -> impl Iterator<Item = &Role> {
        let frontend = self.frontend.iter().map(|frontend| &frontend.role);
        let workers = self.workers.iter().map(|worker| &worker.role);
        let scheduler = self.scheduler.iter().map(|scheduler| &scheduler.role);
        let schedules = self.schedules.iter().map(|schedule| &schedule.role);
        std::iter::once(&self.api.role).chain(frontend).chain(workers).chain(scheduler).chain(schedules)
    }

    /// The bindings that the operator runs.
    pub fn services(&self) -> impl Iterator<Item = (&Binding, &Service)> {
        self.bindings.iter().filter_map(|binding| Some((binding, binding.service.as_ref()?)))
    }

    /// The volumes that a role sees.
    pub fn volumes_of<'a>(&'a self, role: &'a str) -> impl Iterator<Item = &'a Volume> {
        self.volumes.iter().filter(move |volume| volume.roles.iter().any(|name| name == role))
    }

    /// The files that a role sees.
    pub fn files_of<'a>(&'a self, role: &'a str) -> impl Iterator<Item = &'a File> {
        self.files.iter().filter(move |file| file.roles.is_empty() || file.roles.iter().any(|name| name == role))
    }
}

impl Binding {
    /// Name of the Secret that describes it.
    pub fn secret(&self) -> String {
        self.service.as_ref().map_or_else(|| self.reference.clone(), |service| service.made.name())
    }
}

impl Stop {
    /// Seconds from the wish to end a pod to its end.
    pub fn whole(&self) -> i64 {
        self.delay.saturating_add(self.grace).saturating_add(self.drain)
    }
}

impl Http {
    /// Seconds until a process that does not answer counts as failed.
    pub fn startup_budget(&self) -> i32 {
        self.probes.startup.as_ref().and_then(|startup| startup.budget_seconds).unwrap_or(120)
    }
}

impl Bounds {
    /// Whether an autoscaler moves the count.
    pub fn differ(&self) -> bool {
        self.min != self.max
    }

    /// Replicas and who moves them.
    pub fn size(&self) -> Size {
        if self.differ() { Size::From(self.min.max(1)) } else { Size::Fixed(self.min) }
    }
}
