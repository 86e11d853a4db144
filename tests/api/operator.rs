//! One operator in this process, for one namespace or for all; ended gracefully or in the middle of anything.
//! It runs with the rights of the chart.

use std::net::SocketAddr;

use aegis_controller::{Failure, Options, telemetry::LogFormat};
use aegis_plan::facts::Settings;
use aegis_s3::Store;
use kube::{Client, Config};
use tokio::{sync::oneshot, task::JoinHandle};

use crate::{page, wait::until};

/// How much an operator does at the same time.
pub struct Bounds {
    /// Looks at apps.
    pub looks: usize,
    /// Writes, over all apps.
    pub writes: usize,
}

/// A running operator.
pub struct Operator {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<Result<(), Failure>>,
}

impl Operator {
    /// Starts one and waits until it is ready.
    pub async fn start(config: &Config, namespaces: &[&str]) -> Self {
        Self::start_with(aegis_controller::client(config.clone()).expect("the configuration is complete"), namespaces).await
    }

    /// Starts one with that client and waits until it is ready.
    pub async fn start_with(client: Client, namespaces: &[&str]) -> Self {
        Self::start_bounded(client, namespaces, Bounds { looks: 8, writes: 32 }).await
    }

    /// Starts one with that client and those bounds, and waits until it is ready.
    pub async fn start_bounded(client: Client, namespaces: &[&str], bounds: Bounds) -> Self {
        let address = page::free_address();
        Self::start_as(options(address, namespaces, bounds), client, Store::default()).await
    }

    /// Starts one that reads the manifests of its namespace from that store, as far as they are below those places.
    pub async fn start_reading(config: &Config, namespace: &str, store: Store, allowed: &[&str]) -> Self {
        let client = aegis_controller::client(config.clone()).expect("the configuration is complete");
        let allowed = allowed.iter().map(|place| (*place).to_owned()).collect();
        let options = Options {
            manifest_buckets: Some([(namespace.to_owned(), allowed)].into()),
            ..options(page::free_address(), &[namespace], Bounds { looks: 8, writes: 32 })
        };
        Self::start_as(options, client, store).await
    }

    async fn start_as(options: Options, client: Client, store: Store) -> Self {
        let address = options.listen;
        let (stop, stopped) = oneshot::channel();
        let run = aegis_controller::run_with(options, client, store, async { drop(stopped.await) });
        let operator = Self { address, stop: Some(stop), task: tokio::spawn(run) };
        until("the operator is ready", async || match operator.page("/readyz").await {
            Ok(page) if page.starts_with("HTTP/1.0 200") || page.starts_with("HTTP/1.1 200") => Ok(()),
            Ok(page) => Err(page),
            Err(error) => Err(error.to_string()),
        })
        .await;
        operator
    }

    /// Stops it as SIGTERM does.
    pub async fn stop(mut self) {
        drop(self.stop.take());
        let ended = (&mut self.task).await.expect("the operator does not panic");
        ended.expect("it stops without complaint");
    }

    /// How many looks it has taken, and how many apps are due for one.
    pub async fn looks(&self) -> (u64, u64) {
        let page = self.metrics().await;
        (page::sum(&page, "aegis_operator_reconciles_total"), page::sum(&page, "aegis_operator_queue_depth"))
    }

    /// Its numbers, as a scrape shows them.
    pub async fn metrics(&self) -> String {
        self.page("/metrics").await.expect("metrics are served")
    }

    async fn page(&self, path: &str) -> std::io::Result<String> {
        page::page(self.address, path).await
    }
}

/// As SIGKILL does: between any two of its steps.
impl Drop for Operator {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn options(listen: SocketAddr, namespaces: &[&str], bounds: Bounds) -> Options {
    Options {
        postgres_image: Settings::default().postgres_image,
        redis_image: Settings::default().redis_image,
        agent_image: Settings::default().agent_image,
        access: None,
        key_lead_seconds: 2,
        agent_key_file: Some(aegis_tests::files::root().join("tests/api/agent-key")),
        monitor_labels: vec![],
        manifest_buckets: None,
        namespaces: namespaces.iter().map(|name| (*name).to_owned()).collect(),
        listen,
        concurrency: bounds.looks,
        writes: bounds.writes,
        log_format: LogFormat::Json,
        log: "trace".to_owned(),
        leader_elect: false,
        lease_namespace: None,
        lease_name: String::new(),
        instance: "api-suite".to_owned(),
    }
}
