//! An app that is to live for some time: its end is told before it comes, moves with an edit, and comes to no other app.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::{
    apps, install,
    scene::{Scene, condition, tests},
    state::State,
    wait::until,
    wire::{Fate, Sent, Wire},
};

tests![
    an_app_whose_time_is_over_goes_and_its_data_stays,
    an_end_moves_with_an_edit_and_can_be_lifted,
    an_old_app_is_not_deleted_the_moment_that_it_is_given_a_ttl,
    a_refused_spec_and_a_paused_app_end_by_nothing,
    an_edit_that_the_operator_has_not_seen_wins,
    the_operators_token_deletes_no_app_that_does_not_ask_for_it,
];

fn app(name: &str, ttl: &str, spec: Value) -> Value {
    let mut app = apps::app(name, spec);
    app["spec"]["lifecycle"] = json!({"ttl": ttl});
    app
}

fn moment(text: &Value) -> Timestamp {
    text.as_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{text} is no moment"))
}

fn born(app: &Value) -> Timestamp {
    moment(&app["metadata"]["creationTimestamp"])
}

fn is_told(app: &Value) -> bool {
    app["status"]["expiresAt"].is_string()
}

/// When the operator asked for the end of an app, and the answer.
fn ends(scene: &Scene, name: &str) -> Vec<(Timestamp, u64)> {
    let asked = scene.asked().into_iter().filter(|asked| asked.verb == "delete" && asked.resource == "aegisapps" && asked.name == name);
    asked.map(|asked| (asked.began, asked.code)).collect()
}

async fn reasons(scene: &Scene, app: &str) -> Vec<String> {
    let events = scene.cluster.list(&scene.namespace, "Event").await;
    let its = events.iter().filter(|event| event["regarding"]["name"] == app);
    its.map(|event| install::text(&event["reason"])).collect()
}

async fn an_app_whose_time_is_over_goes_and_its_data_stays(mut scene: Scene) {
    let spec = json!({
        "volumes": [{"name": "keep", "mountPath": "/keep", "size": "1Gi"}], "workers": [{"name": "media"}],
        "secrets": [{"name": "app", "generate": {"SECRET_KEY": {}}}],
        "schedules": [{"name": "report", "schedule": "0 2 29 2 *", "run": {"args": ["report"]}}],
    });
    scene.apply(&apps::app("stays", json!({}))).await;
    let applied = scene.apply(&app("preview", "20s", spec)).await;
    let end = born(&applied) + SignedDuration::from_secs(20);
    let running = scene.ready("preview", "Running").await;
    assert_eq!(moment(&running["status"]["expiresAt"]), end);
    let claim = scene.get("PersistentVolumeClaim", "preview-volume--keep").await["metadata"]["uid"].clone();
    scene.see("AegisApp", "preview", "it is warned of", |app| app["status"]["problems"][0]["code"] == "Expiring").await;

    scene.see_gone("AegisApp", "preview").await;
    let asked = until("its end is in the audit log", async || match ends(&scene, "preview")[..] {
        [(asked, 200)] => Ok(asked),
        ref ends => Err(format!("{ends:?}")),
    })
    .await;
    assert!(asked >= end && asked < end + SignedDuration::from_secs(5), "{asked} for {end}");
    until("only data remains", async || {
        let left: Vec<String> = State::of(&scene).await.objects.into_keys().filter(|key| key.contains(" preview")).collect();
        let is_data = |key: &String| key.starts_with("PersistentVolumeClaim preview-volume--keep");
        if left.len() == 1 && left.iter().all(is_data) { Ok(()) } else { Err(format!("{left:?}")) }
    })
    .await;
    assert_eq!(scene.get("PersistentVolumeClaim", "preview-volume--keep").await["metadata"]["uid"], claim);
    let told = reasons(&scene, "preview").await;
    for reason in ["Expires", "Expiring", "Expired"] {
        assert_eq!(told.iter().filter(|told| *told == reason).count(), 1, "{reason} in {told:?}");
    }
    scene.runs("stays").await;
    assert!(!is_told(&scene.get("AegisApp", "stays").await), "who asks for no end has none");
    scene.world.measure(format!("an app with a ttl was deleted {} ms after its end", asked.duration_since(end).as_millis()));
}

async fn an_end_moves_with_an_edit_and_can_be_lifted(mut scene: Scene) {
    scene.apply(&app("longer", "15s", json!({}))).await;
    scene.start().await;
    let first = moment(&scene.see("AegisApp", "longer", "its end is told", is_told).await["status"]["expiresAt"]);
    let applied = scene.apply(&app("longer", "72h", json!({}))).await;
    let end = born(&applied) + SignedDuration::from_hours(72);
    scene.see("AegisApp", "longer", "its end has moved", |app| is_told(app) && moment(&app["status"]["expiresAt"]) == end).await;
    let said = scene.aegisctl(&["status", "longer"]).await;
    assert!(said.stdout.contains(&format!("deleted at {end}, as lifecycle.ttl says")), "{}{}", said.stdout, said.stderr);
    passed(first).await;
    scene.touch("longer", 2).await;
    let uid = scene.runs("longer").await["metadata"]["uid"].clone();
    assert_eq!((uid, ends(&scene, "longer")), (applied["metadata"]["uid"].clone(), vec![]));
    scene.apply(&apps::app("longer", json!({}))).await;
    scene.see("AegisApp", "longer", "its end is lifted", |app| !is_told(app)).await;
    until("the lifting is told", async || {
        let told = reasons(&scene, "longer").await;
        let is_told = told.iter().filter(|reason| *reason == "Expires").count() == 2 && told.iter().any(|reason| reason == "ExpiryLifted");
        if is_told { Ok(()) } else { Err(format!("{told:?}")) }
    })
    .await;
    scene.runs("longer").await;
}

