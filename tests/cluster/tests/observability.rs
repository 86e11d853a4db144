//! What is told of the shop reaches a real Prometheus, and every panel of its dashboard has something to show.

use std::collections::BTreeSet;

use aegis_crds::AegisApp;
use aegis_tests::server::install::{chart_with, definitions};
use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, DynamicObject, ListParams, PostParams},
    core::{ApiResource, GroupVersionKind},
};
use serde_json::{Value, json};

use crate::{
    apps::{condition, words},
    lab::{OPERATOR, SHOP},
    prometheus::Prometheus,
    space::Space,
    wait::{holds, until},
};

/// What is added to the flagship: a schedule whose task fails, for exceptions, and two processes in a pod.
const MORE: &str = "
observability:
  metrics: {interval: 5s}
  slos: [{name: api-latency, quantile: '0.99', thresholdMilliseconds: 500, objective: '99.5'}]
  dashboard: {}
schedules:
- {name: report, schedule: '* * * * *', lateAfterSeconds: 600, run: {args: [report]}}
- {name: mistake, schedule: '* * * * *', run: {enqueue: {worker: media, actor: make_receipt, args: [no order]}}}
";

/// The operator is not started again, no pod is, and every panel has numbers of the app's own.
pub async fn kinds_that_come_later_are_told_of_the_shop_and_every_panel_has_something_to_show(shop: Space) {
    forget_kinds(&shop).await;
    shop.apply_value(SHOP, observed(&shop).await).await.expect("the API server takes it");
    shop.ready(SHOP).await;
    is_told(&shop, "KindMissing").await;
    let pods = pods(&shop).await;
    for definition in definitions("prometheus") {
        let definition = serde_json::from_value(definition).expect("a definition is an object");
        shop.definitions().create(&PostParams::default(), &definition).await.expect("an upstream definition is accepted");
    }
    is_told(&shop, "Told").await;

    let mut monitors = of(&shop, "PodMonitor", "podmonitors").await;
    let own = chart_with(&["monitor.enabled=true"]).into_iter().find(|object| object["kind"] == "PodMonitor");
    let mut own = own.expect("the chart has a PodMonitor");
    own["metadata"]["namespace"] = OPERATOR.into();
    monitors.push(own);
    let prometheus = Prometheus::start(&shop.lab.client, &monitors, &of(&shop, "PrometheusRule", "prometheusrules").await).await;
    let mut open = panels(&shop).await;
    assert!(open.len() > 25, "{open:?}");
    until("something to show in every panel", 240, async || {
        visit(&shop).await;
        let mut left = vec![];
        for (title, query) in open.drain(..) {
            match prometheus.ask(&query.replace("$__rate_interval", "1m")).await {
                Ok(found) if !found.is_empty() => {}
                Ok(_) => left.push((title, query)),
                Err(error) => panic!("{title}: {query}: {error}"),
            }
        }
        open = left;
        holds(open.is_empty(), format!("nothing in {open:#?}; targets: {:?}", prometheus.targets().await))
    })
    .await;
    let targets = prometheus.targets().await;
    assert!(targets.iter().all(|(_, is_up, _)| *is_up), "{targets:?}");
    let roles: BTreeSet<&str> = targets.iter().map(|(role, ..)| role.as_str()).collect();
    assert_eq!(roles, ["", "agent", "api", "frontend", "media", "orders"].into(), "the operator has no role");
    assert_eq!(prometheus.faults().await, Vec::<String>::new());
    assert_eq!(self::pods(&shop).await, pods, "no pod is another one");
}

