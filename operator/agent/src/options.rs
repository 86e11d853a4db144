//! Every flag of the agent, each also an environment variable.
//! It starts nothing.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use aegis_crds::agent::LOOPBACK_PORT;
use clap::{Args, Parser, Subcommand};
use serde_json::{Map, Value};

/// Tells how much work waits in an app's queues, and puts work there.
#[derive(Clone, Debug, Parser)]
#[command(name = "aegis-agent", version)]
pub struct Options {
    /// Configuration, as JSON.
    #[arg(long, env = "AEGIS_AGENT_CONFIG", default_value = "/etc/aegis/agent.json", global = true)]
    pub config: PathBuf,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What the agent can be started for.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Look at the queues until it is stopped.
    Serve(Serve),
    /// Put one task into a queue and end.
    Enqueue(Enqueue),
}

/// Where it is reached.
#[derive(Clone, Debug, Args)]
pub struct Serve {
    /// Address of /metrics, /load, /livez and /readyz, and, with a token, of everything else.
    #[arg(long, env = "AEGIS_AGENT_LISTEN", default_value = "0.0.0.0:8081")]
    pub listen: SocketAddr,
    /// Address on loopback where everything is served without a token.
    #[arg(long, env = "AEGIS_AGENT_LOOPBACK", default_value_t = (Ipv4Addr::LOCALHOST, LOOPBACK_PORT).into(), value_parser = on_loopback)]
    pub loopback: SocketAddr,
}

/// The task.
#[derive(Clone, Debug, Args)]
pub struct Enqueue {
    /// Name of the worker pool.
    #[arg(long)]
    pub worker: String,
    /// Name of the queue. The pool's first if not given.
    #[arg(long)]
    pub queue: Option<String>,
    /// Actor, function or task, as the library calls it.
    #[arg(long)]
    pub actor: String,
    /// Positional arguments, as a JSON array.
    #[arg(long, default_value = "[]", value_parser = json::<Vec<Value>>)]
    pub args: std::vec::Vec<Value>,
    /// Named arguments, as a JSON object.
    #[arg(long, default_value = "{}", value_parser = json::<Map<String, Value>>)]
    pub kwargs: Map<String, Value>,
    /// Of tasks with one id only the first is enqueued: for a Job its name. A new id if not given.
    #[arg(long, env = "AEGIS_TASK_ID")]
    pub id: Option<String>,
    /// How long the id is remembered. A day if not given.
    #[arg(long)]
    pub once_seconds: Option<u32>,
}

fn on_loopback(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text.parse().map_err(|error| format!("{error}"))?;
    if address.ip().is_loopback() { Ok(address) } else { Err("it must be on loopback: nobody is asked for a token there".to_owned()) }
}

fn json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}
