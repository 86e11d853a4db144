//! What holds for every app, valid or not, and every cluster it meets.
//! `AEGIS_PROPERTY_CASES` sets how many apps each property meets; the default is small enough for every build.

#[path = "properties/keys.rs"]
mod keys;
#[path = "properties/lab.rs"]
mod lab;
#[path = "properties/objects.rs"]
mod objects;
#[path = "properties/releases.rs"]
mod releases;
#[path = "properties/rollout.rs"]
mod rollout;
#[path = "properties/specs.rs"]
mod specs;
#[path = "properties/times.rs"]
mod times;

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    process::ExitCode,
};

use aegis_crds::AegisApp;
use aegis_plan::{Accepted, Done, Facts, Owner, Planned, Size, Stage, Step, accept, everything, plan, status, step};
use aegis_tests::{cluster, pod_security};
use libtest_mimic::{Arguments, Trial};
use objects::{empty, has_place, is_label, key, labels, limit, pod, template};
use proptest::prelude::*;
use serde_json::json;
use specs::{alike, any_app, app};

/// Trials by the names of their functions.
macro_rules! trials {
    ($($name:ident)*) => { vec![$(crate::trial(stringify!($name), $name)),*] };
}
pub(crate) use trials;

fn main() -> ExitCode {
    let mut trials: Vec<Trial> = trials![
        whatever_is_asked_is_answered
        every_problem_has_a_place_and_a_cure
        what_should_be_accepted_is
        the_same_app_has_the_same_plan
        the_order_of_workers_and_schedules_means_nothing
        names_are_valid_and_taken_once
        every_pod_is_admitted_as_restricted
        our_labels_select_the_pods
        variables_are_set_once_and_refer_backwards
        literal_texts_reach_the_process_as_they_are
        mounts_and_volumes_belong_together
        replicas_values_and_owners_are_where_they_belong
        nothing_empty_is_claimed
        data_is_owned_only_where_the_user_wrote_delete
        an_applied_plan_needs_nothing
        a_release_leaves_no_orphan_and_loses_no_data
        a_count_never_falls_below_what_an_autoscaler_set
        a_count_is_written_once
        nothing_of_somebody_else_is_touched
        two_apps_never_meet
    ];
    trials.extend(keys::trials());
    trials.extend(releases::trials());
    trials.extend(rollout::trials());
    trials.extend(times::trials());
    let conclusion = libtest_mimic::run(&Arguments::from_args(), trials);
    println!("{} specs were generated", specs::generated());
    conclusion.exit_code()
}

fn trial(name: &str, property: fn()) -> Trial {
    Trial::test(name, move || {
        property();
        Ok(())
    })
}

