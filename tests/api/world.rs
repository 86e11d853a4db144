//! What all tests share: the control plane, the installed chart, the operator's log and the figures to print.
//! One per run.

use std::{
    fs::File,
    path::{Path, PathBuf},
    sync::Mutex,
    time::{Duration, Instant},
};

use aegis_controller::telemetry::{self, LogFormat};
use kube::Config;
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::{audit, cluster::Cluster, install, plane::Plane};

/// The shared world.
pub struct World {
    /// The cluster, as its administrator.
    pub cluster: Cluster,
    /// The operator's credentials.
    pub operator: Config,
    /// Where the control plane's files are.
    pub plane: Plane,
    /// Runs every test.
    pub runtime: Runtime,
    measures: Mutex<Vec<String>>,
}

impl World {
    /// Starts and installs everything.
    pub fn make() -> Self {
        let started = Instant::now();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime can be built");
        let plane = Plane::up(Path::new(env!("CARGO_TARGET_TMPDIR")), "api");
        let up = started.elapsed();
        let log = File::create(plane.folder.join("operator.log")).expect("a log can be written");
        telemetry::start_to(Mutex::new(log), LogFormat::Json, "trace");
        let (cluster, operator) = runtime.block_on(async {
            let cluster = Cluster { client: install::administrator(&plane.kubeconfig()).await };
            let operator = install::install(&cluster, &plane.kubeconfig()).await;
            (cluster, operator)
        });
        let world = Self { cluster, operator, plane, runtime, measures: Mutex::default() };
        world.measure(format!("control plane {}, installed {}", seconds(up), seconds(started.elapsed())));
        world
    }

    /// The operator's log.
    pub fn operator_log(&self) -> PathBuf {
        self.plane.folder.join("operator.log")
    }

    /// All requests of the operator so far.
    pub fn asked(&self) -> Vec<audit::Asked> {
        audit::of_operator(&self.plane.audit_log())
    }

    /// All objects at the path of a whole collection.
    pub fn everywhere(&self, path: &str) -> Vec<Value> {
        self.runtime.block_on(self.cluster.get_at(path))["items"].as_array().cloned().unwrap_or_default()
    }

    /// Keeps a figure.
    pub fn measure(&self, text: String) {
        self.measures.lock().expect("nobody panics with it").push(text);
    }

    /// Prints all figures.
    pub fn print_measures(&self) {
        self.measures.lock().expect("nobody panics with it").iter().for_each(|text| println!("{text}"));
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}
