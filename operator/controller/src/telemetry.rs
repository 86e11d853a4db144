//! Logs: what is let through, and in which format. No body of a request or answer is ever let through.
//! Metrics are elsewhere.

use std::panic;

use clap::ValueEnum;
use tracing::{Level, Metadata, error};
use tracing_subscriber::{EnvFilter, Layer, filter::filter_fn, fmt::MakeWriter, layer::SubscriberExt, util::SubscriberInitExt};

/// Format of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object per line.
    Json,
}

/// Starts logging to standard error. `filter` is in the syntax of RUST_LOG; what it does not understand is left out.
pub fn start(format: LogFormat, filter: &str) {
    start_to(std::io::stderr, format, filter);
    panic::set_hook(Box::new(|panic| error!(place = panic.location().map(ToString::to_string), "panic")));
}

/// Starts logging to `writer`; panics are not logged.
pub fn start_to(writer: impl for<'a> MakeWriter<'a> + Send + Sync + 'static, format: LogFormat, filter: &str) {
    let layer = tracing_subscriber::fmt::layer().with_writer(writer);
    let layer = match format {
        LogFormat::Text => layer.boxed(),
        LogFormat::Json => layer.json().flatten_event(true).with_current_span(true).with_span_list(false).boxed(),
    };
    let asked = EnvFilter::builder().parse_lossy(filter);
    tracing_subscriber::registry().with(layer.with_filter(filter_fn(is_harmless)).with_filter(asked)).init();
}

/// Our own words at every level, those of libraries down to INFO; and none of kube's client, which logs answers that it
/// cannot decode in full.
fn is_harmless(metadata: &Metadata<'_>) -> bool {
    let target = metadata.target();
    let is_ours = target.starts_with("aegis");
    is_ours || (*metadata.level() <= Level::INFO && !target.starts_with("kube_client::client"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        io::Write,
        sync::{Arc, Mutex},
    };

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn answers_never_reach_the_log() {
        let kept = Kept::default();
        let writer = kept.clone();
        let layer = tracing_subscriber::fmt::layer().with_writer(move || writer.clone()).with_filter(filter_fn(is_harmless));
        let subscriber = tracing_subscriber::registry().with(layer.with_filter(EnvFilter::new("trace")));
        tracing::subscriber::with_default(subscriber, || {
            tracing::warn!(target: "kube_client::client", "canary in an answer");
            tracing::trace!(target: "hyper::proto", "canary on the wire");
            tracing::warn!(target: "kube_runtime::watcher", "heard");
            tracing::trace!(target: "aegis_controller::work", "ours");
        });
        let log = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        assert!(!log.contains("canary") && log.contains("heard") && log.contains("ours"), "{log}");
    }
}
