//! One test's own part of the cluster: a namespace with its nodes and its operator.
//! What the operator asked about it is told from what it asked elsewhere by the namespace.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use futures::future::LocalBoxFuture;
use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::{
    audit::Asked,
    cluster::{Cluster, Patch},
    gateway::Gateway,
    kubelet::Kubelet,
    operator::Operator,
    wait::until,
    wire::Wire,
    world::World,
};

/// A test: its name, which is its namespace too, and what it does.
pub type Test = (&'static str, fn(Scene) -> LocalBoxFuture<'static, ()>);

/// The tests of a module, by the names of their functions.
macro_rules! tests {
    ($($name:ident),* $(,)?) => {
        pub const TESTS: &[$crate::scene::Test] = &[$((stringify!($name), |scene| Box::pin($name(scene)))),*];
    };
}
pub(crate) use tests;

/// No two touches are the same, for a touch that changes nothing is not noticed.
static TOUCHES: AtomicUsize = AtomicUsize::new(0);

/// A namespace.
pub struct Scene {
    /// What all tests share.
    pub world: Arc<World>,
    /// The cluster.
    pub cluster: Cluster,
    /// Its name.
    pub namespace: String,
    /// Its nodes.
    pub kubelet: Kubelet,
    /// Its gateways.
    pub gateway: Gateway,
    operator: Option<Operator>,
}

/// A test as the runner wants it.
pub fn trial(world: &Arc<World>, (name, test): Test) -> Trial {
    let world = world.clone();
    Trial::test(name, move || {
        world.runtime.block_on(async {
            let scene = Scene::open(&world, name).await;
            test(scene).await;
        });
        Ok(())
    })
}

impl Scene {
    /// A namespace of that name, with an underscore as a dash.
    pub async fn open(world: &Arc<World>, name: &str) -> Self {
        let cluster = world.cluster.clone();
        let namespace = name.replace('_', "-");
        cluster.namespace(&namespace).await;
        let kubelet = Kubelet::start(cluster.client.clone(), Some(&namespace));
        let gateway = Gateway::start(cluster.client.clone(), &namespace);
        Self { world: world.clone(), cluster, namespace, kubelet, gateway, operator: None }
    }

    /// Starts the operator of this namespace.
    pub async fn start(&mut self) {
        self.operator = Some(Operator::start(&self.world.operator, &[&self.namespace]).await);
    }

    /// Starts the operator of this namespace at the end of a wire.
    pub async fn start_on(&mut self, wire: &Wire) {
        self.operator = Some(Operator::start_with(wire.client(&self.world.operator), &[&self.namespace]).await);
    }

    /// Goes on with another operator.
    pub fn watch(&mut self, operator: Operator) {
        self.operator = Some(operator);
    }

    /// Ends the operator at whatever it does.
    pub fn kill(&mut self) {
        self.operator = None;
    }

    /// Stops the operator as SIGTERM does.
    pub async fn stop(&mut self) {
        self.operator().await;
        self.operator.take().expect("it runs").stop().await;
    }

    /// The operator, which has been started.
    pub async fn operator(&mut self) -> &Operator {
        if self.operator.is_none() {
            self.start().await;
        }
        self.operator.as_ref().expect("it was just started")
    }

    /// Applies an app as `kubectl apply --server-side` does.
    pub async fn apply(&self, app: &Value) -> Value {
        let name = app["metadata"]["name"].as_str().expect("a name");
        let applied = self.cluster.patch(&self.namespace, "AegisApp", name, Patch::Apply("user"), app).await;
        applied.unwrap_or_else(|status| panic!("{name} is refused: {status}"))
    }

    /// The object of that kind and name, which must be there.
    pub async fn get(&self, kind: &str, name: &str) -> Value {
        self.find(kind, name).await.unwrap_or_else(|| panic!("there is no {kind} {name}"))
    }

    /// The object of that kind and name.
    pub async fn find(&self, kind: &str, name: &str) -> Option<Value> {
        self.cluster.get(&self.namespace, kind, name).await
    }

