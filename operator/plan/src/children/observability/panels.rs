//! What the dashboard of an app shows: of its own roles, queues, schedules and goals, and nothing that it has not.
//! `docs/observability.md` lists every panel.

use aegis_crds::workers::BrokerType;

use super::{
    dashboard::{Panel, Query, Row},
    queries::{errors, own, requests, told},
    slos,
};
use crate::{
    App,
    app::{Metrics, Queue, Slo},
};

/// Time of a rate: what Grafana finds fit for what it shows.
const TIME: &str = "$__rate_interval";

/// All rows; one without panels is not shown.
pub(super) fn rows(app: &App) -> Vec<Row> {
    let Some(metrics) = &app.observability.metrics else { return vec![] };
    vec![
        Row { title: "Requests", panels: http(app, metrics) },
        Row { title: "Goals", panels: app.observability.slos.iter().flat_map(|slo| goal(app, metrics, slo)).collect() },
        Row { title: "Queues", panels: queues(app) },
        Row { title: "Tasks", panels: tasks(app) },
        Row { title: "Schedules", panels: schedules(app) },
        Row { title: "Health", panels: health(app) },
    ]
}

fn http(app: &App, metrics: &Metrics) -> Vec<Panel> {
    if !serves(app, |section| matches!(section, "api" | "frontend")) {
        return vec![];
    }
    let requests = requests(app, metrics);
    let count = format!("rate(http_request_duration_seconds_count{{{requests}}}[{TIME}])");
    let buckets = format!("rate(http_request_duration_seconds_bucket{{{requests}}}[{TIME}])");
    let quantile = |(part, word): (&str, &str)| {
        Query(format!("histogram_quantile({part}, sum by (role, le) ({buckets}))"), format!("{{{{role}}}} {word}"))
    };
    let slowest = format!("topk(10, histogram_quantile(0.95, sum by (role, route, le) ({buckets})))");
    vec![
        panel("Requests", "Requests of users by role.", "reqps", format!("sum by (role) ({count})"), "{{role}}"),
        Panel {
            title: "Response times".into(),
            description: "Half of the requests, 95 % and 99 % are answered within these.",
            unit: "s",
            queries: [("0.5", "p50"), ("0.95", "p95"), ("0.99", "p99")].map(quantile).into(),
        },
        panel("Errors", "Part of the requests that end with a status of 500 and more.", "percentunit", errors(&requests, TIME), "{{role}}"),
        panel("Answers", "Answers by status.", "reqps", format!("sum by (status) ({count})"), "{{status}}"),
        panel("Slowest routes", "The ten routes with the highest 95 %.", "s", slowest, "{{role}} {{route}}"),
        panel(
            "Exceptions",
            "Exceptions that nothing in the app handled, by type. None, before the first.",
            "cps",
            format!("sum by (role, type) (rate(exceptions_total{{{}}}[{TIME}]))", own(app)),
            "{{role}} {{type}}",
        ),
    ]
}

fn goal(app: &App, metrics: &Metrics, slo: &Slo) -> Vec<Panel> {
    let name = &slo.name;
    vec![
        Panel {
            title: format!("{name}: response time"),
            description: "The response time that the goal speaks of, and its threshold.",
            unit: "s",
            queries: vec![
                Query(slos::response_time(app, metrics, slo, TIME), format!("quantile {}", slo.quantile)),
                Query(format!("vector({})", slo.threshold), "threshold".into()),
            ],
        },
        Panel {
            title: format!("{name}: use of the budget"),
            description: "1 uses up the budget in just 30 days; alerts begin at 14.4 over an hour and at 1 over three days.",
            unit: "none",
            queries: ["1h", "6h", "3d"].map(|time| Query(slos::burn(app, slo, time), time.to_owned())).into(),
        },
        panel(
            &format!("{name}: budget left"),
            "What is left of the budget of the last 30 days, or of the time that Prometheus keeps.",
            "percentunit",
            format!("clamp_min(1 - {}, 0)", slos::burn(app, slo, "30d")),
            name,
        ),
    ]
}

