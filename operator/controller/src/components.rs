//! What statuses tell of components, as numbers to alert on: pods that are ready and that are wanted, and how often their
//! containers were started again. It decides nothing.

use std::{
    fmt::{self, Debug, Formatter},
    sync::Arc,
};

use aegis_crds::status::Component;
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric},
    metrics::{MetricType, gauge::ConstGauge},
};
use serde::Deserialize;

use crate::{cache::Cache, place::AppKey};

/// The components of all apps in the cache.
pub struct Components(pub Arc<Cache>);

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Labels {
    namespace: String,
    app: String,
    component: String,
}

/// Of a status, what is told here.
#[derive(Default, Deserialize)]
struct Told {
    #[serde(default)]
    components: Vec<Component>,
}

/// A component of an app.
struct Counted {
    labels: Labels,
    ready: i32,
    desired: i32,
    restarts: i32,
}

/// A number of a component.
type Number = fn(&Counted) -> i32;

const NUMBERS: [(&str, &str, Number); 3] = [
    ("aegis_component_ready_pods", "Pods of a role or provisioned service that are ready", |it| it.ready),
    ("aegis_component_desired_pods", "Pods of a role or provisioned service that are wanted", |it| it.desired),
    ("aegis_component_restarts", "Restarts of the containers of the pods that are there", |it| it.restarts),
];

impl Components {
    fn counted(&self) -> Vec<Counted> {
        self.0.apps(None).into_iter().flat_map(|key| self.of(&key)).collect()
    }

    fn of(&self, key: &AppKey) -> Vec<Counted> {
        let Some(app) = self.0.app(key) else { return vec![] };
        let Told { components } = app.status.decode().unwrap_or_default();
        // these end: nobody waits for their pods
        let lasting = components.into_iter().filter(|component| !matches!(component.section.as_str(), "migration" | "schedules"));
        let counted = |component: Component| Counted {
            restarts: self.0.restarts(key, &component.section, &component.name),
            labels: Labels { namespace: key.namespace.clone(), app: key.name.clone(), component: component.name },
            ready: component.ready,
            desired: component.desired,
        };
        lasting.map(counted).collect()
    }
}

impl Collector for Components {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let counted = self.counted();
        for (name, help, number) in NUMBERS {
            let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            for component in &counted {
                ConstGauge::new(i64::from(number(component))).encode(family.encode_family(&component.labels)?)?;
            }
        }
        Ok(())
    }
}

impl Debug for Components {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Components").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use aegis_plan::{
        Kind,
        facts::{ContainerSeen, PodSeen},
    };
    use k8s_openapi::api::core::v1::Pod;
    use serde_json::json;

    use super::*;
    use crate::{
        asked::Asked,
        cache::{Filed, Item},
        metrics::Metrics,
        place::Place,
        watch,
    };

    #[test]
    fn each_component_has_its_numbers_and_those_that_end_have_none() {
        let cache = Arc::<Cache>::default();
        let metrics = Metrics::default();
        metrics.collect(Components(cache.clone()));
        let components = json!([
            {"name": "migration", "section": "migration", "ready": 0, "desired": 1, "reason": "MigrationFailed"},
            {"name": "api", "section": "api", "ready": 1, "desired": 2, "reason": "Progressing"},
        ]);
        let app = json!({"metadata": {"namespace": "shop", "name": "web"}, "status": {"components": components}});
        cache.put(watch::app(serde_json::from_value::<Asked>(app).unwrap()));
        for (name, role, restarts) in [("a", "api", 2), ("b", "api", 3), ("c", "frontend", 9)] {
            cache.put(pod(name, role, restarts));
        }
        let text = metrics.text(0);
        for line in [
            "aegis_component_ready_pods{namespace=\"shop\",app=\"web\",component=\"api\"} 1",
            "aegis_component_desired_pods{namespace=\"shop\",app=\"web\",component=\"api\"} 2",
            "aegis_component_restarts{namespace=\"shop\",app=\"web\",component=\"api\"} 5",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
        assert!(!text.contains("migration"), "{text}");
    }

    fn pod(name: &str, role: &str, restarts: i32) -> Item {
        let container = ContainerSeen { restarts, ..Default::default() };
        let pod = PodSeen { name: name.into(), uid: name.into(), role: role.into(), section: role.into(), container, ..Default::default() };
        Item {
            place: Place { kind: Kind::of::<Pod>(), namespace: "shop".into(), name: name.into() },
            home: Some(AppKey { namespace: "shop".into(), name: "web".into() }),
            filed: Filed::Pod(pod, "1".into()),
        }
    }
}
