//! One order is one trace: a real OpenTelemetry Collector receives it, and the logs of every role that took part name it.
//! Logfire is played by the same collector, which writes down who says to send.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{Event, Pod, Secret, Service};
use kube::{ResourceExt, api::PostParams};
use serde_json::{Value, json};

use crate::{
    lab::SHOP,
    space::Space,
    wait::{Look, found, until},
};

/// The token of an account that nobody has.
const TOKEN: &str = "pylf_v1_local_canary0f5c1d";
/// It listens to gRPC and HTTP, and keeps who sent.
const COLLECTOR: &str = "yaml:{receivers: {otlp: {protocols: {grpc: {endpoint: '0.0.0.0:4317'}, http: {endpoint: '0.0.0.0:4318', include_metadata: true}}}}, \
    exporters: {lines: {}}, service: {pipelines: {traces: {receivers: [otlp], exporters: [lines]}}}}";
/// What an order becomes, from the last to the first: role, span, kind.
const WAY: [(&str, &str, u64); 5] = [
    ("shop-media", "process media", 5),
    ("shop-orders", "send media", 4),
    ("shop-orders", "process orders", 5),
    ("shop-api", "send orders", 4),
    ("shop-api", "POST /api/orders", 2),
];

/// Sent by gRPC, and to Logfire with a token that stands in a Secret only.
pub async fn an_order_is_one_trace_from_the_api_to_the_last_worker(space: Space) {
    collector(&space).await;
    space.apply_value(SHOP, traced(&space).await).await.expect("the API server takes it");
    space.ready(SHOP).await;
    let placed = space.door("shop-api").insist("POST", "/api/orders", Some(json!({"item": "cup", "quantity": 1}))).await;
    let order = serde_json::from_str::<Value>(&placed).expect("an order is JSON")["id"].as_str().expect("it has an id").to_owned();
    space.door("shop-api").expect(&format!("/api/orders/{order}"), 60, |order| order["receipt"].is_string()).await;

    let trace = received(&space, |span| span.sender.is_none()).await;
    assert_eq!(received(&space, |span| span.sender.as_deref() == Some(TOKEN)).await, trace, "Logfire received another trace");
    for (section, event) in [("api", "order_placed"), ("workers", "order_fulfilled"), ("workers", "receipt_made")] {
        let lines = logs(&space, section).await;
        let told: Vec<_> = lines.iter().filter(|line| line["event"] == event && line["order"] == order.as_str()).collect();
        let [line] = told.as_slice() else { panic!("{event} was told {} times", told.len()) };
        assert_eq!(line["trace_id"], trace.as_str(), "{line}");
        assert!(line["span_id"].is_string() && line["app"] == "shop" && line["role"].is_string() && line["release"].is_string(), "{line}");
    }
    nobody_tells_the_token(&space).await;
}

/// A span as it was received.
struct Span {
    service: String,
    name: String,
    kind: u64,
    trace: String,
    id: String,
    parent: String,
    sender: Option<String>,
}

/// Waits until the whole way of the order was received by that way; gives its trace, which must be the only one.
async fn received(space: &Space, by: impl Fn(&Span) -> bool) -> String {
    until("every span of the order", 30, async || {
        let text = space.api::<Pod>().logs("collector", &Default::default()).await.unwrap_or_default();
        let spans: Vec<Span> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).flat_map(spans).filter(&by).collect();
        let traces: BTreeSet<&str> = spans.iter().filter(|span| span.name == "POST /api/orders").map(|span| span.trace.as_str()).collect();
        assert!(traces.len() < 2, "one order began {} traces", traces.len());
        let seen: Vec<_> = spans.iter().map(|span| format!("{} {}", span.service, span.name)).collect();
        found(
            spans.iter().find(|span| span.name == WAY[0].1).filter(|last| is_way(last, &spans)).map(|last| last.trace.clone()),
            seen.join(", "),
        )
    })
    .await
}

/// Whether a span and those it came from are the way of an order.
fn is_way(last: &Span, spans: &[Span]) -> bool {
    let mut step = Some(last);
    let came_from = |span: &Span| spans.iter().find(|other| other.id == span.parent && other.trace == span.trace);
    let is_followed = WAY.iter().all(|way| {
        let is_it = step.is_some_and(|span| *way == (span.service.as_str(), span.name.as_str(), span.kind));
        step = step.and_then(came_from);
        is_it
    });
    is_followed && step.is_none()
}

