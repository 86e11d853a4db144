//! When somebody is to hear of an app: errors, goals that are missed, queues, schedules, pods.
//! Alerts speak of what is scraped: the roles, the agent and the operator.

use super::{
    queries::{changed, errors, own, requests, told},
    slos,
};
use crate::{
    App,
    app::Metrics,
    foreign::monitoring::{Group, Rule},
    parts::agent,
};

/// All groups of rules of an app.
pub(super) fn groups(app: &App) -> Vec<Group> {
    let Some(metrics) = &app.observability.metrics else { return vec![] };
    let group = |name: &str, rules: Vec<Rule>| {
        let name = format!("{}-{name}", app.name);
        (!rules.is_empty()).then_some(Group { name, rules })
    };
    let all = [
        group("requests", vec![error_rate(app, metrics)]),
        slos::group(app, metrics),
        group("queues", queues(app)),
        group("schedules", schedules(app)),
        group("health", health(app)),
    ];
    all.into_iter().flatten().collect()
}

/// An alert of the app, with its labels and what it says in short and in full.
pub(super) fn alert(app: &App, name: &'static str, severity: &str, expr: String, (summary, description): (String, String)) -> Rule {
    let labels = [("namespace", app.namespace.clone()), ("app", app.name.clone()), ("severity", severity.to_owned())];
    let summary = format!("{} in namespace {}: {summary}", app.name, app.namespace);
    Rule {
        alert: Some(name),
        expr,
        labels: labels.into(),
        annotations: [("summary", summary), ("description", description)].into(),
        ..Default::default()
    }
}

fn error_rate(app: &App, metrics: &Metrics) -> Rule {
    let expr = format!("{} > 0.05", errors(&requests(app, metrics), "5m"));
    let said = (
        "{{ $labels.role }} fails more than one request of twenty".to_owned(),
        format!(
            "{{{{ $value | humanizePercentage }}}} of the requests of five minutes ended with an error of the server. What it is: \
             exceptions_total by type, and kubectl logs -n {} -l aegis.dev/app={},aegis.dev/role={{{{ $labels.role }}}}.",
            app.namespace, app.name
        ),
    );
    Rule { lasting: Some("5m"), ..alert(app, "AegisErrorRate", "critical", expr, said) }
}

fn queues(app: &App) -> Vec<Rule> {
    if agent::config(app).is_none() {
        return vec![];
    }
    let (own, name, namespace) = (own(app), &app.name, &app.namespace);
    let old = (
        "work waits in queue {{ $labels.queue }}".to_owned(),
        format!(
            "The first message has waited for {{{{ $value | humanizeDuration }}}}. What the workers do: aegisctl queue list {name} -n {namespace}, aegisctl status {name} -n {namespace}."
        ),
    );
    let dead = (
        "tasks were given up in queue {{ $labels.queue }}".to_owned(),
        format!(
            "{{{{ $value }}}} are kept. What they are: aegisctl queue peek {name} {{{{ $labels.worker }}}} --state dead -n {namespace}; then retry or purge."
        ),
    );
    let away = (
        "the broker of pool {{ $labels.worker }} is away".to_owned(),
        format!("Nobody sees the work of the pool, and its pods stay as many as they are. Why: aegisctl queue list {name} -n {namespace}."),
    );
    let of_queue = |metric: &str| format!("max by (worker, queue) ({metric}{{{own}}})");
    vec![
        Rule {
            lasting: Some("5m"),
            ..alert(app, "AegisQueueOld", "warning", format!("{} > 900", of_queue("aegis_queue_oldest_seconds")), old)
        },
        alert(app, "AegisDeadLetters", "warning", format!("{} > 0", of_queue("aegis_queue_dead")), dead),
        Rule {
            lasting: Some("5m"),
            ..alert(app, "AegisBrokerAway", "critical", format!("max by (worker) (aegis_broker_up{{{own}}}) == 0"), away)
        },
    ]
}

/// The chart's alert for all apps has the same name and labels, so that whoever has both hears of it once.
fn schedules(app: &App) -> Vec<Rule> {
    if !app.schedules.iter().any(|schedule| schedule.late_after.is_some()) {
        return vec![];
    }
    let (name, namespace) = (&app.name, &app.namespace);
    let said = (
        "schedule {{ $labels.schedule }} is late".to_owned(),
        format!(
            "A run was due more than lateAfterSeconds ago and none has succeeded since. Why: aegisctl status {name} -n {namespace}. To run it now: aegisctl schedule run {name} {{{{ $labels.schedule }}}} -n {namespace}."
        ),
    );
    let expr = format!("max by (schedule) {} > 0", told(app, "aegis_schedule_late"));
    vec![alert(app, "AegisScheduleLate", "warning", expr, said)]
}

fn health(app: &App) -> Vec<Rule> {
    let why = format!("Why: aegisctl status {} -n {}.", app.name, app.namespace);
    let silent = (
        "{{ $labels.role }} does not answer Prometheus".to_owned(),
        format!("Pod {{{{ $labels.pod }}}} serves no metrics where observability.metrics says. {why}"),
    );
    let missing = ("pods of {{ $labels.component }} are missing".to_owned(), format!("{{{{ $value }}}} are not ready. {why}"));
    let restarts =
        ("containers of {{ $labels.component }} start again and again".to_owned(), format!("Three times in 15 minutes, or more. {why}"));
    let max = |told: String| format!("max by (component) {told}");
    let lacking = format!("{} - {} > 0", max(told(app, "aegis_component_desired_pods")), max(told(app, "aegis_component_ready_pods")));
    vec![
        Rule { lasting: Some("10m"), ..alert(app, "AegisMetricsAway", "warning", format!("up{{{}}} == 0", own(app)), silent) },
        Rule { lasting: Some("15m"), ..alert(app, "AegisPodsMissing", "critical", lacking, missing) },
        alert(app, "AegisRestarts", "warning", format!("{} >= 3", max(changed(app, "aegis_component_restarts", "15m"))), restarts),
    ]
}
