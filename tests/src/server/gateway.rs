//! What a gateway's controller says of HTTPRoutes, as far as the operator can see it: that it takes them, or why it does not.
//! No request goes through it.

use std::sync::{Arc, Mutex};

use futures::StreamExt;
use kube::{
    Api, Client, ResourceExt,
    api::{ApiResource, DynamicObject, Patch, PatchParams},
    core::GroupVersionKind,
    runtime::watcher::{Config, Event, watcher},
};
use serde_json::{Value, json};
use tokio::{sync::Notify, task::JoinHandle};

/// The controllers of all gateways that routes of one namespace name: Traefik for those called internal, Envoy Gateway for others.
pub struct Gateway {
    refusal: Arc<Mutex<Option<&'static str>>>,
    changed: Arc<Notify>,
    task: JoinHandle<()>,
}

impl Gateway {
    /// Starts as one that takes everything.
    pub fn start(client: Client, namespace: &str) -> Self {
        let refusal = Arc::<Mutex<Option<&'static str>>>::default();
        let changed = Arc::<Notify>::default();
        let routes = Api::namespaced_with(client, namespace, &kind());
        let task = tokio::spawn(run(routes, refusal.clone(), changed.clone()));
        Self { refusal, changed, task }
    }

    /// Decides why no route is taken from now on; none takes all.
    pub fn refuse(&self, reason: Option<&'static str>) {
        *self.refusal.lock().expect("nobody panics with it") = reason;
        self.changed.notify_one();
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn kind() -> ApiResource {
    ApiResource::from_gvk(&GroupVersionKind::gvk("gateway.networking.k8s.io", "v1", "HTTPRoute"))
}

async fn run(routes: Api<DynamicObject>, refusal: Arc<Mutex<Option<&'static str>>>, changed: Arc<Notify>) {
    let mut known: Vec<DynamicObject> = vec![];
    let mut events = watcher(routes.clone(), Config::default()).boxed();
    loop {
        tokio::select! {
            event = events.next() => match event {
                Some(Ok(Event::Apply(route) | Event::InitApply(route))) => {
                    known.retain(|other| other.name_any() != route.name_any());
                    known.push(route);
                }
                Some(Ok(Event::Delete(route))) => known.retain(|other| other.name_any() != route.name_any()),
                _ => {}
            },
            () = changed.notified() => {}
        }
        let refusal = *refusal.lock().expect("nobody panics with it");
        for route in &known {
            let status = status(route, refusal);
            if route.data["status"] != status["status"] {
                // one that is gone or changed meanwhile comes back as an event
                drop(routes.patch_status(&route.name_any(), &PatchParams::default(), &Patch::Merge(status)).await);
            }
        }
    }
}

fn status(route: &DynamicObject, refusal: Option<&str>) -> Value {
    let condition = |about: &str, refusal: Option<&str>| {
        json!({"type": about, "status": if refusal.is_none() { "True" } else { "False" }, "reason": refusal.unwrap_or(about),
            "message": refusal.map(|reason| format!("it says {reason}")).unwrap_or_default(),
            "observedGeneration": route.metadata.generation, "lastTransitionTime": "2026-01-01T00:00:00Z"})
    };
    let conditions = [condition("Accepted", refusal), condition("ResolvedRefs", None)];
    let parent = &route.data["spec"]["parentRefs"][0];
    let is_traefik = parent["name"] == "internal";
    let controller = if is_traefik { "traefik.io/gateway-controller" } else { "gateway.envoyproxy.io/gatewayclass-controller" };
    json!({"status": {"parents": [{"parentRef": parent, "controllerName": controller, "conditions": conditions}]}})
}
