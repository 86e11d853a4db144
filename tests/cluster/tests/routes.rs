//! Real requests through a real gateway (Envoy Gateway and Envoy): hosts, paths, certificates, addresses, and sessions that stay
//! with their pod while pods come and are replaced; and through a real ingress controller (Contour), as far as an Ingress can say it.

use std::collections::BTreeSet;

use futures::join;
use k8s_openapi::{
    api::core::v1::{Pod, Secret, Service},
    apimachinery::pkg::apis::meta::v1::ObjectMeta,
};
use kube::{
    Api, ResourceExt,
    api::{ListParams, PostParams},
};
use serde_json::{Value, json};

use crate::{
    apps::condition,
    pods::is_ready,
    programs,
    space::Space,
    visitor::{Ask, Visit},
    wait::{Look, found, until},
};

/// Addresses of pods.
const PODS: &str = "10.244.0.0/16";
/// Addresses of nobody.
const NOBODY: &str = "192.0.2.0/24";

pub async fn requests_go_where_their_host_and_path_lead(space: Space) {
    let host = format!("{}.example.com", space.namespace);
    space.apply_value("shop", app(&space, &host, 1, "1")).await.expect("the API server takes it");
    let app = space.ready("shop").await;
    assert_eq!(condition(&app, "RoutesReady").expect("it is told").reason, "Accepted");
    assert_eq!(app.status.as_ref().and_then(|status| status.url.clone()), Some(format!("http://{host}/")));
    let visit = visit(&space).await;
    let gateway = gateway(&space).await;
    let to = |path: &str| Ask::new(&gateway, &host, path);
    for (path, role) in [("/", "frontend"), ("/anything", "frontend"), ("/api", "api"), ("/api/orders", "api"), ("/apiary", "frontend")] {
        visit.insist(&to(path), |answer| answer["status"] == 200 && answer["body"]["role"] == role && answer["body"]["path"] == path).await;
    }
    visit.insist(&Ask::new(&gateway, "unknown.example.com", "/"), |answer| answer["status"] == 404).await;
    visit.insist(&to("/tls").tls(), |answer| answer["status"] == 200 && answer["body"]["role"] == "frontend").await;
    // the gateway takes the peer's address, whatever a header says
    let forged = [("x-forwarded-for", "192.0.2.7")];
    visit.insist(&to("/pods"), |answer| answer["status"] == 200 && answer["body"]["role"] == "api").await;
    visit.insist(&to("/nobody"), |answer| answer["status"] == 403).await;
    visit.insist(&to("/nobody/deeper").with(&forged), |answer| answer["status"] == 403).await;
    visit.insist(&to("/pods").with(&forged), |answer| answer["status"] == 200).await;
}

pub async fn an_ingress_leads_where_its_host_and_path_say(space: Space) {
    let host = format!("{}.example.com", space.namespace);
    certificate(&space, "shop-tls").await;
    let via = |tls: Value| json!({"ingressClass": "contour", "tls": tls});
    let mut spec = app(&space, &host, 1, "1");
    spec["frontend"].as_object_mut().expect("it is a map").remove("sessionAffinity");
    spec["routes"] = json!([
        {"name": "plain", "host": host, "via": {"ingressClass": "contour"}, "rules": [{"path": "/api", "to": "api"}, {"to": "frontend"}]},
        {"name": "safe", "host": format!("safe.{host}"), "via": via(json!({"secretName": "shop-tls"})), "rules": [{"to": "api"}]},
    ]);
    space.apply_value("shop", spec).await.expect("the API server takes it");
    let app = space.ready("shop").await;
    let told = until("both routes have an address", 60, async || {
        let app = space.app("shop").await;
        let routes = condition(&app, "RoutesReady").expect("it is told");
        found((routes.reason == "Published").then(|| app.clone()), routes.message)
    })
    .await;
    assert_eq!(told.status.as_ref().and_then(|status| status.url.clone()), Some(format!("http://{host}/")), "{app:?}");
    let visit = visit(&space).await;
    let contour = Api::<Service>::namespaced(space.lab.client.clone(), "contour").get("contour").await.expect("gateway/up makes it");
    let address = contour.spec.and_then(|spec| spec.cluster_ip).expect("it has an address");
    for (path, role) in [("/", "frontend"), ("/anything", "frontend"), ("/api", "api"), ("/api/orders", "api"), ("/apiary", "frontend")] {
        let ask = Ask::new(&address, &host, path);
        visit.insist(&ask, |answer| answer["status"] == 200 && answer["body"]["role"] == role && answer["body"]["path"] == path).await;
    }
    visit.insist(&Ask::new(&address, "unknown.example.com", "/"), |answer| answer["status"] == 404).await;
    let safe = Ask::new(&address, &format!("safe.{host}"), "/orders");
    visit.insist(&safe.clone().tls(), |answer| answer["status"] == 200 && answer["body"]["role"] == "api").await;
}

