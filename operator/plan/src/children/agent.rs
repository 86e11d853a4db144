//! `agent`: what looks at the queues of an app with brokers: its configuration, and one pod of the operator's own image.
//! No release waits for it, and its own roll-out touches nothing else.

use aegis_crds::agent::Agent;
use k8s_openapi::{
    api::{
        apps::v1::{Deployment, DeploymentSpec, DeploymentStrategy},
        core::v1::{ConfigMap, Container, ContainerPort, HTTPGetAction, PodTemplateSpec, Probe},
    },
    apimachinery::pkg::{apis::meta::v1::LabelSelector, util::intstr::IntOrString},
};
use kube_core::ObjectMeta;

use crate::{
    App, Size,
    names::{self, AGENT, AGENT_PORT},
    parts::{agent, telemetry},
};

const PORT: &str = "http";
/// The agent's own default, below the folder that is mounted.
const FILE: &str = "agent.json";

pub(super) fn config_maps(app: &App) -> Vec<ConfigMap> {
    let named = |config: Agent| ConfigMap {
        metadata: names::metadata(app, &agent::config_name(app, &config), AGENT),
        data: Some([(FILE.to_owned(), serde_json::to_string(&config).expect("a configuration is JSON"))].into()),
        immutable: Some(true),
        ..Default::default()
    };
    agent::config(app).map(named).into_iter().collect()
}

pub(super) fn deployments(app: &App) -> Vec<(Deployment, Size)> {
    let sized = |config: Agent| (deployment(app, &config), app.size(Size::Fixed(1)));
    agent::config(app).map(sized).into_iter().collect()
}

fn deployment(app: &App, config: &Agent) -> Deployment {
    let mut metadata = names::metadata(app, &names::single(&app.name, AGENT), AGENT);
    metadata.labels.get_or_insert_default().insert(names::ROLE_LABEL.into(), AGENT.into());
    Deployment {
        spec: Some(DeploymentSpec {
            selector: LabelSelector { match_labels: Some(names::pod_selector(&app.name, AGENT, AGENT)), ..Default::default() },
            // the next one has looked before the last one goes
            strategy: Some(DeploymentStrategy { type_: Some("RollingUpdate".into()), ..Default::default() }),
            template: PodTemplateSpec {
                metadata: Some(ObjectMeta { labels: metadata.labels.clone(), annotations: telemetry::of_agent(app), ..Default::default() }),
                spec: Some(agent::pod_spec(app, config, container(app))),
            },
            revision_history_limit: Some(3),
            ..Default::default()
        }),
        metadata,
        ..Default::default()
    }
}

fn container(app: &App) -> Container {
    Container {
        ports: Some(vec![ContainerPort {
            name: Some(PORT.into()),
            container_port: AGENT_PORT.into(),
            protocol: Some("TCP".into()),
            ..Default::default()
        }]),
        readiness_probe: Some(get("/readyz", 2)),
        liveness_probe: Some(get("/livez", 10)),
        ..agent::container(app, vec!["/aegis-agent".into(), "serve".into()])
    }
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