/// The flagship, with all that is told of it.
async fn observed(shop: &Space) -> Value {
    let mut spec: Value = aegis_tests::files::yaml(&aegis_tests::files::root().join("examples/shop/aegisapp.yaml"));
    let mut spec = spec["spec"].take();
    let flagship = Api::<AegisApp>::namespaced(shop.lab.client.clone(), SHOP).get(SHOP).await.expect("the flagship is there");
    spec["image"] = json!(flagship.spec.image);
    let more: Value = serde_yaml::from_str(MORE).expect("the words are YAML");
    spec["observability"] = more["observability"].clone();
    spec["schedules"] = more["schedules"].clone();
    for worker in spec["workers"].as_array_mut().expect("the flagship has workers") {
        worker["broker"] = json!({"type": "Dramatiq", "binding": "queue"});
    }
    spec["workers"][1]["concurrency"] = json!({"processes": 2, "threads": 2});
    spec
}

/// An order, a page, and something that is not there.
async fn visit(shop: &Space) {
    let api = shop.door("shop-api");
    drop(api.send("POST", "/api/orders", Some(json!({"item": "teapot", "quantity": 1}))).await);
    drop(api.get("/api/orders/no-such-order").await);
    drop(shop.door("shop-frontend").get("/").await);
}

/// The operator asks for kinds that are not there every 15 s.
async fn is_told(shop: &Space, reason: &str) {
    until(format!("ObservabilityReady says {reason}"), 45, async || {
        let told = condition(&shop.app(SHOP).await, "ObservabilityReady");
        holds(told.as_ref().is_some_and(|told| told.reason == reason), told.as_ref().map_or_else(String::new, words))
    })
    .await;
}

/// The queries of every panel, with its title.
async fn panels(shop: &Space) -> Vec<(String, String)> {
    let found: Vec<ConfigMap> = shop.list("grafana_dashboard=1").await;
    let texts: Vec<&String> = found.iter().filter_map(|map| map.data.as_ref()).flat_map(|data| data.values()).collect();
    let [text] = texts.as_slice() else { panic!("the flagship has one dashboard: {texts:?}") };
    let dashboard: Value = serde_json::from_str(text).expect("a dashboard is JSON");
    let panels = dashboard["panels"].as_array().expect("it has panels").iter();
    let queries = panels.flat_map(|panel| panel["targets"].as_array().into_iter().flatten().map(move |target| (panel, target)));
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    queries.map(|(panel, target)| (word(&panel["title"]), word(&target["expr"]))).collect()
}

/// Names of the pods that stay.
async fn pods(shop: &Space) -> BTreeSet<String> {
    let all: Vec<Pod> = shop.list("aegis.dev/app=shop,aegis.dev/section in (agent,api,frontend,workers,scheduler)").await;
    let operator = Api::<Pod>::namespaced(shop.lab.client.clone(), OPERATOR).list(&ListParams::default()).await;
    all.into_iter().chain(operator.expect("pods can be listed").items).map(|pod| pod.name_any()).collect()
}

/// A cluster of an earlier run has them.
async fn forget_kinds(shop: &Space) {
    for definition in definitions("prometheus") {
        let name = definition["metadata"]["name"].as_str().expect("a definition is named").to_owned();
        let gone = shop.definitions().delete(&name, &DeleteParams::default()).await;
        assert!(gone.is_ok() || shop.definitions().get_opt(&name).await.is_ok_and(|found| found.is_none()), "{name} goes");
    }
}

async fn of(shop: &Space, kind: &str, plural: &str) -> Vec<Value> {
    let kind = ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk("monitoring.coreos.com", "v1", kind), plural);
    let api: Api<DynamicObject> = Api::namespaced_with(shop.lab.client.clone(), &shop.namespace, &kind);
    let found = api.list(&ListParams::default()).await.expect("the kind is there").items;
    assert!(!found.is_empty(), "there is a {}", kind.kind);
    found.into_iter().map(|object| json!(object)).collect()
}

impl Space {
    fn definitions(&self) -> Api<DynamicObject> {
        let kind = GroupVersionKind::gvk("apiextensions.k8s.io", "v1", "CustomResourceDefinition");
        Api::all_with(self.lab.client.clone(), &ApiResource::from_gvk(&kind))
    }
}
