//! Every default, decided once: from an accepted spec to an App.
//! The last sentence of each field's description in `aegis-crds` says the same.

mod observability;
mod routes;

use std::collections::BTreeMap;

use aegis_crds::{
    AegisApp, AegisAppSpec,
    api::Autoscaling,
    auth::Jwt,
    bindings,
    concurrency::Concurrency,
    migration,
    pod::{self, TopologySpread},
    replicas::Replicas,
    role::{ImagePullPolicy, Probes, Process},
    routes::SessionAffinity,
    secrets::{Generate, GeneratedSecret},
    security::Profile,
    volumes,
    workers::Broker,
};
use jiff::SignedDuration;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use kube_core::ResourceExt;
use serde_json::json;

pub(super) use routes::route;

use crate::{
    App, Facts, adoption,
    app::{
        Auth, Binding, Bounds, Claim, Engine, Http, Image, Keys, Migration, Pod, Queue, Revision, Role, Rollout, Schedule, Scheduler,
        Secret, Security, Service, Stop, Volume, Worker,
    },
    behavior, canonical, lifecycle, names,
    recipe::Anchored,
};

/// Seconds that a pod with sessions has between its last new one and the signal.
const STICKY_DELAY: i64 = 60;

pub(super) fn app(asked: &AegisApp, facts: &Facts, revision: Revision) -> App {
    let spec = &asked.spec;
    let name = asked.name_any();
    let uid = asked.uid().unwrap_or_default();
    App {
        image: image(spec),
        is_suspended: spec.suspended.unwrap_or(false),
        env: spec.env.clone(),
        env_from: spec.env_from.clone(),
        secrets: spec.secrets.iter().flat_map(|secret| self::secrets(&name, &uid, secret, facts)).collect(),
        files: spec.files.clone(),
        identity: spec.identity.as_ref().map(|identity| identity.annotations.clone()).unwrap_or_default(),
        security: security(spec),
        volumes: spec.volumes.iter().map(|volume| self::volume(&name, volume, spec)).collect(),
        migration: migration(spec),
        api: api(spec),
        frontend: frontend(spec),
        workers: spec.workers.iter().map(|worker| self::worker(worker, spec)).collect(),
        scheduler: spec
            .scheduler
            .as_ref()
            .map(|scheduler| Scheduler { role: role("scheduler", "scheduler", &scheduler.process, spec), probe: scheduler.probe.clone() }),
        schedules: spec.schedules.iter().map(|schedule| self::schedule(schedule, spec)).collect(),
        bindings: spec.bindings.iter().map(|binding| self::binding(&name, binding)).collect(),
        observability: observability::observability(asked),
        access: behavior::closes(&revision).then(|| spec.access.clone().unwrap_or_default()),
        routes: spec.routes.iter().map(|asked_route| route(asked_route, asked)).collect(),
        auth: spec.auth.as_ref().map(|auth| self::auth(&auth.jwt, asked)),
        drift: spec.lifecycle.as_ref().and_then(|lifecycle| lifecycle.drift_policy).unwrap_or_default(),
        dev: spec.dev.clone(),
        rollout: rollout(spec),
        restarts: restarts(asked),
        settings: facts.settings.clone(),
        lacking: facts.lacking.clone(),
        namespace: asked.namespace().unwrap_or_default(),
        name,
        uid,
        revision,
    }
}

/// Bounds of replicas: one pod, unless said otherwise.
pub(super) fn bounds(replicas: Option<&Replicas>) -> Bounds {
    let (min, max) = replicas.map_or((None, None), |replicas| (replicas.min, replicas.max));
    let min = min.unwrap_or_else(|| max.unwrap_or(1).min(1));
    Bounds { min, max: max.unwrap_or(min) }
}

/// Whether a client comes back to the pod that served it first.
pub(super) fn is_sticky(affinity: Option<SessionAffinity>) -> bool {
    affinity == Some(SessionAffinity::Cookie)
}

/// Pods of a worker pool whose work nobody knows.
pub(super) fn unscaled(bounds: Bounds) -> i32 {
    if bounds.differ() { bounds.min.max(1) } else { bounds.min }
}

