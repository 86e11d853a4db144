//! What a failed test saw: status, pods, events and the end of the logs.
//! It changes nothing and must not fail itself.

use std::fmt::Write;

use aegis_crds::AegisApp;
use k8s_openapi::{
    NamespaceResourceScope,
    api::core::v1::{ContainerState, Event, Pod},
};
use kube::{
    Api, Resource,
    api::{ListParams, LogParams},
};
use serde::de::DeserializeOwned;

use crate::{
    apps::words,
    lab::{Lab, OPERATOR},
    space::Space,
};

/// Everything that may explain a failure.
pub async fn everything(space: &Space) -> String {
    let mut out = String::new();
    for app in all::<AegisApp>(space).await {
        tell_app(&mut out, &app);
    }
    for pod in all::<Pod>(space).await {
        tell_pod(&mut out, &pod);
        if let Some(name) = &pod.metadata.name {
            out.push_str(&log(&space.api(), name, 10).await);
        }
    }
    for event in all::<Event>(space).await.iter().filter(|event| event.type_.as_deref() == Some("Warning")) {
        let (about, text) = (&event.involved_object, event.message.as_deref().unwrap_or_default());
        line(&mut out, &format!("event {} {}: {} {text}", word(&about.kind), word(&about.name), word(&event.reason)));
    }
    out.push_str(&operator_log(&space.lab, &space.namespace).await);
    out
}

async fn all<K>(space: &Space) -> Vec<K>
where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()> + Clone + DeserializeOwned + std::fmt::Debug,
{
    space.api::<K>().list(&ListParams::default()).await.map(|list| list.items).unwrap_or_default()
}

fn tell_app(out: &mut String, app: &AegisApp) {
    let Some(status) = &app.status else { return line(out, &format!("app {}: no status", word(&app.metadata.name))) };
    line(
        out,
        &format!("app {}: generation {:?}, seen {:?}", word(&app.metadata.name), app.metadata.generation, status.observed_generation),
    );
    status.conditions.iter().for_each(|condition| line(out, &format!("  {}", words(condition))));
    for component in &status.components {
        line(out, &format!("  {}/{} {}/{} {}", component.section, component.name, component.ready, component.desired, component.reason));
    }
    status.problems.iter().for_each(|problem| line(out, &format!("  {} {}: {}", problem.code, problem.path, problem.message)));
}

fn tell_pod(out: &mut String, pod: &Pod) {
    let status = pod.status.clone().unwrap_or_default();
    line(out, &format!("pod {}: {}", word(&pod.metadata.name), word(&status.phase)));
    for container in status.container_statuses.unwrap_or_default() {
        line(out, &format!("  restarts {}, now {}", container.restart_count, state(container.state)));
    }
}

fn state(state: Option<ContainerState>) -> String {
    let Some(state) = state else { return "unknown".to_owned() };
    let waiting = state.waiting.map(|waiting| format!("waiting: {} {}", word(&waiting.reason), word(&waiting.message)));
    let ended = state.terminated.map(|ended| format!("ended: {} {}", ended.exit_code, word(&ended.reason)));
    waiting.or(ended).unwrap_or_else(|| "running".to_owned())
}

async fn log(pods: &Api<Pod>, name: &str, lines: i64) -> String {
    let parameters = LogParams { tail_lines: Some(lines), ..Default::default() };
    let text = pods.logs(name, &parameters).await.unwrap_or_default();
    text.lines().map(|line| format!("    {line}\n")).collect()
}

/// The operator's last words about this namespace.
async fn operator_log(lab: &Lab, namespace: &str) -> String {
    let pods = Api::<Pod>::namespaced(lab.client.clone(), OPERATOR);
    let mut out = "operator:\n".to_owned();
    for pod in pods.list(&ListParams::default()).await.map(|list| list.items).unwrap_or_default() {
        let log = log(&pods, word(&pod.metadata.name), 1000).await;
        let about: Vec<&str> = log.lines().filter(|line| line.contains(namespace)).collect();
        about.iter().skip(about.len().saturating_sub(15)).for_each(|told| line(&mut out, told));
    }
    out
}

fn word(word: &Option<String>) -> &str {
    word.as_deref().unwrap_or("?")
}

fn line(out: &mut String, text: &str) {
    writeln!(out, "{text}").expect("a string takes every write");
}
