//! Bounds of replicas, and what an autoscaler needs.

use aegis_crds::{AegisApp, replicas::Replicas, role::Process};

use super::defaults;
use crate::{
    Problem,
    problem::{MIN_ABOVE_MAX, NO_CPU_REQUEST},
};

pub(super) fn bounds(asked: &AegisApp) -> Vec<Problem> {
    let spec = &asked.spec;
    let api = spec.api.iter().map(|api| ("spec.api".to_owned(), &api.replicas));
    let frontend = spec.frontend.iter().map(|frontend| ("spec.frontend".to_owned(), &frontend.replicas));
    let workers = spec.workers.iter().enumerate().map(|(i, worker)| (format!("spec.workers[{i}]"), &worker.replicas));
    let crossed = |(path, replicas): (String, &Option<Replicas>)| {
        let (min, max) = replicas.as_ref().and_then(|replicas| replicas.min.zip(replicas.max))?;
        (min > max).then(|| Problem::new(&MIN_ABOVE_MAX, format!("{path}.replicas"), format!("min {min} is above max {max}")))
    };
    api.chain(frontend).chain(workers).filter_map(crossed).collect()
}

pub(super) fn autoscalers(asked: &AegisApp) -> Vec<Problem> {
    let api = asked.spec.api.iter().map(|api| ("spec.api", &api.replicas, &api.process));
    let frontend = asked.spec.frontend.iter().map(|frontend| ("spec.frontend", &frontend.replicas, &frontend.process));
    let blind = |(path, replicas, process): (&str, &Option<Replicas>, &Process)| {
        let bounds = defaults::bounds(replicas.as_ref());
        // a limit without a request is the request too
        let measures =
            process.resources.as_ref().is_some_and(|asked| asked.requests.contains_key("cpu") || asked.limits.contains_key("cpu"));
        let message = format!("{} to {} replicas are asked for, and no CPU request to scale by", bounds.min, bounds.max);
        (bounds.min < bounds.max && !measures).then(|| Problem::new(&NO_CPU_REQUEST, format!("{path}.replicas"), message))
    };
    api.chain(frontend).filter_map(blind).collect()
}
