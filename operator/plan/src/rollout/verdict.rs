//! Whether a release that is being rolled out has failed: by a sign that only a person can mend, or by its deadline.
//! Only what moves with this release is judged, by pods of its own template; it does not decide what happens then.

use jiff::{SignedDuration, Timestamp};

use crate::{
    App, Facts, Planned, children, everything,
    facts::{PodSeen, WorkloadSeen},
    migration, stuck,
};

/// A registry, a quota or a missing Secret may be mended within this time: the kubelet has tried three times by then.
const PATIENCE: SignedDuration = SignedDuration::from_secs(30);
/// Restarts after which a process that ends by itself is not expected to stay.
const RESTARTS: i32 = 3;
/// Refused tries after which a StatefulSet or Job is not expected to get its pod.
const REFUSALS: i32 = 3;
/// Words of writes that were refused for good.
const REFUSED: [&str; 3] = ["Forbidden", "QuotaExceeded", "Invalid"];

/// What the facts say of a rollout.
#[derive(Default)]
pub(super) struct Verdict {
    /// One word, and cause and fix.
    pub(super) failure: Option<(&'static str, String)>,
    /// When time alone may say more.
    pub(super) due: Option<Timestamp>,
}

/// Judges the rollout of `app`, which replaces `good`.
pub(super) fn verdict(app: &App, good: &App, generation: Option<i64>, facts: &Facts) -> Verdict {
    let before = everything(good);
    let is_new = |planned: &Planned| !before.iter().any(|old| old.name == planned.name && old.template == planned.template);
    let mut said = vec![refused_write(generation, facts)];
    said.extend(migrating(app, facts));
    for planned in everything(app).iter().filter(|planned| planned.template.is_some() && is_new(planned)) {
        let seen = facts.workload(planned.kind.kind, &planned.name).filter(|seen| seen.template == planned.template && !seen.is_settled());
        let Some(seen) = seen else { continue };
        said.push(workload(planned, seen, app, facts));
        said.extend(new_pods(planned, facts).map(|pod| judged(planned, pod, app, facts)));
    }
    let due = said.iter().filter_map(|verdict| verdict.due).min();
    Verdict { failure: said.into_iter().find_map(|verdict| verdict.failure), due }
}

fn new_pods<'a>(planned: &'a Planned, facts: &'a Facts) -> impl Iterator<Item = &'a PodSeen> {
    let role = planned.role.as_deref().unwrap_or_default();
    let is_its = move |pod: &&PodSeen| pod.section == planned.section && pod.role == role && pod.template == planned.template;
    facts.pods.iter().filter(is_its).filter(|pod| !pod.deleting && !pod.ready)
}

/// The server has refused an object of this very spec, and goes on to do so.
fn refused_write(generation: Option<i64>, facts: &Facts) -> Verdict {
    let stalled = facts.status.conditions.iter().find(|condition| condition.type_ == "Stalled" && condition.status == "True");
    let stalled = stalled.filter(|stalled| stalled.observed_generation == generation && REFUSED.contains(&stalled.reason.as_str()));
    stalled.map_or_else(Verdict::default, |stalled| {
        let message = format!("the API server refuses its objects: {}", stalled.message);
        from(stalled.last_transition_time.0 + PATIENCE, facts, "WriteRefused", message)
    })
}

/// The migration has failed, or its pod cannot start. One that ends with an error is tried again by its Job.
fn migrating(app: &App, facts: &Facts) -> Vec<Verdict> {
    let job = migration::job(app, facts).filter(|_| !migration::is_over(app, facts));
    let Some((planned, job)) = children::of(app, "migration").pop().zip(job) else { return vec![] };
    if let Some(failure) = &job.failure {
        return vec![failed("MigrationFailed", stuck::failed_migration(facts, failure, &planned.name))];
    }
    let waiting = facts.pods.iter().filter(|pod| pod.section == planned.section && !pod.deleting && !pod.is_over());
    let refused = (job.active == 0).then(|| refused(&planned, None, facts));
    waiting.map(|pod| judged(&planned, pod, app, facts)).chain(refused).collect()
}

fn workload(planned: &Planned, seen: &WorkloadSeen, app: &App, facts: &Facts) -> Verdict {
    if seen.is_overdue {
        return overdue(planned, app, facts);
    }
    refused(planned, seen.failing_since, facts)
}

/// Its pods are refused: since a moment, or so and so often.
fn refused(planned: &Planned, since: Option<Timestamp>, facts: &Facts) -> Verdict {
    let Some(refused) = stuck::refused(facts, planned.kind.kind, &planned.name) else { return Verdict::default() };
    let times = facts.warnings.iter().filter(|warning| warning.reason == "FailedCreate" && warning.name == planned.name);
    let message = format!("{}: {}", name(planned), refused.message);
    match since {
        Some(since) => from(since + PATIENCE, facts, refused.reason, message),
        None if times.map(|warning| warning.count).sum::<i32>() >= REFUSALS => failed(refused.reason, message),
        None => Verdict::default(),
    }
}

/// A pod of the new template that is not ready.
fn judged(planned: &Planned, pod: &PodSeen, app: &App, facts: &Facts) -> Verdict {
    let deadline = pod.created + SignedDuration::from_secs(i64::from(app.rollout.deadline));
    // a Deployment's own controller keeps its deadline
    let late =
        || if planned.kind.kind == "StatefulSet" { from_or(deadline, facts, || overdue(planned, app, facts)) } else { Verdict::default() };
    let Some(stuck) = stuck::of(facts, planned.section, pod).filter(|stuck| stuck.is_terminal) else { return late() };
    let message = format!("{}: {}", name(planned), stuck.message);
    if pod.container.restarts >= RESTARTS || pod.phase == "Failed" {
        return failed(stuck.reason, message);
    }
    match (pod.container.waiting.is_some() && pod.container.restarts == 0, pod.scheduled) {
        (true, Some(scheduled)) => from(scheduled + PATIENCE, facts, stuck.reason, message),
        _ => late(),
    }
}

fn overdue(planned: &Planned, app: &App, facts: &Facts) -> Verdict {
    let cause = new_pods(planned, facts).find_map(|pod| stuck::of(facts, planned.section, pod));
    let cause = cause.map_or_else(|| " See kubectl describe pod.".to_owned(), |cause| format!(" {}", cause.message));
    let message = format!("{} made no progress within {} s (rollout.progressDeadlineSeconds).{cause}", name(planned), app.rollout.deadline);
    failed("ProgressDeadlineExceeded", message)
}

fn failed(reason: &'static str, message: String) -> Verdict {
    Verdict { failure: Some((reason, message)), due: None }
}

/// Failed from a moment on; until then, that moment is awaited.
fn from(moment: Timestamp, facts: &Facts, reason: &'static str, message: String) -> Verdict {
    from_or(moment, facts, || failed(reason, message))
}

fn from_or(moment: Timestamp, facts: &Facts, failed: impl FnOnce() -> Verdict) -> Verdict {
    if moment <= facts.now { failed() } else { Verdict { failure: None, due: Some(moment) } }
}

/// A role as the spec names it.
fn name(planned: &Planned) -> String {
    let role = planned.role.as_deref().unwrap_or_default();
    if planned.section == role { role.to_owned() } else { format!("{}/{role}", planned.section) }
}
