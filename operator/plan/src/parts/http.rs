//! A role that serves HTTP: its Deployment, Service, autoscaler and disruption budget.

use k8s_openapi::{
    api::{
        apps::v1::{Deployment, DeploymentSpec, DeploymentStrategy, RollingUpdateDeployment},
        autoscaling::v2::{
            CrossVersionObjectReference, HorizontalPodAutoscaler, HorizontalPodAutoscalerSpec, MetricSpec, MetricTarget,
            ResourceMetricSource,
        },
        core::v1::{Container, ContainerPort, HTTPGetAction, Probe, Service, ServicePort, ServiceSpec, TCPSocketAction},
        policy::v1::{PodDisruptionBudget, PodDisruptionBudgetSpec},
    },
    apimachinery::pkg::util::intstr::IntOrString,
};

use kube_core::ObjectMeta;

use super::{container, dev, pod};
use crate::{
    App, Size,
    app::{Http, Role},
    children, names,
};
use aegis_crds::{role::HttpProbe, volumes::AccessMode};

/// Name of the port.
pub(crate) const PORT: &str = "http";

/// Its Deployment: no pod goes before another is ready, unless a volume lets only one have it.
pub(crate) fn deployment(app: &App, http: &Http) -> (Deployment, Size) {
    let role = &http.role;
    let container = Container {
        ports: Some(vec![ContainerPort {
            name: Some(PORT.into()),
            container_port: http.port,
            protocol: Some("TCP".into()),
            ..Default::default()
        }]),
        liveness_probe: dev::unless_reloading(app, role, http.probes.liveness.as_ref().map(|probe| get(probe, 10, 3))),
        readiness_probe: Some(http.probes.readiness.as_ref().map_or_else(|| connect(5, 3), |probe| get(probe, 5, 3))),
        startup_probe: dev::unless_reloading(app, role, Some(startup(http))),
        ..container::container(app, role)
    };
    (deployment_of(app, role, container), app.size(http.replicas.size()))
}

/// A Deployment of a role around its container.
pub(crate) fn deployment_of(app: &App, role: &Role, container: Container) -> Deployment {
    Deployment {
        metadata: names::role_metadata(app, role, &object(app, role)),
        spec: Some(DeploymentSpec {
            selector: pod::selector(app, role),
            strategy: Some(strategy(app, role)),
            template: pod::template(app, role, container),
            revision_history_limit: Some(3),
            progress_deadline_seconds: Some(app.rollout.deadline),
            ..Default::default()
        }),
        ..Default::default()
    }
}

/// Name of a role's objects.
pub(crate) fn object(app: &App, role: &Role) -> String {
    match role.section {
        "workers" => names::part(&app.name, "worker", &role.name),
        "schedules" => names::part(&app.name, "schedule", &role.name),
        section => names::single(&app.name, section),
    }
}

/// Its Service, on the same port.
pub(crate) fn service(app: &App, http: &Http) -> Service {
    let metadata = names::role_metadata(app, &http.role, &object(app, &http.role));
    Service {
        metadata: ObjectMeta { annotations: children::routes::sticky_annotations(app, http), ..metadata },
        spec: Some(ServiceSpec {
            selector: Some(names::pod_selector(&app.name, http.role.section, &http.role.name)),
            ports: Some(vec![ServicePort {
                name: Some(PORT.into()),
                port: http.port,
                protocol: Some("TCP".into()),
                target_port: Some(IntOrString::String(PORT.into())),
                app_protocol: Some("http".into()),
                ..Default::default()
            }]),
            ..Default::default()
        }),
        ..Default::default()
    }
}

/// Its autoscaler, where the bounds differ.
pub(crate) fn autoscaler(app: &App, http: &Http) -> Option<HorizontalPodAutoscaler> {
    let (Size::From(min), false) = (http.replicas.size(), app.is_suspended) else { return None };
    let name = object(app, &http.role);
    let target = MetricTarget { type_: "Utilization".into(), average_utilization: Some(http.cpu_utilization), ..Default::default() };
    Some(HorizontalPodAutoscaler {
        metadata: names::role_metadata(app, &http.role, &name),
        spec: Some(HorizontalPodAutoscalerSpec {
            min_replicas: Some(min),
            max_replicas: http.replicas.max,
            scale_target_ref: CrossVersionObjectReference { api_version: Some("apps/v1".into()), kind: "Deployment".into(), name },
            metrics: Some(vec![MetricSpec {
                type_: "Resource".into(),
                resource: Some(ResourceMetricSource { name: "cpu".into(), target }),
                ..Default::default()
            }]),
            ..Default::default()
        }),
        ..Default::default()
    })
}

/// Its disruption budget, where one pod can go while another serves.
pub(crate) fn disruption_budget(app: &App, http: &Http) -> Option<PodDisruptionBudget> {
    (http.replicas.min >= 2).then(|| PodDisruptionBudget {
        metadata: names::role_metadata(app, &http.role, &object(app, &http.role)),
        spec: Some(PodDisruptionBudgetSpec {
            max_unavailable: Some(IntOrString::Int(1)),
            selector: Some(pod::selector(app, &http.role)),
            unhealthy_pod_eviction_policy: Some("AlwaysAllow".into()),
            ..Default::default()
        }),
        ..Default::default()
    })
}

fn strategy(app: &App, role: &Role) -> DeploymentStrategy {
    if app.volumes_of(&role.name).any(|volume| volume.claim.access == AccessMode::ReadWriteOnce) {
        return DeploymentStrategy { type_: Some("Recreate".into()), ..Default::default() };
    }
    DeploymentStrategy {
        type_: Some("RollingUpdate".into()),
        rolling_update: Some(RollingUpdateDeployment { max_surge: Some(IntOrString::Int(1)), max_unavailable: Some(IntOrString::Int(0)) }),
    }
}

fn get(probe: &HttpProbe, period: i32, failures: i32) -> Probe {
    Probe {
        http_get: Some(HTTPGetAction { path: Some(probe.path.clone()), port: IntOrString::String(PORT.into()), ..Default::default() }),
        timeout_seconds: Some(probe.timeout_seconds.unwrap_or(5)),
        period_seconds: Some(probe.period_seconds.unwrap_or(period)),
        failure_threshold: Some(failures),
        ..Default::default()
    }
}

fn connect(period: i32, failures: i32) -> Probe {
    Probe {
        tcp_socket: Some(TCPSocketAction { port: IntOrString::String(PORT.into()), ..Default::default() }),
        timeout_seconds: Some(5),
        period_seconds: Some(period),
        failure_threshold: Some(failures),
        ..Default::default()
    }
}

/// Looks every second: the time of starting is what users wait for.
fn startup(http: &Http) -> Probe {
    let budget = http.startup_budget();
    match http.probes.startup.as_ref().and_then(|startup| startup.path.clone()) {
        Some(path) => get(&HttpProbe { path, ..Default::default() }, 1, budget),
        None => connect(1, budget),
    }
}
