//! What each behavior renders, frozen: an upgrade of the operator must change no pod of a release that runs. The agent's
//! pods are left out, which no release waits for, and the runs of its image.

use std::{
    fs,
    path::{Path, PathBuf},
};

use aegis_crds::AegisApp;
use aegis_plan::{
    Planned, behavior, everything,
    facts::{Detail, RevisionSeen},
    names::{AGENT, BEHAVIOR_ANNOTATION},
};
use aegis_tests::{
    cluster,
    files::{below, root, text, yaml},
};
use serde_json::{Value, json};
use similar::TextDiff;

#[test]
fn an_upgrade_of_the_operator_changes_no_pod() {
    assert!(behavior::ALIVE.len() <= 2, "an older behavior ends when another one begins");
    for behavior in behavior::ALIVE {
        let apps: Vec<PathBuf> = below(&folder(*behavior)).into_iter().filter(|path| is_app(path)).collect();
        assert!(!apps.is_empty(), "behavior {behavior} has no apps in {}", folder(*behavior).display());
        apps.iter().for_each(|app| compare(app, *behavior));
    }
}

#[test]
fn a_behavior_that_has_ended_leaves_no_file() {
    let folders = fs::read_dir(root().join("tests/drift/behavior")).expect("the folder of behaviors");
    let named = folders.map(|entry| entry.expect("it can be listed").file_name().to_string_lossy().parse::<u32>());
    let named: Vec<u32> = named.map(|name| name.expect("a folder is named by its behavior")).collect();
    assert!(named.iter().all(|name| behavior::ALIVE.contains(name)), "{named:?}, but alive are {:?}", behavior::ALIVE);
}

fn folder(behavior: u32) -> PathBuf {
    root().join(format!("tests/drift/behavior/{behavior}"))
}

fn is_app(path: &Path) -> bool {
    path.to_string_lossy().ends_with(".app.yaml")
}

/// Compares an app's pods with those that were frozen. What is not frozen yet is written where it is asked for; what is,
/// never.
fn compare(app: &Path, behavior: u32) {
    let frozen = PathBuf::from(app.to_string_lossy().replace(".app.yaml", ".pods.yaml"));
    let rendered = serde_yaml::to_string(&pods(yaml(app), behavior)).expect("pods are YAML");
    if !frozen.exists() && std::env::var_os("AEGIS_FREEZE").is_some() {
        fs::write(&frozen, &rendered).unwrap_or_else(|error| panic!("{}: {error}", frozen.display()));
    }
    let expected = text(&frozen);
    let diff = TextDiff::from_lines(&expected, &rendered);
    assert!(
        expected == rendered,
        "every app like {} would restart at an upgrade of the operator. Keep what behavior {behavior} renders, and give what is \
         new to the next behavior (operator/plan/src/behavior.rs):\n{}",
        app.display(),
        diff.unified_diff().context_radius(4)
    );
}

/// The pods of an app whose release was recorded under a behavior, by the objects that make them. What Kubernetes never
/// changes in these objects stands beside.
fn pods(mut asked: AegisApp, behavior: u32) -> Value {
    asked.metadata.uid = Some("11111111-2222-3333-4444-555555555555".into());
    let mut facts = cluster::applied(&asked, &cluster::empty());
    for seen in facts.children.iter_mut().filter(|seen| matches!(seen.detail, Detail::Revision(RevisionSeen { .. }))) {
        seen.annotations.insert(BEHAVIOR_ANNOTATION.into(), behavior.to_string());
    }
    let all = everything(&cluster::accepted(&asked, &facts));
    let made =
        all.iter().filter(|planned| planned.section != AGENT).filter_map(|planned| Some((object(planned), pod(&planned.body.value())?)));
    made.collect::<serde_json::Map<_, _>>().into()
}

fn object(planned: &Planned) -> String {
    format!("{}/{}", planned.kind, planned.name)
}

fn pod(body: &Value) -> Option<Value> {
    let spec = &body["spec"];
    let template = spec.get("template").or_else(|| spec.pointer("/jobTemplate/spec/template"))?;
    let fixed: serde_json::Map<_, _> = ["selector", "serviceName", "volumeClaimTemplates", "podManagementPolicy"]
        .iter()
        .filter_map(|field| Some(((*field).to_owned(), spec.get(*field)?.clone())))
        .collect();
    Some(json!({"template": template, "fixed": fixed}))
}
