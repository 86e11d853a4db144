//! The migration first: no role before it has succeeded, none disturbed when it fails, and never twice.

use serde_json::{Value, json};

use crate::{
    apps,
    kubelet::Fate,
    scene::{Scene, condition, tests},
};

tests![
    no_role_before_its_migration,
    a_failed_migration_keeps_the_old_release,
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

async fn a_failed_migration_keeps_the_old_release(mut scene: Scene) {
    scene.apply(&app("failing", "1", 600)).await;
    let first = scene.runs("failing").await;
    let mut before = vec![];
    for name in ["failing-api", "failing-worker--media"] {
        before.push(scene.get("Deployment", name).await);
    }
    scene.kubelet.decide("migration", Fate::Pending);
    scene.apply(&app("failing", "2", 1)).await;
    let stored = scene.ready("failing", "MigrationFailed").await;
    let message = condition(&stored, "Ready")["message"].as_str().unwrap_or_default();
    assert!(message.contains("DeadlineExceeded") && message.contains("The release before goes on serving"), "{message}");
    assert_eq!(stored["status"]["release"], first["status"]["release"]);
    scene.touch("failing", 3).await;
    for old in &before {
        let now = scene.get("Deployment", old["metadata"]["name"].as_str().expect("a name")).await;
        assert_eq!((&now["spec"], &now["metadata"]["generation"]), (&old["spec"], &old["metadata"]["generation"]));
    }
    scene.kubelet.decide("migration", Fate::Good);
    scene.apply(&app("failing", "3", 600)).await;
    let mended = scene.runs("failing").await;
    assert_eq!(mended["status"]["summary"]["image"], "3");
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