    /// The Secret that a ConfigMap anchors, if it is there.
    pub async fn anchored(&self, anchor: &str) -> Option<Value> {
        let is_its = |secret: &Value| secret["metadata"]["ownerReferences"][0]["name"] == anchor;
        self.cluster.list(&self.namespace, "Secret").await.into_iter().find(is_its)
    }

    /// Names of all objects of a kind.
    pub async fn names(&self, kind: &str) -> Vec<String> {
        let objects = self.cluster.list(&self.namespace, kind).await;
        objects.iter().filter_map(|object| object["metadata"]["name"].as_str()).map(ToOwned::to_owned).collect()
    }

    /// Waits until an object is as it should be.
    pub async fn see(&self, kind: &str, name: &str, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        until(&format!("{kind} {name}: {what}"), async || match self.find(kind, name).await {
            Some(object) if is_so(&object) => Ok(object),
            Some(mut object) => {
                object["metadata"]["managedFields"].take();
                Err(serde_json::to_string_pretty(&object).expect("it is JSON"))
            }
            None => Err("it is not there".to_owned()),
        })
        .await
    }

    /// Waits until an object is gone.
    pub async fn see_gone(&self, kind: &str, name: &str) {
        until(&format!("{kind} {name} is gone"), async || match self.find(kind, name).await {
            None => Ok(()),
            Some(object) => Err(object["metadata"].to_string()),
        })
        .await;
    }

    /// Waits until an app is ready with the spec it has now, for that reason.
    pub async fn ready(&mut self, name: &str, reason: &str) -> Value {
        self.operator().await;
        self.see("AegisApp", name, &format!("Ready says {reason}"), |app| {
            let ready = condition(app, "Ready");
            app["metadata"]["generation"] == app["status"]["observedGeneration"] && ready["reason"] == reason
        })
        .await
    }

    /// Waits until an app runs as asked, and the operator has nothing left to do.
    pub async fn runs(&mut self, name: &str) -> Value {
        self.ready(name, "Running").await;
        self.rest().await;
        self.get("AegisApp", name).await
    }

    /// Waits until the operator has nothing left to do: no app is due, and none was looked at for some turns.
    pub async fn rest(&mut self) {
        let operator = self.operator().await;
        let (mut last, mut turns) = (0, 0);
        until("the operator rests", async || {
            let (looks, due) = operator.looks().await;
            turns = if looks == last && due == 0 { turns + 1 } else { 0 };
            last = looks;
            if turns >= 8 { Ok(()) } else { Err(format!("{looks} looks, {due} due")) }
        })
        .await;
    }

    /// Makes the operator look at an app by touching it, `times` times, each touch after the look at the one before.
    pub async fn touch(&mut self, name: &str, times: usize) {
        for _ in 0..times {
            let (before, _) = self.operator().await.looks().await;
            let body = json!({"metadata": {"annotations": {"example.com/touched": TOUCHES.fetch_add(1, Ordering::Relaxed).to_string()}}});
            self.cluster.patch(&self.namespace, "AegisApp", name, Patch::Merge, &body).await.expect("an annotation is accepted");
            let operator = self.operator().await;
            until("the operator has looked", async || match operator.looks().await {
                (looks, 0) if looks > before => Ok(()),
                looks => Err(format!("{looks:?}")),
            })
            .await;
        }
    }

    /// Takes an app's status away, as a restore from a backup does.
    pub async fn forget_status(&self, name: &str) {
        let patch = json!([{"op": "replace", "path": "/status", "value": {}}]);
        let path = format!("{name}/status");
        self.cluster.patch(&self.namespace, "AegisApp", &path, Patch::Json, &patch).await.expect("a status can be replaced");
    }

    /// What the operator asked about this namespace so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.world.asked().into_iter().filter(|asked| asked.namespace == self.namespace).collect()
    }

    /// What the operator wrote in this namespace so far.
    pub fn written(&self) -> Vec<Asked> {
        self.asked().into_iter().filter(Asked::is_write).collect()
    }
}

/// A condition of an app; null if it has none of that type.
pub fn condition<'a>(app: &'a Value, type_: &str) -> &'a Value {
    let conditions = app["status"]["conditions"].as_array().map(Vec::as_slice).unwrap_or_default();
    conditions.iter().find(|condition| condition["type"] == type_).unwrap_or(&Value::Null)
}
