//! Signing keys: made, published, signed with, retired and gone, by time and by hand; whatever is lost, and wherever the
//! operator dies. Which pods see what is theirs to show on a node; here it is in their templates.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{
    apps,
    cluster::Patch,
    drift::messages,
    kubelet::Fate,
    lab,
    life::{Death, Side, dies},
    scene::{Scene, condition, tests},
    wait::until,
    wire::{Sent, Wire},
};

tests![
    a_key_is_published_before_it_signs_and_until_its_last_token,
    keys_rotate_as_time_goes_by,
    a_lost_private_half_is_followed_by_another_key,
    a_key_is_given_up_with_its_anchor,
    keys_go_with_the_last_release_that_has_them_and_with_the_app,
    keys_are_known_again_without_a_status,
    a_crash_at_any_write_of_a_rotation_ends_with_one_key
];

/// The tokens of the suite; its operator publishes a key for two seconds before it signs.
fn app(name: &str, jwt: &Value) -> Value {
    let mut jwt = jwt.clone();
    jwt["issuer"] = "https://shop.example.com".into();
    jwt["audiences"] = json!(["shop", "admin"]);
    apps::app(name, json!({"auth": {"jwt": jwt}, "workers": [{"name": "mail"}]}))
}

fn by_hand() -> Value {
    json!({"overlap": "1s"})
}

/// What the cluster has of keys.
#[derive(Debug)]
struct Seen {
    /// Ids in the key set, the newest first.
    published: Vec<String>,
    /// Id in the template of the api.
    signing: String,
    anchors: usize,
    secrets: usize,
}

async fn seen(scene: &Scene, name: &str) -> Seen {
    let set = scene.find("ConfigMap", &format!("{name}-jwks")).await.unwrap_or_default();
    let keys: Value = serde_json::from_str(set["data"]["jwks.json"].as_str().unwrap_or("{}")).expect("it is JSON");
    let kids = keys["keys"].as_array().into_iter().flatten().map(|key| key["kid"].as_str().expect("an id").to_owned()).collect();
    let api = scene.find("Deployment", &format!("{name}-api")).await.unwrap_or_default();
    let is_anchor = |anchor: &&String| anchor.starts_with(&format!("{name}-auth--"));
    Seen {
        published: kids,
        signing: variable(&api, "JWT_SIGNING_KEY_ID"),
        anchors: scene.names("ConfigMap").await.iter().filter(is_anchor).count(),
        secrets: scene.names("Secret").await.len(),
    }
}

/// Waits until one key is all that is left, and signs, and it is none of those.
async fn alone(scene: &Scene, name: &str, but: &BTreeSet<String>) -> String {
    until("one key signs, and no other is there", async || {
        let seen = seen(scene, name).await;
        let is_it = seen.published == [seen.signing.clone()] && (seen.anchors, seen.secrets) == (1, 1) && !but.contains(&seen.signing);
        let told = async || scene.find("AegisApp", name).await.unwrap_or_default()["status"]["auth"].take();
        if is_it { Ok(seen.signing) } else { Err(format!("{seen:?}, not of {but:?}, told: {}", told().await)) }
    })
    .await
}

fn variable(workload: &Value, name: &str) -> String {
    let env = workload["spec"]["template"]["spec"]["containers"][0]["env"].as_array().cloned().unwrap_or_default();
    env.iter().find(|variable| variable["name"] == name).and_then(|variable| variable["value"].as_str()).unwrap_or_default().to_owned()
}

async fn rotate(scene: &Scene, name: &str, word: &str) {
    let body = json!({"metadata": {"annotations": {"aegis.dev/rotate": word}}});
    scene.cluster.patch(&scene.namespace, "AegisApp", name, Patch::Merge, &body).await.expect("an annotation is accepted");
}

async fn a_key_is_published_before_it_signs_and_until_its_last_token(mut scene: Scene) {
    let wire = Wire::new();
    scene.start_on(&wire).await;
    scene.apply(&app("tokens", &by_hand())).await;
    let stored = scene.runs("tokens").await;
    let first = alone(&scene, "tokens", &BTreeSet::new()).await;
    assert_eq!(condition(&stored, "KeysReady")["message"], format!("Key {first} signs."));
    let (api, worker) = (scene.get("Deployment", "tokens-api").await, scene.get("Deployment", "tokens-worker--mail").await);
    for role in [&api, &worker] {
        assert_eq!(variable(role, "JWT_AUDIENCES"), "shop,admin");
        assert_eq!(variable(role, "JWT_JWKS_FILE"), "/run/aegis/jwt/jwks/jwks.json");
    }
    let secret = scene.names("Secret").await.remove(0);
    assert!(api.to_string().contains(&secret) && !worker.to_string().contains(&secret), "only the api has the private half");
    assert_eq!(variable(&worker, "JWT_SIGNING_KEY_ID"), "");

    let mut kids = BTreeSet::from([first]);
    for round in 0..3 {
        let known = wire.writes().len();
        rotate(&scene, "tokens", &format!("round {round}")).await;
        let next = alone(&scene, "tokens", &kids).await;
        scene.runs("tokens").await;
        let written = wire.writes().split_off(known);
        let at = |path: &str| {
            written.iter().filter(|sent| sent.path.ends_with(path) && sent.query.contains("force")).map(|sent| sent.at).collect::<Vec<_>>()
        };
        let (sets, rolls) = (at("/tokens-jwks"), at("/tokens-api"));
        assert_eq!((sets.len(), rolls.len()), (2, 1), "{}", lab::words(&written));
        assert!(rolls[0].duration_since(sets[0]).as_secs_f64() >= 1.5, "published first");
        assert!(sets[1].duration_since(rolls[0]).as_secs_f64() >= 1.0, "the overlap is kept");
        let gone: Vec<&Sent> = written.iter().filter(|sent| sent.method == "DELETE").collect();
        assert!(gone.len() == 1 && gone[0].at > sets[1], "the old anchor goes last: {}", lab::words(&written));
        assert!(at("/tokens-worker--mail").is_empty(), "who only verifies is not restarted");
        kids.insert(next);
    }
    assert_eq!(kids.len(), 4);
}

