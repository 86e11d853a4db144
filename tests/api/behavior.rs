//! A release is rendered as it was accepted: an operator that would render it otherwise leaves it alone.
//! What a behavior renders is frozen in `tests/drift/behavior`.

use serde_json::{Value, json};

use crate::{
    apps,
    cluster::Patch,
    scene::{Scene, condition, tests},
    state::State,
};

tests![a_release_of_a_newer_operator_runs_on_and_an_edit_takes_it_back, a_release_from_before_access_stays_open_until_its_next_edit,];

async fn a_release_of_a_newer_operator_runs_on_and_an_edit_takes_it_back(mut scene: Scene) {
    let app = |page: &str| apps::app("newer", json!({"config": {"PAGE_SIZE": page}, "workers": [{"name": "media"}]}));
    scene.apply(&app("1")).await;
    scene.runs("newer").await;
    scene.stop().await;
    let revision =
        scene.names("ControllerRevision").await.into_iter().find(|name| name.starts_with("newer-revision")).expect("it is there");
    assert_eq!(scene.get("ControllerRevision", &revision).await["metadata"]["annotations"]["aegis.dev/behavior"], "2");
    let marked = json!({"metadata": {"annotations": {"aegis.dev/behavior": "9"}}});
    scene.cluster.patch(&scene.namespace, "ControllerRevision", &revision, Patch::Merge, &marked).await.expect("it can be marked");
    let before = State::of(&scene).await;

    scene.start().await;
    let told = scene.ready("newer", "UnknownBehavior").await;
    let message = condition(&told, "Ready")["message"].as_str().unwrap_or_default();
    for words in ["revision 1 has behavior 9", "renders 1 and 2 alone", "Install an operator"] {
        assert!(message.contains(words), "{words} in {message}");
    }
    assert_eq!(condition(&told, "SpecAccepted")["status"], "True", "nothing is wrong with it");
    let listed = told["status"]["components"].as_array().expect("its components are listed").iter();
    let listed: Vec<_> = listed.map(|component| (component["name"].as_str().unwrap_or_default(), &component["ready"])).collect();
    assert_eq!(listed, [("api", &json!(1)), ("media", &json!(1))]);
    let status = scene.aegisctl(&["status", "newer"]).await;
    assert!(status.stdout.contains("UnknownBehavior") && !status.stdout.contains("refused"), "{}", status.stdout);
    scene.touch("newer", 3).await;
    let after = State::of(&scene).await;
    let is_its = |fault: &String| fault.starts_with("AegisApp ");
    let others: Vec<String> = before.differences(&after).into_iter().filter(|fault| !is_its(fault)).collect();
    assert_eq!((others, before.replaced(&after)), (vec![], vec![]), "its objects stay as they are");

    scene.apply(&app("2")).await;
    scene.runs("newer").await;
    let marks: Vec<Value> = revisions(&scene).await;
    assert_eq!(marks, ["9", "2"], "and the one before stays as it was recorded");
}

/// An upgrade of the operator must not cut off those whom the release serves, nor restart it.
async fn a_release_from_before_access_stays_open_until_its_next_edit(mut scene: Scene) {
    let app = |page: &str| apps::app("older", json!({"config": {"PAGE_SIZE": page}}));
    scene.apply(&app("1")).await;
    scene.runs("older").await;
    scene.stop().await;
    // as the operator before this one left it
    let revision =
        scene.names("ControllerRevision").await.into_iter().find(|name| name.starts_with("older-revision")).expect("it is there");
    let marked = json!({"metadata": {"annotations": {"aegis.dev/behavior": "1"}}});
    scene.cluster.patch(&scene.namespace, "ControllerRevision", &revision, Patch::Merge, &marked).await.expect("it can be marked");
    scene.cluster.delete(&scene.namespace, "NetworkPolicy", "older-access").await;
    let generation = scene.get("Deployment", "older-api").await["metadata"]["generation"].clone();

    scene.start().await;
    scene.touch("older", 3).await;
    let told = scene.runs("older").await;
    assert_eq!(scene.names("NetworkPolicy").await, Vec::<String>::new(), "nobody is cut off");
    assert_eq!(scene.get("Deployment", "older-api").await["metadata"]["generation"], generation, "and nothing restarts");
    let problem = &told["status"]["problems"][0];
    assert_eq!((&problem["code"], &problem["severity"]), (&json!("AccessNotClosed"), &json!("Warning")), "{problem}");

    scene.apply(&app("2")).await;
    let told = scene.runs("older").await;
    assert_eq!(scene.names("NetworkPolicy").await, ["older-access"], "its edit closes it");
    assert_eq!(told["status"]["problems"], Value::Null);
}

/// The behaviors of the revisions, the oldest first.
async fn revisions(scene: &Scene) -> Vec<Value> {
    let mut all = vec![];
    for name in scene.names("ControllerRevision").await.into_iter().filter(|name| name.starts_with("newer-revision")) {
        let revision = scene.get("ControllerRevision", &name).await;
        all.push((revision["revision"].as_i64(), revision["metadata"]["annotations"]["aegis.dev/behavior"].clone()));
    }
    all.sort_by_key(|(number, _)| *number);
    all.into_iter().map(|(_, behavior)| behavior).collect()
}
