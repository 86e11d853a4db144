//! Words of PromQL that rules and panels share: which series are the app's.
//! The names of metrics are those of `docs/observability.md`.

use std::collections::BTreeSet;

use crate::{App, app::Metrics};

/// Matches every series of the app.
pub(super) fn own(app: &App) -> String {
    format!("namespace={:?},app={:?}", app.namespace, app.name)
}

/// Matches what users ask for: what Kubernetes and Prometheus ask for is left out.
pub(super) fn requests(app: &App, metrics: &Metrics) -> String {
    let http = std::iter::once(&app.api).chain(&app.frontend);
    let probes = http.flat_map(|http| {
        let probes = &http.probes;
        let startup = probes.startup.iter().filter_map(|startup| startup.path.as_ref());
        probes.liveness.iter().chain(&probes.readiness).map(|probe| &probe.path).chain(startup)
    });
    let quiet: BTreeSet<&String> = probes.chain([&metrics.path]).collect();
    let quiet: Vec<String> = quiet.iter().map(|path| format!("route!={path:?}")).collect();
    format!("{},{}", own(app), quiet.join(","))
}

/// What the operator tells of the app. A scrape that sets a namespace of its own keeps the app's as exported_namespace.
pub(super) fn told(app: &App, metric: &str) -> String {
    let by = |label: &str| format!("{metric}{{{label}={:?},app={:?}}}", app.namespace, app.name);
    format!("({} or {})", by("namespace"), by("exported_namespace"))
}

/// Change of what the operator tells of the app, in that time.
pub(super) fn changed(app: &App, metric: &str, time: &str) -> String {
    let by = |label: &str| format!("delta({metric}{{{label}={:?},app={:?}}}[{time}])", app.namespace, app.name);
    format!("({} or {})", by("namespace"), by("exported_namespace"))
}

/// Part of the requests that end with an error of the server, of those in that time: 0 where none did.
pub(super) fn errors(requests: &str, time: &str) -> String {
    let rate =
        |more: &str| format!("sum by (namespace, app, role) (rate(http_request_duration_seconds_count{{{requests}{more}}}[{time}]))");
    let (all, failed) = (rate(""), rate(",status=~\"5..\""));
    format!("({failed} or 0 * {all}) / {all}")
}
