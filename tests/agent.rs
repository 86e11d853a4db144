//! The agent as a process of its own, on a real redis-server, beside real workers of dramatiq, arq and taskiq.
//! Each test has its own server; nothing here needs a cluster.

#[path = "agent/arq.rs"]
mod arq;
#[path = "agent/connection.rs"]
mod connection;
#[path = "agent/cost.rs"]
mod cost;
#[path = "agent/dramatiq.rs"]
mod dramatiq;
#[path = "agent/gate.rs"]
mod gate;
#[path = "agent/pause.rs"]
mod pause;
#[path = "agent/plain.rs"]
mod plain;
#[path = "agent/python.rs"]
mod python;
#[path = "agent/taskiq.rs"]
mod taskiq;

use aegis_tests::beside::{agent as beside, http, places, redis as server};
