//! What holds on the way from one spec to the next, however many there are and wherever the operator dies.
//! Pods are always willing here; what becomes of them when they are not, cases tell.

use std::collections::BTreeSet;

use aegis_crds::AegisApp;
use aegis_plan::{Key, Plan, Planned, Stage, accept, everything};
use aegis_tests::cluster;
use libtest_mimic::Trial;
use proptest::{collection::vec, prelude::*};

use crate::{
    config,
    lab::{Cluster, key},
    specs::app,
    trials,
};

/// A way of several releases costs as much as many plans.
const WAYS: u32 = 4;

pub fn trials() -> Vec<Trial> {
    trials![
        after_any_edits_there_is_what_was_asked_last_and_all_data
        what_kubernetes_never_changes_gets_another_name
        a_to_b_to_a_is_a
        a_quick_a_to_b_to_a_deletes_nothing_of_a
        a_crash_after_any_write_ends_in_the_same_state
    ]
}

proptest! {
    #![proptest_config(config(WAYS))]

    fn after_any_edits_there_is_what_was_asked_last_and_all_data(edits in releases(1..5)) {
        let mut cluster = Cluster::empty();
        for asked in &edits {
            let before = cluster.state();
            let is_fresh = accept(asked, &cluster.facts).is_fresh;
            let Some(plan) = cluster.settle(asked) else { continue };
            prop_assert_eq!(orphans(&cluster, &plan), BTreeSet::new());
            for planned in &plan.wanted {
                prop_assert_eq!(cluster.written.get(&key(planned)), Some(&planned.hash), "{:?}", key(planned));
                prop_assert!(planned.kind.is_write_only() || cluster.facts.child(planned.kind.kind, &planned.name).is_some());
            }
            if !is_fresh {
                prop_assert_eq!(cluster.state(), before, "a refused edit changed something");
            }
        }
        prop_assert!(cluster.deleted.iter().all(|seen| !seen.owners.is_empty()), "data was deleted: {:?}", cluster.deleted);
    }

    fn what_kubernetes_never_changes_gets_another_name(edits in releases(2..3)) {
        let plans: Vec<Vec<Planned>> = edits.iter().map(|asked| accept(asked, &cluster::empty()).app.map_or(vec![], |app| everything(&app))).collect();
        for (old, new) in plans[0].iter().flat_map(|old| plans[1].iter().filter(|new| key(new) == key(old)).map(move |new| (old, new))) {
            let (before, after) = (old.body.value(), new.body.value());
            let places: &[&str] = match (old.kind.kind, before.get("immutable")) {
                ("Deployment", _) => &["/spec/selector"],
                ("StatefulSet", _) => &["/spec/selector", "/spec/serviceName"],
                ("Job", _) => &["/spec"],
                ("ConfigMap", Some(_)) => &["/data", "/immutable"],
                ("ControllerRevision", _) => &["/data"],
                _ => &[],
            };
            for place in places {
                prop_assert_eq!(before.pointer(place), after.pointer(place), "{:?} {}", key(old), place);
            }
        }
    }

    fn a_to_b_to_a_is_a(edits in releases(2..3)) {
        let (a, b) = (&edits[0], &edits[1]);
        let mut cluster = Cluster::empty();
        let Some(plan) = cluster.settle(a) else { return Ok(()) };
        let before = cluster.state();
        cluster.settle(b);
        cluster.settle(a);
        let after = cluster.state();
        // a claim that b made larger or of another class stays so
        for (key, hash) in before.iter().filter(|(key, _)| key.kind != "PersistentVolumeClaim") {
            prop_assert_eq!(after.get(key), Some(hash), "{:?}", key);
        }
        let added: Vec<Key> = after.into_keys().filter(|key| !before.contains_key(key)).collect();
        for key in added {
            // a Secret goes by its anchor
            let kind = if key.kind == "Secret" { "ConfigMap" } else { &key.kind };
            let owners = cluster.facts.child(kind, &key.name).map(|seen| seen.owners.clone());
            prop_assert_eq!(owners, Some(vec![]), "{:?} is left of b", key);
        }
        prop_assert_eq!(plan.leftovers, vec![]);
    }

    fn a_quick_a_to_b_to_a_deletes_nothing_of_a(edits in releases(2..3), deaths in vec(0..60usize, 1..4)) {
        let (a, b) = (&edits[0], &edits[1]);
        let mut cluster = Cluster::empty();
        let Some(plan) = cluster.settle(a) else { return Ok(()) };
        let before = cluster.state();
        let own: BTreeSet<Key> = plan.wanted.iter().map(key).collect();
        // where nothing has to move, b has settled at once, and what only a wanted may go
        let has_settled = deaths.iter().any(|writes| cluster.look(b, *writes).is_none_or(|plan| plan.stage == Stage::Settled));
        let deleted = cluster.deleted.len();
        let deleted_by_b: Vec<Key> = cluster.deleted.iter().map(|seen| seen.key.clone()).filter(|key| own.contains(key)).collect();
        cluster.settle(a);
        let after = cluster.state();
        // a claim that b made larger or of another class stays so
        let mut others = before.iter().filter(|(key, _)| key.kind != "PersistentVolumeClaim");
        prop_assert!(others.all(|(key, hash)| after.get(key) == Some(hash)), "{before:?} became {after:?}");
        prop_assert!(has_settled || deleted_by_b.is_empty(), "{deleted_by_b:?} went before b had settled");
        // a run is named by all it reads: with a Secret that b gave up, its name went too
        let may_go = |key: &Key| key.kind == "Job" && deleted_by_b.iter().any(|gone| gone.kind == "ConfigMap");
        let gone = cluster.deleted[deleted..].iter().map(|seen| &seen.key);
        let deleted_by_a: Vec<&Key> = gone.filter(|key| own.contains(key) && !may_go(key)).collect();
        prop_assert!(deleted_by_a.is_empty(), "{deleted_by_a:?} went on the way back");
    }

    fn a_crash_after_any_write_ends_in_the_same_state(edits in releases(1..3), crashes in vec(0..60usize, 1..4)) {
        let (mut whole, mut broken) = (Cluster::empty(), Cluster::empty());
        for asked in &edits {
            whole.settle(asked);
            for writes in &crashes {
                broken.look(asked, *writes);
            }
            broken.settle(asked);
        }
        prop_assert_eq!(whole.state(), broken.state());
        prop_assert!(broken.deleted.iter().all(|seen| !seen.owners.is_empty()), "data was deleted: {:?}", broken.deleted);
    }
}

/// Specs of one resource, some refused; none paused, for then nothing is done.
fn releases(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<AegisApp>> {
    vec((app(), prop::bool::weighted(0.1)), count).prop_map(|edits| {
        let metadata = edits[0].0.metadata.clone();
        let release = |(mut asked, is_refused): (AegisApp, bool)| {
            asked.metadata = metadata.clone();
            asked.spec.paused = None;
            if is_refused {
                asked.spec.image = "no image".into();
            }
            asked
        };
        edits.into_iter().map(release).collect()
    })
}

/// What is owned by the app, is not wanted, and is no remembered revision.
fn orphans(cluster: &Cluster, plan: &Plan) -> BTreeSet<Key> {
    let wanted: BTreeSet<Key> = plan.wanted.iter().map(key).collect();
    let owned = cluster.facts.children.iter().filter(|seen| !seen.owners.is_empty() && seen.key.kind != "ControllerRevision");
    owned.map(|seen| seen.key.clone()).filter(|key| !wanted.contains(key)).collect()
}
