//! Numbers about the operator itself, in Prometheus' text format.
//! Labels are fixed words; nothing here names an app, but what is collected from elsewhere may.

use std::{sync::Mutex, time::Duration};

use prometheus_client::{
    collector::Collector,
    encoding::{EncodeLabelSet, text},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};

/// Seconds, from a cached look to the longest that is allowed.
const SECONDS: [f64; 12] = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 20.0, 40.0, 60.0];

/// All metrics.
pub struct Metrics {
    registry: Mutex<Registry>,
    reconciles: Family<OutcomeLabel, Counter>,
    reconcile_seconds: Histogram,
    writes: Family<WriteLabels, Counter>,
    write_seconds: Family<VerbLabel, Histogram>,
    failures: Family<FailureLabels, Counter>,
    watch_errors: Family<KindLabel, Counter>,
    queue_depth: Gauge,
    /// Apps that are cared for.
    pub apps: Gauge,
    /// Whether this replica writes: 1 or 0.
    pub leader: Gauge,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OutcomeLabel {
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct WriteLabels {
    verb: &'static str,
    kind: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct VerbLabel {
    verb: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct FailureLabels {
    effect: &'static str,
    reason: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct KindLabel {
    kind: &'static str,
}

impl Default for Metrics {
    fn default() -> Self {
        let metrics = Self {
            registry: Mutex::default(),
            reconciles: Family::default(),
            reconcile_seconds: histogram(),
            writes: Family::default(),
            write_seconds: Family::new_with_constructor(histogram),
            failures: Family::default(),
            watch_errors: Family::default(),
            queue_depth: Gauge::default(),
            apps: Gauge::default(),
            leader: Gauge::default(),
        };
        metrics.register();
        metrics
    }
}

impl Metrics {
    /// Counts one look at an app.
    pub fn reconciled(&self, outcome: &'static str, took: Duration) {
        self.reconciles.get_or_create(&OutcomeLabel { outcome }).inc();
        self.reconcile_seconds.observe(took.as_secs_f64());
    }

    /// Counts one write.
    pub fn wrote(&self, verb: &'static str, kind: &'static str, outcome: &'static str, took: Duration) {
        self.writes.get_or_create(&WriteLabels { verb, kind, outcome }).inc();
        self.write_seconds.get_or_create(&VerbLabel { verb }).observe(took.as_secs_f64());
    }

    /// Counts one failure.
    pub fn failed(&self, effect: &'static str, reason: &'static str) {
        self.failures.get_or_create(&FailureLabels { effect, reason }).inc();
    }

    /// Counts one watch that broke.
    pub fn watch_error(&self, kind: &'static str) {
        self.watch_errors.get_or_create(&KindLabel { kind }).inc();
    }

    /// Adds what is read elsewhere, at the moment of a scrape.
    pub fn collect(&self, collector: impl Collector) {
        self.registry.lock().expect("no code panics while it holds the registry").register_collector(Box::new(collector));
    }

    /// Everything as text. `depth` is the number of apps that wait for a look.
    pub fn text(&self, depth: usize) -> String {
        self.queue_depth.set(i64::try_from(depth).unwrap_or(i64::MAX));
        let mut out = String::new();
        let registry = self.registry.lock().expect("no code panics while it holds the registry");
        text::encode(&mut out, &registry).expect("a string takes every write");
        out
    }

    fn register(&self) {
        let mut registry = self.registry.lock().expect("nobody else has it yet");
        let registry = registry.sub_registry_with_prefix("aegis_operator");
        registry.register("reconciles", "Looks at an app, by how they ended", self.reconciles.clone());
        registry.register_with_unit("reconcile_duration", "Time of one look at an app", Unit::Seconds, self.reconcile_seconds.clone());
        registry.register("writes", "Requests that change something, by how they ended", self.writes.clone());
        registry.register_with_unit(
            "write_duration",
            "Time of one write, waiting for its turn left out",
            Unit::Seconds,
            self.write_seconds.clone(),
        );
        registry.register("failures", "Effects that did not happen, by cause", self.failures.clone());
        registry.register("watch_errors", "Watches that broke or could not begin", self.watch_errors.clone());
        registry.register("queue_depth", "Apps that are due for a look", self.queue_depth.clone());
        registry.register("apps", "Apps that are cared for", self.apps.clone());
        registry.register("leader", "1 if this replica leads, 0 if it follows", self.leader.clone());
    }
}

fn histogram() -> Histogram {
    Histogram::new(SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_have_stable_names() {
        let metrics = Metrics::default();
        metrics.wrote("create", "Service", "ok", Duration::from_millis(5));
        metrics.failed("apply", "Conflict");
        let text = metrics.text(3);
        for line in [
            "aegis_operator_writes_total{verb=\"create\",kind=\"Service\",outcome=\"ok\"} 1",
            "aegis_operator_failures_total{effect=\"apply\",reason=\"Conflict\"} 1",
            "aegis_operator_queue_depth 3",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
    }
}
