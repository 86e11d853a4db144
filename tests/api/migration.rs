//! The migration first: no role before it has succeeded, none disturbed when it fails, and never twice.

use serde_json::{Value, json};

use crate::{
    apps,
    kubelet::Fate,
    scene::{Scene, condition, tests},
};

tests![
    no_role_before_its_migration,
    a_failed_migration_gives_way_to_the_old_release,
    a_migration_that_cannot_begin_gives_way_to_the_old_release,
    a_database_that_may_be_changed_half_way_is_left_to_its_owner,
    the_same_inputs_never_run_twice,
    an_overtaken_migration_ends_first
];

fn app(name: &str, tag: &str, deadline: i64) -> Value {
    let spec = json!({"image": format!("registry.example/shop:{tag}"), "migration": {"args": ["migrate"], "deadlineSeconds": deadline},
        "workers": [{"name": "media"}], "scheduler": {},
        "schedules": [{"name": "report", "schedule": "0 2 * * *", "run": {"args": ["report"]}}]});
    apps::app(name, spec)
}

async fn roles(scene: &Scene) -> Vec<String> {
    let mut roles = vec![];
    for kind in ["Deployment", "StatefulSet", "CronJob"] {
        roles.extend(scene.names(kind).await);
    }
    roles
}

async fn no_role_before_its_migration(mut scene: Scene) {
    scene.start().await;
    scene.kubelet.decide("migration", Fate::Pending);
    scene.apply(&app("first", "1", 600)).await;
    let job = a_job(&scene, 1).await.remove(0);
    scene.touch("first", 5).await;
    assert_eq!(roles(&scene).await, [""; 0]);
    scene.kubelet.decide("migration", Fate::Good);
    let stored = scene.runs("first").await;
    assert_eq!(condition(&stored, "MigrationSucceeded")["status"], "True");
    assert_eq!(roles(&scene).await, ["first-api", "first-worker--media", "first-scheduler", "first-schedule--report"]);
    let done = scene.get("Job", &job).await;
    let created: Vec<String> = scene.written().into_iter().filter(|asked| asked.verb == "create").map(|asked| asked.resource).collect();
    let place = |resource: &str| created.iter().position(|created| created == resource).expect("it was created");
    assert!(place("jobs") < place("deployments") && done["status"]["succeeded"] == 1);
}

/// Waits until there are `count` Jobs.
async fn a_job(scene: &Scene, count: usize) -> Vec<String> {
    crate::wait::until(&format!("there are {count} Jobs"), async || {
        let names = scene.names("Job").await;
        if names.len() == count { Ok(names) } else { Err(format!("{names:?}")) }
    })
    .await
}

async fn a_failed_migration_gives_way_to_the_old_release(mut scene: Scene) {
    scene.apply(&app("failing", "1", 600)).await;
    let first = scene.runs("failing").await;
    let [job] = scene.names("Job").await.try_into().expect("one Job");
    let mut before = vec![];
    for name in ["failing-api", "failing-worker--media"] {
        before.push(scene.get("Deployment", name).await);
    }
    scene.kubelet.decide("migration", Fate::Running);
    scene.apply(&app("failing", "2", 2)).await;
    let stored = scene.ready("failing", "RolledBack").await;
    let message = condition(&stored, "Stalled")["message"].as_str().unwrap_or_default();
    for words in ["Revision 2 failed: MigrationFailed", "DeadlineExceeded", "Revision 1 serves", "may have changed the database half way"] {
        assert!(message.contains(words), "{words} in {message}");
    }
    assert_eq!(stored["status"]["release"], first["status"]["release"]);
    scene.touch("failing", 3).await;
    for old in &before {
        let now = scene.get("Deployment", old["metadata"]["name"].as_str().expect("a name")).await;
        assert_eq!((&now["spec"], &now["metadata"]["generation"]), (&old["spec"], &old["metadata"]["generation"]));
    }
    // its log can be read, and an edit that does not touch it tries it once more
    let [old, failed] = scene.names("Job").await.try_into().expect("both Jobs are there");
    let uid = async |scene: &Scene, name: &str| scene.get("Job", name).await["metadata"]["uid"].clone();
    let (old, failed) = if old == job { (old, failed) } else { (failed, old) };
    let (kept, tried) = (uid(&scene, &old).await, uid(&scene, &failed).await);
    let mut wider = app("failing", "2", 2);
    wider["spec"]["api"]["replicas"] = json!({"min": 2});
    scene.apply(&wider).await;
    scene.see("Job", &failed, "it is another one", |job| job["metadata"]["uid"] != tried).await;
    scene.ready("failing", "RolledBack").await;
    assert_eq!(uid(&scene, &old).await, kept, "what has succeeded stays");
    scene.kubelet.decide("migration", Fate::Good);
    scene.apply(&app("failing", "3", 600)).await;
    let mended = scene.runs("failing").await;
    assert_eq!(mended["status"]["summary"]["image"], "3");
}

fn stopping(name: &str, tag: &str, deadline: i64) -> Value {
    let mut app = app(name, tag, deadline);
    app["spec"]["migration"]["compatibility"] = "StopTheWorld".into();
    app
}

async fn replicas(scene: &Scene, app: &str) -> Vec<i64> {
    let mut all = vec![];
    for (kind, name) in [("Deployment", "api"), ("Deployment", "worker--media"), ("StatefulSet", "scheduler")] {
        all.push(scene.get(kind, &format!("{app}-{name}")).await["spec"]["replicas"].as_i64().unwrap_or_default());
    }
    all
}

