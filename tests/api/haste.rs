//! A user in a hurry: there and back again before the first of it is done, and names that change. Nothing that the last word
//! wants was deleted or restarted on the way, and no data is lost.

use aegis_plan::children;
use serde_json::{Value, json};

use crate::{
    apps, crash,
    lab::{self, words},
    life::{Life, holds},
    scene::{Scene, tests},
    state::State,
    wire::Sent,
};

tests![there_and_back_between_any_two_writes_loses_nothing, a_renamed_worker_loses_no_volume];

async fn there_and_back_between_any_two_writes_loses_nothing(scene: Scene) {
    let [here, there, _] = crash::edits();
    let mut life = Life::begin(Scene::open(&scene.world, "back-model").await, "full").await;
    life.edit(&here, None).await;
    let writes = life.edit(&there, None).await.writes;
    // what is deleted, is when the other release has settled: that is no way back any more
    let length = writes.iter().position(|sent| sent.method == "DELETE").unwrap_or(writes.len());
    let points: Vec<usize> = (0..length).collect();
    let outcome = lab::tried(&points, async |index| fate(&scene, &here, &there, index).await).await;
    let calm = outcome.each.iter().filter(|is_calm| **is_calm).count();
    scene.world.measure(format!("there and back lab: {}; after {calm} of them no template had ever changed", outcome.figures));
    assert!(outcome.faults.is_empty(), "{} faults:\n{}", outcome.faults.len(), outcome.faults.join("\n"));
    assert!(calm > 0, "nobody came back in time");
}

/// What is wrong when the edit is taken back at its write of that index; and whether no pod template was changed.
async fn fate(scene: &Scene, here: &Value, there: &Value, index: usize) -> (Vec<String>, bool) {
    let mut life = Life::begin(Scene::open(&scene.world, &format!("back-{index:03}-x")).await, "full").await;
    let before = life.edit(here, None).await.state;
    let wire = life.wire();
    let known = wire.writes().len();
    wire.rule(holds(index));
    life.scene.apply(there).await;
    tokio::select! {
        () = wire.holds() => {}
        () = life.settles() => {}
    }
    // in a run of fewer statuses the other release has settled by then, and what it deletes is gone
    let is_late = wire.writes().split_off(known).iter().any(|sent| sent.method == "DELETE");
    let is_template = |sent: &Sent| ["/deployments/", "/statefulsets/"].iter().any(|kind| sent.path.contains(kind));
    let is_calm = !wire.writes().split_off(known).iter().any(is_template);
    life.scene.apply(here).await;
    wire.release();
    life.settles().await;

    let after = State::of(&life.scene).await;
    let mut faults = before.replaced(&after);
    let written = wire.writes().split_off(known);
    // its revision is remembered; what it says of the objects follows from them
    let is_told = |key: &str| ["ControllerRevision ", "AegisApp "].iter().any(|kind| key.starts_with(kind));
    // what was changed and changed back has counted that, and an autoscaler goes on from the count it finds
    let counts: &[&str] = if is_calm { &[] } else { &["generation", "deployment.kubernetes.io/revision", "replicas"] };
    let differences = before.clone().without(counts).differences(&after.without(counts));
    faults.extend(differences.into_iter().filter(|fault| !is_told(fault)));
    let wanted = |sent: &&Sent| before.marks.keys().filter_map(|key| end(key)).any(|end| sent.path.ends_with(&end));
    let deleted: Vec<Sent> = written.iter().filter(|sent| sent.method == "DELETE").filter(wanted).cloned().collect();
    if !deleted.is_empty() {
        faults.push(format!("deleted on the way: {}", words(&deleted)));
    }
    life.scene.cluster.delete(&life.scene.namespace, "AegisApp", "full").await;
    (if is_late { vec![] } else { faults }, is_calm)
}

/// How the path of a request for an object ends that a state knows by kind and name.
fn end(key: &str) -> Option<String> {
    let (kind, name) = key.split_once(' ')?;
    let kind = children::kinds().into_iter().find(|own| own.kind == kind)?;
    Some(format!("/{}/{name}", kind.plural))
}

async fn a_renamed_worker_loses_no_volume(mut scene: Scene) {
    let spec = |worker: &str| {
        let volume = |name: &str, policy: &str| json!({"name": name, "mountPath": format!("/{name}"), "size": "1Gi", "roles": [worker], "accessMode": "ReadWriteMany", "deletionPolicy": policy});
        json!({"workers": [{"name": worker}], "volumes": [volume("keep", "Retain"), volume("own", "Delete")]})
    };
    scene.apply(&apps::app("renames", spec("media"))).await;
    scene.runs("renames").await;
    let before = State::of(&scene).await;
    scene.apply(&apps::app("renames", spec("movies"))).await;
    scene.see("Deployment", "renames-worker--movies", "it is there", |_| true).await;
    scene.see_gone("Deployment", "renames-worker--media").await;
    scene.runs("renames").await;
    let after = State::of(&scene).await;
    assert_eq!(before.replaced(&after), [""; 0]);
    let claims = |state: &State| state.marks.keys().filter(|key| key.starts_with("PersistentVolumeClaim ")).cloned().collect::<Vec<_>>();
    assert_eq!(claims(&before), claims(&after));
    assert_eq!(claims(&after).len(), 2);
}
