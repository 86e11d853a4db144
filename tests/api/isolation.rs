//! A hundred apps of which some are poison: one is too large, one cannot be decoded, some make the operator panic, and more
//! than it has workers never get an answer. The others do not notice; a restart included. It changes the definition.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{
    apps, poison,
    scene::{Scene, condition, tests},
    wait::until,
    wire::{Fate, Sent, Wire},
};

tests![poison_apps_among_a_hundred_disturb_nobody];

const HEALTHY: usize = 84;
/// More than looks at once, and more than writes at once.
const HANGING: usize = 12;
/// Longest time until an edit of a healthy app has reached its child: a hanging request takes 15 s.
const PROMPT: Duration = Duration::from_secs(6);

async fn poison_apps_among_a_hundred_disturb_nobody(mut scene: Scene) {
    let alone = Scene::open(&scene.world, "isolation-alone").await;
    let undisturbed = settle(alone, Wire::new()).await;

    poison::store_broken(&scene).await;
    let poisoned = (0..HANGING).map(|i| format!("hanging-{i}")).chain(["frozen", "panicking", "doomed"].map(ToOwned::to_owned));
    for name in poisoned.clone() {
        scene.apply(&apps::app(&name, json!({}))).await;
    }
    scene.apply(&apps::app("large", json!({"env": poison::megabyte()}))).await;
    let wire = Wire::with(poison);
    scene.start_on(&wire).await;
    let among = converged(&mut scene).await;
    assert!(among <= undisturbed * 2 + PROMPT, "{among:?} among poison, {undisturbed:?} without");
    let mut edits = vec![edited(&scene, "2").await];

    scene.kill();
    let restarted = Instant::now();
    let known = wire.writes().len();
    scene.start_on(&wire).await;
    edits.push(edited(&scene, "3").await);
    say_what_is_wrong(&scene).await;
    let again: Vec<_> =
        wire.writes().split_off(known).into_iter().filter(|sent| sent.names("healthy") && !sent.path.contains("healthy-0")).collect();
    assert!(again.is_empty(), "a restart writes nothing for those that run: {}", crate::lab::words(&again));
    assert!(edits.iter().all(|took| *took <= PROMPT), "edits of a healthy app took {edits:?}");
    wait_longer_each_time(&wire, restarted).await;

    heal(&mut scene, &wire, poisoned).await;
    clear(&scene).await;
    scene.world.measure(format!(
        "{HEALTHY} apps run after {:.1} s, among {} poison ones after {:.1} s; an edit takes {:.1} s, {:.1} s after a restart",
        undisturbed.as_secs_f64(),
        HANGING + 5,
        among.as_secs_f64(),
        edits[0].as_secs_f64(),
        edits[1].as_secs_f64(),
    ));
}

/// What becomes of requests about poison apps.
fn poison(sent: &Sent) -> Fate {
    let is_child = sent.is_about_a_child();
    match () {
        () if sent.names("doomed") || (sent.names("panicking") && is_child) => Fate::Panics,
        () if sent.names("frozen") || (sent.names("hanging") && is_child) => Fate::IsLost,
        () => Fate::Passes,
    }
}

async fn settle(mut scene: Scene, wire: Wire) -> Duration {
    scene.start_on(&wire).await;
    let took = converged(&mut scene).await;
    clear(&scene).await;
    took
}

/// Deletes all apps.
async fn clear(scene: &Scene) {
    for name in scene.names("AegisApp").await {
        scene.cluster.delete(&scene.namespace, "AegisApp", &name).await;
    }
}

/// Creates the healthy apps, and returns how long it takes until all run.
async fn converged(scene: &mut Scene) -> Duration {
    let started = Instant::now();
    for i in 0..HEALTHY {
        scene.apply(&healthy(i, "1")).await;
    }
    until("the healthy apps run", async || {
        let apps = scene.cluster.list(&scene.namespace, "AegisApp").await;
        let name = |app: &Value| app["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        let runs = |app: &Value| condition(app, "Ready")["reason"] == "Running";
        let late: Vec<_> = apps.iter().filter(|app| name(app).starts_with("healthy") && !runs(app)).map(name).collect();
        if late.is_empty() { Ok(()) } else { Err(late.join(" ")) }
    })
    .await;
    started.elapsed()
}

/// Edits a healthy app, and returns how long it takes until its child has changed.
async fn edited(scene: &Scene, tag: &str) -> Duration {
    let started = Instant::now();
    scene.apply(&healthy(0, tag)).await;
    scene.see("Deployment", "healthy-0-api", "the edit is there", |object| object.to_string().contains(&format!("shop:{tag}"))).await;
    started.elapsed()
}

fn healthy(i: usize, tag: &str) -> Value {
    apps::app(&format!("healthy-{i}"), json!({"image": format!("registry.example/shop:{tag}")}))
}

async fn say_what_is_wrong(scene: &Scene) {
    for (name, reason, word) in [
        ("panicking", "OperatorBug", "panicking"),
        ("hanging-3", "Timeout", "did not answer"),
        ("broken", "Undecodable", "spec.scheduler.stop.graceSeconds"),
        ("large", "SpecRefused", "spec.env"),
    ] {
        let app = scene
            .see("AegisApp", name, &format!("it says {reason}"), |app| {
                condition(app, "Stalled")["reason"] == reason || condition(app, "Ready")["reason"] == reason
            })
            .await;
        let said = app["status"]["conditions"].to_string();
        assert!(said.contains(word), "{name}: {said}");
    }
}

/// Each try to care for an app waits longer than the one before.
async fn wait_longer_each_time(wire: &Wire, since: Instant) {
    until("there were four tries", async || {
        let tries: Vec<Instant> = wire
            .writes()
            .into_iter()
            .filter(|sent| sent.at > since && sent.names("panicking") && sent.is_about_a_child())
            .map(|sent| sent.at)
            .collect();
        if tries.len() < 4 {
            return Err(format!("{}", tries.len()));
        }
        let gaps: Vec<f64> = tries.windows(2).map(|pair| (pair[1] - pair[0]).as_secs_f64()).collect();
        for (gap, doubled) in gaps.iter().zip([1.0, 2.0, 4.0]) {
            // a fifth more or less, and what a busy machine adds
            assert!(*gap >= doubled * 0.8, "tries are {gaps:?} s apart");
        }
        Ok(())
    })
    .await;
}

async fn heal(scene: &mut Scene, wire: &Wire, poisoned: impl Iterator<Item = String>) {
    wire.rule(|_| Fate::Passes);
    scene.cluster.delete(&scene.namespace, "AegisApp", "broken").await;
    for name in poisoned.chain(["large", "broken"].map(ToOwned::to_owned)) {
        scene.apply(&apps::app(&name, json!({"image": "registry.example/shop:2"}))).await;
        scene.ready(&name, "Running").await;
    }
    let healed = Instant::now();
    wire.rule(poison);
    scene.apply(&apps::app("panicking", json!({"image": "registry.example/shop:3"}))).await;
    until("the first delays are short again", async || {
        let is_try = |sent: &Sent| sent.at > healed && sent.names("panicking") && sent.is_about_a_child();
        let tries: Vec<Instant> = wire.writes().into_iter().filter(is_try).map(|sent| sent.at).collect();
        let first = tries.first().zip(tries.get(1)).ok_or("there is no second try yet")?;
        let gap = *first.1 - *first.0;
        assert!(gap < Duration::from_secs(4), "after a success the second try waits {gap:?}");
        Ok(())
    })
    .await;
}
