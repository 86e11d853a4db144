//! Releases as their users meet them: by `aegisctl rollout`, on a real server with its real controllers.
//! What each stage waits for is told by the cases of `tests/plan/rollout`.

use serde_json::{Value, json};

use crate::{
    apps,
    by_hand::Said,
    cluster::Patch,
    kubelet::Fate,
    scene::{Scene, condition, tests},
};

tests![
    a_release_is_recorded_whatever_its_texts_are,
    a_release_that_crashes_gives_way_and_can_be_tried_again,
    a_release_is_undone_and_taken_up_again_by_hand,
    a_stop_of_the_world_is_crossed_only_when_that_is_said,
    what_is_restarted_by_hand_gets_new_pods_and_nothing_else_does
];

fn app(name: &str, tag: &str) -> Value {
    let spec = json!({"image": format!("registry.example/shop:{tag}"), "workers": [{"name": "media"}], "scheduler": {}});
    apps::app(name, spec)
}

/// `aegisctl rollout` with these words.
async fn rollout(scene: &Scene, words: &[&str]) -> Said {
    scene.aegisctl(&[&["rollout"], words].concat()).await
}

/// The same, which must end well.
async fn done(scene: &Scene, words: &[&str]) -> Said {
    let said = rollout(scene, words).await;
    assert!(said.is_done, "{words:?}: {}", said.stderr);
    said
}

async fn image(scene: &Scene, kind: &str, name: &str) -> String {
    let image = &scene.get(kind, name).await["spec"]["template"]["spec"]["containers"][0]["image"];
    image.as_str().and_then(|image| image.rsplit(':').next()).unwrap_or_default().to_owned()
}

/// The api's, the worker's and the scheduler's.
async fn images(scene: &Scene, app: &str) -> [String; 3] {
    [
        image(scene, "Deployment", &format!("{app}-api")).await,
        image(scene, "Deployment", &format!("{app}-worker--media")).await,
        image(scene, "StatefulSet", &format!("{app}-scheduler")).await,
    ]
}

async fn states(scene: &Scene, app: &str) -> Vec<(i64, bool, bool, Option<String>)> {
    let history: Value = serde_json::from_str(&done(scene, &["history", app, "-o", "json"]).await.stdout).expect("it is JSON");
    let state = |revision: &Value| {
        let failed = revision["failed"].as_str().map(ToOwned::to_owned);
        (revision["revision"].as_i64().unwrap_or_default(), revision["current"] == true, revision["serving"] == true, failed)
    };
    history["revisions"].as_array().expect("it lists revisions").iter().map(state).collect()
}

/// The server compares a record to the byte with what it makes of it, and writes some signs in other ways than most.
async fn a_release_is_recorded_whatever_its_texts_are(mut scene: Scene) {
    let text =
        "postgresql://db/shop?ssl=on&a=<b>'\"\\ \u{8}\u{c}\t\n\u{e9}\u{2028}\u{2029}\u{1f600}\u{7f}\u{85}\u{9f}\u{feff}\u{fffe}\u{ffff}";
    for tag in ["1", "2"] {
        let mut app = app("texts", tag);
        app["spec"]["env"] = json!([{"name": "TEXT", "value": text}]);
        // not applied: of some of these signs the server would not take that from anybody
        let written = match tag {
            "1" => scene.cluster.create(&scene.namespace, &app).await,
            _ => scene.cluster.patch(&scene.namespace, "AegisApp", "texts", Patch::Merge, &app).await,
        };
        written.expect("it is a text");
        scene.runs("texts").await;
        let env = &scene.get("Deployment", "texts-api").await["spec"]["template"]["spec"]["containers"][0]["env"];
        assert!(env.as_array().expect("it has an env").contains(&json!({"name": "TEXT", "value": text})), "{env}");
    }
    let revisions = scene.cluster.list(&scene.namespace, "ControllerRevision").await;
    let mark = |revision: &Value| revision["metadata"]["annotations"]["aegis.dev/good"].as_str().and_then(|good| good.parse().ok());
    let good = |revision: &Value| mark(revision) == revision["revision"].as_i64();
    let own = revisions.iter().filter(|revision| revision["metadata"]["ownerReferences"][0]["kind"] == "AegisApp");
    let mut known: Vec<_> = own.map(|revision| (revision["revision"].as_i64().unwrap_or_default(), good(revision))).collect();
    known.sort_unstable();
    assert_eq!(known, [(1, true), (2, true)], "both are marked as good");
}

