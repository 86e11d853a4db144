//! Schedules: times that will come, and something to run.

use aegis_crds::{AegisApp, role::Process, rules, schedules::Enqueue};
use jiff::tz::TimeZoneDatabase;

use crate::{
    Problem,
    cron::Cron,
    problem::{BAD_CRON, BAD_TIME_ZONE, RUN_MISSING, UNKNOWN_QUEUE},
};

pub(super) fn times(asked: &AegisApp) -> Vec<Problem> {
    let mut problems = vec![];
    for (i, schedule) in asked.spec.schedules.iter().enumerate() {
        let path = format!("spec.schedules[{i}]");
        if let Err(fault) = Cron::parse(&schedule.schedule) {
            let message = format!("{:?} is not a cron expression: {fault}", schedule.schedule);
            problems.push(Problem::new(&BAD_CRON, format!("{path}.schedule"), message));
        }
        if let Some(zone) = &schedule.time_zone
            && !is_zone(zone)
        {
            problems.push(Problem::new(&BAD_TIME_ZONE, format!("{path}.timeZone"), format!("{zone:?} is not a time zone")));
        }
    }
    problems
}

/// Kubernetes knows zones by their exact names, in this very case.
fn is_zone(name: &str) -> bool {
    TimeZoneDatabase::bundled().get(name).is_ok_and(|zone| zone.iana_name() == Some(name))
}

pub(super) fn runs(asked: &AegisApp) -> Vec<Problem> {
    let is_empty = |process: &Process| process.args.is_empty() && process.command.is_empty();
    let schedules =
        asked.spec.schedules.iter().enumerate().filter(|(_, schedule)| is_empty(&schedule.run.process) == schedule.run.enqueue.is_none());
    let migration = asked.spec.migration.iter().filter(|migration| is_empty(&migration.process));
    schedules
        .map(|(i, _)| Problem::new(&RUN_MISSING, format!("spec.schedules[{i}].run"), rules::RUN))
        .chain(migration.map(|_| Problem::new(&RUN_MISSING, "spec.migration", "migration needs args or command: say what it runs")))
        .collect()
}

/// Tasks that no pool would take.
pub(super) fn tasks(asked: &AegisApp) -> Vec<Problem> {
    let tasks = asked.spec.schedules.iter().enumerate().filter_map(|(i, schedule)| Some((i, schedule.run.enqueue.as_ref()?)));
    tasks.filter_map(|(i, task)| untaken(asked, &format!("spec.schedules[{i}].run.enqueue"), task)).collect()
}

fn untaken(asked: &AegisApp, path: &str, task: &Enqueue) -> Option<Problem> {
    let worker = asked.spec.workers.iter().find(|worker| worker.name == task.worker);
    let Some(broker) = worker.and_then(|worker| worker.broker.as_ref()) else {
        let what = if worker.is_some() { "has no broker" } else { "is not there" };
        return Some(Problem::new(&UNKNOWN_QUEUE, format!("{path}.worker"), format!("worker {:?} {what}", task.worker)));
    };
    let queue = task.queue.as_ref()?;
    let is_its = broker.queues.contains(queue) || (broker.queues.is_empty() && *queue == task.worker);
    let message = format!("worker {:?} does not work on queue {queue:?}", task.worker);
    (!is_its).then(|| Problem::new(&UNKNOWN_QUEUE, format!("{path}.queue"), message))
}
