//! Defaults of `spec.observability`.

use aegis_crds::{
    AegisApp, AegisAppSpec,
    observability::{LogFormat, LogLevel, Metrics, Slo, Traces},
};
use kube_core::ResourceExt;

use crate::app;

/// What is told of an app.
pub(super) fn observability(asked: &AegisApp) -> app::Observability {
    let spec = &asked.spec;
    let is_asked = spec.observability.is_some();
    let asked_for = spec.observability.clone().unwrap_or_default();
    let logs = asked_for.logs.unwrap_or_default();
    app::Observability {
        is_asked,
        environment: asked_for.environment.unwrap_or_else(|| asked.namespace().unwrap_or_default()),
        log_format: log_format(logs.format.unwrap_or_else(|| default_format(spec))),
        log_level: log_level(logs.level.unwrap_or_default()),
        metrics: asked_for.metrics.map(|metrics| self::metrics(metrics, spec)),
        traces: asked_for.traces.map(traces),
        logfire: asked_for.logfire.map(|logfire| {
            let token = logfire.token_secret_ref;
            (token.name, token.key.unwrap_or_else(|| "token".into()))
        }),
        slos: slos(asked_for.slos),
        dashboard: asked_for.dashboard.map(|dashboard| dashboard.folder.unwrap_or_else(|| asked.name_any())),
    }
}

/// Machines read the logs, unless a developer does.
fn default_format(spec: &AegisAppSpec) -> LogFormat {
    if spec.dev.is_some() { LogFormat::Text } else { LogFormat::default() }
}

fn metrics(metrics: Metrics, spec: &AegisAppSpec) -> app::Metrics {
    let every = || {
        let frontend = spec.frontend.is_some().then_some("frontend");
        ["api"].into_iter().chain(frontend).chain(spec.workers.iter().map(|worker| worker.name.as_str())).map(str::to_owned).collect()
    };
    let mut roles = if metrics.roles.is_empty() { every() } else { metrics.roles };
    roles.sort();
    app::Metrics {
        path: metrics.path.unwrap_or_else(|| "/metrics".into()),
        interval: metrics.interval.unwrap_or_else(|| "30s".into()),
        port: metrics.port.unwrap_or(9191),
        roles,
    }
}

fn traces(traces: Traces) -> app::Traces {
    let is_http = traces.endpoint.trim_end_matches('/').ends_with(":4318");
    app::Traces {
        protocol: if is_http { "http/protobuf" } else { "grpc" },
        endpoint: traces.endpoint,
        ratio: traces.sample_ratio.unwrap_or_else(|| "1".into()),
    }
}

/// By their names: the order in which they are written means nothing.
fn slos(mut slos: Vec<Slo>) -> Vec<app::Slo> {
    slos.sort_by(|a, b| a.name.cmp(&b.name));
    let seconds = |milliseconds: i32| f64::from(milliseconds) / 1000.0;
    let slo = |slo: Slo| app::Slo {
        threshold: seconds(slo.threshold_milliseconds),
        name: slo.name,
        quantile: slo.quantile,
        objective: slo.objective,
    };
    slos.into_iter().map(slo).collect()
}

fn log_format(format: LogFormat) -> &'static str {
    match format {
        LogFormat::JSON => "JSON",
        LogFormat::Text => "Text",
    }
}

fn log_level(level: LogLevel) -> &'static str {
    match level {
        LogLevel::DEBUG => "DEBUG",
        LogLevel::INFO => "INFO",
        LogLevel::WARNING => "WARNING",
        LogLevel::ERROR => "ERROR",
        LogLevel::CRITICAL => "CRITICAL",
    }
}