/// What the agent tells: of each number the pools whose library keeps it.
fn queues(app: &App) -> Vec<Panel> {
    let shown = |title: &str, description: &'static str, unit: &'static str, metric: &str, keeps: fn(BrokerType) -> bool| {
        let brokers = app.workers.iter().filter_map(|worker| Some((worker, worker.queue.as_ref()?)));
        let mut pools: Vec<&str> =
            brokers.filter(|(_, queue): &(_, &Queue)| keeps(queue.library)).map(|(worker, _)| worker.role.name.as_str()).collect();
        pools.sort_unstable();
        let query = format!("max by (worker, queue) ({metric}{{{},worker=~\"{}\"}})", own(app), pools.join("|"));
        (!pools.is_empty()).then(|| panel(title, description, unit, query, "{{worker}} {{queue}}"))
    };
    use BrokerType::{Arq, Dramatiq, RedisList};
    let all = [
        shown("Waiting", "Messages that a worker could take now.", "short", "aegis_queue_backlog", |_| true),
        shown("In flight", "Messages that workers have taken and not finished.", "short", "aegis_queue_in_flight", |it| it != RedisList),
        shown("Oldest", "Time that the first message has waited.", "s", "aegis_queue_oldest_seconds", |it| it != RedisList),
        shown("Delayed", "Messages that wait for their time, retries included.", "short", "aegis_queue_delayed", |it| {
            matches!(it, Dramatiq | Arq)
        }),
        shown("Given up", "Messages that were given up and kept.", "short", "aegis_queue_dead", |it| it == Dramatiq),
    ];
    all.into_iter().flatten().collect()
}

/// What the workers tell.
fn tasks(app: &App) -> Vec<Panel> {
    if !serves(app, |section| section == "workers") {
        return vec![];
    }
    let own = own(app);
    let rate = |more: &str| format!("sum by (queue, actor) (rate(task_duration_seconds_count{{{own}{more}}}[{TIME}]))");
    let buckets = format!("sum by (queue, actor, le) (rate(task_duration_seconds_bucket{{{own}}}[{TIME}]))");
    let legend = "{{queue}} {{actor}}";
    vec![
        panel("Tasks", "Tasks that ended, by queue and actor.", "ops", rate(""), legend),
        panel("Task times", "95 % of the tasks end within these.", "s", format!("histogram_quantile(0.95, {buckets})"), legend),
        panel(
            "Failed tasks",
            "Part of the tasks that ended with an exception; a task that is tried again counts each time.",
            "percentunit",
            format!("({} or 0 * {}) / {}", rate(",outcome=\"error\""), rate(""), rate("")),
            legend,
        ),
    ]
}

/// What the operator tells.
fn schedules(app: &App) -> Vec<Panel> {
    if app.schedules.is_empty() {
        return vec![];
    }
    let of = |metric: &str| format!("max by (schedule) {}", told(app, metric));
    vec![
        panel(
            "Since the last success",
            "Time since a run last succeeded.",
            "s",
            format!("time() - {}", of("aegis_schedule_last_success_timestamp_seconds")),
            "{{schedule}}",
        ),
        panel(
            "Until the next run",
            "Time until the next run is due.",
            "s",
            format!("{} - time()", of("aegis_schedule_next_run_timestamp_seconds")),
            "{{schedule}}",
        ),
        panel("Late", "1 while a run has not succeeded in time.", "short", of("aegis_schedule_late"), "{{schedule}}"),
    ]
}

fn health(app: &App) -> Vec<Panel> {
    let own = own(app);
    let of = |metric: &str| format!("max by (component) {}", told(app, metric));
    vec![
        Panel {
            title: "Pods".into(),
            description: "Pods that are ready, and that are wanted.",
            unit: "short",
            queries: vec![
                Query(of("aegis_component_ready_pods"), "{{component}} ready".into()),
                Query(of("aegis_component_desired_pods"), "{{component}} wanted".into()),
            ],
        },
        panel("Restarts", "Restarts of the containers that are there.", "short", of("aegis_component_restarts"), "{{component}}"),
        panel("Answers to Prometheus", "Pods that serve their metrics.", "short", format!("sum by (role) (up{{{own}}})"), "{{role}}"),
        panel(
            "Memory",
            "Memory of each process in RAM.",
            "bytes",
            format!("sum by (role, pod) (process_resident_memory_bytes{{{own}}})"),
            "{{pod}}",
        ),
        panel(
            "CPU",
            "Seconds of CPU in a second.",
            "short",
            format!("sum by (role, pod) (rate(process_cpu_seconds_total{{{own}}}[{TIME}]))"),
            "{{pod}}",
        ),
        panel(
            "Open files",
            "Open files and connections of each process.",
            "short",
            format!("sum by (role, pod) (process_open_fds{{{own}}})"),
            "{{pod}}",
        ),
    ]
}

/// Whether a role of such a section serves metrics.
fn serves(app: &App, is_it: fn(&str) -> bool) -> bool {
    app.roles().any(|role| is_it(role.section) && app.observability.metrics_of(role).is_some())
}

fn panel(title: &str, description: &'static str, unit: &'static str, query: String, legend: &str) -> Panel {
    Panel { title: title.to_owned(), description, unit, queries: vec![Query(query, legend.to_owned())] }
}
