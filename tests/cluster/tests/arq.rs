//! What becomes of arq's tasks where nothing keeps its workers from taking them: real workers, on a real node.
//! With a pause key they are looked at in `drain.rs`.

use futures::join;
use k8s_openapi::api::{apps::v1::Deployment, core::v1::Event};
use kube::api::ListParams;
use serde_json::{Value, json};

use crate::{
    apps::component,
    space::Space,
    wait::{found, holds, until},
};

/// Seconds of a task that is waited for, and of one that takes longer than any worker is.
const SHORT: u64 = 12;
const LONG: u64 = 100;

/// A pool moves once its tasks have ended, also to other queues; where they take longer than its workers are waited for, they
/// are given up and begun again, and that is told.
pub async fn tasks_are_waited_for_without_a_pause_key_and_told_when_they_are_given_up(space: Space) {
    join!(other_queues(&space), given_up(&space));
}

/// The workers of the release before have the queues of the release before: these are looked at until they have gone.
async fn other_queues(space: &Space) {
    let sent = ["a", "b"];
    apply(space, "waits", "media", "drain: {timeoutSeconds: 60}").await;
    begin(space, "waits", &sent, SHORT).await;
    apply(space, "waits", "mail", "drain: {timeoutSeconds: 60}").await;
    until("it waits", 10, async || {
        let app = space.app("waits").await;
        let told = component(&app, "media");
        let message = told.message.clone().unwrap_or_default();
        holds(told.reason == "Waiting" && message.contains("until none of its workers has a task"), format!("{told:?}"))
    })
    .await;
    until("both tasks end", 60, async || {
        let told = told(space, "waits").await;
        holds(sent.iter().all(|name| told["ended"][name] == "1"), told.to_string())
    })
    .await;
    space.ready("waits").await;
    let told = told(space, "waits").await;
    assert!(sent.iter().all(|name| told["began"][name] == "1" && told["ended"][name] == "1"), "{told}");
    assert_eq!(queue(space, "waits").await, "mail");
    begin(space, "waits", &["c"], 0).await;
}

/// The grace period is shorter than the task, and nobody waits for longer than a minute then.
async fn given_up(space: &Space) {
    apply(space, "hurries", "media", "stop: {graceSeconds: 5}").await;
    begin(space, "hurries", &["long"], LONG).await;
    space.apply("hurries", &spec(space, "media", "stop: {graceSeconds: 5}, env: [{name: RELEASE, value: '2'}]")).await;
    until("the task is begun again", 120, async || {
        let told = told(space, "hurries").await;
        holds(told["began"]["long"] == "2", told.to_string())
    })
    .await;
    let note = until("it is told", 20, async || {
        let events = space.api::<Event>().list(&ListParams::default()).await.expect("events can be listed").items;
        let found_ = events.into_iter().find(|event| event.reason.as_deref() == Some("TasksGivenUp"));
        found(found_.and_then(|event| event.message), "no such event")
    })
    .await;
    assert!(note.contains("waited for 60 s") && note.contains("drain.timeoutSeconds"), "{note}");
}

async fn apply(space: &Space, app: &str, queue: &str, pool: &str) {
    space.apply(app, &spec(space, queue, pool)).await;
    if space.app(app).await.metadata.generation == Some(1) {
        space.ready(app).await;
    }
}

fn spec(space: &Space, queue: &str, pool: &str) -> String {
    format!(
        "
image: {}
env: [{{name: QUEUE, value: {queue}}}]
bindings: [{{name: queue, type: redis, provision: {{}}, env: {{REDIS_URL: '{{uri}}'}}}}]
api: {{command: [/opt/arq/bin/python, door.py, arq_app], stop: {{delaySeconds: 0}}}}
workers:
- {{name: media, command: [/opt/arq/bin/python, arq_app.py], broker: {{type: Arq, binding: queue, queues: [{queue}]}}, {pool}}}
",
        space.lab.workers
    )
}

/// Sends tasks and waits until all have begun.
async fn begin(space: &Space, app: &str, names: &[&str], seconds: u64) {
    space.door(&format!("{app}-api")).insist("PUT", "/", Some(json!({"names": names, "seconds": seconds}))).await;
    until(format!("{names:?} begin"), 60, async || {
        let told = told(space, app).await;
        holds(names.iter().all(|name| told["began"][name].is_string()), told.to_string())
    })
    .await;
}

async fn told(space: &Space, app: &str) -> Value {
    space.door(&format!("{app}-api")).json("/").await.unwrap_or_default()
}

/// The queue that the pool's pods work on.
async fn queue(space: &Space, app: &str) -> String {
    let pool = space.api::<Deployment>().get(&format!("{app}-worker--media")).await.expect("the pool is there");
    let container = pool.spec.and_then(|spec| spec.template.spec).map(|pod| pod.containers).unwrap_or_default().swap_remove(0);
    let variable = container.env.unwrap_or_default().into_iter().find(|variable| variable.name == "QUEUE");
    variable.and_then(|variable| variable.value).expect("it has a queue")
}