async fn keys_rotate_as_time_goes_by(mut scene: Scene) {
    scene.apply(&app("hourly", &json!({"algorithm": "EdDSA", "rotateEvery": "4s", "overlap": "1s"}))).await;
    scene.start().await;
    let mut kids = BTreeSet::new();
    until("four keys have signed, one after the other", async || {
        let api = scene.find("Deployment", "hourly-api").await.unwrap_or_default();
        let kid = variable(&api, "JWT_SIGNING_KEY_ID");
        kids.extend(Some(kid).filter(|kid| !kid.is_empty()));
        if kids.len() >= 4 { Ok(()) } else { Err(format!("{kids:?}")) }
    })
    .await;
    let app = scene.get("AegisApp", "hourly").await;
    assert!(messages(&app, "RotatesOften").contains("every 4 s"), "{app:#}");
    assert!(app["status"]["auth"]["keys"].as_array().expect("it has keys").iter().all(|key| key["algorithm"] == "EdDSA"));
    // or every operator that comes later would have to go on with it
    scene.cluster.delete(&scene.namespace, "AegisApp", "hourly").await;
}

async fn a_lost_private_half_is_followed_by_another_key(mut scene: Scene) {
    scene.apply(&app("lost", &by_hand())).await;
    scene.runs("lost").await;
    let first = alone(&scene, "lost", &BTreeSet::new()).await;
    let secret = scene.names("Secret").await.remove(0);
    scene.cluster.delete(&scene.namespace, "Secret", &secret).await;
    scene.kubelet.decide("api", Fate::Pending);
    let pods = scene.cluster.list(&scene.namespace, "Pod").await;
    let old = pods.iter().find(|pod| pod["metadata"]["labels"]["aegis.dev/section"] == "api").expect("a pod of the api");
    let old = old["metadata"]["name"].as_str().expect("a name");
    scene.cluster.delete(&scene.namespace, "Pod", old).await;
    let pod = until("another pod is there", async || {
        let pods = scene.cluster.list(&scene.namespace, "Pod").await;
        let is_it = |pod: &&Value| pod["metadata"]["labels"]["aegis.dev/section"] == "api" && pod["metadata"]["name"] != old;
        pods.iter().find(is_it).cloned().ok_or(format!("{} pods", pods.len()))
    })
    .await;
    // as a kubelet tells it
    let container = json!({"name": "app", "image": "", "imageID": "", "ready": false, "restartCount": 0,
        "state": {"waiting": {"reason": "ContainerCreating"}}});
    let waits = json!({"status": {"phase": "Pending", "containerStatuses": [container]}});
    let status = format!("{}/status", pod["metadata"]["name"].as_str().expect("a name"));
    scene.cluster.patch(&scene.namespace, "Pod", &status, Patch::Merge, &waits).await.expect("a status can be written");
    let about = json!({"kind": "Pod", "namespace": scene.namespace, "name": pod["metadata"]["name"], "uid": pod["metadata"]["uid"]});
    let message = format!("MountVolume.SetUp failed for volume \"jwt-key\" : secret {secret:?} not found");
    let event = json!({"apiVersion": "v1", "kind": "Event", "metadata": {"name": "lost.1"}, "involvedObject": about, "type": "Warning",
        "reason": "FailedMount", "message": message, "count": 3});
    scene.cluster.create_at(&format!("/api/v1/namespaces/{}/events", scene.namespace), &event).await.expect("an event can be made");
    scene.see("AegisApp", "lost", "it is told", |app| app["status"].to_string().contains("KeyLost")).await;
    until("another key signs at once, for no pod of the api is ready", async || match seen(&scene, "lost").await {
        seen if seen.signing != first && seen.published.contains(&first) => Ok(()),
        seen => Err(format!("{seen:?}")),
    })
    .await;
    scene.kubelet.decide("api", Fate::Good);
    alone(&scene, "lost", &BTreeSet::from([first])).await;
    scene.runs("lost").await;
}

