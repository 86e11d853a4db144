//! Two replicas as real processes: one writes, the other takes over, and who was in the lead once writes nothing any more.
//! They share the chart's one Lease, so these tests run one after the other.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::{
    apps,
    audit::Asked,
    install::{ACCOUNT, NAMESPACE},
    replica::Replica,
    scene::{Scene, condition, tests},
    wait::until,
};

tests![
    a_lost_leader_is_replaced,
    a_stopped_leader_hands_over_at_once,
    a_frozen_leader_changes_nothing_when_it_wakes,
    a_leader_that_reaches_no_server_ends
];

/// The Lease may stand still for 15 s; looks at it are up to 1.2 s apart. The rest is the machine's.
const TAKEN: Duration = Duration::from_secs(20);
/// A follower looks each second.
const HANDED: Duration = Duration::from_secs(3);

async fn a_lost_leader_is_replaced(scene: Scene) {
    let (mut leader, follower) = pair(&scene).await;
    scene.apply(&apps::app("first", json!({}))).await;
    runs(&scene, "first").await;
    assert!(!follower.leads().await && written(&scene, &follower).is_empty(), "a follower writes nothing");

    let names: Vec<String> = (0..12).map(|i| format!("app{i}")).collect();
    for name in &names {
        scene.apply(&apps::app(name, json!({"config": {"NAME": name}}))).await;
    }
    let lost = Instant::now();
    leader.signal("KILL");
    leader.ended().await;
    let took = leads(&follower, lost).await;
    assert!(took >= Duration::from_secs(10), "the Lease is not taken while its holder may live: {took:?}");
    assert!(took <= TAKEN, "{took:?}");
    for name in &names {
        runs(&scene, name).await;
    }
    assert!(!written(&scene, &follower).is_empty(), "the rest is done by the follower");
    let twice: Vec<_> = scene.written().into_iter().filter(|asked| asked.verb == "create" && asked.code == 409).collect();
    assert!(twice.is_empty(), "nothing is made twice: {twice:?}");
    scene.world.measure(format!("a killed leader is replaced after {:.1} s", took.as_secs_f64()));
}

async fn a_stopped_leader_hands_over_at_once(scene: Scene) {
    let (mut leader, follower) = pair(&scene).await;
    scene.apply(&apps::app("first", json!({}))).await;
    runs(&scene, "first").await;
    let stopped = Instant::now();
    leader.signal("TERM");
    let took = leads(&follower, stopped).await;
    assert!(took <= HANDED, "{took:?}\n{}", leader.log());
    assert!(leader.ended().await.success(), "{}", leader.log());
    scene.apply(&apps::app("second", json!({}))).await;
    runs(&scene, "second").await;
    let touched: Vec<_> = written(&scene, &follower).into_iter().filter(|asked| asked.name.starts_with("first")).collect();
    assert!(touched.is_empty(), "what runs is left alone: {touched:?}");
    scene.world.measure(format!("a stopped leader hands over in {:.1} s", took.as_secs_f64()));
}

async fn a_frozen_leader_changes_nothing_when_it_wakes(scene: Scene) {
    let (mut leader, follower) = pair(&scene).await;
    scene.apply(&apps::app("shop", json!({"config": {"PAGE_SIZE": "50"}}))).await;
    runs(&scene, "shop").await;
    let frozen = Instant::now();
    leader.signal("STOP");
    let took = leads(&follower, frozen).await;
    assert!(took <= TAKEN, "{took:?}");
    scene.apply(&apps::app("shop", json!({"config": {"PAGE_SIZE": "99"}}))).await;
    scene.apply(&apps::app("later", json!({}))).await;
    runs(&scene, "shop").await;
    runs(&scene, "later").await;
    let settings = scene.cluster.list(&scene.namespace, "ConfigMap").await;
    assert!(settings.iter().any(|map| map["data"]["PAGE_SIZE"] == "99"), "the edit is applied: {settings:#?}");

    // what it hears of first when it wakes up are that edit and that new app
    let before = written(&scene, &leader).len();
    leader.signal("CONT");
    let status = leader.ended().await;
    let log = leader.log();
    assert_eq!(status.code(), Some(1), "{log}");
    assert!(log.contains("ends, so that two never write"), "{log}");
    assert_eq!(written(&scene, &leader).len(), before, "it wrote after it woke up");
    assert!(follower.leads().await);
    scene.world.measure(format!("a frozen leader is replaced after {:.1} s", took.as_secs_f64()));
}

async fn a_leader_that_reaches_no_server_ends(scene: Scene) {
    let (mut leader, follower) = pair(&scene).await;
    let since = Instant::now();
    let frozen = scene.world.plane.freeze();
    let status = leader.ended().await;
    let took = since.elapsed();
    assert_eq!(status.code(), Some(1), "{}", leader.log());
    assert!(took < Duration::from_secs(15), "it ends before another may take over: {took:?}");
    assert!(leader.log().contains("the Lease was not renewed for 10s"), "{}", leader.log());
    drop(frozen);
    leads(&follower, since).await;
    scene.apply(&apps::app("first", json!({}))).await;
    runs(&scene, "first").await;
    scene.world.measure(format!("a leader without a server ends after {:.1} s", took.as_secs_f64()));
}

/// A replica that leads, and one that follows. A Lease that an earlier test left is waited for.
async fn pair(scene: &Scene) -> (Replica, Replica) {
    let path = format!("/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases");
    let leases = scene.cluster.get_at(&path).await["items"].as_array().cloned().unwrap_or_default();
    if leases.iter().any(|lease| lease["metadata"]["name"] == ACCOUNT) {
        let free = json!([{"op": "add", "path": "/spec/holderIdentity", "value": ""}]);
        scene.cluster.patch_at(&format!("{path}/{ACCOUNT}"), &free).await.expect("a Lease without a living holder can be freed");
    }
    let leader = Replica::start(scene, "one").await;
    leads(&leader, Instant::now()).await;
    (leader, Replica::start(scene, "two").await)
}

/// Waits until a replica leads, and returns how long that is after `since`.
async fn leads(replica: &Replica, since: Instant) -> Duration {
    until(&format!("{} leads", replica.name), async || if replica.leads().await { Ok(since.elapsed()) } else { Err(replica.log()) }).await
}

async fn runs(scene: &Scene, name: &str) {
    scene
        .see("AegisApp", name, "it runs", |app| {
            let is_current = app["metadata"]["generation"] == app["status"]["observedGeneration"];
            is_current && condition(app, "Ready")["reason"] == "Running"
        })
        .await;
}

/// What a replica wrote in the namespace of the scene.
fn written(scene: &Scene, replica: &Replica) -> Vec<Asked> {
    scene.written().into_iter().filter(|asked| asked.credential == replica.credential).collect()
}
