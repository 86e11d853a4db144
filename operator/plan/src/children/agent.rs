//! `agent`: what looks at the queues of an app with brokers: its configuration, and one pod of the operator's own image.
//! No release waits for it, and its own roll-out touches nothing else.

use aegis_crds::{agent, role::Resources};
use k8s_openapi::{
    api::{
        apps::v1::{Deployment, DeploymentSpec, DeploymentStrategy},
        core::v1::{
            ConfigMap, ConfigMapVolumeSource, Container, ContainerPort, EnvVar, HTTPGetAction, PodSpec, PodTemplateSpec, Probe, Volume,
            VolumeMount,
        },
    },
    apimachinery::pkg::{api::resource::Quantity, apis::meta::v1::LabelSelector, util::intstr::IntOrString},
};
use kube_core::ObjectMeta;

use crate::{
    App, Size,
    app::{Binding, Queue, Worker},
    canonical,
    names::{self, AGENT, AGENT_PORT},
    parts::{container, environment, pod},
};

const PORT: &str = "http";
/// Where the configuration is mounted: the agent's own default.
const FOLDER: &str = "/etc/aegis";
const FILE: &str = "agent.json";

pub(super) fn config_maps(app: &App) -> Vec<ConfigMap> {
    let named = |config: agent::Agent| ConfigMap {
        metadata: names::metadata(app, &config_name(app, &config), AGENT),
        data: Some([(FILE.to_owned(), serde_json::to_string(&config).expect("a configuration is JSON"))].into()),
        immutable: Some(true),
        ..Default::default()
    };
    config(app).map(named).into_iter().collect()
}

pub(super) fn deployments(app: &App) -> Vec<(Deployment, Size)> {
    let sized = |config: agent::Agent| (deployment(app, &config_name(app, &config)), app.size(Size::Fixed(1)));
    config(app).map(sized).into_iter().collect()
}

/// The configuration; none without a pool that has a broker.
fn config(app: &App) -> Option<agent::Agent> {
    let workers: Vec<agent::Worker> = queues(app).map(|(worker, queue)| self::worker(worker, queue)).collect();
    let binding = |binding: &Binding| agent::Binding { name: binding.name.clone(), uri_env: uri_env(binding), ca_file: None };
    (!workers.is_empty()).then(|| agent::Agent {
        version: agent::VERSION,
        app: app.name.clone(),
        bindings: bindings(app).map(binding).collect(),
        workers,
        ..Default::default()
    })
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

/// Other content is another ConfigMap, and so another pod.
fn config_name(app: &App, config: &agent::Agent) -> String {
    names::part(&app.name, AGENT, &canonical::digest(&serde_json::to_value(config).expect("a configuration is JSON")))
}

fn deployment(app: &App, config: &str) -> Deployment {
    let mut metadata = names::metadata(app, &names::single(&app.name, AGENT), AGENT);
    metadata.labels.get_or_insert_default().insert(names::ROLE_LABEL.into(), AGENT.into());
    let mounted = ConfigMapVolumeSource { name: config.to_owned(), ..Default::default() };
    let volume = Volume { name: "config".into(), config_map: Some(mounted), ..Default::default() };
    Deployment {
        spec: Some(DeploymentSpec {
            selector: LabelSelector { match_labels: Some(names::pod_selector(&app.name, AGENT, AGENT)), ..Default::default() },
            // the next one has looked before the last one goes
            strategy: Some(DeploymentStrategy { type_: Some("RollingUpdate".into()), ..Default::default() }),
            template: PodTemplateSpec {
                metadata: Some(ObjectMeta { labels: metadata.labels.clone(), ..Default::default() }),
                spec: Some(pod_spec(app, volume)),
            },
            revision_history_limit: Some(3),
            ..Default::default()
        }),
        metadata,
        ..Default::default()
    }
}

fn pod_spec(app: &App, config: Volume) -> PodSpec {
    let pull_secrets = (!app.image.pull_secrets.is_empty()).then(|| app.image.pull_secrets.clone());
    PodSpec { image_pull_secrets: pull_secrets, ..pod::own(app, container(app), vec![config]) }
}

fn container(app: &App) -> Container {
    let amounts = |list: &[(&str, &str)]| list.iter().map(|(name, amount)| ((*name).to_owned(), Quantity((*amount).to_owned()))).collect();
    Container {
        name: names::CONTAINER.into(),
        image: Some(app.settings.agent_image.clone()),
        image_pull_policy: Some("IfNotPresent".into()),
        command: Some(vec!["/aegis-agent".into(), "serve".into()]),
        env: Some(variables(app)),
        ports: Some(vec![ContainerPort {
            name: Some(PORT.into()),
            container_port: AGENT_PORT.into(),
            protocol: Some("TCP".into()),
            ..Default::default()
        }]),
        readiness_probe: Some(get("/readyz", 2)),
        liveness_probe: Some(get("/livez", 10)),
        resources: container::resources(&Resources {
            requests: amounts(&[("cpu", "10m"), ("memory", "16Mi")]),
            limits: amounts(&[("memory", "48Mi")]),
        }),
        security_context: container::security(&pod::OWN),
        volume_mounts: Some(vec![VolumeMount {
            name: "config".into(),
            mount_path: FOLDER.into(),
            read_only: Some(true),
            ..Default::default()
        }]),
        ..Default::default()
    }
}

/// The URIs, which the operator never reads.
fn variables(app: &App) -> Vec<EnvVar> {
    let uris = bindings(app).map(|binding| environment::from_secret(&uri_env(binding), &binding.secret(), "uri"));
    uris.chain(environment::versions(bindings(app))).collect()
}

fn get(path: &str, period: i32) -> Probe {
    Probe {
        http_get: Some(HTTPGetAction { path: Some(path.into()), port: IntOrString::String(PORT.into()), ..Default::default() }),
        timeout_seconds: Some(5),
        period_seconds: Some(period),
        failure_threshold: Some(3),
        ..Default::default()
    }
}