/// So many cases, or a part of them for a property that takes long.
fn config(part: u32) -> ProptestConfig {
    let cases: u32 = env::var("AEGIS_PROPERTY_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(120);
    ProptestConfig { cases: cases.div_ceil(part), failure_persistence: None, ..ProptestConfig::default() }
}

/// Everything an app will have, or nothing when it is refused.
fn all(asked: &AegisApp) -> Vec<Planned> {
    accept(asked, &cluster::empty()).app.map(|app| everything(&app)).unwrap_or_default()
}

proptest! {
    #![proptest_config(config(1))]

    fn whatever_is_asked_is_answered(asked in any_app(), before in app()) {
        let before = AegisApp { metadata: asked.metadata.clone(), ..before };
        for facts in [cluster::empty(), running(&before)] {
            let accepted = accept(&asked, &facts);
            let plan = plan(&accepted, &facts);
            let said = status(&asked, &accepted, plan.as_ref(), &facts, &Done::default());
            prop_assert!(said.conditions.iter().any(|condition| condition.type_ == "Ready"));
            prop_assert_eq!(accepted.is_fresh, !accepted.problems.iter().any(aegis_plan::Problem::is_error));
        }
    }

    fn every_problem_has_a_place_and_a_cure(asked in any_app()) {
        let whole = json!(asked);
        for problem in accept(&asked, &cluster::empty()).problems {
            prop_assert!(!problem.fix.is_empty() && !problem.message.is_empty(), "{problem:?}");
            prop_assert!(has_place(&whole, &problem.path), "{problem:?} in {whole}");
        }
    }

    fn what_should_be_accepted_is(asked in app()) {
        let Accepted { problems, .. } = accept(&asked, &cluster::empty());
        let errors: Vec<_> = problems.iter().filter(|problem| problem.is_error()).collect();
        prop_assert!(errors.iter().all(|problem| problem.code.name == "NameTooLong"), "{errors:#?}");
    }

    fn the_same_app_has_the_same_plan(asked in any_app()) {
        let again: AegisApp = serde_json::from_value(json!(asked)).expect("what was written can be read");
        prop_assert_eq!(all(&asked), all(&again));
    }

    fn the_order_of_workers_and_schedules_means_nothing(asked in app()) {
        let mut turned = asked.clone();
        turned.spec.workers.reverse();
        turned.spec.schedules.reverse();
        prop_assert_eq!(bodies(&asked), bodies(&turned));
    }

    fn names_are_valid_and_taken_once(asked in any_app()) {
        let mut taken = BTreeSet::new();
        for planned in all(&asked) {
            let kind = planned.kind.kind;
            prop_assert!(is_label(&planned.name) && planned.name.len() <= limit(kind), "{kind} {}", planned.name);
            prop_assert!(taken.insert(key(&planned)), "{kind} {} twice", planned.name);
            for (label, value) in labels(&planned, "/metadata/labels") {
                prop_assert!(value.len() <= 63, "{label}={value}");
            }
        }
    }

    fn every_pod_is_admitted_as_restricted(asked in app()) {
        let is_baseline = json!(asked)["spec"]["security"]["profile"] == "Baseline";
        for planned in all(&asked) {
            let Some(pod) = pod(&planned) else { continue };
            if !is_baseline || planned.section == "bindings" {
                prop_assert_eq!(pod_security::restricted(&pod), Vec::<String>::new(), "{:?}", key(&planned));
            }
            prop_assert_eq!(pod.automount_service_account_token, Some(false));
            prop_assert_eq!(pod.enable_service_links, Some(false));
        }
    }

    fn our_labels_select_the_pods(asked in app()) {
        for planned in all(&asked) {
            let Some(template) = template(&planned) else { continue };
            let own = template.metadata.and_then(|metadata| metadata.labels).unwrap_or_default();
            let name = asked.metadata.name.clone().unwrap_or_default();
            prop_assert_eq!(own.get("aegis.dev/app"), Some(&name));
            prop_assert_eq!(own.get("aegis.dev/section").map(String::as_str), Some(planned.section));
            prop_assert_eq!(own.get("app.kubernetes.io/managed-by").map(String::as_str), Some("aegis"));
            prop_assert_eq!(own.get("aegis.dev/role").cloned(), labels(&planned, "/metadata/labels").get("aegis.dev/role").cloned());
            for (label, value) in labels(&planned, "/spec/selector/matchLabels") {
                prop_assert_eq!(own.get(&label), Some(&value));
            }
        }
    }

    fn variables_are_set_once_and_refer_backwards(asked in app()) {
        for planned in all(&asked) {
            let Some(pod) = pod(&planned) else { continue };
            let mut known = BTreeSet::new();
            for variable in pod.containers[0].env.iter().flatten() {
                for name in references(variable.value.as_deref().unwrap_or_default()) {
                    prop_assert!(known.contains(&name), "{name} is not set before {}", variable.name);
                }
                prop_assert!(known.insert(variable.name.clone()), "{} is set twice", variable.name);
            }
        }
    }

    fn literal_texts_reach_the_process_as_they_are(asked in app()) {
        let api = all(&asked).into_iter().find(|planned| planned.section == "api" && planned.kind.kind == "Deployment");
        let Some(pod) = api.and_then(|api| pod(&api)) else { return Ok(()) };
        let own = asked.spec.api.iter().flat_map(|api| &api.process.env);
        let wanted: BTreeMap<_, _> = asked.spec.env.iter().chain(own).map(|variable| (variable.name.clone(), variable.value.clone())).collect();
        for (name, value) in wanted {
            let got = pod.containers[0].env.iter().flatten().find(|variable| variable.name == name).and_then(|variable| variable.value.clone());
            prop_assert_eq!(got.map(|text| expanded(&text)), value, "{}", name);
        }
    }

    fn mounts_and_volumes_belong_together(asked in app()) {
        for planned in all(&asked) {
            let Some(pod) = pod(&planned) else { continue };
            let volumes: BTreeSet<_> = pod.volumes.iter().flatten().map(|volume| volume.name.clone()).collect();
            let mounts: Vec<_> = pod.containers[0].volume_mounts.iter().flatten().collect();
            let mounted: BTreeSet<_> = mounts.iter().map(|mount| mount.name.clone()).collect();
            let paths: BTreeSet<_> = mounts.iter().map(|mount| mount.mount_path.clone()).collect();
            prop_assert_eq!(&volumes, &mounted);
            prop_assert_eq!(paths.len(), mounts.len());
            prop_assert_eq!(volumes.len(), pod.volumes.iter().flatten().count());
        }
    }

    fn replicas_values_and_owners_are_where_they_belong(asked in any_app()) {
        for planned in all(&asked) {
            let body = &planned.body.value();
            let owners = body["metadata"]["ownerReferences"].as_array().cloned().unwrap_or_default();
            prop_assert!(body["spec"].get("replicas").is_none(), "replicas in {}", planned.name);
            prop_assert!(body.get("stringData").is_none() && (planned.kind.kind != "Secret" || body.get("data").is_none()));
            prop_assert_eq!(owners.len(), usize::from(planned.owner == Owner::App), "{:?}", key(&planned));
            prop_assert!(owners.iter().all(|owner| owner["uid"] == json!(asked.metadata.uid) && owner.get("blockOwnerDeletion").is_none()));
            prop_assert_eq!(planned.size.is_some(), ["Deployment", "StatefulSet"].contains(&planned.kind.kind));
        }
    }

    fn nothing_empty_is_claimed(asked in any_app()) {
        // under server-side apply an empty list is a claim on the list, and null is one on the field
        for planned in all(&asked).into_iter().filter(|planned| planned.section != "revisions") {
            prop_assert_eq!(empty("", &planned.body.value()), Vec::<String>::new(), "{:?}", key(&planned));
        }
    }

    fn data_is_owned_only_where_the_user_wrote_delete(asked in app()) {
        let policies = asked.spec.volumes.iter().map(|volume| (("volume", &volume.name), volume.deletion_policy));
        let policies = policies.chain(asked.spec.bindings.iter().map(|binding| (("binding", &binding.name), binding.deletion_policy)));
        let policies: BTreeMap<String, bool> = policies
            .map(|((word, name), policy)| (format!("{word}--{name}"), policy == Some(aegis_crds::bindings::DeletionPolicy::Delete)))
            .collect();
        for planned in all(&asked).into_iter().filter(|planned| planned.kind.kind == "PersistentVolumeClaim") {
            let is_deleted = policies.iter().find(|(end, _)| planned.name.ends_with(end.as_str())).map(|(_, is_deleted)| *is_deleted);
            prop_assert_eq!(Some(planned.owner == Owner::App), is_deleted, "{}", planned.name);
        }
    }

    fn an_applied_plan_needs_nothing(asked in app()) {
        let facts = running(&asked);
        let accepted = accept(&asked, &facts);
        let Some(plan) = plan(&accepted, &facts) else { return Ok(()) };
        let app = accepted.app.expect("it was planned");
        prop_assert_eq!(plan.stage, Stage::Settled);
        prop_assert_eq!(&plan.leftovers, &vec![]);
        for planned in &plan.wanted {
            let kind = planned.kind.kind;
            let entry = facts.entry(planned.kind.kind, &planned.name);
            prop_assert_eq!(step::step(planned, &app, facts.child(kind, &planned.name), entry), Step::Skip, "{:?}", key(planned));
            let seen = facts.workload(kind, &planned.name).map(|seen| seen.replicas);
            let resized = planned.size.and_then(|size| step::resize(size, entry.and_then(|entry| entry.size.as_deref()), seen));
            prop_assert_eq!(resized, None);
        }
    }

    fn a_release_leaves_no_orphan_and_loses_no_data(old in app(), new in app()) {
        let new = AegisApp { metadata: old.metadata.clone(), ..new };
        prop_assume!(accept(&new, &cluster::empty()).is_fresh);
        let first = running(&old);
        let accepted = accept(&new, &first);
        let moving = plan(&accepted, &first).expect("a fresh spec is planned");
        if moving.stage < Stage::Work {
            prop_assert_eq!(&moving.leftovers, &vec![]);
            for role in first.children.iter().filter(|seen| seen.key.kind == "Deployment") {
                prop_assert!(moving.wanted.iter().any(|planned| key(planned).1 == role.key.name), "{:?} must go on", role.key);
            }
        }
        // what stops the world ends what was dropped before anything moves: such a state does not come about
        prop_assume!(json!(new.spec)["migration"]["compatibility"] != "StopTheWorld");
        let facts = cluster::applied(&new, &first);
        let settled = plan(&accept(&new, &facts), &facts).expect("a fresh spec is planned");
        let wanted: BTreeSet<_> = settled.wanted.iter().map(key).collect();
        let leftovers: BTreeSet<_> = settled.leftovers.iter().map(|leftover| (leftover.key.kind.clone(), leftover.key.name.clone())).collect();
        for seen in &facts.children {
            let key = (seen.key.kind.clone(), seen.key.name.clone());
            let is_kept = seen.owners.is_empty() || seen.key.kind == "ControllerRevision";
            prop_assert_eq!(wanted.contains(&key) || is_kept, !leftovers.contains(&key), "{:?} at {:?}: {} {}", key, settled.stage, json!(old.spec), json!(new.spec));
            prop_assert!(!(seen.owners.is_empty() && leftovers.contains(&key)), "{:?} is data", key);
        }
    }

    fn a_count_never_falls_below_what_an_autoscaler_set(count in 1..50i32, recorded in recorded(), seen in prop::option::of(0..50i32)) {
        let written = step::resize(Size::From(count), recorded.as_deref(), seen);
        prop_assert!(written.is_none_or(|written| written == count && seen.is_none_or(|seen| written > seen)));
        if seen == Some(0) || seen.is_none() && recorded.is_none() {
            prop_assert_eq!(written, Some(count));
        }
    }

    fn a_count_is_written_once(size in size(), recorded in recorded(), seen in prop::option::of(0..50i32)) {
        let after = step::resize(size, recorded.as_deref(), seen).or(seen);
        prop_assume!(after != Some(0) || size == Size::Fixed(0));
        prop_assert_eq!(step::resize(size, Some(&step::word(size)), after), None);
    }

    fn nothing_of_somebody_else_is_touched(asked in app(), owner in prop::option::of("[a-z]{3}"), managed in any::<bool>()) {
        let facts = running(&asked);
        let Some(app) = accept(&asked, &facts).app else { return Ok(()) };
        for planned in all(&asked) {
            let Some(mut seen) = facts.child(planned.kind.kind, &planned.name).cloned() else { continue };
            seen.owners = owner.clone().into_iter().collect();
            let label = if managed { ("aegis.dev/app", "other") } else { ("app.kubernetes.io/managed-by", "Helm") };
            seen.labels.insert(label.0.into(), label.1.into());
            prop_assert_eq!(step::step(&planned, &app, Some(&seen), None), Step::Foreign);
        }
    }
}

/// All apps and parts whose names are made of a section's word and `a`: put together, they are as alike as can be.
fn two_apps_never_meet() {
    let mut owners: BTreeMap<(String, String), String> = BTreeMap::new();
    for asked in alike() {
        let app = asked.metadata.name.clone().expect("the generator names apps");
        for planned in all(&asked) {
            let owner = owners.entry(key(&planned)).or_insert_with(|| app.clone());
            assert_eq!(*owner, app, "{:?}", key(&planned));
        }
    }
    assert!(owners.len() > 500, "only {} objects", owners.len());
}

fn recorded() -> impl Strategy<Value = Option<String>> {
    prop::option::of(size().prop_map(step::word))
}

fn size() -> impl Strategy<Value = Size> {
    prop_oneof![(0..50i32).prop_map(Size::Fixed), (1..50i32).prop_map(Size::From)]
}

/// Facts of a cluster in which the app runs, or nothing when it is refused.
fn running(asked: &AegisApp) -> Facts {
    let is_accepted = accept(asked, &cluster::empty()).is_fresh;
    if is_accepted { cluster::applied(asked, &cluster::empty()) } else { cluster::empty() }
}

/// Every body but the revision's, which holds the spec as it was written.
fn bodies(asked: &AegisApp) -> BTreeMap<(String, String), String> {
    let others = all(asked).into_iter().filter(|planned| planned.section != "revisions");
    others.map(|planned| (key(&planned), planned.body.value().to_string())).collect()
}

/// The names in `$(NAME)`, as Kubernetes finds them: `$$` is a dollar sign.
fn references(text: &str) -> Vec<String> {
    let plain = text.replace("$$", "");
    plain.split("$(").skip(1).filter_map(|rest| rest.split_once(')')).map(|(name, _)| name.to_owned()).collect()
}

/// The text as Kubernetes hands it over when no reference is in it.
fn expanded(text: &str) -> String {
    text.replace("$$", "$")
}
