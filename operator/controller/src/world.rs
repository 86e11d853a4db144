//! What one look at an app works with: the cache, the reader, the writer and the numbers.
//! It has no behaviour but counting and logging what failed.

use std::sync::Arc;

use aegis_plan::{App, Key, status::Undone};

use crate::{cache::Cache, failure::Failure, metrics::Metrics, read::Reader, scale::Scaler, strangers::Strangers, write::Writer};

/// The operator's hands and eyes.
pub struct World {
    pub cache: Arc<Cache>,
    pub reader: Reader,
    pub writer: Arc<Writer>,
    pub scaler: Arc<Scaler>,
    pub strangers: Strangers,
    pub metrics: Arc<Metrics>,
    /// Name of this process in events.
    pub instance: String,
}

impl World {
    /// Counts, logs and words the failure of one object.
    pub fn undone(&self, app: &App, key: Key, section: &'static str, failure: &Failure) -> Undone {
        self.metrics.failed(failure.word(), failure.reason());
        tracing::warn!(
            namespace = app.namespace,
            app = app.name,
            kind = key.kind,
            name = key.name,
            effect = failure.word(),
            reason = failure.reason(),
            "{failure}"
        );
        Undone { key, section, reason: failure.reason().to_owned(), message: short(&failure.to_string()) }
    }
}

/// The first 600 characters: the API server lists every object's errors, and one condition has to hold several.
fn short(message: &str) -> String {
    message.chars().take(600).collect()
}
