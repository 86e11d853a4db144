//! The operator cannot see: every watch is broken, and what happens meanwhile comes to it by lists, or never. It puts right
//! what changed, and deletes nothing that it has not seen.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{
    apps,
    cluster::Patch,
    lab::words,
    scene::{Scene, tests},
    state::State,
    wait::until,
    wire::{Fate, Sent, Wire},
};

tests![
    changes_behind_a_watch_that_is_refused_as_too_old_are_found,
    changes_behind_a_watch_that_says_it_is_too_old_are_found,
    a_stale_view_deletes_no_stranger_that_took_the_name,
    an_answer_that_comes_after_its_object_was_deleted_is_no_news
];

async fn changes_behind_a_watch_that_is_refused_as_too_old_are_found(scene: Scene) {
    changes_unseen_are_found(scene, Fate::IsRefused(410)).await;
}

async fn changes_behind_a_watch_that_says_it_is_too_old_are_found(scene: Scene) {
    changes_unseen_are_found(scene, Fate::IsExpired).await;
}

fn spec(tag: &str) -> Value {
    json!({
        "image": format!("registry.example/shop:{tag}"), "config": {"PAGE_SIZE": "50"}, "workers": [{"name": "media"}], "scheduler": {},
        "schedules": [{"name": "report", "schedule": "0 2 29 2 *", "run": {"args": ["report"]}}],
        "volumes": [{"name": "keep", "mountPath": "/keep", "size": "1Gi"}],
        "bindings": [{"name": "db", "type": "redis", "provision": {}}],
    })
}

async fn changes_unseen_are_found(mut scene: Scene, too_old: Fate) {
    const DELETED: [(&str, &str); 3] =
        [("Service", "blind-api"), ("Deployment", "blind-worker--media"), ("CronJob", "blind-schedule--report")];
    let wire = Wire::new();
    scene.start_on(&wire).await;
    scene.apply(&apps::app("blind", spec("1"))).await;
    scene.runs("blind").await;
    let before = State::of(&scene).await;

    wire.rule(|sent| if sent.is_write() { Fate::Passes } else { Fate::IsRefused(503) });
    wire.break_watches();
    for (kind, name) in DELETED {
        scene.cluster.delete(&scene.namespace, kind, name).await;
    }
    let edit = json!({"spec": {"revisionHistoryLimit": 9}});
    scene.cluster.patch(&scene.namespace, "Deployment", "blind-api", Patch::Merge, &edit).await.expect("it can be edited");
    let orphan = orphan(&scene).await;
    scene.cluster.create(&scene.namespace, &orphan).await.expect("a leftover is made");
    scene.apply(&apps::app("blind", spec("2"))).await;
    let from = wire.sent().len();
    wire.rule(once_each(too_old));

    for (kind, name) in DELETED {
        scene.see(kind, name, "it is made again", |object| object["metadata"]["deletionTimestamp"].is_null()).await;
    }
    scene
        .see("Deployment", "blind-api", "it is put right", |object| {
            object["spec"]["revisionHistoryLimit"] == 3 && object.to_string().contains("registry.example/shop:2")
        })
        .await;
    scene.see_gone("ConfigMap", "blind-leftover").await;
    scene.runs("blind").await;

    let sent = wire.sent().split_off(from);
    let lists: BTreeSet<&str> = sent.iter().filter(|sent| !sent.is_write() && !sent.is_watch()).map(|sent| sent.path.as_str()).collect();
    let watches: BTreeSet<&str> = sent.iter().filter(|sent| sent.is_watch()).map(|sent| sent.path.as_str()).collect();
    assert!(watches.is_subset(&lists) && watches.len() > 10, "every kind is listed again: {watches:?} but {lists:?}");
    let deletes: Vec<Sent> = sent.into_iter().filter(|sent| sent.method == "DELETE").collect();
    assert!(deletes.iter().all(|sent| sent.path.ends_with("/blind-leftover")), "{}", words(&deletes));
    let is_made_again = |fault: &&String| DELETED.iter().any(|(kind, name)| fault.contains(&format!("{kind} {name} was")));
    let replaced = before.replaced(&State::of(&scene).await);
    let others: Vec<&String> = replaced.iter().filter(|fault| !is_made_again(fault)).collect();
    assert!(others.is_empty() && replaced.len() == DELETED.len(), "{replaced:?}");
}

/// The rule by which each kind's first watch is too old.
fn once_each(fate: Fate) -> impl Fn(&Sent) -> Fate + Send + Sync {
    let seen = std::sync::Mutex::new(BTreeSet::new());
    move |sent| {
        let is_first = sent.is_watch() && seen.lock().expect("nobody panics with it").insert(sent.path.clone());
        if is_first { fate } else { Fate::Passes }
    }
}

