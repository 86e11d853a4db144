//! One fresh control plane per round, with the chart on it: every round meets the same empty server.
//! It measures nothing.

use std::{
    fs, future,
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
};

use aegis_tests::server::{
    audit::{self, Asked},
    cluster::Cluster,
    install,
    kubelet::Kubelet,
    plane::{Frozen, Plane},
};
use futures::{StreamExt, stream};
use jiff::Timestamp;
use kube::{Client, Config};

use crate::{
    app::{self, Name},
    usage,
};

/// How many requests the administrator has in flight when apps are created at once.
const AT_ONCE: usize = 16;

/// A control plane.
pub struct Lab {
    /// The cluster, as its administrator.
    pub admin: Cluster,
    /// The operator's credentials.
    pub operator: Config,
    /// The control plane.
    pub plane: Plane,
    world: Option<World>,
}

/// What happens around the operator.
enum World {
    /// Nothing: the controllers stand still.
    Still(#[expect(dead_code, reason = "it thaws when dropped")] Frozen),
    /// Controllers work and pods come up.
    Alive(#[expect(dead_code, reason = "it stops when dropped")] Kubelet),
}

impl Lab {
    /// A plane in `folder` whose controllers stand still.
    pub async fn still(folder: &Path) -> Self {
        let mut lab = Self::open(folder).await;
        lab.world = Some(World::Still(lab.plane.freeze_controllers()));
        lab
    }

    /// A plane in `folder` whose controllers work, with nodes on which every pod becomes ready.
    pub async fn alive(folder: &Path) -> Self {
        let mut lab = Self::open(folder).await;
        lab.world = Some(World::Alive(Kubelet::start(lab.admin.client.clone(), None)));
        lab
    }

    async fn open(folder: &Path) -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(1);
        fs::create_dir_all(folder).expect("the output folder can be made");
        let plane = Plane::up(folder, &format!("plane{}", NUMBER.fetch_add(1, Ordering::Relaxed)));
        let admin = Cluster { client: install::administrator(&plane.kubeconfig()).await };
        let operator = install::install(&admin, &plane.kubeconfig()).await;
        Self { admin, operator, plane, world: None }
    }

    /// Ends it and removes what it left.
    pub fn close(mut self) {
        drop(self.world.take());
        let folder = self.plane.folder.clone();
        drop(self.plane);
        fs::remove_dir_all(folder).expect("a folder of ours can be removed");
    }

    /// A client with the operator's rights and settings.
    pub fn client(&self) -> Client {
        aegis_controller::client(self.operator.clone()).expect("the configuration is complete")
    }

    /// Creates the namespaces of apps.
    pub async fn namespaces(&self, names: &[Name]) {
        let namespaces = app::namespaces(names);
        stream::iter(&namespaces).for_each_concurrent(AT_ONCE, |name| self.admin.namespace(name)).await;
    }

    /// Creates apps all at once.
    pub async fn create(&self, names: &[Name]) {
        let created = stream::iter(names).map(|name| async {
            self.admin.create(&name.namespace, &app::resource(name)).await.expect("the app is accepted");
        });
        created.buffer_unordered(AT_ONCE).for_each(|()| future::ready(())).await;
    }

    /// Processor time of the API server and its store so far, in seconds.
    pub fn server_cpu(&self) -> f64 {
        ["kube-apiserver", "etcd"].iter().map(|part| usage::of(&self.plane.pid(part)).cpu).sum()
    }

    /// Everything the operator has asked so far; watches are left out.
    pub fn asked(&self) -> Vec<Asked> {
        audit::of_operator(&self.plane.audit_log()).into_iter().filter(|asked| asked.verb != "watch").collect()
    }

    /// When the first app was created, by the server's clock.
    pub fn first_create(&self) -> Timestamp {
        let creates =
            audit::all(&self.plane.audit_log()).into_iter().filter(|asked| asked.resource == "aegisapps" && asked.verb == "create");
        creates.map(|asked| asked.began).min().expect("an app was created")
    }

    /// Path of its kubeconfig.
    pub fn kubeconfig(&self) -> PathBuf {
        self.plane.kubeconfig()
    }
}
