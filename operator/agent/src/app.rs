//! The app that this agent stands beside: its pools, each with its library and its broker.
//! Read once, at start; a new configuration is a new pod.

use std::{collections::BTreeMap, fs, path::Path, sync::Arc, time::Duration};

use aegis_crds::agent::{Agent, VERSION, Worker};

use crate::{
    broker::Broker,
    failure::Failure,
    library::{self, Library},
};

const INTERVAL: u32 = 2;

/// An app with queues.
pub struct App {
    /// Its name.
    pub name: String,
    /// Time between two looks.
    pub interval: Duration,
    /// SHA-256 of the token that opens what changes something, in hexadecimal.
    pub token_sha256: Option<String>,
    /// Its pools, in the order of the configuration.
    pub pools: Vec<Arc<Pool>>,
}

/// A worker pool.
pub struct Pool {
    /// As it is configured.
    pub worker: Worker,
    /// Where its queues are; pools of one server and database share it.
    pub broker: Arc<Broker>,
    /// How they are kept.
    pub library: Box<dyn Library>,
}

impl App {
    /// Reads a configuration file. `env` is asked for the URIs of the bindings.
    pub fn read(path: &Path, env: impl Fn(&str) -> Option<String>) -> Result<Self, Failure> {
        let text = fs::read_to_string(path).map_err(|source| Failure::Read { path: path.to_owned(), source })?;
        let config = serde_json::from_str(&text).map_err(|source| Failure::Parse { path: path.to_owned(), source })?;
        Self::new(config, env)
    }

    fn new(config: Agent, env: impl Fn(&str) -> Option<String>) -> Result<Self, Failure> {
        if config.version != VERSION {
            return Err(Failure::Version(config.version));
        }
        let mut brokers = BTreeMap::new();
        let mut pools = vec![];
        for worker in config.workers {
            let binding = config.bindings.iter().find(|binding| binding.name == worker.binding);
            let binding = binding.ok_or_else(|| Failure::Binding { worker: worker.name.clone(), binding: worker.binding.clone() })?;
            let broker = brokers.entry((binding.name.clone(), worker.database));
            let broker = broker.or_insert_with(|| Arc::new(Broker::new(binding, env(&binding.uri_env).as_deref(), worker.database)));
            pools.push(Arc::new(Pool { broker: broker.clone(), library: library::of(&worker), worker }));
        }
        let interval = Duration::from_secs(config.interval_seconds.unwrap_or(INTERVAL).max(1).into());
        Ok(Self { name: config.app, interval, token_sha256: config.token_sha256, pools })
    }

    /// The pool of that name.
    pub fn pool(&self, name: &str) -> Option<&Arc<Pool>> {
        self.pools.iter().find(|pool| pool.worker.name == name)
    }
}
