//! Bounds of replicas, and what they mean while queue scaling does not exist.

use aegis_crds::{AegisApp, replicas::Replicas, rules};

use super::defaults;
use crate::{
    Problem,
    problem::{MIN_ABOVE_MAX, QUEUE_SCALING_MISSING},
};

pub(super) fn bounds(asked: &AegisApp) -> Vec<Problem> {
    let spec = &asked.spec;
    let api = spec.api.iter().map(|api| ("spec.api".to_owned(), &api.replicas));
    let frontend = spec.frontend.iter().map(|frontend| ("spec.frontend".to_owned(), &frontend.replicas));
    let workers = spec.workers.iter().enumerate().map(|(i, worker)| (format!("spec.workers[{i}]"), &worker.replicas));
    let crossed = |(path, replicas): (String, &Option<Replicas>)| {
        let (min, max) = replicas.as_ref().and_then(|replicas| replicas.min.zip(replicas.max))?;
        (min > max).then(|| {
            Problem::new(&MIN_ABOVE_MAX, format!("{path}.replicas"), format!("min {min} is above max {max}: {}", rules::MIN_ABOVE_MAX))
        })
    };
    api.chain(frontend).chain(workers).filter_map(crossed).collect()
}

pub(super) fn workers(asked: &AegisApp) -> Vec<Problem> {
    let differing = |(i, worker): (usize, &aegis_crds::workers::Worker)| {
        let bounds = defaults::bounds(worker.replicas.as_ref());
        let runs = defaults::worker_replicas(bounds);
        (bounds.min < bounds.max).then(|| {
            let message =
                format!("{} to {} replicas are asked for; {runs} run, because queue scaling does not exist yet", bounds.min, bounds.max);
            Problem::new(&QUEUE_SCALING_MISSING, format!("spec.workers[{i}].replicas"), message)
        })
    };
    asked.spec.workers.iter().enumerate().filter_map(differing).collect()
}