pub async fn a_session_stays_with_its_pod_and_has_time_to_end(space: Space) {
    let host = format!("{}.example.com", space.namespace);
    space.apply_value("shop", app(&space, &host, 2, "1")).await.expect("the API server takes it");
    space.ready("shop").await;
    let visit = visit(&space).await;
    let gateway = gateway(&space).await;
    let ask = Ask::new(&gateway, &host, "/who");
    visit.insist(&ask, |answer| answer["status"] == 200).await;

    let strangers: BTreeSet<String> = visit.ask_all(&vec![ask.clone(); 40]).await.iter().map(pod).collect();
    assert_eq!(strangers.len(), 2, "who has no cookie comes to any pod");
    let (mut session, cookie) = visit.session(&gateway, &host, "/socket", "").await;
    assert!(cookie.starts_with("aegis-shop-frontend="), "a cookie is given: {cookie:?}");
    let own = session.say("hello").await;
    let known = ask.clone().with(&[("cookie", &cookie)]);
    let pods: BTreeSet<String> = visit.ask_all(&vec![known.clone(); 20]).await.iter().map(pod).collect();
    assert_eq!(pods, [own.clone()].into(), "who has one comes back to the pod of its session");

    space.apply_value("shop", app(&space, &host, 4, "1")).await.expect("the API server takes it");
    space.ready("shop").await;
    let strangers = until("new pods are asked", 30, async || {
        let pods: BTreeSet<String> = visit.ask_all(&vec![ask.clone(); 40]).await.iter().map(pod).collect();
        found(Some(pods.clone()).filter(|pods| pods.len() == 4), format!("{pods:?}"))
    });
    strangers.await;
    assert_eq!(session.say("still here").await, own, "an open session stays through a scale-up");
    let moved: BTreeSet<String> = visit.ask_all(&vec![known.clone(); 20]).await.iter().map(pod).collect();
    assert_eq!(moved.len(), 1, "a cookie leads to one pod, if perhaps to another now");

    space.apply_value("shop", app(&space, &host, 4, "2")).await.expect("the API server takes it");
    let (asked_to_end, served_anew) = join!(asked_to_end(&space, &own), visit.insist(&ask, |answer| answer["body"]["version"] == "2"));
    assert_ne!(pod(&served_anew), own);
    assert!(asked_to_end.metadata.deletion_timestamp.is_some());
    assert_eq!(session.say("not yet").await, own, "its pod was asked to end, and the session goes on");
    session.end().await;
    space.ready("shop").await;
    let (mut next, _) = visit.session(&gateway, &host, "/socket", &cookie).await;
    assert_ne!(next.say("again").await, own, "with the old cookie it comes to a pod of the new release");
}

/// Two roles that tell who they are, a pod to ask from, and a route; the sessions' pods have eight seconds to end.
fn app(space: &Space, host: &str, pods: i32, version: &str) -> Value {
    let gateway = |listener: &str| json!({"gateway": {"name": "public", "namespace": "gateways", "listener": listener}, "implementation": "EnvoyGateway"});
    let frontend = json!({"command": programs::sessions(), "port": 8000, "env": [{"name": "VERSION", "value": version}],
        "replicas": {"min": pods, "max": pods}, "sessionAffinity": "Cookie", "stop": {"delaySeconds": 8}});
    let rules = json!([{"path": "/api", "to": "api"}, {"to": "frontend"}, {"path": "/pods", "to": "api", "allowCIDRs": [PODS]},
        {"path": "/nobody", "to": "api", "allowCIDRs": [NOBODY]}]);
    json!({
        "image": space.lab.hello,
        "api": {"command": programs::sessions(), "stop": {"delaySeconds": 0}},
        "frontend": frontend,
        "workers": [{"name": "visitor", "command": ["python", "-c", "import time; time.sleep(10000)"]}],
        "routes": [{"name": "plain", "host": host, "via": gateway("http"), "rules": rules},
            {"name": "safe", "host": host, "via": gateway("https"),
                "rules": [{"path": "/tls", "to": "frontend"}]}],
    })
}

/// The certificate for any host that the gateway has, as a Secret beside the app.
async fn certificate(space: &Space, name: &str) {
    let given = Api::<Secret>::namespaced(space.lab.client.clone(), "gateways").get("any-host").await.expect("gateway/up makes it");
    let metadata = ObjectMeta { name: Some(name.to_owned()), ..Default::default() };
    let own = Secret { metadata, data: given.data, type_: given.type_, ..Default::default() };
    space.api::<Secret>().create(&PostParams::default(), &own).await.expect("a Secret can be made");
}

/// Who asks: a pod, for only from within is the gateway reached, and by an address of its own.
async fn visit(space: &Space) -> Visit {
    let pods: Vec<Pod> = space.list("aegis.dev/role=visitor").await;
    Visit::from(space, &pods.iter().find(|pod| is_ready(pod)).expect("the visitor runs").name_any())
}

/// Address of the gateway.
async fn gateway(space: &Space) -> String {
    let services = Api::<Service>::all(space.lab.client.clone());
    let of_public = ListParams::default().labels("gateway.envoyproxy.io/owning-gateway-name=public");
    until("the gateway's Service", 30, async || {
        let found = services.list(&of_public).await.expect("services can be listed").items;
        let address = found.first().and_then(|service| service.spec.as_ref()?.cluster_ip.clone());
        address.map_or_else(|| Look::Waiting("there is none: tests/cluster/gateway/up makes it".into()), Look::Done)
    })
    .await
}

fn pod(answer: &Value) -> String {
    answer["body"]["pod"].as_str().unwrap_or_else(|| panic!("no pod has answered: {answer}")).to_owned()
}

/// Waits until a pod was asked to end.
async fn asked_to_end(space: &Space, name: &str) -> Pod {
    until(format!("the end of {name} is asked for"), 60, async || {
        let pod = space.api::<Pod>().get(name).await.expect("it has time to end");
        found(Some(pod).filter(|pod| pod.metadata.deletion_timestamp.is_some()), "it runs")
    })
    .await
}
