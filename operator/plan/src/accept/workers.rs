//! Workers: a broker that is there, and work that can be counted where it scales.

use aegis_crds::{AegisApp, rules, workers::Worker};

use super::defaults;
use crate::{
    Problem,
    problem::{NO_BROKER, SCALING_WITHOUT_BROKER, UNKNOWN_BINDING},
};

pub(super) fn brokers(asked: &AegisApp) -> Vec<Problem> {
    let unknown = |(path, worker): (String, &Worker)| {
        let name = &worker.broker.as_ref()?.binding;
        let path = format!("{path}.broker.binding");
        match asked.spec.bindings.iter().find(|binding| &binding.name == name) {
            None => Some(Problem::new(&UNKNOWN_BINDING, path, format!("there is no binding {name:?}"))),
            Some(binding) if binding.type_ != "redis" => {
                Some(Problem::new(&UNKNOWN_BINDING, path, format!("binding {name:?} is of type {}, not redis", binding.type_)))
            }
            Some(_) => None,
        }
    };
    workers(asked).filter_map(unknown).collect()
}

pub(super) fn scaling(asked: &AegisApp) -> Vec<Problem> {
    let without = workers(asked).filter(|(_, worker)| worker.broker.is_none() && worker.scaling.is_some());
    without
        .map(|(path, _)| Problem::new(&SCALING_WITHOUT_BROKER, format!("{path}.scaling"), rules::SCALING_WITHOUT_BROKER))
        .chain(workers(asked).filter_map(|(path, worker)| unmoved(&path, worker)))
        .collect()
}

/// Bounds between which nothing moves the count.
fn unmoved(path: &str, worker: &Worker) -> Option<Problem> {
    let bounds = defaults::bounds(worker.replicas.as_ref());
    let message = format!(
        "{} to {} replicas are asked for; {} run, because there is no broker to count the work in",
        bounds.min,
        bounds.max,
        defaults::unscaled(bounds)
    );
    (bounds.min < bounds.max && worker.broker.is_none()).then(|| Problem::new(&NO_BROKER, format!("{path}.replicas"), message))
}

fn workers(asked: &AegisApp) -> impl Iterator<Item = (String, &Worker)> {
    asked.spec.workers.iter().enumerate().map(|(i, worker)| (format!("spec.workers[{i}]"), worker))
}
