//! The operator comes and goes without a trace.

use std::collections::BTreeMap;

use aegis_crds::AegisApp;
use k8s_openapi::api::{core::v1::Pod, events::v1::Event};
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, ListParams},
};

use crate::{
    children::{self, Mark},
    lab::OPERATOR,
    pods::is_ready,
    space::Space,
    wait::{Look, found, holds, until},
};

const SPEC: &str = "
config: {COLOUR: red}
secrets: [{name: app, generate: {SECRET_KEY: {}}}]
bindings: [{name: queue, type: redis, provision: {}, env: {REDIS_URL: '{uri}'}}]
migration: {command: [python, -c, pass]}
api: {args: [words], replicas: {min: 1, max: 2}, resources: {requests: {cpu: 20m}}}
workers: [{name: words, args: [worker]}]
scheduler: {command: [python, -c, 'import time; time.sleep(10000)']}
schedules: [{name: yearly, schedule: '0 0 1 1 *', run: {command: [python, -c, pass]}}]
";

/// A new operator looks at every app and writes nothing; no pod is replaced.
pub async fn a_restart_writes_nothing(space: Space) {
    space.apply("words", SPEC).await;
    space.ready("words").await;
    let before = at_rest(&space).await;
    let pods_before = pods(&space).await;
    let status_before = space.app("words").await.status;

    let operator = space_of_operator(&space);
    let selector = "app.kubernetes.io/name=aegis-operator";
    let old: Vec<Pod> = operator.list(selector).await;
    for pod in &old {
        operator.api::<Pod>().delete(&pod.name_any(), &DeleteParams::default()).await.expect("a pod can be deleted");
    }
    let new = until("the operator's new pod", 60, async || {
        let pods: Vec<Pod> = operator.list(selector).await;
        let [pod] = pods.as_slice() else { return Look::Waiting(format!("{} pods", pods.len())) };
        found(Some(pod.name_any()).filter(|_| pod.uid() != old[0].uid() && is_ready(pod)), "not ready yet")
    })
    .await;
    looked_at_every_app(&space, &new).await;

    assert_eq!(before, children::of(&space, "words").await, "an operator's restart changed objects");
    assert_eq!(pods_before, pods(&space).await, "an operator's restart replaced pods");
    assert_eq!(status_before, space.app("words").await.status, "an operator's restart changed a status");
}

/// The operator's own numbers: every app was looked at and waits for nothing but the clock, and no object was written. A status may
/// be, when a run of a schedule was due meanwhile.
pub async fn looked_at_every_app(space: &Space, pod: &str) {
    let apps = Api::<AegisApp>::all(space.lab.client.clone()).list(&ListParams::default()).await.expect("apps can be listed").items.len();
    let operator = space_of_operator(space).pod_door(pod, 8080);
    until("a look at every app", 30, async || {
        let metrics = operator.get("/metrics").await.unwrap_or_default();
        let number = |name: &str| metrics.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<usize>().ok());
        let ended = |outcome: &str| number(&format!("aegis_operator_reconciles_total{{outcome=\"{outcome}\"}}")).unwrap_or_default();
        let settled = ended("settled") + ended("due");
        let writes = metrics.lines().filter(|line| line.starts_with("aegis_operator_writes_total{") && !line.contains("verb=\"report\""));
        let writes: Vec<&str> = writes.collect();
        if !writes.is_empty() {
            return Look::Never(format!("the new operator wrote: {}; its events: {:#?}", writes.join(", "), events(space, pod).await));
        }
        holds(settled >= apps && number("aegis_operator_queue_depth") == Some(0), format!("{settled} of {apps} apps are settled"))
    })
    .await;
}

/// What the operator in a pod said in events.
async fn events(space: &Space, pod: &str) -> Vec<String> {
    let all = Api::<Event>::all(space.lab.client.clone()).list(&ListParams::default()).await.expect("events can be listed").items;
    let its = all.into_iter().filter(|event| event.reporting_instance.as_deref() == Some(pod));
    let told = |event: Event| {
        let (regarding, reason, note) = (event.regarding.unwrap_or_default(), event.reason, event.note);
        format!(
            "{} {}: {} {}",
            regarding.namespace.as_deref().unwrap_or_default(),
            regarding.name.as_deref().unwrap_or_default(),
            reason.unwrap_or_default(),
            note.unwrap_or_default()
        )
    };
    its.map(told).collect()
}

/// The children, once nothing moves any more.
async fn at_rest(space: &Space) -> BTreeMap<String, Mark> {
    let mut last = (BTreeMap::new(), 0);
    until("children at rest", 30, async || {
        let now = children::of(space, "words").await;
        last = if now == last.0 { (now, last.1 + 1) } else { (now, 0) };
        found((last.1 >= 10).then(|| last.0.clone()), "they still change")
    })
    .await
}

async fn pods(space: &Space) -> Vec<Option<String>> {
    space.list::<Pod>("").await.iter().map(ResourceExt::uid).collect()
}

fn space_of_operator(space: &Space) -> Space {
    Space { namespace: OPERATOR.to_owned(), ..space.clone() }
}