async fn a_release_that_crashes_gives_way_and_can_be_tried_again(mut scene: Scene) {
    scene.apply(&app("fails", "1")).await;
    scene.runs("fails").await;
    done(&scene, &["status", "fails", "--timeout", "60"]).await;
    scene.kubelet.decide("api", Fate::Crashing);
    scene.apply(&app("fails", "2")).await;
    let followed = rollout(&scene, &["status", "fails", "--timeout", "90"]).await;
    assert!(!followed.is_done && followed.stderr.contains("exit code 2"), "{}", followed.stderr);
    let told = scene.ready("fails", "RolledBack").await;
    let message = condition(&told, "Stalled")["message"].as_str().unwrap_or_default();
    for words in ["Revision 2 failed: Crashing: api: pod fails-api-", "exit code 2", "Revision 1 serves", "aegisctl rollout retry fails -n"]
    {
        assert!(message.contains(words), "{words} in {message}");
    }
    assert_eq!(images(&scene, "fails").await, ["1", "1", "1"]);
    assert_eq!(states(&scene, "fails").await, [(1, false, true, None), (2, true, false, Some("Crashing".to_owned()))]);
    let said = rollout(&scene, &["status", "fails", "--timeout", "30"]).await;
    assert!(!said.is_done && said.stderr.contains("RolledBack: Revision 2 failed"), "{}", said.stderr);

    // neither a look nor another operator tries it again
    scene.rest().await;
    let before = scene.written().len();
    scene.touch("fails", 3).await;
    scene.kill();
    scene.start().await;
    scene.touch("fails", 1).await;
    let written: Vec<String> = scene.written()[before..].iter().map(ToString::to_string).collect();
    assert!(written.is_empty(), "{written:?}");

    scene.kubelet.decide("api", Fate::Good);
    done(&scene, &["retry", "fails"]).await;
    done(&scene, &["status", "fails", "--timeout", "90"]).await;
    assert_eq!(images(&scene, "fails").await, ["2", "2", "2"]);
    assert_eq!(scene.runs("fails").await["status"]["previousRelease"].as_str().map(str::len), Some(10));
}

async fn a_release_is_undone_and_taken_up_again_by_hand(mut scene: Scene) {
    let empty = rollout(&scene, &["history", "none"]).await;
    assert!(!empty.is_done && empty.stderr.contains("there is no AegisApp none"), "{}", empty.stderr);
    scene.apply(&app("undone", "1")).await;
    scene.runs("undone").await;
    let said = rollout(&scene, &["undo", "undone"]).await;
    assert!(!said.is_done && said.stderr.contains("none that is remembered has run well"), "{}", said.stderr);
    for tag in ["2", "3"] {
        scene.apply(&app("undone", tag)).await;
        scene.runs("undone").await;
    }
    let table = done(&scene, &["history", "undone"]).await.stdout;
    let shown: Vec<Vec<&str>> = table.lines().map(|line| line.split_whitespace().take(5).collect()).collect();
    assert_eq!(shown[0][..4], ["REVISION", "RELEASE", "STATE", "IMAGE"]);
    assert_eq!(shown[3][2..], ["current,", "serving", "registry.example/shop:3"], "{table}");

    done(&scene, &["undo", "undone"]).await;
    done(&scene, &["status", "undone", "--timeout", "90"]).await;
    assert_eq!(images(&scene, "undone").await, ["2", "2", "2"]);
    let told = scene.ready("undone", "Undone").await;
    assert!(condition(&told, "Ready")["message"].as_str().is_some_and(|words| words.contains("Revision 2 serves")), "{told:#}");
    done(&scene, &["undo", "undone", "--to", "1"]).await;
    done(&scene, &["status", "undone", "--timeout", "90"]).await;
    assert_eq!(images(&scene, "undone").await, ["1", "1", "1"]);
    assert_eq!(states(&scene, "undone").await.iter().map(|(.., serving, _)| *serving).collect::<Vec<_>>(), [true, false, false]);

    done(&scene, &["retry", "undone"]).await;
    done(&scene, &["status", "undone", "--timeout", "90"]).await;
    assert_eq!(images(&scene, "undone").await, ["3", "3", "3"]);
    // another spec ends an undo too
    done(&scene, &["undo", "undone", "--to", "1"]).await;
    scene.ready("undone", "Undone").await;
    scene.apply(&app("undone", "4")).await;
    scene.runs("undone").await;
    assert_eq!(images(&scene, "undone").await, ["4", "4", "4"]);
}