/// Waits until a moment is past, and a look at it too.
async fn passed(moment: Timestamp) {
    until("the first end is past", async || {
        let now = Timestamp::now();
        if now > moment + SignedDuration::from_secs(1) { Ok(()) } else { Err(format!("{now}, {moment}")) }
    })
    .await;
}

async fn an_old_app_is_not_deleted_the_moment_that_it_is_given_a_ttl(mut scene: Scene) {
    let applied = scene.apply(&apps::app("old", json!({}))).await;
    scene.runs("old").await;
    passed(born(&applied) + SignedDuration::from_secs(5)).await;
    let given = Timestamp::now();
    scene.apply(&app("old", "5s", json!({}))).await;
    let told = moment(&scene.see("AegisApp", "old", "its end is told", is_told).await["status"]["expiresAt"]);
    assert!(told >= given + SignedDuration::from_secs(5), "{told} after {given}");
    scene.see_gone("AegisApp", "old").await;
    let [(asked, 200)] = ends(&scene, "old")[..] else { panic!("{:?}", ends(&scene, "old")) };
    assert!(asked >= told, "{asked} before {told}");
}

async fn a_refused_spec_and_a_paused_app_end_by_nothing(mut scene: Scene) {
    for (name, edit) in
        [("refused", json!({"files": [{"mountPath": "/tmp", "secret": {"name": "x", "key": "x"}}]})), ("paused", json!({"paused": true}))]
    {
        let applied = scene.apply(&app(name, "12s", json!({}))).await;
        scene.start().await;
        scene.see("AegisApp", name, "its end is told", is_told).await;
        scene.apply(&app(name, "12s", edit)).await;
        scene.see("AegisApp", name, "nothing is told while nothing is deleted", |app| !is_told(app)).await;
        passed(born(&applied) + SignedDuration::from_secs(12)).await;
        scene.touch(name, 2).await;
        let now = scene.get("AegisApp", name).await;
        assert!(!is_told(&now) && ends(&scene, name).is_empty(), "{now:#}");
        if name == "refused" {
            assert_eq!(condition(&now, "SpecAccepted")["status"], "False");
        }
        // from then on its time runs again
        scene.apply(&app(name, "12s", json!({}))).await;
        scene.see_gone("AegisApp", name).await;
    }
}

/// The watch does not tell of the edit before the end has come, and neither does an answer to a write: the warning was the last.
async fn an_edit_that_the_operator_has_not_seen_wins(mut scene: Scene) {
    let wire = Wire::new();
    scene.start_on(&wire).await;
    scene.apply(&app("late", "30s", json!({}))).await;
    scene.ready("late", "Running").await;
    scene.see("AegisApp", "late", "it is warned of", |app| app["status"]["problems"][0]["code"] == "Expiring").await;
    let is_deaf = |sent: &Sent| sent.path.ends_with("/aegisapps") && sent.method == "GET";
    wire.rule(move |sent| if is_deaf(sent) { Fate::IsRefused(503) } else { Fate::Passes });
    wire.break_watches();
    let edited = scene.apply(&app("late", "72h", json!({}))).await;
    until("the operator would have deleted it", async || match ends(&scene, "late").first() {
        Some((_, code)) => {
            assert_eq!(*code, 409);
            Ok(())
        }
        None => Err(String::new()),
    })
    .await;
    wire.rule(|_| Fate::Passes);
    let end = born(&edited) + SignedDuration::from_hours(72);
    let now = scene.see("AegisApp", "late", "its end has moved", |app| is_told(app) && moment(&app["status"]["expiresAt"]) == end).await;
    assert_eq!(now["metadata"]["uid"], edited["metadata"]["uid"]);
    assert!(ends(&scene, "late").iter().all(|(_, code)| *code == 409), "{:?}", ends(&scene, "late"));
    scene.runs("late").await;
}

/// Its rights would let it; the fence does not.
async fn the_operators_token_deletes_no_app_that_does_not_ask_for_it(mut scene: Scene) {
    let thief = install::borrowed(&scene.world.operator);
    scene.apply(&apps::app("safe", json!({}))).await;
    scene.runs("safe").await;
    let namespace = scene.namespace.clone();
    let refused = async |why: &str| {
        let status = thief.try_delete(&namespace, "AegisApp", "safe").await.expect_err(why);
        assert!(status.code == 403 && status.message.contains("whose lifecycle.ttl asks for their end"), "{status}");
    };
    refused("it asks for no end").await;
    scene.kill();
    scene.apply(&app("safe", "72h", json!({}))).await;
    refused("nobody was told of its end").await;
    scene.start().await;
    scene.see("AegisApp", "safe", "its end is told", is_told).await;
    thief.try_delete(&scene.namespace, "AegisApp", "safe").await.expect("it asks for its end, and when is told");
    scene.see_gone("AegisApp", "safe").await;
}
