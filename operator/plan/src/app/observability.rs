//! What is told of an accepted app, with its defaults.
//! Of what is None nothing is told.

use super::Role;

/// What is told of an app.
#[derive(Clone, Debug)]
pub struct Observability {
    /// Whether the section is written; without it, pods are as they were before there was one.
    pub is_asked: bool,
    /// Name of the environment.
    pub environment: String,
    /// Value of LOG_FORMAT.
    pub log_format: &'static str,
    /// Value of LOG_LEVEL.
    pub log_level: &'static str,
    /// Metrics that roles serve.
    pub metrics: Option<Metrics>,
    /// Where traces go.
    pub traces: Option<Traces>,
    /// Name and key of the Secret with the token of Logfire.
    pub logfire: Option<(String, String)>,
    /// Goals for response times.
    pub slos: Vec<Slo>,
    /// Folder of the dashboard.
    pub dashboard: Option<String>,
}

/// Metrics that roles serve.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// Their path.
    pub path: String,
    /// Time between two scrapes, as Prometheus writes it.
    pub interval: String,
    /// Port of the roles that have no other.
    pub port: i32,
    /// The roles that serve them.
    pub roles: Vec<String>,
}

/// Where traces go.
#[derive(Clone, Debug)]
pub struct Traces {
    /// The collector.
    pub endpoint: String,
    /// How it is spoken to, in the words of OpenTelemetry.
    pub protocol: &'static str,
    /// Part of the traces that is kept.
    pub ratio: String,
}

/// A goal for response times.
#[derive(Clone, Debug)]
pub struct Slo {
    /// Its name.
    pub name: String,
    /// Part of the requests that counts.
    pub quantile: String,
    /// Seconds in which they are answered.
    pub threshold: f64,
    /// Percent of the time in which that holds.
    pub objective: String,
}

impl Observability {
    /// The metrics of a role, if it serves any.
    pub fn metrics_of(&self, role: &Role) -> Option<&Metrics> {
        // the migration and the schedules are over before anybody asks them
        let is_lasting = !matches!(role.section, "migration" | "schedules");
        self.metrics.as_ref().filter(|metrics| is_lasting && metrics.roles.contains(&role.name))
    }
}