/// Nothing has changed the database, so what ran before comes back by itself: once no migration can begin beside it.
async fn a_migration_that_cannot_begin_gives_way_to_the_old_release(mut scene: Scene) {
    scene.apply(&stopping("unpulled", "1", 600)).await;
    let first = scene.runs("unpulled").await;
    scene.kubelet.decide("migration", Fate::Unpulled);
    scene.apply(&stopping("unpulled", "2", 600)).await;
    scene
        .see("AegisApp", "unpulled", "its world has stopped", |app| condition(app, "MigrationSucceeded")["reason"] == "ImageNotPulled")
        .await;
    assert_eq!(replicas(&scene, "unpulled").await, [0, 0, 0]);
    let stored = scene.ready("unpulled", "RolledBack").await;
    let message = condition(&stored, "Stalled")["message"].as_str().unwrap_or_default();
    assert!(message.contains("Revision 2 failed: ImageNotPulled: migration: ") && !message.contains("half way"), "{message}");
    assert_eq!((&stored["status"]["release"], scene.names("Job").await.len()), (&first["status"]["release"], 1), "its migration is gone");
    assert_eq!(replicas(&scene, "unpulled").await, [1, 1, 1]);
    let written = scene.written();
    let gone = written.iter().rposition(|asked| asked.verb == "delete" && asked.resource == "jobs").expect("it was deleted");
    let later = written[gone..].iter().filter(|asked| asked.resource.starts_with("deployments")).count();
    assert!(later >= 2, "both roles came back after that: {later}");

    scene.kubelet.decide("migration", Fate::Good);
    let said = scene.aegisctl(&["rollout", "retry", "unpulled"]).await;
    assert!(said.is_done, "{}", said.stderr);
    assert_eq!(scene.runs("unpulled").await["status"]["summary"]["image"], "2");
}

/// What ran before does not fit such a database, so it comes back only when that is said.
async fn a_database_that_may_be_changed_half_way_is_left_to_its_owner(mut scene: Scene) {
    scene.apply(&stopping("half", "1", 600)).await;
    scene.runs("half").await;
    scene.kubelet.decide("migration", Fate::Running);
    scene.apply(&stopping("half", "2", 2)).await;
    let stored = scene.ready("half", "RollbackNeedsConsent").await;
    let message = condition(&stored, "Stalled")["message"].as_str().unwrap_or_default();
    for words in ["Revision 2 fails: MigrationFailed", "half way", "aegisctl rollout undo half -n", "--to 1 --across-migration"] {
        assert!(message.contains(words), "{words} in {message}");
    }
    scene.touch("half", 3).await;
    assert_eq!(replicas(&scene, "half").await, [0, 0, 0]);
    let refused = scene.aegisctl(&["rollout", "undo", "half"]).await;
    assert!(!refused.is_done && refused.stderr.contains("may have changed it half way"), "{}", refused.stderr);
    let said = scene.aegisctl(&["rollout", "undo", "half", "--across-migration"]).await;
    assert!(said.is_done && said.stderr.contains("left it when it failed"), "{}", said.stderr);
    scene.ready("half", "Undone").await;
    assert_eq!(replicas(&scene, "half").await, [1, 1, 1]);
    scene.kubelet.decide("migration", Fate::Good);
    scene.apply(&stopping("half", "3", 600)).await;
    assert_eq!(scene.runs("half").await["status"]["summary"]["image"], "3");
}

async fn the_same_inputs_never_run_twice(mut scene: Scene) {
    scene.apply(&app("once", "1", 600)).await;
    scene.runs("once").await;
    scene.apply(&app("once", "2", 600)).await;
    scene.runs("once").await;
    let mut other = app("once", "2", 600);
    other["spec"]["workers"] = json!([{"name": "media"}, {"name": "mail"}]);
    for app in [other, app("once", "1", 600), app("once", "2", 600)] {
        scene.apply(&app).await;
        scene.runs("once").await;
    }
    scene.kill();
    scene.start().await;
    scene.runs("once").await;
    let runs = scene.written().into_iter().filter(|asked| asked.verb == "create" && asked.resource == "jobs").count();
    assert_eq!(runs, 2, "one for each image");
}

async fn an_overtaken_migration_ends_first(mut scene: Scene) {
    scene.apply(&app("overtaken", "1", 600)).await;
    scene.runs("overtaken").await;
    let [first] = scene.names("Job").await.try_into().expect("one Job");
    scene.kubelet.decide("migration", Fate::Running);
    scene.apply(&app("overtaken", "2", 600)).await;
    let known = |names: &[String]| names.iter().find(|name| **name != first).cloned();
    let second =
        crate::wait::until("the second migration is there", async || known(&scene.names("Job").await).ok_or_else(String::new)).await;
    scene.see("Job", &second, "it runs", |job| job["status"]["ready"] == 1).await;
    scene.apply(&app("overtaken", "3", 600)).await;
    scene
        .see("AegisApp", "overtaken", "the third waits", |app| {
            app["status"].to_string().contains("waits for the migration of an earlier release")
        })
        .await;
    scene.touch("overtaken", 3).await;
    let third = |names: Vec<String>| names.into_iter().any(|name| name != first && name != second);
    assert!(!third(scene.names("Job").await), "two never run side by side");
    scene.kubelet.decide("migration", Fate::Good);
    let stored = scene.runs("overtaken").await;
    assert_eq!(stored["status"]["summary"]["image"], "3");
    assert!(third(scene.names("Job").await), "and then it ran");
}