/// An object of the app that it does not want, as an older release may have left it.
async fn orphan(scene: &Scene) -> Value {
    let mut orphan = scene
        .cluster
        .list(&scene.namespace, "ConfigMap")
        .await
        .into_iter()
        .find(|map| map["metadata"]["name"].as_str().is_some_and(|name| name.starts_with("blind-config")))
        .expect("it has settings");
    let (labels, owners) = (orphan["metadata"]["labels"].take(), orphan["metadata"]["ownerReferences"].take());
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "blind-leftover", "labels": labels, "ownerReferences": owners}})
}

async fn a_stale_view_deletes_no_stranger_that_took_the_name(mut scene: Scene) {
    const NAME: &str = "stale-schedule--report";
    let wire = Wire::new();
    scene.start_on(&wire).await;
    let schedules = json!([{"name": "report", "schedule": "0 2 29 2 *", "run": {"args": ["report"]}}]);
    scene.apply(&apps::app("stale", json!({"schedules": schedules}))).await;
    scene.runs("stale").await;

    wire.rule(|sent| if sent.path.ends_with("/cronjobs") && !sent.is_write() { Fate::IsRefused(503) } else { Fate::Passes });
    wire.break_watches();
    let mut stranger = scene.get("CronJob", NAME).await;
    scene.cluster.delete(&scene.namespace, "CronJob", NAME).await;
    scene.see_gone("CronJob", NAME).await;
    stranger["metadata"] = json!({"name": NAME});
    stranger.as_object_mut().expect("an object").remove("status");
    let stranger = scene.cluster.create(&scene.namespace, &stranger).await.expect("a stranger takes the name");
    scene.apply(&apps::app("stale", json!({}))).await;
    until("the operator deletes what it remembers", async || {
        let deletes: Vec<Sent> = wire.writes().into_iter().filter(|sent| sent.method == "DELETE").collect();
        if deletes.iter().any(|sent| sent.path.ends_with(NAME)) { Ok(()) } else { Err(words(&wire.writes())) }
    })
    .await;
    scene.ready("stale", "Running").await;
    let left = scene.get("CronJob", NAME).await;
    assert_eq!(left["metadata"]["uid"], stranger["metadata"]["uid"]);
    assert!(left["metadata"]["deletionTimestamp"].is_null(), "the stranger is left alone");
    wire.rule(|_| Fate::Passes);
    wire.break_watches();
    scene.runs("stale").await;
    assert_eq!(scene.get("CronJob", NAME).await["metadata"]["uid"], stranger["metadata"]["uid"]);
}

/// A busy operator hears of the end of what it made before it hears that it has made it.
async fn an_answer_that_comes_after_its_object_was_deleted_is_no_news(mut scene: Scene) {
    let wire = Wire::with(|sent| if sent.method == "POST" && sent.path.ends_with("/late-api") { Fate::IsHeldBack } else { Fate::Passes });
    scene.start_on(&wire).await;
    scene.apply(&apps::app("late", json!({}))).await;
    wire.holds().await;
    for kind in ["Deployment", "Service"] {
        if scene.find(kind, "late-api").await.is_none() {
            continue;
        }
        scene.cluster.delete(&scene.namespace, kind, "late-api").await;
        scene.see_gone(kind, "late-api").await;
        heard(&mut scene, kind).await;
    }
    wire.rule(|_| Fate::Passes);
    wire.release();
    scene.runs("late").await;
    scene.get("Deployment", "late-api").await;
    scene.get("Service", "late-api").await;
}

/// Waits until the watch of a kind has brought all that happened so far: it brings an object of no app after it.
async fn heard(scene: &mut Scene, kind: &str) {
    let (looks, _) = scene.operator().await.looks().await;
    let selector = json!({"app": "mark"});
    let spec = match kind {
        "Deployment" => json!({"replicas": 0, "selector": {"matchLabels": selector}, "template": {"metadata": {"labels": selector},
            "spec": {"containers": [{"name": "c", "image": "mark:1"}]}}}),
        _ => json!({"ports": [{"port": 80}], "selector": selector}),
    };
    let version = if kind == "Deployment" { "apps/v1" } else { "v1" };
    let labels = json!({"app.kubernetes.io/managed-by": "aegis", "aegis.dev/app": "mark"});
    let mark = json!({"apiVersion": version, "kind": kind, "metadata": {"name": "mark", "labels": labels}, "spec": spec});
    scene.cluster.create(&scene.namespace, &mark).await.expect("a mark is made");
    let operator = scene.operator().await;
    until("the watch has brought the mark", async || match operator.looks().await {
        (now, _) if now > looks => Ok(()),
        looks => Err(format!("{looks:?}")),
    })
    .await;
}