async fn a_stop_of_the_world_is_crossed_only_when_that_is_said(mut scene: Scene) {
    let migrated = |tag: &str| {
        let mut app = app("crossed", tag);
        app["spec"]["migration"] = json!({"args": ["migrate"], "compatibility": "StopTheWorld"});
        app
    };
    for tag in ["1", "2"] {
        scene.apply(&migrated(tag)).await;
        scene.runs("crossed").await;
    }
    let refused = rollout(&scene, &["undo", "crossed"]).await;
    assert!(!refused.is_done && refused.stderr.contains("--to 1 --across-migration"), "{}", refused.stderr);
    assert_eq!(scene.runs("crossed").await["metadata"]["annotations"], Value::Null, "nothing was asked of the operator");
    let jobs = scene.names("Job").await;
    let said = done(&scene, &["undo", "crossed", "--to", "1", "--across-migration"]).await;
    assert!(said.stderr.contains("the database stays as the migration of revision 2 left it"), "{}", said.stderr);
    done(&scene, &["status", "crossed", "--timeout", "90"]).await;
    assert_eq!(images(&scene, "crossed").await, ["1", "1", "1"]);
    assert!(scene.names("Job").await.iter().all(|job| jobs.contains(job)), "no migration runs on the way back");
}

async fn what_is_restarted_by_hand_gets_new_pods_and_nothing_else_does(mut scene: Scene) {
    scene.apply(&app("again", "1")).await;
    scene.runs("again").await;
    let generations = async |scene: &Scene| {
        let generation = async |kind: &str, name: &str| scene.get(kind, name).await["metadata"]["generation"].as_i64().unwrap_or_default();
        [generation("Deployment", "again-api").await, generation("Deployment", "again-worker--media").await]
    };
    let before = generations(&scene).await;
    let unknown = rollout(&scene, &["restart", "again", "medai"]).await;
    assert!(!unknown.is_done && unknown.stderr.contains("did you mean media?"), "{}", unknown.stderr);
    done(&scene, &["restart", "again", "media"]).await;
    done(&scene, &["status", "again", "--timeout", "90"]).await;
    let after = generations(&scene).await;
    assert!(after[0] == before[0] && after[1] > before[1], "{before:?} {after:?}");
    let word = |object: &Value| object["spec"]["template"]["metadata"]["annotations"]["aegis.dev/restarted"].clone();
    assert!(word(&scene.get("Deployment", "again-worker--media").await).is_string());
    done(&scene, &["restart", "again"]).await;
    done(&scene, &["status", "again", "--timeout", "90"]).await;
    for (kind, name) in [("Deployment", "again-api"), ("StatefulSet", "again-scheduler")] {
        assert!(word(&scene.get(kind, name).await).is_string(), "{name}");
    }
    assert_eq!(scene.names("ControllerRevision").await.iter().filter(|name| name.starts_with("again-revision")).count(), 1);
}
