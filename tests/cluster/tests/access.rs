//! Who reaches an app and whom it reaches, by connections that are made and refused. Something must enforce NetworkPolicies:
//! the first test shows that it does, with policies that no operator wrote.

use aegis_crds::status::QueueState;
use k8s_openapi::api::{core::v1::Node, networking::v1::NetworkPolicy};
use kube::{
    Api,
    api::{DeleteParams, ListParams, PostParams},
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{
    neighbours::enforce,
    programs,
    space::Space,
    wait::{found, until},
};

const TRY: &str = r#"
import socket, sys, time
host, port, expected = sys.argv[1], int(sys.argv[2]), sys.argv[3]
for _ in range(100):
    try:
        socket.create_connection((host, port), timeout=1.5).close()
        found = "reached"
    except OSError:
        found = "kept"
    if found == expected:
        break
    time.sleep(0.2)
print(found)
"#;
const AGENT_PORT: u16 = 8081;
const API: &str = "aegis.dev/app=shop,aegis.dev/section=api";
const FRONTEND: &str = "aegis.dev/app=shop,aegis.dev/section=frontend";
const WORKER: &str = "aegis.dev/app=shop,aegis.dev/role=idle";

/// Hand-written: everything is refused, then one pod and one port are let in, then nothing is said any more.
pub async fn a_policy_by_hand_is_enforced(space: Space) {
    enforce().await;
    let (friend, other) = (space.stranger("friend", json!({"who": "friend"})).await, space.stranger("other", json!({})).await);
    space.stranger("server", json!({"what": "server"})).await;
    let server = space.address("what=server").await;
    friend.reaches("a server without policies", &server, 8000).await;

    policy(&space, "nobody", json!({"podSelector": {"matchLabels": {"what": "server"}}})).await;
    friend.is_kept_from("a server that lets nobody in", &server, 8000).await;
    let peer = json!({"podSelector": {"matchLabels": {"who": "friend"}}});
    let rule = json!({"from": [peer], "ports": [{"port": 8000}]});
    policy(&space, "friends", json!({"podSelector": {"matchLabels": {"what": "server"}}, "ingress": [rule]})).await;
    friend.reaches("a server that lets friends in", &server, 8000).await;
    other.is_kept_from("a server that lets friends in", &server, 8000).await;

    policy(&space, "home", json!({"podSelector": {"matchLabels": {"who": "friend"}}, "policyTypes": ["Egress"]})).await;
    friend.is_kept_from("the server, for it stays at home,", &server, 8000).await;
    for name in ["nobody", "friends", "home"] {
        space.api::<NetworkPolicy>().delete(name, &DeleteParams::default()).await.expect("it can be deleted");
    }
    friend.reaches("a server without policies", &server, 8000).await;
    other.reaches("a server without policies", &server, 8000).await;
}

/// By default: its own pods, and who is labelled to watch; nobody else, until the app names him.
pub async fn nobody_else_reaches_an_app_until_it_names_him(space: Space) {
    enforce().await;
    apply(&space, json!({})).await;
    space.apply_value("billing", json!({"image": space.lab.hello, "api": programs::traveller()})).await.expect("it is a good one");
    let watch = space.neighbour("watch", ("aegis.dev/access", "prometheus")).await;
    let ops = space.neighbour("ops", ("purpose", "ops")).await;
    let (prometheus, far, near) = tokio::join!(
        watch.stranger("prometheus", json!({})),
        ops.stranger("far", json!({})),
        space.stranger("near", json!({"app": "probe"}))
    );
    space.ready("shop").await;
    space.ready("billing").await;
    let billing = space.traveller("aegis.dev/app=billing").await;
    let (api, frontend) = (space.address(API).await, space.address(FRONTEND).await);
    let (db, agent) = (space.address("aegis.dev/role=db").await, space.address("aegis.dev/section=agent").await);
    let worker = space.address(WORKER).await;

    for (who, stranger) in [("another app", &billing), ("a pod beside it", &near), ("a pod elsewhere", &far)] {
        stranger.is_kept_from(&format!("the api, for {who},"), &api, 8000).await;
        stranger.is_kept_from(&format!("the frontend, for {who},"), &frontend, 8000).await;
        stranger.is_kept_from(&format!("the database, for {who},"), &db, 5432).await;
        stranger.is_kept_from(&format!("the agent, for {who},"), &agent, AGENT_PORT).await;
        stranger.is_kept_from(&format!("a worker, for {who},"), &worker, 8000).await;
        stranger.reaches(&format!("DNS, for {who},"), "kubernetes.default.svc.cluster.local", 443).await;
    }
    prometheus.reaches("the api, for Prometheus,", &api, 8000).await;
    prometheus.reaches("the agent, for Prometheus,", &agent, AGENT_PORT).await;
    prometheus.is_kept_from("the database, for Prometheus,", &db, 5432).await;
    the_operator_asks_the_agent(&space).await;
    for (who, own) in [("the api", space.traveller(API).await), ("a worker", space.traveller(WORKER).await)] {
        own.reaches(&format!("the database, for {who},"), &db, 5432).await;
        own.reaches(&format!("the frontend, for {who},"), "shop-frontend", 8000).await;
        own.reaches(&format!("the api, for {who},"), "shop-api", 8000).await;
        own.is_kept_from(&format!("the agent, for {who},"), &agent, AGENT_PORT).await;
    }

    let inbound = json!([{"app": "billing"}, {"namespace": ops.namespace, "to": "api"}, {"pods": {"app": "probe"}, "to": "frontend"}]);
    apply(&space, json!({"inbound": inbound})).await;
    billing.reaches("the api, for billing,", "shop-api", 8000).await;
    billing.reaches("the frontend, for billing,", "shop-frontend", 8000).await;
    billing.is_kept_from("the database, for billing,", &db, 5432).await;
    far.reaches("the api, for ops,", &api, 8000).await;
    far.is_kept_from("the frontend, for ops,", &frontend, 8000).await;
    near.reaches("the frontend, for a probe,", &frontend, 8000).await;
    near.is_kept_from("the api, for a probe,", &api, 8000).await;

    apply(&space, json!({})).await;
    billing.is_kept_from("the api, for billing,", &api, 8000).await;
    far.is_kept_from("the api, for ops,", &api, 8000).await;
}

/// Everything, until outbound is written; then names, its own and what is named.
pub async fn an_app_reaches_everything_until_it_says_what(space: Space) {
    enforce().await;
    apply(&space, json!({})).await;
    space
        .apply_value("billing", json!({"image": space.lab.hello, "api": programs::traveller(), "access": {"inbound": [{"app": "shop"}]}}))
        .await
        .expect("it is a good one");
    let outside = outside(&space).await;
    let (host, port) = (outside.0.as_str(), outside.1.local_addr().expect("it listens").port());
    space.ready("shop").await;
    space.ready("billing").await;
    let worker = space.traveller(WORKER).await;
    worker.reaches("the world", host, port).await;
    worker.reaches("billing", "billing-api", 8000).await;

    apply(&space, json!({"outbound": []})).await;
    worker.is_kept_from("the world", host, port).await;
    worker.is_kept_from("billing", "billing-api", 8000).await;
    worker.reaches("the database", "shop-binding--db", 5432).await;
    worker.reaches("its own api", "shop-api", 8000).await;
    assert_eq!(tried_by_hand(&space, "shop-binding--db", 5432, "reached").await, "reached", "the database, for what is run by hand");
    assert_eq!(tried_by_hand(&space, host, port, "kept").await, "kept", "the world, for what is run by hand");

    let cidr = format!("{host}/32");
    apply(&space, json!({"outbound": [{"app": "billing"}, {"binding": "db"}, {"cidr": cidr, "port": port}]})).await;
    worker.reaches("the world", host, port).await;
    worker.reaches("billing", "billing-api", 8000).await;
    assert_eq!(tried_by_hand(&space, host, port, "reached").await, "reached", "what is named, for what is run by hand");
    apply(&space, json!({"outbound": [{"cidr": cidr, "port": port + 1}]})).await;
    worker.is_kept_from("the world on another port", host, port).await;
    apply(&space, json!({})).await;
    worker.reaches("the world", host, port).await;
}

/// What `aegisctl run` finds when it tries to reach that, for a while, until it is as expected: policies come to a pod after its start.
async fn tried_by_hand(space: &Space, host: &str, port: u16, expected: &str) -> String {
    let said = space.aegisctl(&["run", "shop", "--command", "--", "python", "-c", TRY, host, &port.to_string(), expected]).await;
    assert_eq!(said.code, Some(0), "{}{}", said.stdout, said.stderr);
    said.stdout.trim().to_owned()
}

/// A small shop: two roles with ports, a worker, a database, and a queue with its agent.
async fn apply(space: &Space, access: Value) {
    let worker = |name: &str, broker: Value| {
        let mut worker = programs::traveller();
        worker["name"] = name.into();
        worker["broker"] = broker;
        worker
    };
    let mut frontend = programs::traveller();
    frontend["port"] = 8000.into();
    let mut idle = worker("idle", json!(null));
    idle.as_object_mut().expect("it is a map").remove("broker");
    let mut spec = json!({
        "image": space.lab.hello,
        "api": programs::traveller(), "frontend": frontend,
        "workers": [idle, worker("busy", json!({"type": "RedisList", "binding": "queue", "queues": ["jobs"]}))],
        "bindings": [{"name": "db", "type": "postgres", "provision": {}}, {"name": "queue", "type": "redis", "provision": {}}],
    });
    if access != json!({}) {
        spec["access"] = access;
    }
    space.apply_value("shop", spec).await.expect("it is a good one");
}

async fn policy(space: &Space, name: &str, spec: Value) {
    let body: NetworkPolicy = serde_json::from_value(json!({"metadata": {"name": name}, "spec": spec})).expect("it is a policy");
    space.api::<NetworkPolicy>().create(&PostParams::default(), &body).await.expect("a policy can be made");
}

/// The queues' state stands in the status, and only the agent could tell it.
async fn the_operator_asks_the_agent(space: &Space) {
    until("what the agent tells of the queues", 60, async || {
        let status = space.app("shop").await.status.unwrap_or_default();
        let told = status.queues.iter().find(|queue| queue.state != QueueState::Unknown);
        found(told.map(drop), format!("{:?}", status.queues))
    })
    .await;
}

/// Somebody outside of the cluster: this machine, at its address in the nodes' network.
async fn outside(space: &Space) -> (String, TcpListener) {
    let nodes = Api::<Node>::all(space.lab.client.clone()).list(&ListParams::default()).await.expect("nodes can be listed").items;
    let addresses = nodes.iter().filter_map(|node| node.status.as_ref()?.addresses.as_ref()).flatten();
    let node =
        addresses.filter(|address| address.type_ == "InternalIP" && !address.address.contains(':')).map(|found| &found.address).next();
    let (network, _) = node.and_then(|node| node.rsplit_once('.')).expect("a node has an address");
    let gateway = format!("{network}.1");
    let listener = TcpListener::bind((gateway.as_str(), 0)).await.expect("the nodes' network has an address of this machine");
    (gateway, listener)
}
