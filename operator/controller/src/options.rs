//! Every flag of the operator, each also an environment variable.
//! It starts nothing.

use std::{net::SocketAddr, path::PathBuf};

use aegis_plan::facts::{Access, Settings};
use clap::Parser;

use crate::{manifest::Allowed, telemetry::LogFormat};

/// Turns AegisApps into running applications.
#[derive(Clone, Debug, Parser)]
#[command(name = "aegis-operator", version)]
pub struct Options {
    /// Image of provisioned PostgreSQL bindings.
    #[arg(long, env = "AEGIS_POSTGRES_IMAGE", default_value_t = Settings::default().postgres_image)]
    pub postgres_image: String,
    /// Image of provisioned Redis bindings.
    #[arg(long, env = "AEGIS_REDIS_IMAGE", default_value_t = Settings::default().redis_image)]
    pub redis_image: String,
    /// Image of the agents: the operator's own, which holds them too.
    #[arg(long, env = "AEGIS_AGENT_IMAGE", default_value_t = Settings::default().agent_image)]
    pub agent_image: String,
    /// File with at least 32 random bytes, from which the token of each agent follows. Without it no worker is ever paused.
    #[arg(long, env = "AEGIS_AGENT_KEY_FILE")]
    pub agent_key_file: Option<PathBuf>,
    /// Labels for PodMonitors and PrometheusRules, by which Prometheus finds them: key=value, separated by commas.
    #[arg(long, env = "AEGIS_MONITOR_LABELS", value_delimiter = ',', value_parser = label)]
    pub monitor_labels: Vec<(String, String)>,
    /// Who reaches the pods of every app, in JSON: peers of NetworkPolicies as gateways, prometheus, operators and dns.
    #[arg(long, env = "AEGIS_ACCESS", value_parser = access)]
    pub access: Option<Access>,
    /// Seconds for which a signing key is published before it signs.
    #[arg(long, env = "AEGIS_KEY_LEAD_SECONDS", default_value_t = Settings::default().key_lead_seconds)]
    pub key_lead_seconds: i64,
    /// Objects in S3 that apps may take their manifest from, in JSON: namespaces to buckets, each with the start of keys or without:
    /// {"shop": ["releases/shop"]}. Without it, none may.
    #[arg(long, env = "AEGIS_MANIFEST_BUCKETS", value_parser = buckets)]
    pub manifest_buckets: Option<Allowed>,
    /// Namespaces to watch, separated by commas. All of them if not given.
    #[arg(long, env = "AEGIS_NAMESPACES", value_delimiter = ',')]
    pub namespaces: Vec<String>,
    /// Address of /livez, /readyz and /metrics.
    #[arg(long, env = "AEGIS_LISTEN", default_value = "0.0.0.0:8080")]
    pub listen: SocketAddr,
    /// Apps looked at at the same time.
    #[arg(long, env = "AEGIS_CONCURRENCY", default_value_t = 8, value_parser = at_least_one)]
    pub concurrency: usize,
    /// Writes in flight at the same time, over all apps. More of them wait for each other in a server of few cores.
    #[arg(long, env = "AEGIS_WRITES", default_value_t = 8, value_parser = at_least_one)]
    pub writes: usize,
    /// Format of the log.
    #[arg(long, env = "AEGIS_LOG_FORMAT", value_enum, default_value = "json")]
    pub log_format: LogFormat,
    /// What to log, in the syntax of RUST_LOG: info, or aegis=debug.
    #[arg(long, env = "AEGIS_LOG", default_value = "info")]
    pub log: String,
    /// Lead or follow: of several replicas only the one that holds the Lease writes.
    #[arg(long, env = "AEGIS_LEADER_ELECT")]
    pub leader_elect: bool,
    /// Namespace of the Lease. That of the kubeconfig or the service account if not given.
    #[arg(long, env = "AEGIS_LEASE_NAMESPACE")]
    pub lease_namespace: Option<String>,
    /// Name of the Lease.
    #[arg(long, env = "AEGIS_LEASE_NAME", default_value = "aegis-operator")]
    pub lease_name: String,
    /// Name of this process in events and, with letters of chance, in the Lease; in a pod, its name.
    #[arg(long, env = "HOSTNAME", default_value = "aegis-operator")]
    pub instance: String,
}

impl Options {
    /// What the plan has to know of the installation.
    pub fn settings(&self) -> Settings {
        Settings {
            postgres_image: self.postgres_image.clone(),
            redis_image: self.redis_image.clone(),
            agent_image: self.agent_image.clone(),
            agent_token_sha256: None,
            monitor_labels: self.monitor_labels.iter().cloned().collect(),
            access: self.access.clone().unwrap_or_default(),
            key_lead_seconds: self.key_lead_seconds,
        }
    }

    /// The namespaces to watch; none means all.
    pub fn namespaces(&self) -> Vec<String> {
        self.namespaces.iter().filter(|namespace| !namespace.is_empty()).cloned().collect()
    }
}

fn access(text: &str) -> Result<Access, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

fn buckets(text: &str) -> Result<Allowed, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("it must be at least 1".to_owned()),
        Ok(count) => Ok(count),
        Err(error) => Err(format!("{error}")),
    }
}

fn label(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or_else(|| format!("{text:?} is not key=value"))?;
    Ok((key.to_owned(), value.to_owned()))
}
