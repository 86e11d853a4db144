//! Pools that follow their work, with a real broker, real workers and tasks of some seconds.

use std::time::Instant;

use futures::future::join_all;
use k8s_openapi::api::{apps::v1::Deployment, batch::v1::Job, core::v1::Pod};
use serde_json::Value;

use crate::{
    apps::condition,
    pods::is_ready,
    space::Space,
    traffic::Door,
    wait::{Look, found, holds, until},
};

const SPEC: &str = "
env: [{name: SECONDS_PER_WORD, value: '3'}]
bindings: [{name: queue, type: redis, provision: {}, env: {REDIS_URL: '{uri}'}}]
api: {args: [words]}
workers:
- name: words
  args: [worker]
  broker: {type: Dramatiq, binding: queue}
  replicas: {min: 0, max: 3}
  scaling: {backlogPerReplica: 4, scaleDownDelaySeconds: 4}
  drain: {timeoutSeconds: 30}
";
const WORKERS: &str = "aegis.dev/section=workers";

/// From no pod to three, down to one while tasks run, and to none, twice: each task runs once.
pub async fn pods_come_and_go_with_the_work_and_no_task_is_lost_or_run_twice(space: Space) {
    space.apply("words", SPEC).await;
    space.ready("words").await;
    count(&space, 0, 90).await;
    let api = space.door("words-api");
    let mut sent = vec![];
    for wave in 0..2 {
        until("no worker is left", 60, async || {
            let pods: Vec<Pod> = space.list(WORKERS).await;
            holds(pods.is_empty(), format!("{} pods", pods.len()))
        })
        .await;
        let began = Instant::now();
        send(&api, &mut sent, &format!("wave{wave}"), 14).await;
        until("a worker runs", 60, async || {
            let pods: Vec<Pod> = space.list(WORKERS).await;
            holds(pods.iter().any(is_ready), format!("{} pods", pods.len()))
        })
        .await;
        eprintln!("first message to a running worker: {:.1} s", began.elapsed().as_secs_f32());
        count(&space, 3, 15).await;
        // one at a time keeps one pod, while the others are asked to end
        for i in 0..6 {
            send(&api, &mut sent, &format!("trickle{wave}x{i}"), 1).await;
            finished(&api, &sent, 60).await;
        }
        count(&space, 0, 60).await;
    }
    let runs = api.json("/runs").await.expect("the api answers");
    let wrong: Vec<_> =
        sent.iter().filter(|word| runs[word.as_str()] != 1).map(|word| format!("{word}: {}", runs[word.as_str()])).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    until("the pools' state", 30, async || {
        let told = condition(&space.app("words").await, "ScalingActive");
        found(told.filter(|told| told.status == "True").map(drop), "nothing is told")
    })
    .await;
}

/// The task is put there by the agent's binary in a pod of its own, and run by a worker that was not there before.
pub async fn a_schedule_puts_a_task_into_the_queue_once_for_each_time(space: Space) {
    let schedule = "
schedules:
- {name: minutely, schedule: '* * * * *', run: {enqueue: {worker: words, actor: count, args: [scheduled]}}}
";
    space.apply("words", &format!("{SPEC}{schedule}")).await;
    space.ready("words").await;
    let api = space.door("words-api");
    api.expect("/words/scheduled", 120, |length| length == "scheduled".len()).await;
    let runs = api.json("/runs").await.expect("the api answers");
    let jobs: Vec<Job> = space.list("aegis.dev/section=schedules").await;
    let begun = runs["scheduled"].as_u64().and_then(|times| usize::try_from(times).ok()).expect("it was begun");
    assert!((1..=jobs.len()).contains(&begun), "{begun} runs of {} Jobs", jobs.len());
}

async fn send(api: &Door, sent: &mut Vec<String>, name: &str, count: usize) {
    let words: Vec<String> = (0..count).map(|i| format!("{name}n{i}")).collect();
    join_all(words.iter().map(|word| async move { api.insist("PUT", &format!("/words/{word}"), None).await })).await;
    sent.extend(words);
}

/// Waits until every word that was sent has been counted.
async fn finished(api: &Door, sent: &[String], seconds: u64) {
    let last = sent.last().expect("something was sent");
    api.expect(&format!("/words/{last}"), seconds, Value::is_u64).await;
}

/// Waits until the pool has so many pods to be.
async fn count(space: &Space, replicas: i32, seconds: u64) {
    until(format!("{replicas} workers"), seconds, async || {
        let pool = space.api::<Deployment>().get("words-worker--words").await.expect("the pool is there");
        let now = pool.spec.and_then(|spec| spec.replicas);
        if now == Some(replicas) { Look::Done(()) } else { Look::Waiting(format!("{now:?}")) }
    })
    .await;
}
