//! Nothing to do is nothing done: looks, restarts and a lost status change no object.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::{
    apps,
    cluster::Patch,
    scene::{Scene, tests},
    wait::until,
    wire::{Fate, Wire},
};

tests![
    a_hundred_looks_write_nothing,
    a_status_that_says_the_same_is_not_written,
    fifty_apps_outlive_a_restart,
    a_lost_status_changes_no_object,
    a_kind_whose_first_list_is_refused_is_not_told_to_be_missing
];

async fn a_hundred_looks_write_nothing(mut scene: Scene) {
    let mut shop = apps::example("shop");
    // each run is told
    shop["spec"]["schedules"][0]["schedule"] = "@yearly".into();
    scene.apply(&shop).await;
    scene.runs("shop").await;
    let before = scene.asked().len();
    scene.touch("shop", 100).await;
    let asked: Vec<String> = scene.asked()[before..].iter().filter(|asked| asked.verb != "watch").map(ToString::to_string).collect();
    assert!(asked.is_empty(), "{asked:?}");
}

async fn a_status_that_says_the_same_is_not_written(mut scene: Scene) {
    scene.apply(&apps::example("worker")).await;
    scene.runs("words").await;
    // what somebody adds is told once
    annotate(&mut scene, 0).await;
    let before = scene.runs("words").await;
    for i in 1..20 {
        annotate(&mut scene, i).await;
    }
    scene.rest().await;
    let after = scene.get("AegisApp", "words").await;
    assert_eq!(after["metadata"]["resourceVersion"], before["metadata"]["resourceVersion"]);
}

/// Changes an annotation of a child and waits for the look at it.
async fn annotate(scene: &mut Scene, i: usize) {
    let (looks, _) = scene.operator().await.looks().await;
    let edit = json!({"metadata": {"annotations": {"example.com/touched": format!("{i}")}}});
    scene.cluster.patch(&scene.namespace, "Service", "words-api", Patch::Merge, &edit).await.expect("an annotation is accepted");
    let operator = scene.operator().await;
    until("the operator has looked", async || match operator.looks().await {
        (now, 0) if now > looks => Ok(()),
        looks => Err(format!("{looks:?}")),
    })
    .await;
}

async fn fifty_apps_outlive_a_restart(mut scene: Scene) {
    scene.start().await;
    let names: Vec<String> = (0..50).map(|i| format!("app{i}")).collect();
    for name in &names {
        scene.apply(&apps::app(name, json!({"config": {"NAME": name}}))).await;
    }
    for name in &names {
        scene.ready(name, "Running").await;
    }
    scene.rest().await;
    for is_graceful in [true, false] {
        let before = scene.asked().len();
        if is_graceful {
            scene.stop().await
        } else {
            scene.kill()
        }
        scene.start().await;
        scene.rest().await;
        let asked = scene.asked();
        let writes: Vec<String> =
            asked[before..].iter().filter(|asked| asked.is_write() || asked.verb == "get").map(ToString::to_string).collect();
        assert!(writes.is_empty(), "graceful: {is_graceful}: {writes:?}");
    }
}

async fn a_lost_status_changes_no_object(mut scene: Scene) {
    scene.apply(&apps::example("shop")).await;
    scene.runs("shop").await;
    let before = specs(&scene).await;
    scene.forget_status("shop").await;
    scene.see("AegisApp", "shop", "its status is back", |app| app["status"]["inventory"].is_array()).await;
    scene.runs("shop").await;
    let after = specs(&scene).await;
    let changed: Vec<_> = before.iter().filter(|object| !after.contains(object)).collect();
    let new: Vec<_> = after.iter().filter(|object| !before.contains(object)).collect();
    assert!(changed.is_empty() && new.is_empty(), "{changed:#?} became {new:#?}");
}

/// As of an operator whose rights have only just been given, or of a server that is only just beginning to serve the kind.
async fn a_kind_whose_first_list_is_refused_is_not_told_to_be_missing(mut scene: Scene) {
    scene.apply(&apps::app("shop", json!({"observability": {"metrics": {}}}))).await;
    let before = scene.runs("shop").await;
    scene.rest().await;
    scene.stop().await;
    let refused = AtomicUsize::new(0);
    let wire = Wire::with(move |sent| {
        let is_list = sent.path.ends_with("/podmonitors") && !sent.query.contains("watch=");
        if is_list && refused.fetch_add(1, Ordering::Relaxed) < 2 { Fate::IsRefused(403) } else { Fate::Passes }
    });
    scene.start_on(&wire).await;
    scene.rest().await;
    let after = scene.get("AegisApp", "shop").await;
    assert_eq!(after["metadata"]["resourceVersion"], before["metadata"]["resourceVersion"], "{:#}", after["status"]["problems"]);
    let lists = wire.sent().iter().filter(|sent| sent.path.ends_with("/podmonitors") && !sent.query.contains("watch=")).count();
    assert!(lists > 2, "the list was refused twice, and {lists} were asked for");
}

/// Uid, generation and content of each child.
async fn specs(scene: &Scene) -> Vec<Value> {
    let mut specs = vec![];
    for kind in aegis_plan::children::kinds() {
        let objects = scene.cluster.list(&scene.namespace, kind.kind).await;
        // the clock makes a schedule's Jobs
        for object in objects.iter().filter(|object| object["metadata"]["ownerReferences"][0]["kind"] != "CronJob") {
            let metadata = &object["metadata"];
            let marks = [&metadata["uid"], &metadata["generation"], &metadata["labels"], &metadata["annotations"]];
            specs.push(json!([kind.kind, metadata["name"], marks, object["spec"], object["data"]]));
        }
    }
    specs
}