/// Roles that see a volume.
pub(super) fn volume_roles(volume: &volumes::Volume, spec: &AegisAppSpec) -> Vec<String> {
    if !volume.roles.is_empty() {
        return volume.roles.clone();
    }
    let migration = spec.migration.is_some().then_some("migration");
    ["api"].into_iter().chain(migration).map(str::to_owned).collect()
}

fn image(spec: &AegisAppSpec) -> Image {
    let pull_policy = match spec.image_pull_policy.unwrap_or(ImagePullPolicy::IfNotPresent) {
        ImagePullPolicy::Always => "Always",
        ImagePullPolicy::IfNotPresent => "IfNotPresent",
        ImagePullPolicy::Never => "Never",
    };
    // what a developer has built is in no registry
    let developed = spec.dev.as_ref().and_then(|dev| dev.image.as_ref());
    let pull_policy = developed.map_or(pull_policy, |_| "IfNotPresent");
    Image { reference: developed.unwrap_or(&spec.image).clone(), pull_policy, pull_secrets: spec.image_pull_secrets.clone() }
}

fn secrets(app: &str, uid: &str, secret: &GeneratedSecret, facts: &Facts) -> Vec<Secret> {
    let generated = |(key, generate): (&String, &Generate)| {
        let stem = names::part(app, "secret", &secret.name);
        let own = format!("{stem}-{}", canonical::digest(&json!([uid, key])));
        let bytes = usize::try_from(generate.bytes.unwrap_or(32)).unwrap_or(32);
        let made = Anchored { anchor: own.clone(), uid: None, stem };
        let new = Secret { made, own, is_found: false, key: key.clone(), bytes };
        match adoption::anchor(facts, app, uid, &new) {
            Some(found) => Secret { made: Anchored { anchor: found.key.name.clone(), ..new.made }, is_found: true, ..new },
            None => new,
        }
    };
    secret.generate.iter().map(generated).collect()
}

fn security(spec: &AegisAppSpec) -> Security {
    let asked = spec.security.clone().unwrap_or_default();
    let is_restricted = asked.profile.unwrap_or_default() == Profile::Restricted;
    Security { is_restricted, user: asked.run_as_user.or(is_restricted.then_some(10001)), writable_paths: asked.writable_paths }
}

fn migration(spec: &AegisAppSpec) -> Option<Migration> {
    let migration = spec.migration.as_ref()?;
    // whether two releases share a database is no input of the migration
    let run = migration::Migration { compatibility: None, ..migration.clone() };
    let inputs = canonical::digest(&json!([image(spec).reference, run, spec.bindings]));
    Some(Migration {
        role: role("migration", "migration", &migration.process, spec),
        deadline: migration.deadline_seconds.unwrap_or(900),
        inputs,
        stops_the_world: migration.compatibility == Some(migration::Compatibility::StopTheWorld),
        retry: None,
        made_for: None,
    })
}

fn rollout(spec: &AegisAppSpec) -> Rollout {
    let asked = spec.rollout.clone().unwrap_or_default();
    Rollout {
        deadline: asked.progress_deadline_seconds.unwrap_or(600),
        rolls_back: asked.auto_rollback.unwrap_or(true),
        history: usize::try_from(asked.revision_history_limit.unwrap_or(10)).unwrap_or(10),
    }
}

/// By role, the word of the last restart: the value of an annotation that ends with the role's name.
fn restarts(asked: &AegisApp) -> BTreeMap<String, String> {
    let words = asked.annotations().iter().filter_map(|(key, word)| Some((key.strip_prefix(names::RESTART_ANNOTATION)?, word)));
    words.map(|(role, word)| (role.to_owned(), word.clone())).collect()
}

fn auth(jwt: &Jwt, asked: &AegisApp) -> Auth {
    Auth {
        issuer: jwt.issuer.clone(),
        audiences: jwt.audiences.clone(),
        algorithm: jwt.algorithm.unwrap_or_default(),
        rotate_every: rotate_every(jwt.rotate_every.as_deref()),
        overlap: overlap(jwt.overlap.as_deref()),
        word: asked.annotations().get(names::ROTATE_ANNOTATION).cloned(),
        keys: Keys::default(),
    }
}

