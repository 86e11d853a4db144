//! Goals for response times: one number is recorded for each, whether it was missed in the last five minutes, and the alerts
//! compare how fast that uses up its budget, over a long time and a short one at once.

use super::{queries, rules::alert};
use crate::{
    App,
    app::{Metrics, Slo},
    foreign::monitoring::{Group, Rule},
};

/// 1 while a goal is missed, else 0.
const MISSED: &str = "aegis:slo_missed:5m";
/// Times the budget's even use, with the long and the short time over which it must hold: what uses a fiftieth of the budget of
/// 30 days in an hour, and a twentieth in six.
const FAST: [(&str, &str, &str); 2] = [("14.4", "1h", "5m"), ("6", "6h", "30m")];
/// What uses a tenth of it in a day, and in three.
const SLOW: [(&str, &str, &str); 2] = [("3", "1d", "2h"), ("1", "3d", "6h")];

/// The group of rules of all goals.
pub(super) fn group(app: &App, metrics: &Metrics) -> Option<Group> {
    let slos = &app.observability.slos;
    let rules = slos.iter().flat_map(|slo| [recorded(app, metrics, slo), fast(app, slo), slow(app, slo)]).collect();
    (!slos.is_empty()).then(|| Group { name: format!("{}-slos", app.name), rules })
}

/// How many times faster than evenly the budget is used, over that time.
pub(super) fn burn(app: &App, slo: &Slo, time: &str) -> String {
    format!("{} / {}", missed(app, slo, time), budget(slo))
}

/// The response time that a goal speaks of.
pub(super) fn response_time(app: &App, metrics: &Metrics, slo: &Slo, time: &str) -> String {
    let served = format!("{},role=\"api\",status!~\"5..\"", queries::requests(app, metrics));
    let buckets = format!("sum by (namespace, app, le) (rate(http_request_duration_seconds_bucket{{{served}}}[{time}]))");
    format!("histogram_quantile({}, {buckets})", slo.quantile)
}

fn recorded(app: &App, metrics: &Metrics, slo: &Slo) -> Rule {
    Rule {
        record: Some(MISSED),
        expr: format!("{} > bool {}", response_time(app, metrics, slo, "5m"), slo.threshold),
        labels: [("slo", slo.name.clone())].into(),
        ..Default::default()
    }
}

fn fast(app: &App, slo: &Slo) -> Rule {
    Rule { lasting: Some("2m"), ..burning(app, slo, FAST, "critical", "within days") }
}

fn slow(app: &App, slo: &Slo) -> Rule {
    Rule { lasting: Some("15m"), ..burning(app, slo, SLOW, "warning", "before its 30 days are over") }
}

fn burning(app: &App, slo: &Slo, speeds: [(&str, &str, &str); 2], severity: &str, end: &str) -> Rule {
    let is_over = |time: &str, times: &str| format!("{} > {times} * {}", missed(app, slo, time), budget(slo));
    let both = |(times, long, short): (&str, &str, &str)| format!("({} and {})", is_over(long, times), is_over(short, times));
    let (name, quantile, threshold, objective) = (&slo.name, &slo.quantile, slo.threshold, &slo.objective);
    let summary = format!("{name}: response times use up their budget {end}");
    let description = format!(
        "{quantile} of the requests are to be answered within {threshold} s, for {objective} % of the time; that was missed too often. \
         Which routes are slow: the app's dashboard, or topk by route of http_request_duration_seconds."
    );
    let expr = speeds.map(both).join(" or ");
    let mut rule = alert(app, "AegisSloBurn", severity, expr, (summary, description));
    rule.labels.insert("slo", name.clone());
    rule
}

fn missed(app: &App, slo: &Slo, time: &str) -> String {
    format!("avg_over_time({MISSED}{{{},slo={:?}}}[{time}])", queries::own(app), slo.name)
}

fn budget(slo: &Slo) -> String {
    format!("(1 - {} / 100)", slo.objective)
}