async fn a_key_is_given_up_with_its_anchor(mut scene: Scene) {
    scene.apply(&app("given", &json!({"overlap": "1h"}))).await;
    scene.runs("given").await;
    let first = alone(&scene, "given", &BTreeSet::new()).await;
    scene.cluster.delete(&scene.namespace, "ConfigMap", &format!("given-auth--{first}")).await;
    // no overlap: whoever may have it must not be believed any more
    alone(&scene, "given", &BTreeSet::from([first])).await;
    scene.runs("given").await;
}

async fn keys_go_with_the_last_release_that_has_them_and_with_the_app(mut scene: Scene) {
    let with = app("comes", &by_hand());
    let mut without = with.clone();
    without["spec"].as_object_mut().expect("it is a map").remove("auth");
    let mut kids = BTreeSet::new();
    for _ in 0..2 {
        scene.apply(&with).await;
        scene.runs("comes").await;
        kids.insert(alone(&scene, "comes", &kids).await);
        scene.apply(&without).await;
        scene.runs("comes").await;
        until("no key is left", async || match seen(&scene, "comes").await {
            seen if seen.published.is_empty() && (seen.anchors, seen.secrets) == (0, 0) => Ok(()),
            seen => Err(format!("{seen:?}")),
        })
        .await;
    }
    scene.apply(&with).await;
    scene.runs("comes").await;
    kids.insert(alone(&scene, "comes", &kids).await);
    scene.cluster.delete(&scene.namespace, "AegisApp", "comes").await;
    scene.apply(&with).await;
    scene.runs("comes").await;
    kids.insert(alone(&scene, "comes", &kids).await);
    assert_eq!(kids.len(), 4, "no key comes back");
}

async fn keys_are_known_again_without_a_status(mut scene: Scene) {
    scene.apply(&app("known", &by_hand())).await;
    scene.runs("known").await;
    let first = alone(&scene, "known", &BTreeSet::new()).await;
    let secrets = scene.cluster.list(&scene.namespace, "Secret").await;
    scene.forget_status("known").await;
    scene.runs("known").await;
    assert_eq!(alone(&scene, "known", &BTreeSet::new()).await, first);
    assert!(scene.cluster.list(&scene.namespace, "Secret").await == secrets, "no Secret is made or written again");
}

/// The operator dies before and after each of its writes, from the app's creation to the end of a rotation.
async fn a_crash_at_any_write_of_a_rotation_ends_with_one_key(scene: Scene) {
    let most = course(&scene, "keys-model", None).await.len();
    let points: Vec<Death> = (0..most).flat_map(|index| [Side::Before, Side::After].map(|side| Death { index, side })).collect();
    let outcome = lab::tried(&points, async |death| {
        let side = if death.side == Side::Before { "b" } else { "a" };
        (vec![], course(&scene, &format!("keys-{:03}-{side}", death.index), Some(death)).await.len())
    })
    .await;
    scene.world.measure(format!("keys: {most} writes to create an app and rotate its key; {}", outcome.figures));
    assert!(outcome.faults.is_empty(), "{} faults:\n{}", outcome.faults.len(), outcome.faults.join("\n"));
}

/// An app from its creation to the end of a rotation, with an operator that dies there and another that goes on.
async fn course(scene: &Scene, namespace: &str, death: Option<Death>) -> Vec<Sent> {
    let mut scene = Scene::open(&scene.world, namespace).await;
    let wire = Wire::new();
    if let Some(death) = death {
        wire.rule(dies(death));
    }
    scene.start_on(&wire).await;
    let (mut kids, mut has_died) = (BTreeSet::new(), false);
    for word in ["", "again"] {
        if word.is_empty() {
            drop(scene.apply(&app("keys", &by_hand())).await)
        } else {
            rotate(&scene, "keys", word).await
        }
        let end = async {
            let kid = alone(&scene, "keys", &kids).await;
            until("it is told", async || {
                let app = scene.get("AegisApp", "keys").await;
                let told = &app["status"]["auth"];
                let is_told = told["kid"] == kid.as_str() && told["keys"].as_array().is_some_and(|keys| keys.len() == 1);
                if is_told && condition(&app, "Ready")["reason"] == "Running" { Ok(()) } else { Err(app["status"].to_string()) }
            })
            .await;
            kid
        };
        let ended = tokio::select! {
            () = wire.loses(), if !has_died => None,
            kid = end => Some(kid),
        };
        let kid = match ended {
            Some(kid) => kid,
            None => {
                has_died = true;
                scene.kill();
                scene.start().await;
                alone(&scene, "keys", &kids).await
            }
        };
        kids.insert(kid);
        scene.ready("keys", "Running").await;
    }
    assert_eq!(kids.len(), 2);
    scene.cluster.delete(&scene.namespace, "AegisApp", "keys").await;
    wire.writes()
}