/// Time after which the next key is made.
pub(super) fn rotate_every(written: Option<&str>) -> SignedDuration {
    written.and_then(lifecycle::length).unwrap_or(SignedDuration::from_hours(720))
}

/// How long an old key stays.
pub(super) fn overlap(written: Option<&str>) -> SignedDuration {
    written.and_then(lifecycle::length).unwrap_or(SignedDuration::from_hours(48))
}

fn api(spec: &AegisAppSpec) -> Http {
    let api = spec.api.clone().unwrap_or_default();
    let role = Role { concurrency: api.concurrency.unwrap_or_default(), ..role("api", "api", &api.process, spec) };
    let http = http(role, api.port.unwrap_or(8000), api.replicas, api.autoscaling, api.probes);
    sticky(http, api.session_affinity, &api.process)
}

fn frontend(spec: &AegisAppSpec) -> Option<Http> {
    let frontend = spec.frontend.clone()?;
    let role = Role { concurrency: frontend.concurrency.unwrap_or_default(), ..role("frontend", "frontend", &frontend.process, spec) };
    let http = http(role, frontend.port.unwrap_or(8550), frontend.replicas, frontend.autoscaling, frontend.probes);
    Some(sticky(http, frontend.session_affinity, &frontend.process))
}

fn http(role: Role, port: i32, replicas: Option<Replicas>, autoscaling: Option<Autoscaling>, probes: Option<Probes>) -> Http {
    let cpu_utilization = autoscaling.and_then(|autoscaling| autoscaling.cpu_utilization).unwrap_or(70);
    Http { role, port, replicas: bounds(replicas.as_ref()), cpu_utilization, probes: probes.unwrap_or_default(), is_sticky: false }
}

/// The same role with affinity, if that is asked for: then it has longer to end, for it holds sessions.
fn sticky(mut http: Http, affinity: Option<SessionAffinity>, process: &Process) -> Http {
    http.is_sticky = is_sticky(affinity);
    if http.is_sticky && process.stop.as_ref().is_none_or(|stop| stop.delay_seconds.is_none()) {
        http.role.stop.delay = STICKY_DELAY;
    }
    http
}

fn worker(worker: &aegis_crds::workers::Worker, spec: &AegisAppSpec) -> Worker {
    let mut role = role("workers", &worker.name, &worker.process, spec);
    role.concurrency = worker.concurrency.clone().unwrap_or_default();
    role.stop.drain = worker.drain.as_ref().and_then(|drain| drain.timeout_seconds).unwrap_or(0);
    let bounds = bounds(worker.replicas.as_ref());
    let fixed = unscaled(bounds);
    let queue = worker.broker.as_ref().map(|broker| queue(worker, broker));
    Worker { role, replicas: if queue.is_some() { bounds } else { Bounds { min: fixed, max: fixed } }, queue }
}

fn queue(worker: &aegis_crds::workers::Worker, broker: &Broker) -> Queue {
    let scaling = worker.scaling.clone().unwrap_or_default();
    let drain = worker.drain.clone().unwrap_or_default();
    Queue {
        library: broker.type_,
        binding: broker.binding.clone(),
        names: if broker.queues.is_empty() { vec![worker.name.clone()] } else { broker.queues.clone() },
        database: broker.database,
        prefix: broker.prefix.clone(),
        tasks_per_pod: scaling.backlog_per_replica.unwrap_or(50),
        scale_down_delay: scaling.scale_down_delay_seconds.unwrap_or(300),
        pause_key: drain.pause_key,
        busy_pattern: drain.busy_pattern,
    }
}

fn schedule(schedule: &aegis_crds::schedules::Schedule, spec: &AegisAppSpec) -> Schedule {
    Schedule {
        role: role("schedules", &schedule.name, &schedule.run.process, spec),
        task: schedule.run.enqueue.clone(),
        cron: schedule.schedule.trim().to_owned(),
        time_zone: schedule.time_zone.clone().unwrap_or_else(|| "Etc/UTC".into()),
        concurrency: schedule.concurrency_policy.unwrap_or_default(),
        deadline: schedule.deadline_seconds.unwrap_or(3600),
        late_after: schedule.late_after_seconds,
        is_suspended: schedule.suspended.unwrap_or(false),
    }
}

