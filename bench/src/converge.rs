//! How long the operator takes for many apps at once, and what it uses for that.
//! The controllers stand still, so that the server works for the operator alone.

use std::{path::Path, time::Instant};

use serde::Serialize;

use crate::{app, lab::Lab, operator::Operator, sightings::Sightings};

/// One round of the operator.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Converged {
    /// From the first create of an app to the last child seen, in seconds.
    pub present: f64,
    /// To the last answer to a write of the operator.
    pub done: f64,
    /// Processor time of the operator, in seconds.
    pub operator_cpu: f64,
    /// Processor time of API server and etcd, in seconds.
    pub server_cpu: f64,
    /// Writes of the operator per app.
    pub writes: f64,
    /// Most memory meanwhile, in MiB.
    pub peak: f64,
    /// Memory once it rested, in MiB.
    pub steady: f64,
}

/// One round on a server of its own.
pub async fn converge(folder: &Path, apps: usize) -> Converged {
    let lab = Lab::still(folder).await;
    let names = app::names(0, apps);
    lab.namespaces(&names).await;
    let operator = Operator::start(&lab).await;
    let mut sightings = Sightings::open(&lab.admin.client).await;
    let (server_before, operator_before) = (lab.server_cpu(), operator.usage().cpu);
    let began = Instant::now();
    let children = apps * app::children().values().sum::<usize>();
    let ((), present) = tokio::join!(lab.create(&names), sightings.appeared(children));
    operator.rest().await;
    let usage = operator.usage();
    let server_cpu = lab.server_cpu() - server_before;
    // the server's own clock on both ends: the user's first request and the operator's last answer
    let writes: Vec<_> = lab.asked().into_iter().filter(|asked| asked.is_write() && asked.resource != "leases").collect();
    let last = writes.iter().map(|asked| asked.ended).max().expect("it wrote something");
    let first = lab.first_create();
    let converged = Converged {
        present: (present - began).as_secs_f64(),
        done: last.duration_since(first).as_secs_f64(),
        operator_cpu: usage.cpu - operator_before,
        server_cpu,
        writes: crate::floor::count(writes.len()) / crate::floor::count(apps),
        peak: usage.peak,
        steady: usage.rss,
    };
    sightings.close().await;
    operator.stop().await;
    lab.close();
    converged
}
