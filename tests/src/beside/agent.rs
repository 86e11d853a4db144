//! One agent beside one server, and what it says of its only queue.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    process::{Child, Command},
    sync::Mutex,
};

use aegis_crds::{
    agent::{Binding, BrokerType, Worker},
    load::{Load, QueueLoad, WorkerLoad},
};
use serde_json::{Value, json};

use super::{
    http::{self, Answer},
    places::{agent, folder},
};
use crate::server::{bound::ends_with_us, wait::until};

/// A running agent.
pub struct Agent {
    /// Where numbers are told.
    pub open: SocketAddr,
    /// Where everything is served.
    pub local: SocketAddr,
    /// Its process.
    pub process: Child,
    folder: PathBuf,
}

/// The pool that most tests look at.
pub fn pool(type_: BrokerType) -> Worker {
    Worker { name: "pool".into(), binding: "queue".into(), type_, queues: vec!["media".into()], ..Worker::default() }
}

/// A configuration with these pools, which looks every second.
pub fn config(workers: &[Worker]) -> aegis_crds::agent::Agent {
    let binding = Binding { name: "queue".into(), uri_env: "QUEUE_URI".into(), ca_file: None };
    aegis_crds::agent::Agent {
        version: aegis_crds::agent::VERSION,
        app: "shop".into(),
        interval_seconds: Some(1),
        token_sha256: None,
        bindings: vec![binding],
        workers: workers.to_vec(),
    }
}

impl Agent {
    /// Starts one for a pool at a URI, and waits until it has looked once.
    pub async fn start(uri: &str, worker: Worker) -> Self {
        Self::start_with(uri, &config(&[worker])).await
    }

    /// Starts one with this configuration.
    pub async fn start_with(uri: &str, config: &aegis_crds::agent::Agent) -> Self {
        Self::start_at(SocketAddr::from(([127, 0, 0, 1], free_port())), "QUEUE_URI", uri, config).await
    }

    /// Starts one at this address, with the variable that its configuration names.
    pub async fn start_at(open: SocketAddr, variable: &str, uri: &str, config: &aegis_crds::agent::Agent) -> Self {
        let (folder, local) = (folder(), SocketAddr::from(([127, 0, 0, 1], free_port())));
        let file = folder.join("agent.json");
        fs::write(&file, json!(config).to_string()).expect("a configuration can be written");
        let mut command = ends_with_us(&agent());
        command.arg("serve").arg("--config").arg(&file).env(variable, uri);
        command.args(["--listen", &open.to_string(), "--loopback", &local.to_string()]);
        let log = File::create(folder.join("log")).expect("a log can be written");
        let process = command.stderr(log).spawn().expect("setpriv of util-linux can be run");
        let agent = Self { open, local, process, folder };
        until("the agent is ready", async || match http::get(agent.open, "/readyz", &[]) {
            Ok(Answer { status: 200, .. }) => Ok(()),
            other => Err(format!("{other:?}\n{}", agent.log())),
        })
        .await;
        agent
    }

    /// What it wrote.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    /// What it says of its first pool.
    pub fn worker(&self) -> WorkerLoad {
        let load: Load =
            serde_json::from_value(http::get(self.open, "/load", &[]).expect("the agent answers").json()).expect("it is a load");
        load.workers.into_iter().next().expect("there is a pool")
    }

    /// Waits until the first queue of the first pool is as it should be.
    pub async fn sees(&self, what: &str, is_so: impl Fn(&QueueLoad) -> bool) -> QueueLoad {
        until(what, async || {
            let worker = self.worker();
            match worker.queues.first() {
                Some(queue) if worker.up && is_so(queue) => Ok(queue.clone()),
                _ => Err(format!("{worker:#?}")),
            }
        })
        .await
    }

    /// Waits until the last look failed for this reason; what is known of the pool then.
    pub async fn is_down(&self, reason: &str) -> WorkerLoad {
        until("the broker is told to be away", async || {
            let worker = self.worker();
            match &worker.error {
                Some(error) if !worker.up && error.reason == reason => Ok(worker),
                _ => Err(format!("{worker:#?}")),
            }
        })
        .await
    }

    /// Waits until rounds of looks that began after this call are over.
    pub async fn looks_again(&self) {
        for _ in 0..2 {
            let before = self.worker().seen_seconds.expect("it was seen");
            until("the agent looks again", async || {
                let now = self.worker().seen_seconds.expect("it was seen");
                if now < before || now < 0.05 { Ok(()) } else { Err(format!("{now}")) }
            })
            .await;
        }
    }

    /// Asks for something on loopback that must succeed.
    pub fn post(&self, path: &str, body: Value) -> Value {
        let answer = http::post(self.local, path, &[], &body).expect("the agent answers");
        assert_eq!(answer.status, 200, "{path} {body}: {answer:?}");
        answer.json()
    }

    /// The metrics page.
    pub fn metrics(&self) -> String {
        http::get(self.open, "/metrics", &[]).expect("the agent answers").text
    }

    /// Sends it a signal.
    pub fn signal(&self, name: &str) {
        let pid = self.process.id().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().expect("kill can be run").success());
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        drop(self.process.kill());
        self.process.wait().expect("it is our child");
        if std::thread::panicking() {
            eprintln!("--- agent\n{}", self.log());
        }
        drop(fs::remove_dir_all(&self.folder));
    }
}

/// A port that nobody listens on, and that nobody else is given.
pub fn free_port() -> u16 {
    // between this answer and its use another server could be given the same
    static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    loop {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port is free").port();
        if GIVEN.lock().expect("nobody panics with it").insert(port) {
            return port;
        }
    }
}
