//! What nodes do, as far as controllers and the operator can see it: pods become ready, runs end.
//! No container is started.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex},
};

use futures::StreamExt;
use k8s_openapi::api::core::v1::Pod;
use kube::{
    Api, Client, ResourceExt,
    api::{Patch, PatchParams},
    runtime::watcher::{Config, Event, watcher},
};
use serde_json::{Value, json};
use tokio::{sync::Notify, task::JoinHandle};

/// What becomes of the pods of a section.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// What is meant to go on runs and is ready; what is meant to end succeeds.
    Good,
    /// They stay as they were created.
    Pending,
    /// They run, and go on running.
    Running,
    /// They have ended three times with exit code 2.
    Crashing,
    /// Their image cannot be pulled.
    Unpulled,
}

/// The nodes of one namespace, or of all.
pub struct Kubelet {
    fates: Arc<Mutex<BTreeMap<String, Fate>>>,
    addresses: Arc<Mutex<BTreeMap<String, String>>>,
    changed: Arc<Notify>,
    task: JoinHandle<()>,
}

impl Kubelet {
    /// Starts with good fates for all.
    pub fn start(client: Client, namespace: Option<&str>) -> Self {
        let fates = Arc::<Mutex<BTreeMap<String, Fate>>>::default();
        let addresses = Arc::<Mutex<BTreeMap<String, String>>>::default();
        let changed = Arc::<Notify>::default();
        let task = tokio::spawn(run(client, namespace.map(ToOwned::to_owned), fates.clone(), addresses.clone(), changed.clone()));
        Self { fates, addresses, changed, task }
    }

    /// Decides what becomes of a section's pods from now on.
    pub fn decide(&self, section: &str, fate: Fate) {
        self.fates.lock().expect("nobody panics with it").insert(section.to_owned(), fate);
        self.changed.notify_one();
    }

    /// Gives the pods of a section that come from now on an address.
    pub fn house(&self, section: &str, address: &str) {
        self.addresses.lock().expect("nobody panics with it").insert(section.to_owned(), address.to_owned());
    }
}

impl Drop for Kubelet {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn run(
    client: Client,
    namespace: Option<String>,
    fates: Arc<Mutex<BTreeMap<String, Fate>>>,
    addresses: Arc<Mutex<BTreeMap<String, String>>>,
    changed: Arc<Notify>,
) {
    let mut known: HashMap<String, Pod> = HashMap::new();
    let pods: Api<Pod> = namespace.map_or_else(|| Api::all(client.clone()), |namespace| Api::namespaced(client.clone(), &namespace));
    let mut events = watcher(pods, Config::default()).boxed();
    loop {
        tokio::select! {
            event = events.next() => match event {
                Some(Ok(Event::Apply(pod) | Event::InitApply(pod))) => drop(known.insert(pod.uid().unwrap_or_default(), pod)),
                Some(Ok(Event::Delete(pod))) => drop(known.remove(&pod.uid().unwrap_or_default())),
                _ => {}
            },
            () = changed.notified() => {}
        }
        for pod in known.values_mut() {
            let section = pod.labels().get("aegis.dev/section").cloned().unwrap_or_default();
            let fate = fates.lock().expect("nobody panics with it").get(&section).copied().unwrap_or(Fate::Good);
            if is_due(pod, fate) {
                // one that is gone or changed meanwhile comes back as an event
                let pods: Api<Pod> = Api::namespaced(client.clone(), &pod.namespace().unwrap_or_default());
                let address = addresses.lock().expect("nobody panics with it").get(&section).cloned();
                let status = status(pod, fate, address.as_deref());
                let patched = pods.patch_status(&pod.name_any(), &PatchParams::default(), &Patch::Merge(status)).await;
                *pod = patched.unwrap_or_else(|_| Pod { status: None, ..pod.clone() });
            }
        }
    }
}

/// Whether a pod has not come where its fate leads.
fn is_due(pod: &Pod, fate: Fate) -> bool {
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
    let is_known = pod.status.as_ref().is_some_and(|status| status.container_statuses.as_ref().is_some_and(|all| !all.is_empty()));
    let is_at_end = phase == Some(end(pod, fate)) && is_known;
    let is_new = phase == Some("Pending") && !is_at_end;
    pod.metadata.deletion_timestamp.is_none() && fate != Fate::Pending && (is_new || (is_run(pod) && !is_at_end))
}

/// The phase that a pod comes to.
fn end(pod: &Pod, fate: Fate) -> &'static str {
    match fate {
        Fate::Good if is_run(pod) => "Succeeded",
        Fate::Unpulled => "Pending",
        _ => "Running",
    }
}

fn is_run(pod: &Pod) -> bool {
    pod.owner_references().iter().any(|owner| owner.kind == "Job")
}

fn status(pod: &Pod, fate: Fate, address: Option<&str>) -> Value {
    let phase = end(pod, fate);
    let has_ended = phase == "Succeeded";
    let is_crashing = fate == Fate::Crashing;
    let is_ready = !has_ended && !is_crashing && phase == "Running";
    let ready = if is_ready { "True" } else { "False" };
    let now = k8s_openapi::jiff::Timestamp::now();
    let state = if has_ended {
        json!({"terminated": {"exitCode": 0, "reason": "Completed", "startedAt": now, "finishedAt": now}})
    } else if is_crashing {
        json!({"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}})
    } else if fate == Fate::Unpulled {
        json!({"waiting": {"reason": "ImagePullBackOff", "message": "back-off"}})
    } else {
        json!({"running": {"startedAt": now}})
    };
    let last = is_crashing.then(|| json!({"terminated": {"exitCode": 2, "reason": "Error", "startedAt": now, "finishedAt": now}}));
    let container = |container: &k8s_openapi::api::core::v1::Container| {
        json!({"name": container.name, "image": container.image, "imageID": "none", "ready": is_ready, "started": is_ready,
            "restartCount": if is_crashing { 3 } else { 0 }, "state": state, "lastState": last})
    };
    let containers: Vec<Value> = pod.spec.iter().flat_map(|spec| &spec.containers).map(container).collect();
    let conditions = json!([
        {"type": "PodScheduled", "status": "True", "lastTransitionTime": now},
        {"type": "ContainersReady", "status": ready, "lastTransitionTime": now},
        {"type": "Ready", "status": ready, "lastTransitionTime": now},
    ]);
    let mut status = json!({"phase": phase, "conditions": conditions, "containerStatuses": containers});
    if let Some(address) = address {
        status["podIP"] = address.into();
        status["podIPs"] = json!([{"ip": address}]);
    }
    json!({"metadata": {"uid": pod.uid()}, "status": status})
}