/// The spans of one line of the collector.
fn spans(line: Value) -> Vec<Span> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let sender = line["authorization"][0].as_str().map(str::to_owned);
    let of_resource = |resource: Value| {
        let attributes = list(&resource["resource"]["attributes"]);
        let service = attributes
            .iter()
            .find(|attribute| attribute["key"] == "service.name")
            .map(|attribute| text(&attribute["value"]["stringValue"]));
        let spans = list(&resource["scopeSpans"]).into_iter().flat_map(|scope| list(&scope["spans"])).collect::<Vec<_>>();
        spans.into_iter().map(move |span| (service.clone().unwrap_or_default(), span)).collect::<Vec<_>>()
    };
    let spans = list(&line["traces"]["resourceSpans"]).into_iter().flat_map(of_resource);
    let made = spans.map(|(service, span)| Span {
        service,
        name: text(&span["name"]),
        kind: span["kind"].as_u64().unwrap_or_default(),
        trace: text(&span["traceId"]),
        id: text(&span["spanId"]),
        parent: text(&span["parentSpanId"]),
        sender: sender.clone(),
    });
    made.collect()
}

/// The lines of a section's pods: each must be an object.
async fn logs(space: &Space, section: &str) -> Vec<Value> {
    let mut lines = Vec::new();
    for pod in space.list::<Pod>(&format!("aegis.dev/app=shop,aegis.dev/section={section}")).await {
        let text = space.api::<Pod>().logs(&pod.name_any(), &Default::default()).await.expect("logs can be read");
        let object =
            |line: &str| serde_json::from_str(line).ok().filter(Value::is_object).unwrap_or_else(|| panic!("{}: {line}", pod.name_any()));
        lines.extend(text.lines().map(object));
    }
    lines
}

/// Neither in what is kept of the app and its pods, nor in events, nor in any log but that of the one it was sent to.
async fn nobody_tells_the_token(space: &Space) {
    let pods = space.list::<Pod>("aegis.dev/app=shop").await;
    let mut told = serde_json::to_string(&(&pods, space.app(SHOP).await)).expect("objects are JSON");
    told += &serde_json::to_string(&space.list::<Event>("").await).expect("events are JSON");
    for pod in &pods {
        told += &space.api::<Pod>().logs(&pod.name_any(), &Default::default()).await.unwrap_or_default();
    }
    assert!(told.contains("LOGFIRE_TOKEN") && !told.contains(TOKEN), "the token is told");
}

/// The collector, its address, and the Secret.
async fn collector(space: &Space) {
    let secret: Secret = object(json!({"metadata": {"name": "logfire"}, "stringData": {"token": TOKEN}}));
    space.api::<Secret>().create(&PostParams::default(), &secret).await.expect("a Secret can be made");
    let ports = json!([{"name": "grpc", "port": 4317}, {"name": "http", "port": 4318}]);
    let service: Service = object(json!({"metadata": {"name": "collector"}, "spec": {"selector": {"role": "collector"}, "ports": ports}}));
    space.api::<Service>().create(&PostParams::default(), &service).await.expect("a Service can be made");
    let security =
        json!({"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}, "seccompProfile": {"type": "RuntimeDefault"}});
    let container = json!({
        "name": "collector", "image": space.lab.collector, "imagePullPolicy": "Never", "args": ["--config", COLLECTOR], "securityContext": security,
        "readinessProbe": {"tcpSocket": {"port": 4317}, "periodSeconds": 1},
    });
    let spec = json!({"containers": [container], "securityContext": {"runAsNonRoot": true, "runAsUser": 10001}, "terminationGracePeriodSeconds": 1});
    let pod: Pod = object(json!({"metadata": {"name": "collector", "labels": {"role": "collector"}}, "spec": spec}));
    space.api::<Pod>().create(&PostParams::default(), &pod).await.expect("a pod can be made");
    until("the collector", 30, async || {
        let pod = space.api::<Pod>().get("collector").await.expect("the collector is there");
        let status = pod.status.clone().unwrap_or_default();
        if crate::pods::is_ready(&pod) { Look::Done(()) } else { Look::Waiting(format!("{:?}", status.container_statuses)) }
    })
    .await;
}

fn object<K: serde::de::DeserializeOwned>(value: Value) -> K {
    serde_json::from_value(value).expect("it is an object of this kind")
}

/// The flagship's api and workers, told where to send.
async fn traced(space: &Space) -> Value {
    let mut spec = space.flagship(&["frontend", "scheduler", "schedules"]).await;
    spec["observability"] = json!({
        "traces": {"endpoint": "http://collector:4317"},
        "logfire": {"tokenSecretRef": {"name": "logfire", "key": "token"}},
    });
    // spans are sent at once, and Logfire is the collector
    let variables = spec["env"].as_array_mut().expect("the flagship has an env");
    variables.extend([
        json!({"name": "OTEL_BSP_SCHEDULE_DELAY", "value": "500"}),
        json!({"name": "LOGFIRE_BASE_URL", "value": "http://collector:4318"}),
    ]);
    spec
}
