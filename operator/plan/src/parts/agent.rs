//! What every pod of the agent's binary shares: the configuration of an app's queues, the URIs, and the container around both.
//! Whether it looks at queues or puts a task into one is its caller's word.

use aegis_crds::{agent, role::Resources};
use k8s_openapi::{
    api::core::v1::{ConfigMapVolumeSource, Container, EnvVar, KeyToPath, PodSpec, SecretVolumeSource, Volume, VolumeMount},
    apimachinery::pkg::api::resource::Quantity,
};

use super::{container, environment, pod};
use crate::{
    App,
    app::{Binding, Queue, Worker},
    canonical,
    names::{self, AGENT},
};

/// Where the configuration is mounted: the agent's own default.
const FOLDER: &str = "/etc/aegis";
/// Where the certificates of authorities are: no mount can be made inside of one that is read-only.
const AUTHORITIES: &str = "/etc/aegis-ca";
/// Name of their files.
const CERTIFICATES: &str = "ca.crt";

/// The configuration; none without a pool that has a broker.
pub(crate) fn config(app: &App) -> Option<agent::Agent> {
    let workers: Vec<agent::Worker> = queues(app).map(|(worker, queue)| self::worker(worker, queue)).collect();
    (!workers.is_empty()).then(|| agent::Agent {
        version: agent::VERSION,
        app: app.name.clone(),
        token_sha256: app.settings.agent_token_sha256.clone(),
        bindings: bindings(app).map(binding).collect(),
        workers,
        ..Default::default()
    })
}

fn binding(binding: &Binding) -> agent::Binding {
    agent::Binding { name: binding.name.clone(), uri_env: uri_env(binding), ca_file: ca_file(binding) }
}

fn worker(worker: &Worker, queue: &Queue) -> agent::Worker {
    agent::Worker {
        name: worker.role.name.clone(),
        binding: queue.binding.clone(),
        type_: queue.library,
        queues: queue.names.clone(),
        database: queue.database,
        prefix: queue.prefix.clone(),
        pause_key: queue.pause_key.clone(),
        busy_pattern: queue.busy_pattern.clone(),
        ..Default::default()
    }
}

/// What of a pool is looked at, and where: the Secret that says so included.
pub(crate) fn looks_at(app: &App, of: &Worker) -> Option<(agent::Worker, agent::Binding, String)> {
    let queue = of.queue.as_ref()?;
    let found = app.bindings.iter().find(|binding| binding.name == queue.binding)?;
    Some((worker(of, queue), binding(found), found.secret()))
}

fn queues(app: &App) -> impl Iterator<Item = (&Worker, &Queue)> {
    app.workers.iter().filter_map(|worker| Some((worker, worker.queue.as_ref()?)))
}

/// The bindings that hold queues.
fn bindings(app: &App) -> impl Iterator<Item = &Binding> {
    app.bindings.iter().filter(|binding| queues(app).any(|(_, queue)| queue.binding == binding.name))
}

/// The variable that carries a binding's URI.
fn uri_env(binding: &Binding) -> String {
    format!("AEGIS_AGENT_URI_{}", binding.name.replace('-', "_").to_ascii_uppercase())
}

/// The file with the certificates by which a binding's server is known.
fn ca_file(binding: &Binding) -> Option<String> {
    binding.ca_key.as_ref().map(|_| format!("{AUTHORITIES}/{}/{CERTIFICATES}", binding.name))
}

/// The volume of that file.
fn authority(binding: &Binding) -> Option<Volume> {
    let item = KeyToPath { key: binding.ca_key.clone()?, path: CERTIFICATES.into(), ..Default::default() };
    let secret = SecretVolumeSource { secret_name: Some(binding.secret()), items: Some(vec![item]), ..Default::default() };
    Some(Volume { name: format!("ca-{}", binding.name), secret: Some(secret), ..Default::default() })
}

/// Its place.
fn authority_mount(binding: &Binding) -> Option<VolumeMount> {
    let place = format!("{AUTHORITIES}/{}", binding.name);
    let mount = VolumeMount { name: format!("ca-{}", binding.name), mount_path: place, read_only: Some(true), ..Default::default() };
    binding.ca_key.as_ref().map(|_| mount)
}

/// Name of its ConfigMap: other content is another one, and so another pod.
pub(crate) fn config_name(app: &App, config: &agent::Agent) -> String {
    names::part(&app.name, AGENT, &canonical::digest(&serde_json::to_value(config).expect("a configuration is JSON")))
}

/// A pod of the agent's image around its container, with the configuration.
pub(crate) fn pod_spec(app: &App, config: &agent::Agent, container: Container) -> PodSpec {
    let mounted = ConfigMapVolumeSource { name: config_name(app, config), ..Default::default() };
    let volume = Volume { name: "config".into(), config_map: Some(mounted), ..Default::default() };
    let volumes = std::iter::once(volume).chain(bindings(app).filter_map(authority)).collect();
    let pull_secrets = (!app.image.pull_secrets.is_empty()).then(|| app.image.pull_secrets.clone());
    PodSpec { image_pull_secrets: pull_secrets, ..pod::own(app, container, volumes) }
}

/// The container that runs this command of the agent.
pub(crate) fn container(app: &App, command: Vec<String>) -> Container {
    let config = VolumeMount { name: "config".into(), mount_path: FOLDER.into(), read_only: Some(true), ..Default::default() };
    let mounts = std::iter::once(config).chain(bindings(app).filter_map(authority_mount)).collect();
    let amounts = |list: &[(&str, &str)]| list.iter().map(|(name, amount)| ((*name).to_owned(), Quantity((*amount).to_owned()))).collect();
    Container {
        name: names::CONTAINER.into(),
        image: Some(app.settings.agent_image.clone()),
        image_pull_policy: Some("IfNotPresent".into()),
        command: Some(command),
        env: Some(variables(app)),
        resources: container::resources(&Resources {
            requests: amounts(&[("cpu", "10m"), ("memory", "16Mi")]),
            limits: amounts(&[("memory", "48Mi")]),
        }),
        security_context: container::security(&pod::OWN),
        volume_mounts: Some(mounts),
        ..Default::default()
    }
}

/// The URIs, which the operator never reads.
fn variables(app: &App) -> Vec<EnvVar> {
    let uris = bindings(app).map(|binding| environment::from_secret(&uri_env(binding), &binding.secret(), "uri"));
    uris.chain(environment::versions(bindings(app))).collect()
}
