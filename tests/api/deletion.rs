//! An app is deleted between any two writes of its creation, from an operator that is dead or from one that goes on with what
//! it was at: nothing remains but its data, and an app of its name finds that again. The collector is the real one.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{
    apps,
    lab::{self, words},
    life::{Course, Death, Life, Side, dies, holds},
    scene::{Scene, tests},
    state::State,
    wait::until,
};

tests![an_app_deleted_between_any_two_writes_leaves_only_its_data];

/// Of whom an app is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    /// It died after that write.
    Dead,
    /// It is about to make that write, and makes it after the deletion.
    Alive,
    /// It makes that write when the app is deleted and created again already.
    Late,
}

async fn an_app_deleted_between_any_two_writes_leaves_only_its_data(scene: Scene) {
    let mut life = Life::begin(Scene::open(&scene.world, "gone-model").await, "full").await;
    let model = life.edit(&apps::full(), None).await;
    let before = life.wire().writes().len();
    let kept = deleted(&life, &data(&model.state)).await;
    assert_eq!(words(&life.wire().writes()[before..]), "", "a deletion needs no operator");
    assert_eq!(kept.len(), data(&model.state).len(), "{kept:?}");
    assert!(kept.len() >= 4, "{kept:?}");

    let points: Vec<_> =
        (0..model.writes.len()).flat_map(|index| [Operator::Dead, Operator::Alive, Operator::Late].map(|of| (index, of))).collect();
    let outcome = lab::tried(&points, async |(index, of)| fate(&scene, &model, index, of).await).await;
    let most = outcome.each.iter().max().copied().unwrap_or_default();
    scene.world.measure(format!(
        "deletion lab: {}; of {} objects with data, up to {most} were kept and found again",
        outcome.figures,
        kept.len()
    ));
    assert!(outcome.faults.is_empty(), "{} faults:\n{}", outcome.faults.len(), outcome.faults.join("\n"));
}

/// What is wrong after a deletion there; and how much data was kept.
async fn fate(scene: &Scene, model: &Course, index: usize, of: Operator) -> (Vec<String>, usize) {
    let namespace = format!("gone-{index:03}-{}", &format!("{of:?}").to_lowercase()[..1]);
    let mut life = Life::begin(Scene::open(&scene.world, &namespace).await, "full").await;
    let wire = life.wire();
    match of {
        Operator::Dead => wire.rule(dies(Death { index, side: Side::After })),
        Operator::Alive | Operator::Late => wire.rule(holds(index)),
    }
    life.scene.apply(&apps::full()).await;
    tokio::select! {
        () = wire.loses() => {}
        () = wire.holds() => {}
        // what depends on the clock may need fewer writes than the model
        () = life.settles() => {}
    }
    if wire.has_lost() {
        life.kill_operator();
    }
    let kept = of_data(&State::of(&life.scene).await, &data(&model.state));
    delete(&life).await;
    if of == Operator::Late {
        life.scene.apply(&apps::full()).await;
    }
    wire.release();
    if wire.has_lost() {
        life.replace_operator().await;
    }
    if of != Operator::Late {
        deleted(&life, &data(&model.state)).await;
    }
    let again = life.edit(&apps::full(), None).await;
    let mut faults: Vec<String> =
        model.state.differences(&again.state).into_iter().map(|fault| format!("created again: {fault}")).collect();
    let lost =
        kept.iter().filter(|(key, mark)| again.state.marks.get(*key) != Some(mark)).map(|(key, _)| format!("{key} was not found again"));
    faults.extend(lost);
    if !again.late.is_empty() {
        faults.push(format!("a forced look writes {}", words(&again.late)));
    }
    delete(&life).await;
    (faults, kept.len())
}

async fn delete(life: &Life) {
    life.scene.cluster.delete(&life.scene.namespace, "AegisApp", "full").await;
}

/// Deletes the app if it is there, waits until nothing but data remains, and returns that: each object with its uid.
async fn deleted(life: &Life, data: &BTreeSet<String>) -> BTreeMap<String, String> {
    if life.scene.find("AegisApp", "full").await.is_some() {
        delete(life).await;
    }
    until("only data remains", async || {
        let state = State::of(&life.scene).await;
        let mut left: Vec<String> = state.objects.keys().filter(|key| !data.contains(*key)).cloned().collect();
        left.extend(life.scene.names("Pod").await);
        if left.is_empty() { Ok(of_data(&state, data)) } else { Err(format!("{left:?}")) }
    })
    .await
}

/// The objects with data, each with its uid.
fn of_data(state: &State, data: &BTreeSet<String>) -> BTreeMap<String, String> {
    let is_data = |key: &str| data.contains(&format!("{} 0", state.masked(key)));
    state.marks.iter().filter(|(key, _)| is_data(key)).map(|(key, mark)| (key.clone(), mark.clone())).collect()
}

/// What outlives an app: the objects without an owner, and the Secrets of those.
fn data(state: &State) -> BTreeSet<String> {
    let owner = |object: &Value| object["metadata"]["ownerReferences"][0]["name"].as_str().map(ToOwned::to_owned);
    let free: BTreeSet<String> = state
        .objects
        .iter()
        .filter(|(key, object)| !key.starts_with("AegisApp ") && owner(object).is_none())
        .map(|(key, _)| key.clone())
        .collect();
    let anchored = state.objects.iter().filter(|(key, object)| {
        key.starts_with("Secret ") && owner(object).is_some_and(|owner| free.contains(&format!("ConfigMap {owner} 0")))
    });
    anchored.map(|(key, _)| key.clone()).chain(free.iter().cloned()).collect()
}
