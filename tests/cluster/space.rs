//! A namespace of one test, in which Pod Security `restricted` is enforced.
//! It is deleted after the test; what the test did is shown when it fails.

use std::{
    panic::AssertUnwindSafe,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use futures::FutureExt;
use k8s_openapi::{NamespaceResourceScope, api::core::v1::Namespace};
use kube::{
    Api, Resource,
    api::{DeleteParams, ListParams},
};
use libtest_mimic::Failed;
use serde::de::DeserializeOwned;
use serde_json::json;
use tokio::sync::{Mutex, RwLock};

use crate::{
    dump,
    lab::{Lab, SHOP},
    wait::{holds, until},
};

/// Label of every namespace of this suite.
const LABEL: &str = "aegis.dev/suite=cluster";
/// Who changes the flagship.
static FLAGSHIP: Mutex<()> = Mutex::const_new(());
/// Who needs the operator, and who takes it away from all others.
static OPERATOR: RwLock<()> = RwLock::const_new(());

/// A place for apps.
#[derive(Clone)]
pub struct Space {
    pub lab: Lab,
    pub namespace: String,
}

impl Space {
    /// Objects of a kind in this namespace.
    pub fn api<K>(&self) -> Api<K>
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>,
    {
        Api::namespaced(self.lab.client.clone(), &self.namespace)
    }

    /// Objects of a kind that a selector finds.
    pub async fn list<K>(&self, selector: &str) -> Vec<K>
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()> + Clone + DeserializeOwned + std::fmt::Debug,
    {
        self.api::<K>().list(&ListParams::default().labels(selector)).await.expect("objects can be listed").items
    }

    async fn fresh(lab: &Lab, name: &str) -> Self {
        let moment = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later than 1970").as_millis() % 100_000_000;
        let words: String = name.replace("::", "-").replace('_', "-").chars().take(50).collect();
        let namespace = format!("{words}-{moment}");
        let (key, value) = LABEL.split_once('=').expect("the label has a value");
        let body = json!({"metadata": {"name": namespace, "labels": {key: value, "pod-security.kubernetes.io/enforce": "restricted"}}});
        let body: Namespace = serde_json::from_value(body).expect("it is a namespace");
        Api::all(lab.client.clone()).create(&kube::api::PostParams::default(), &body).await.expect("a namespace can be made");
        Self { lab: lab.clone(), namespace }
    }

    /// Another one beside it, to be left by who asks for it.
    pub async fn beside(&self, name: &str) -> Self {
        Self::fresh(&self.lab, name).await
    }

    /// Deletes the namespace; `wait_until_swept` waits for its end.
    pub async fn leave(&self) {
        let namespaces = Api::<Namespace>::all(self.lab.client.clone());
        let deleted = namespaces.delete(&self.namespace, &DeleteParams::default()).await;
        deleted.expect("a namespace can be deleted");
    }
}

/// Runs a test in a fresh namespace.
pub async fn within<F: Future<Output = ()>>(lab: Lab, name: &str, test: fn(Space) -> F) -> Result<(), Failed> {
    let _operator = OPERATOR.read().await;
    in_fresh(lab, name, test).await
}

/// Runs a test in a fresh namespace while no other test runs.
pub async fn alone<F: Future<Output = ()>>(lab: Lab, name: &str, test: fn(Space) -> F) -> Result<(), Failed> {
    let _operator = OPERATOR.write().await;
    wait_until_swept(&lab).await;
    in_fresh(lab, name, test).await
}

/// Runs a test on the flagship.
pub async fn on_shop<F: Future<Output = ()>>(lab: Lab, name: &str, test: fn(Space) -> F) -> Result<(), Failed> {
    let _shop = FLAGSHIP.lock().await;
    let _operator = OPERATOR.read().await;
    guarded(&Space { lab, namespace: SHOP.to_owned() }, name, test).await
}

async fn in_fresh<F: Future<Output = ()>>(lab: Lab, name: &str, test: fn(Space) -> F) -> Result<(), Failed> {
    let space = Space::fresh(&lab, name).await;
    let result = guarded(&space, name, test).await;
    space.leave().await;
    result
}

async fn guarded<F: Future<Output = ()>>(space: &Space, name: &str, test: fn(Space) -> F) -> Result<(), Failed> {
    let started = Instant::now();
    let result = AssertUnwindSafe(test(space.clone())).catch_unwind().await;
    let took = started.elapsed().as_secs_f32();
    eprintln!("{name} {took:.1} s");
    let Err(panic) = result else { return Ok(()) };
    let words = panic.downcast_ref::<String>().cloned().or_else(|| panic.downcast_ref::<&str>().map(|words| (*words).to_owned()));
    let words = words.unwrap_or_else(|| "a panic without words".to_owned());
    // the words come last: who reads the end of a long output sees them
    Err(format!("{}\nafter {took:.1} s in namespace {}:\n{words}", dump::everything(space).await, space.namespace).into())
}

/// Waits until no namespace of this suite is left: one that stays shows a deletion that hangs.
pub async fn wait_until_swept(lab: &Lab) {
    let namespaces = Api::<Namespace>::all(lab.client.clone());
    until("the end of the suite's namespaces", 120, async || {
        let left = namespaces.list(&ListParams::default().labels(LABEL)).await.expect("namespaces can be listed").items;
        let names: Vec<_> = left.into_iter().filter_map(|namespace| namespace.metadata.name).collect();
        holds(names.is_empty(), names.join(", "))
    })
    .await;
}
