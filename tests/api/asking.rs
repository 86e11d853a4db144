//! How the operator asks: each write once per look, few at a time over all apps, and no answer is taken for what happened.
//! What the client itself does with an answer is tested beside it.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    apps,
    audit::Asked,
    lab::words,
    life::Life,
    operator::{Bounds, Operator},
    scene::{Scene, condition, tests},
    wait::until,
    wire::{Fate, Sent, Wire},
};

tests![
    a_create_that_was_applied_behind_a_504_is_found_as_our_own,
    a_refused_create_is_tried_again_by_later_looks_only,
    writes_in_flight_are_bounded_over_all_apps
];

async fn a_create_that_was_applied_behind_a_504_is_found_as_our_own(scene: Scene) {
    let app = apps::app(
        "answered",
        json!({"config": {"PAGE_SIZE": "50"}, "secrets": [{"name": "app", "generate": {"SECRET_KEY": {}}}], "workers": [{"name": "media"}],
            "bindings": [{"name": "queue", "type": "redis", "provision": {}, "env": {"REDIS_URL": "{uri}"}}], "scheduler": {}}),
    );
    // names of one length, for that of a Secret's texts is compared
    let mut model = Life::begin(Scene::open(&scene.world, "answered-well").await, "answered").await;
    let model = model.edit(&app, None).await;
    let mut life = Life::begin(Scene::open(&scene.world, "answered-504s").await, "answered").await;
    let wire = life.wire();
    let met = Arc::new(Mutex::new(BTreeSet::new()));
    let known = met.clone();
    wire.rule(move |sent| {
        let is_create = sent.method == "POST" && sent.is_about_a_child();
        let is_first = is_create && known.lock().expect("nobody panics with it").insert(sent.path.clone());
        if is_first { Fate::IsDoneAndRefused(504) } else { Fate::Passes }
    });
    life.scene.apply(&app).await;
    life.settles().await;

    let differences = model.state.differences(&crate::state::State::of(&life.scene).await);
    assert_eq!(differences, [""; 0], "it ends as if it had been told the truth");
    let is_again = |asked: &&Asked| asked.verb == "create" && asked.code == 409 && asked.resource != "secrets";
    let again: Vec<String> = life.scene.asked().iter().filter(is_again).map(ToString::to_string).collect();
    assert_eq!(again, [""; 0], "what a watch has shown is not made again");
    assert!(met.lock().expect("nobody panics with it").len() > 12, "it has many objects");
    let events = life.scene.cluster.list(&life.scene.namespace, "Event").await;
    assert!(!events.iter().any(|event| event["reason"] == "NameTaken"), "its own are not taken for somebody else's");
}

async fn a_refused_create_is_tried_again_by_later_looks_only(mut scene: Scene) {
    let wire = Wire::with(|_| Fate::Passes);
    scene.start_on(&wire).await;
    for code in [429, 500, 503, 504] {
        let name = format!("refused-{code}");
        let service = format!("/services/{name}-api");
        let is_try = move |sent: &Sent| sent.method == "POST" && sent.path.ends_with(&service);
        let is_it = is_try.clone();
        wire.rule(move |sent| if is_it(sent) { Fate::IsRefused(code) } else { Fate::Passes });
        let began = Instant::now();
        scene.apply(&apps::app(&name, json!({}))).await;
        let tries = until("there are three tries", async || {
            let tries: Vec<Sent> = wire.writes().into_iter().filter(&is_try).collect();
            if tries.len() >= 3 { Ok(tries) } else { Err(words(&tries)) }
        })
        .await;
        let gaps: Vec<Duration> = tries.windows(2).map(|pair| pair[1].at - pair[0].at).collect();
        assert!(
            gaps.iter().all(|gap| *gap >= Duration::from_millis(800)),
            "{code}: tries are {gaps:?} apart, {:?} in all",
            began.elapsed()
        );
        let app = scene.get("AegisApp", &name).await;
        assert!(condition(&app, "Ready")["message"].to_string().contains(&format!("Service {name}-api")), "{code}: {app:#}");
        wire.rule(|_| Fate::Passes);
        scene.ready(&name, "Running").await;
    }
}

async fn writes_in_flight_are_bounded_over_all_apps(mut scene: Scene) {
    const BOUND: usize = 4;
    const APPS: usize = 40;
    let wire = Wire::new();
    for i in 0..APPS {
        scene.apply(&apps::app(&format!("app{i}"), json!({"config": {"NUMBER": i.to_string()}, "workers": [{"name": "media"}]}))).await;
    }
    let bounds = Bounds { looks: 64, writes: BOUND };
    let operator = Operator::start_bounded(wire.client(&scene.world.operator), &[&scene.namespace], bounds).await;
    scene.watch(operator);
    until("all apps run", async || {
        let apps = scene.cluster.list(&scene.namespace, "AegisApp").await;
        let late: Vec<&Value> =
            apps.iter().filter(|app| condition(app, "Ready")["reason"] != "Running").map(|app| &app["metadata"]["name"]).collect();
        if late.is_empty() { Ok(()) } else { Err(json!(late).to_string()) }
    })
    .await;
    assert_eq!(wire.most_writes(), BOUND, "so many apps would do more at once, and may not");
    scene.world.measure(format!("{APPS} apps at once: never more than {} of {BOUND} writes in flight", wire.most_writes()));
}