/// The settings that a role reads: all, unless it names some.
fn settings(process: &Process, spec: &AegisAppSpec) -> BTreeMap<String, String> {
    let mut settings = spec.config.clone();
    if let Some(read) = &process.config {
        settings.retain(|key, _| read.contains(key));
    }
    settings
}

fn role(section: &'static str, name: &str, process: &Process, spec: &AegisAppSpec) -> Role {
    let serves = matches!(section, "api" | "frontend");
    let asked = process.stop.clone().unwrap_or_default();
    let stop = Stop {
        signal: asked.signal.unwrap_or_default(),
        grace: asked.grace_seconds.unwrap_or(30),
        delay: asked.delay_seconds.unwrap_or(if serves { 5 } else { 0 }),
        drain: 0,
    };
    Role {
        section,
        name: name.to_owned(),
        command: process.command.clone(),
        args: process.args.clone(),
        env: process.env.clone(),
        config: settings(process, spec),
        env_from: process.env_from.clone(),
        resources: process.resources.clone().unwrap_or_default(),
        concurrency: Concurrency::default(),
        stop,
        pod: pod(spec.pod.as_ref(), process.pod.as_ref()),
    }
}

fn pod(shared: Option<&pod::Pod>, own: Option<&pod::Pod>) -> Pod {
    let mut merged = Pod::default();
    for pod in [shared, own].into_iter().flatten() {
        merged.labels.extend(pod.labels.clone());
        merged.annotations.extend(pod.annotations.clone());
        merged.node_selector.extend(pod.node_selector.clone());
        merged.tolerations.extend(pod.tolerations.clone());
        merged.spread = pod.topology_spread.map(topology_key).or(merged.spread);
        merged.priority_class = pod.priority_class_name.clone().or(merged.priority_class);
    }
    merged
}

fn topology_key(spread: TopologySpread) -> &'static str {
    match spread {
        TopologySpread::Zone => "topology.kubernetes.io/zone",
        TopologySpread::Node => "kubernetes.io/hostname",
    }
}

fn volume(app: &str, volume: &volumes::Volume, spec: &AegisAppSpec) -> Volume {
    Volume {
        name: volume.name.clone(),
        mount_path: volume.mount_path.clone(),
        roles: volume_roles(volume, spec),
        claim: Claim {
            object: names::part(app, "volume", &volume.name),
            size: Quantity(volume.size.clone()),
            access: volume.access_mode.unwrap_or_default(),
            class: volume.storage_class_name.clone(),
            policy: volume.deletion_policy.unwrap_or_default(),
        },
    }
}

fn binding(app: &str, binding: &bindings::Binding) -> Binding {
    let object = names::part(app, "binding", &binding.name);
    let reference = binding.secret_ref.as_ref();
    Binding {
        name: binding.name.clone(),
        reference: reference.map(|reference| reference.name.clone()).unwrap_or_default(),
        version: reference.and_then(|reference| reference.version.clone()),
        ca_key: reference.and_then(|reference| reference.ca_key.clone()),
        env: binding.env.clone(),
        service: binding.provision.as_ref().and_then(|provision| service(object, binding, provision)),
    }
}

fn service(object: String, binding: &bindings::Binding, provision: &bindings::Provision) -> Option<Service> {
    let engine = match binding.type_.as_str() {
        "postgres" => Engine::Postgres,
        "redis" => Engine::Redis,
        _ => return None,
    };
    let claim = Claim {
        object: object.clone(),
        size: Quantity(provision.storage.clone().unwrap_or_else(|| "1Gi".into())),
        access: volumes::AccessMode::ReadWriteOnce,
        class: provision.storage_class_name.clone(),
        policy: binding.deletion_policy.unwrap_or_default(),
    };
    let made = Anchored { anchor: object.clone(), uid: None, stem: object.clone() };
    Some(Service { object, made, engine, claim })
}
