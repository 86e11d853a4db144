//! Settings: a change restarts the roles that read it, and no other.

use serde_json::{Value, json};

use crate::{
    apps,
    scene::{Scene, tests},
};

tests![a_change_restarts_only_the_roles_that_read_it];

fn app(colour: &str) -> Value {
    let spec = json!({
        "config": {"PAGE_SIZE": "50", "COLOUR": colour},
        "api": {"config": ["COLOUR"]}, "frontend": {"config": ["PAGE_SIZE"]},
        "workers": [{"name": "all"}, {"name": "none", "config": []}],
        "migration": {"args": ["migrate"], "config": ["PAGE_SIZE"]},
        "schedules": [{"name": "report", "schedule": "0 2 29 2 *", "run": {"args": ["report"], "config": ["PAGE_SIZE"]}}],
    });
    apps::app("colours", spec)
}

const ROLES: [&str; 4] = ["colours-api", "colours-frontend", "colours-worker--all", "colours-worker--none"];

async fn a_change_restarts_only_the_roles_that_read_it(mut scene: Scene) {
    scene.apply(&app("red")).await;
    scene.runs("colours").await;
    let before = templates(&scene).await;
    let maps = config_maps(&scene).await;
    assert_eq!(maps.len(), 3, "what is read differs in three ways: {maps:?}");
    let cron_job = scene.get("CronJob", "colours-schedule--report").await["metadata"]["generation"].clone();

    scene.apply(&app("blue")).await;
    scene.runs("colours").await;
    let after = templates(&scene).await;
    let moved: Vec<&str> =
        ROLES.into_iter().zip(before.iter().zip(&after)).filter(|(_, (before, after))| before != after).map(|(role, _)| role).collect();
    assert_eq!(moved, ["colours-api", "colours-worker--all"]);
    assert_eq!(scene.get("CronJob", "colours-schedule--report").await["metadata"]["generation"], cron_job);
    assert_eq!(scene.names("Job").await.len(), 1, "the migration does not run again");
    let now = config_maps(&scene).await;
    assert_eq!((now.len(), now.iter().filter(|name| maps.contains(name)).count()), (3, 1), "{maps:?} became {now:?}");
    for role in &ROLES[..3] {
        let source = scene.get("Deployment", role).await["spec"]["template"]["spec"]["containers"][0]["envFrom"][0].clone();
        let name = source["configMapRef"]["name"].as_str().expect("it reads settings").to_owned();
        assert!(now.contains(&name), "{role} reads {name}");
    }
}

/// Uid and generation of each role's Deployment, and what its pods are.
async fn templates(scene: &Scene) -> Vec<Value> {
    let mut templates = vec![];
    for role in ROLES {
        let object = scene.get("Deployment", role).await;
        templates.push(json!([object["metadata"]["uid"], object["metadata"]["generation"], object["spec"]["template"]]));
    }
    templates
}

async fn config_maps(scene: &Scene) -> Vec<String> {
    scene.names("ConfigMap").await.into_iter().filter(|name| name.starts_with("colours-config--")).collect()
}
