//! How long one change among many apps takes until its object has changed, as a watcher sees it.
//! One change at a time: what is measured is the way, not the crowd.

use std::time::Instant;

use aegis_tests::server::cluster::Patch;
use serde::Serialize;
use serde_json::json;

use crate::{app::Name, floor::count, lab::Lab, operator::Operator, sightings::Sightings};

/// Times of many changes, in milliseconds.
#[derive(Clone, Debug, Serialize)]
pub struct Times {
    /// Sorted.
    pub milliseconds: Vec<f64>,
}

/// Gives one app after the other another variable of its api, and waits until its Deployment has it. Nothing else moves, so
/// the api waits for no other role.
pub async fn edits(lab: &Lab, operator: &Operator, names: &[Name], number: usize) -> Times {
    let mut sightings = Sightings::open(&lab.admin.client).await;
    let mut times = vec![];
    for i in 0..number {
        let name = &names[i * 7 % names.len()];
        let object = format!("{}-api", name.name);
        let known = lab.admin.get(&name.namespace, "Deployment", &object).await.expect("it runs")["metadata"]["generation"].as_i64();
        operator.rest().await;
        let started = Instant::now();
        let edit = json!({"spec": {"api": {"env": [{"name": "EDIT", "value": i.to_string()}]}}});
        lab.admin.patch(&name.namespace, "AegisApp", &name.name, Patch::Merge, &edit).await.expect("a variable is accepted");
        let seen = sightings
            .like("the Deployment has changed", |seen| {
                let is_it = seen.kind == "Deployment" && seen.namespace == name.namespace && seen.name == object;
                is_it && Some(seen.generation) > known
            })
            .await;
        times.push(seen.at.expect("it is new") - started);
    }
    operator.rest().await;
    sightings.close().await;
    Times::of(&times)
}

/// Deletes the Service of one app after the other, and waits until it is back.
pub async fn deletions(lab: &Lab, operator: &Operator, names: &[Name], number: usize) -> Times {
    let mut sightings = Sightings::open(&lab.admin.client).await;
    let mut times = vec![];
    for i in 0..number {
        let name = &names[i * 7 % names.len()];
        let object = format!("{}-api", name.name);
        let known = lab.admin.get(&name.namespace, "Service", &object).await.expect("it is there")["metadata"]["uid"].clone();
        operator.rest().await;
        let started = Instant::now();
        lab.admin.delete(&name.namespace, "Service", &object).await;
        let seen = sightings
            .like("the Service is back", |seen| {
                let is_it = seen.kind == "Service" && seen.namespace == name.namespace && seen.name == object;
                is_it && known != seen.uid.as_str()
            })
            .await;
        times.push(seen.at.expect("it is new") - started);
    }
    operator.rest().await;
    sightings.close().await;
    Times::of(&times)
}

impl Times {
    fn of(times: &[std::time::Duration]) -> Self {
        let mut milliseconds: Vec<f64> = times.iter().map(|time| time.as_secs_f64() * 1000.0).collect();
        milliseconds.sort_by(f64::total_cmp);
        Self { milliseconds }
    }

    /// The time that so many of a hundred do not exceed.
    pub fn percentile(&self, hundredths: usize) -> f64 {
        let rank = (self.milliseconds.len() * hundredths).div_ceil(100).max(1);
        self.milliseconds.get(rank - 1).copied().unwrap_or_default()
    }

    /// Share of the times up to each.
    pub fn curve(&self) -> Vec<(f64, f64)> {
        let number = count(self.milliseconds.len());
        self.milliseconds.iter().enumerate().map(|(i, time)| (*time, count(i + 1) * 100.0 / number)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_times_that_were_measured() {
        let times = Times { milliseconds: (1..=50).map(count).collect() };
        assert_eq!((times.percentile(50), times.percentile(99), times.percentile(100)), (25.0, 50.0, 50.0));
        assert_eq!(Times { milliseconds: vec![] }.percentile(99), 0.0);
    }
}
