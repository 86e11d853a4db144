//! `observability`: numbers for what is made of them, roles that are there, goals told apart.

use aegis_crds::{AegisApp, observability::Observability, rules};

use crate::{
    App, Facts, Kind, Problem,
    children::observability::KINDS,
    problem::{KIND_MISSING, NO_METRICS, UNKNOWN_ROLE},
};

pub(super) fn metrics(asked: &AegisApp) -> Vec<Problem> {
    let without = |observability: &Observability| {
        let metrics = observability.metrics.as_ref();
        let lacks_api = metrics.is_none_or(|metrics| !metrics.roles.is_empty() && !metrics.roles.iter().any(|role| role == "api"));
        let made =
            [("slos", !observability.slos.is_empty() && lacks_api), ("dashboard", observability.dashboard.is_some() && metrics.is_none())];
        made.into_iter()
            .filter(|(_, lacks)| *lacks)
            .map(|(field, _)| Problem::new(&NO_METRICS, format!("spec.observability.{field}"), rules::NO_METRICS))
    };
    asked.spec.observability.iter().flat_map(without).collect()
}

pub(super) fn roles(asked: &AegisApp) -> Vec<Problem> {
    let spec = &asked.spec;
    let frontend = spec.frontend.is_some().then_some("frontend");
    let scheduler = spec.scheduler.is_some().then_some("scheduler");
    let workers = spec.workers.iter().map(|worker| worker.name.as_str());
    let known: Vec<&str> = ["api"].into_iter().chain(frontend).chain(scheduler).chain(workers).collect();
    let metrics = spec.observability.iter().filter_map(|observability| observability.metrics.as_ref());
    let strangers = metrics.flat_map(|metrics| metrics.roles.iter().enumerate()).filter(|(_, role)| !known.contains(&role.as_str()));
    let problem = |(i, role): (usize, &String)| {
        let message = format!("the app has no role {role:?} that runs on and on, so nobody could ask it");
        let path = format!("spec.observability.metrics.roles[{i}]");
        Problem::new(&UNKNOWN_ROLE, path, message).fix(format!("Use one of {}.", known.join(", ")))
    };
    strangers.map(problem).collect()
}

/// Without these kinds, annotations tell whom to scrape, and nothing warns.
pub(super) fn kinds(app: &App, _: &Facts) -> Vec<Problem> {
    let lacking = KINDS.into_iter().filter(|kind| app.observability.metrics.is_some() && app.lacks(*kind));
    let problem = |kind: Kind| {
        let without =
            if kind == KINDS[0] { "annotations of the pods alone tell whom to scrape" } else { "nothing is recorded, and nothing warns" };
        let message = format!("the cluster knows no {kind} ({}): {without}", kind.group);
        let fix = "Install the Prometheus Operator: it is noticed within seconds, without a restart. Or nothing, where Prometheus goes by the annotations prometheus.io/scrape.";
        Problem::new(&KIND_MISSING, "spec.observability.metrics", message).fix(fix)
    };
    lacking.map(problem).collect()
}
