//! What nothing to do costs: looks without a change, and a restart.
//! Both must write nothing; the audit log tells.

use std::time::Instant;

use futures::{StreamExt, stream};
use serde::Serialize;
use serde_json::json;

use aegis_tests::server::cluster::Patch;

use crate::{app::Name, lab::Lab, operator::Operator, requests};

/// Touches in flight.
const AT_ONCE: usize = 8;

/// What looks without a change cost.
#[derive(Clone, Debug, Serialize)]
pub struct Resyncs {
    /// Looks that were taken.
    pub looks: u64,
    /// Requests about apps meanwhile: none, if all is well.
    pub requests: Vec<String>,
    /// Processor time of one look, the watch event that caused it included, in milliseconds.
    pub milliseconds: f64,
}

/// What a restart costs.
#[derive(Clone, Debug, Serialize)]
pub struct Restart {
    /// From the start of the process until it leads, in seconds.
    pub leads: f64,
    /// Until every app was looked at.
    pub verified: f64,
    /// Requests about apps meanwhile: none, if all is well.
    pub requests: Vec<String>,
    /// Processor time until then, in seconds.
    pub cpu: f64,
    /// Most memory until then, in MiB.
    pub peak: f64,
    /// Memory at rest, in MiB.
    pub steady: f64,
}

/// Touches every app so many times, which says nothing new of it.
pub async fn resync(lab: &Lab, operator: &Operator, names: &[Name], times: usize) -> Resyncs {
    operator.rest().await;
    let (before, (looks, _), asked) = (operator.usage().cpu, operator.looks().await, lab.asked().len());
    for i in 0..times {
        let touched = stream::iter(names).for_each_concurrent(AT_ONCE, |name| touch(lab, name, i));
        touched.await;
    }
    operator.rest().await;
    let (now, _) = operator.looks().await;
    let looks = now - looks;
    let number = f64::from(u32::try_from(looks).expect("looks are counted by the thousand"));
    Resyncs { looks, requests: requests::of_apps(&lab.asked()[asked..]), milliseconds: (operator.usage().cpu - before) * 1000.0 / number }
}

/// Stops the operator and starts it again.
pub async fn restart(lab: &Lab, operator: Operator, apps: usize) -> (Operator, Restart) {
    operator.stop().await;
    let asked = lab.asked().len();
    let started = Instant::now();
    let operator = Operator::start(lab).await;
    let leads = started.elapsed();
    let verified = operator.looked(apps).await - started;
    let cpu = operator.usage().cpu;
    operator.rest().await;
    let usage = operator.usage();
    let requests = requests::of_apps(&lab.asked()[asked..]);
    let restart =
        Restart { leads: leads.as_secs_f64(), verified: verified.as_secs_f64(), requests, cpu, peak: usage.peak, steady: usage.rss };
    (operator, restart)
}

async fn touch(lab: &Lab, name: &Name, i: usize) {
    let body = json!({"metadata": {"annotations": {"example.com/touched": format!("{i}")}}});
    lab.admin.patch(&name.namespace, "AegisApp", &name.name, Patch::Merge, &body).await.expect("an annotation is accepted");
}
