//! The processes of a spec with their places, and what they ask of their nodes.

use aegis_crds::{AegisApp, AegisAppSpec, role::Process};

use super::quantity;
use crate::{
    Problem,
    nearest::nearest,
    problem::{BAD_QUANTITY, REQUEST_ABOVE_LIMIT, UNKNOWN_SETTING},
};

/// Every process with its path in the spec.
pub(super) fn processes(spec: &AegisAppSpec) -> Vec<(String, &Process)> {
    let mut all = vec![];
    all.extend(spec.migration.iter().map(|migration| ("spec.migration".to_owned(), &migration.process)));
    all.extend(spec.api.iter().map(|api| ("spec.api".to_owned(), &api.process)));
    all.extend(spec.frontend.iter().map(|frontend| ("spec.frontend".to_owned(), &frontend.process)));
    all.extend(spec.workers.iter().enumerate().map(|(i, worker)| (format!("spec.workers[{i}]"), &worker.process)));
    all.extend(spec.scheduler.iter().map(|scheduler| ("spec.scheduler".to_owned(), &scheduler.process)));
    all.extend(spec.schedules.iter().enumerate().map(|(i, schedule)| (format!("spec.schedules[{i}].run"), &schedule.run.process)));
    all
}

pub(super) fn resources(asked: &AegisApp) -> Vec<Problem> {
    let mut problems = vec![];
    for (path, process) in processes(&asked.spec) {
        let Some(resources) = &process.resources else { continue };
        for (list, amounts) in [("requests", &resources.requests), ("limits", &resources.limits)] {
            for (name, amount) in amounts {
                let place = format!("{path}.resources.{list}.{name}");
                problems.extend(quantity::problem(&BAD_QUANTITY, &place, &amount.0));
            }
        }
        for (name, request) in &resources.requests {
            let Some(limit) = resources.limits.get(name) else { continue };
            if let (Some(asked), Some(most)) = (quantity::amount(&request.0), quantity::amount(&limit.0))
                && asked > most
            {
                let place = format!("{path}.resources.requests.{name}");
                problems.push(Problem::new(
                    &REQUEST_ABOVE_LIMIT,
                    place,
                    format!("the request {} is above the limit {}", request.0, limit.0),
                ));
            }
        }
    }
    problems
}

/// Settings that a role names and the app does not have.
pub(super) fn settings(asked: &AegisApp) -> Vec<Problem> {
    let known = &asked.spec.config;
    let mut problems = vec![];
    for (path, process) in processes(&asked.spec) {
        let read = process.config.iter().flatten().enumerate();
        for (i, key) in read.filter(|(_, key)| !known.contains_key(*key)) {
            let meant = nearest(key, known.keys().map(String::as_str)).map(|meant| format!("Did you mean {meant}? "));
            let fix = format!("{}{}", meant.unwrap_or_default(), UNKNOWN_SETTING.cure);
            problems.push(Problem::new(&UNKNOWN_SETTING, format!("{path}.config[{i}]"), format!("spec.config has no {key}")).fix(fix));
        }
    }
    problems
}
