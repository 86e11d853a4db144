//! What statuses tell of schedules, as numbers to alert on: of every app that is seen, at the moment of a scrape.
//! It decides nothing; lateness is judged by the plan.

use std::{
    collections::HashMap,
    fmt::{self, Debug, Formatter},
    sync::Arc,
};

use aegis_crds::status::ScheduleStatus;
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric},
    metrics::{MetricType, gauge::ConstGauge},
};
use serde::Deserialize;

use crate::{cache::Cache, place::AppKey};

/// The schedules of all apps in the cache.
pub struct Schedules(pub Arc<Cache>);

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Labels {
    namespace: String,
    app: String,
    schedule: String,
}

/// Of a status, what is told here.
#[derive(Default, Deserialize)]
struct Told {
    #[serde(default)]
    schedules: Vec<ScheduleStatus>,
}

/// A number of a schedule, where it has one.
type Number = fn(&ScheduleStatus) -> Option<i64>;

const NUMBERS: [(&str, &str, Number); 3] = [
    ("aegis_schedule_late", "1 if a run that was due more than lateAfterSeconds ago has not succeeded", |told| Some(told.late.into())),
    ("aegis_schedule_last_success_timestamp_seconds", "When a run last succeeded", |told| {
        told.last_success_time.as_ref().map(|time| time.0.as_second())
    }),
    ("aegis_schedule_next_run_timestamp_seconds", "When the next run is due", |told| told.next_run.as_ref().map(|time| time.0.as_second())),
];

impl Schedules {
    fn told(&self) -> HashMap<AppKey, Vec<ScheduleStatus>> {
        let told = |key: AppKey| {
            let Told { schedules } = self.0.app(&key)?.status.decode().unwrap_or_default();
            (!schedules.is_empty()).then_some((key, schedules))
        };
        self.0.apps(None).into_iter().filter_map(told).collect()
    }
}

impl Collector for Schedules {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let told = self.told();
        for (name, help, number) in NUMBERS {
            let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            for (key, told) in told.iter().flat_map(|(key, all)| all.iter().map(move |told| (key, told))) {
                let Some(number) = number(told) else { continue };
                let labels = Labels { namespace: key.namespace.clone(), app: key.name.clone(), schedule: told.name.clone() };
                ConstGauge::new(number).encode(family.encode_family(&labels)?)?;
            }
        }
        Ok(())
    }
}

impl Debug for Schedules {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Schedules").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{asked::Asked, metrics::Metrics, watch};
    use serde_json::json;

    #[test]
    fn each_schedule_has_its_numbers_and_what_it_lacks_is_not_told() {
        let cache = Arc::<Cache>::default();
        let metrics = Metrics::default();
        metrics.collect(Schedules(cache.clone()));
        let schedules = json!([
            {"name": "nightly", "schedule": "0 2 * * *", "timeZone": "Etc/UTC", "suspended": false, "late": true,
                "lastSuccessTime": "2026-01-01T02:00:30Z", "nextRun": "2026-01-03T02:00:00Z"},
            {"name": "weekly", "schedule": "@weekly", "timeZone": "Etc/UTC", "suspended": true, "late": false},
        ]);
        let app = json!({"metadata": {"namespace": "shop", "name": "web"}, "status": {"schedules": schedules}});
        cache.put(watch::app(serde_json::from_value::<Asked>(app).unwrap()));
        let text = metrics.text(0);
        for line in [
            "aegis_schedule_late{namespace=\"shop\",app=\"web\",schedule=\"nightly\"} 1",
            "aegis_schedule_late{namespace=\"shop\",app=\"web\",schedule=\"weekly\"} 0",
            "aegis_schedule_last_success_timestamp_seconds{namespace=\"shop\",app=\"web\",schedule=\"nightly\"} 1767232830",
            "aegis_schedule_next_run_timestamp_seconds{namespace=\"shop\",app=\"web\",schedule=\"nightly\"} 1767405600",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
        assert_eq!(text.matches("schedule=\"weekly\"").count(), 1, "{text}");
    }
}
