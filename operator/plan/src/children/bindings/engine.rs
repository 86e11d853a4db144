//! What the provisioned services have in common: one pod, an ordinary user, a read-only root, its data on a claim.

use aegis_crds::role::Resources;
use k8s_openapi::{
    api::{
        apps::v1::{StatefulSet, StatefulSetSpec},
        core::v1::{
            Container, ContainerPort, EnvVar, ExecAction, PodSpec, PodTemplateSpec, Probe, Service, ServicePort, ServiceSpec, VolumeMount,
        },
    },
    apimachinery::pkg::{api::resource::Quantity, apis::meta::v1::LabelSelector, util::intstr::IntOrString},
};
use kube_core::ObjectMeta;

use super::{postgres, redis};
use crate::{
    App,
    app::{self, Binding, Engine},
    names,
    parts::{container, pod},
    recipe::Recipe,
};

/// What tells one engine from another.
pub(super) struct Shape {
    pub(super) image: String,
    pub(super) port: i32,
    pub(super) env: Vec<EnvVar>,
    pub(super) ready: Vec<String>,
}

pub(super) fn recipe(app: &App, service: &app::Service) -> Recipe {
    let host = format!("{}.{}.svc", service.object, app.namespace);
    match service.engine {
        Engine::Postgres => postgres::recipe(app, service, &host),
        Engine::Redis => redis::recipe(service, &host),
    }
}

pub(super) fn service(app: &App, binding: &Binding, service: &app::Service) -> Service {
    let shape = shape(app, service);
    Service {
        metadata: metadata(app, binding, service),
        spec: Some(ServiceSpec {
            selector: Some(names::pod_selector(&app.name, "bindings", &binding.name)),
            ports: Some(vec![ServicePort {
                name: Some("main".into()),
                port: shape.port,
                protocol: Some("TCP".into()),
                target_port: Some(IntOrString::String("main".into())),
                ..Default::default()
            }]),
            ..Default::default()
        }),
        ..Default::default()
    }
}

pub(super) fn stateful_set(app: &App, binding: &Binding, service: &app::Service) -> StatefulSet {
    let metadata = metadata(app, binding, service);
    StatefulSet {
        spec: Some(StatefulSetSpec {
            selector: LabelSelector { match_labels: Some(names::pod_selector(&app.name, "bindings", &binding.name)), ..Default::default() },
            service_name: Some(service.object.clone()),
            template: PodTemplateSpec {
                metadata: Some(ObjectMeta { labels: metadata.labels.clone(), ..Default::default() }),
                spec: Some(pod_spec(app, service)),
            },
            revision_history_limit: Some(3),
            ..Default::default()
        }),
        metadata,
        ..Default::default()
    }
}

fn pod_spec(app: &App, service: &app::Service) -> PodSpec {
    let volumes = vec![pod::scratch("tmp"), pod::claimed("data", &service.claim.object)];
    // time for a checkpoint of everything in memory
    PodSpec { termination_grace_period_seconds: Some(60), ..pod::own(app, container(app, service), volumes) }
}

fn container(app: &App, service: &app::Service) -> Container {
    let shape = shape(app, service);
    let mount = |name: &str, path: &str| VolumeMount { name: name.into(), mount_path: path.into(), ..Default::default() };
    let probe = |period, failures| Probe {
        exec: Some(ExecAction { command: Some(shape.ready.clone()) }),
        timeout_seconds: Some(5),
        period_seconds: Some(period),
        failure_threshold: Some(failures),
        ..Default::default()
    };
    let asked = [("cpu", "50m"), ("memory", "64Mi")].map(|(name, amount)| (name.to_owned(), Quantity(amount.into())));
    Container {
        name: names::CONTAINER.into(),
        image: Some(shape.image),
        image_pull_policy: Some("IfNotPresent".into()),
        env: Some(shape.env),
        ports: Some(vec![ContainerPort {
            name: Some("main".into()),
            container_port: shape.port,
            protocol: Some("TCP".into()),
            ..Default::default()
        }]),
        readiness_probe: Some(probe(5, 3)),
        startup_probe: Some(probe(1, 120)),
        resources: container::resources(&Resources { requests: asked.into(), ..Default::default() }),
        security_context: container::security(&pod::OWN),
        volume_mounts: Some(vec![mount("tmp", "/tmp"), mount("data", "/data")]),
        ..Default::default()
    }
}

fn shape(app: &App, service: &app::Service) -> Shape {
    match service.engine {
        Engine::Postgres => postgres::shape(app, service),
        Engine::Redis => redis::shape(app, service),
    }
}

fn metadata(app: &App, binding: &Binding, service: &app::Service) -> ObjectMeta {
    let mut metadata = names::metadata(app, &service.object, "bindings");
    metadata.labels.get_or_insert_default().insert(names::ROLE_LABEL.into(), binding.name.clone());
    metadata
}
