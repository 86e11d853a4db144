//! The pods of a selector as they came and went: every state, from a watch without a gap.
//! It judges nothing but the order of what it saw.

use std::sync::{Arc, Mutex};

use futures::StreamExt;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;
use kube::{
    Api, ResourceExt,
    api::{ListParams, WatchEvent, WatchParams},
};
use tokio::task::JoinHandle;

use crate::{
    space::Space,
    wait::{found, until},
};

/// Whether a pod is ready.
pub fn is_ready(pod: &Pod) -> bool {
    let conditions = pod.status.as_ref().and_then(|status| status.conditions.as_ref());
    conditions.is_some_and(|all| all.iter().any(|condition| condition.type_ == "Ready" && condition.status == "True"))
}

/// One state of a pod.
#[derive(Clone)]
struct Sight {
    pod: Pod,
    is_gone: bool,
}

/// What became of one pod.
#[derive(Clone, Debug)]
pub struct Life {
    pub name: String,
    pub created: Timestamp,
    pub grace: i64,
    /// When its end was asked for.
    pub asked_to_end: Option<Timestamp>,
    /// When its process began.
    pub started: Option<Timestamp>,
    /// When its process was over.
    pub finished: Option<Timestamp>,
    pub exit_code: Option<i32>,
    pub is_gone: bool,
}

impl Life {
    /// Whether both processes ran at the same time, as far as whole seconds tell.
    pub fn overlaps(&self, other: &Self) -> bool {
        let begins_within = |a: &Self, b: &Self| match (a.started, b.started, b.finished) {
            (Some(start), Some(from), to) => start >= from && to.is_none_or(|to| start < to),
            _ => false,
        };
        begins_within(self, other) || begins_within(other, self)
    }
}

/// Sees pods from its start on.
pub struct Recorder {
    seen: Arc<Mutex<Result<Vec<Sight>, String>>>,
    task: JoinHandle<()>,
}

impl Recorder {
    /// Starts with the pods that are there.
    pub async fn start(space: &Space, selector: &str) -> Self {
        let pods = space.api::<Pod>();
        let there = pods.list(&ListParams::default().labels(selector)).await.expect("pods can be listed");
        let version = there.metadata.resource_version.expect("a list has a version");
        let seen = there.items.into_iter().map(|pod| Sight { pod, is_gone: false }).collect();
        let seen = Arc::new(Mutex::new(Ok(seen)));
        let task = tokio::spawn(record(pods, selector.to_owned(), version, seen.clone()));
        Self { seen, task }
    }

    /// The lives of all pods so far, oldest first.
    pub fn lives(&self) -> Vec<Life> {
        let sights = self.sights();
        let mut uids: Vec<_> = sights.iter().filter_map(|sight| sight.pod.uid()).collect();
        let mut known = std::collections::BTreeSet::new();
        uids.retain(|uid| known.insert(uid.clone()));
        let of = |uid: &String| sights.iter().filter(|sight| sight.pod.uid().as_ref() == Some(uid)).fold(None, told);
        uids.iter().filter_map(of).collect()
    }

    /// Waits until `count` pods have come and are gone again; gives these.
    pub async fn gone(&self, count: usize, seconds: u64) -> Vec<Life> {
        until(format!("the end of {count} pods"), seconds, async || {
            let lives = self.lives();
            let gone: Vec<Life> = lives.iter().filter(|life| life.is_gone).cloned().collect();
            found((gone.len() >= count).then_some(gone), format!("{lives:?}"))
        })
        .await
    }

    /// The most pods that were there at any one moment.
    pub fn most_at_once(&self) -> usize {
        let mut there = std::collections::BTreeSet::new();
        let counts = self.sights().into_iter().map(|sight| {
            let uid = sight.pod.uid().unwrap_or_default();
            if sight.is_gone {
                there.remove(&uid)
            } else {
                there.insert(uid)
            };
            there.len()
        });
        counts.max().unwrap_or_default()
    }

    fn sights(&self) -> Vec<Sight> {
        self.seen.lock().expect("nobody panics with it").clone().unwrap_or_else(|gap| panic!("the watch of pods has a gap: {gap}"))
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn record(pods: Api<Pod>, selector: String, mut version: String, seen: Arc<Mutex<Result<Vec<Sight>, String>>>) {
    loop {
        if let Err(gap) = follow(&pods, &selector, &mut version, &seen).await {
            *seen.lock().expect("nobody panics with it") = Err(gap);
            return;
        }
    }
}

/// One watch, which ends now and then and goes on from the version where it ended.
async fn follow(pods: &Api<Pod>, selector: &str, version: &mut String, seen: &Mutex<Result<Vec<Sight>, String>>) -> Result<(), String> {
    let parameters = WatchParams::default().labels(selector);
    let mut events = std::pin::pin!(pods.watch(&parameters, version).await.map_err(|error| error.to_string())?);
    while let Some(event) = events.next().await {
        let sight = match event.map_err(|error| error.to_string())? {
            WatchEvent::Added(pod) | WatchEvent::Modified(pod) => Sight { pod, is_gone: false },
            WatchEvent::Deleted(pod) => Sight { pod, is_gone: true },
            WatchEvent::Bookmark(bookmark) => {
                *version = bookmark.metadata.resource_version;
                continue;
            }
            WatchEvent::Error(status) => return Err(status.to_string()),
        };
        *version = sight.pod.resource_version().unwrap_or_default();
        if let Ok(seen) = seen.lock().expect("nobody panics with it").as_mut() {
            seen.push(sight);
        }
    }
    Ok(())
}

/// A life with one more state: what was known stays known.
fn told(before: Option<Life>, sight: &Sight) -> Option<Life> {
    let Sight { pod, is_gone } = sight;
    let spec = pod.spec.clone().unwrap_or_default();
    let container = pod.status.clone().unwrap_or_default().container_statuses.unwrap_or_default().into_iter().next();
    let state = container.and_then(|container| container.state).unwrap_or_default();
    let ended = state.terminated.as_ref();
    let started =
        state.running.as_ref().and_then(|running| running.started_at.as_ref()).or(ended.and_then(|ended| ended.started_at.as_ref()));
    let finished = ended.and_then(|ended| ended.finished_at.as_ref());
    let asked = pod.metadata.deletion_timestamp.as_ref().zip(pod.metadata.deletion_grace_period_seconds);
    let asked = asked.map(|(end, grace)| end.0 - jiff::SignedDuration::from_secs(grace));
    Some(Life {
        name: pod.name_any(),
        created: pod.creation_timestamp()?.0,
        grace: spec.termination_grace_period_seconds.unwrap_or(30),
        // the grace is set to zero at the very end
        asked_to_end: before.as_ref().and_then(|life| life.asked_to_end).or(asked),
        started: before.as_ref().and_then(|life| life.started).or(started.map(|time| time.0)),
        finished: finished.map(|time| time.0).or(before.as_ref().and_then(|life| life.finished)),
        exit_code: ended.map(|ended| ended.exit_code).or(before.as_ref().and_then(|life| life.exit_code)),
        is_gone: *is_gone,
    })
}
