//! `aegisctl import`: an app of the aegis-stack package is taken over. tests/stack asks the package for whole apps.

use std::fs;

use serde_json::{Value, json};

use crate::desk::Desk;

const ANSWERS: &str = "project_slug: shop
project_description: Sells things
include_database: true
database_engine: postgres
worker_backend: dramatiq
include_ai: true
";
const COMPOSE: &str = "x-app: &app
  image: shop:latest
  build: {context: .}
  volumes: ['storage-data:/data/storage']
services:
  webserver:
    <<: *app
    command: [webserver]
    deploy: {resources: {limits: {memory: 768M}}}
  scheduler:
    <<: *app
    command: [scheduler]
    healthcheck: {test: [CMD, python, -m, app.heartbeat]}
  worker-load-test:
    <<: *app
    command: worker load_test
    environment: ['WORKER_TIMEOUT_SECONDS=${LOAD_TEST_WORKER_TIMEOUT:-60}', DOCKER_CONTAINER=1]
    deploy: {resources: {limits: {memory: '${LOAD_MEMORY:-256M}'}}}
  test_runner:
    <<: *app
    command: [test]
  redis: {image: redis}
  postgres: {image: postgres}
";

/// A folder with such an app.
fn app(test: &str) -> Desk {
    let desk = Desk::new(&format!("import-{test}"));
    desk.write(".copier-answers.yml", ANSWERS).write("docker-compose.yml", COMPOSE).write("alembic/alembic.ini", "");
    desk.write(".env.example", "# settings\nAPP_ENV=dev\nPAGE_SIZE=20\nAPI_KEY=hunter2\n# OFF=1\nREDIS_URL=redis://redis:6379\n");
    desk.write("app/components/worker/queues/load_test.py", "").write("app/components/worker/queues/mail.py", "");
    desk
}

#[test]
fn roles_services_and_settings_become_a_manifest_that_the_operator_takes() {
    let app = app("whole");
    let said = app.aegisctl(&["import"]);
    assert_eq!(said.code, Some(0), "{}", said.talk);
    let manifest = app.manifest();
    let components = &manifest["components"];
    assert_eq!(manifest["project"], json!({"name": "shop", "description": "Sells things", "languages": ["python"]}));
    assert_eq!(components["env"], json!([{"name": "APP_ENV", "value": "prod"}, {"name": "DOCKER_CONTAINER", "value": "1"}]));
    assert_eq!(
        (&components["api"]["args"], &components["api"]["resources"]["limits"]),
        (&json!(["webserver"]), &json!({"memory": "768Mi"}))
    );
    let worker = &components["workers"][0];
    assert_eq!((&worker["name"], &worker["args"]), (&json!("load-test"), &json!(["worker", "load_test"])));
    assert_eq!(worker["broker"], json!({"type": "Dramatiq", "binding": "queue", "queues": ["load_test"]}));
    assert_eq!(worker["env"], json!([{"name": "WORKER_TIMEOUT_SECONDS", "value": "60"}]));
    assert_eq!((&worker["drain"], &worker["resources"]["limits"]), (&json!({"timeoutSeconds": 60}), &json!({"memory": "256Mi"})));
    assert_eq!(components["workers"].as_array().map(Vec::len), Some(1));
    assert_eq!(components["scheduler"]["stop"], json!({"signal": "SIGINT"}));
    assert_eq!(components["scheduler"]["probe"], json!({"exec": ["python", "-m", "app.heartbeat"], "timeoutSeconds": 5}));
    assert_eq!(components["migration"]["command"][2], json!("alembic"));
    let names: Vec<&Value> = components["bindings"].as_array().expect("a list").iter().map(|binding| &binding["name"]).collect();
    assert_eq!(names, ["db", "queue"]);
    assert_eq!(components["security"], json!({"runAsUser": 10001, "writablePaths": ["/data/storage"]}));
    assert_eq!(manifest["settings"], json!([{"env": "PAGE_SIZE", "default": "20"}]));
    for file in ["aegis_manifest.json", "aegisapp.yaml"] {
        assert_eq!(app.aegisctl(&["validate", file]).code, Some(0));
        assert!(!app.text(file).contains("hunter2"), "no secret is taken over");
    }
}

#[test]
fn what_nothing_says_is_named() {
    let app = app("unknown");
    let said = app.aegisctl(&["import", "--dry-run", "-o", "json"]);
    let report: Value = serde_json::from_str(&said.data).expect("it is JSON");
    assert_eq!((&report["version"], &report["files"][0]["path"]), (&json!(1), &json!("aegis_manifest.json")));
    let told: Vec<&str> = report["unknown"].as_array().expect("a list").iter().filter_map(|unknown| unknown["what"].as_str()).collect();
    for what in [
        "where its image is published",
        "the files in /data/storage",
        "under which host",
        "the queue mail has workers",
        "keys of its AI providers",
    ] {
        assert!(told.iter().any(|line| line.contains(what)), "{what}: {told:?}");
        assert!(said.talk.contains(what), "{what}: {}", said.talk);
    }
    assert_eq!(told.len(), 5, "{told:?}");
    assert!(!app.is_there("aegis_manifest.json") && !app.is_there("aegisapp.yaml"));
    // a file is no place for what several pods write
    app.write(".copier-answers.yml", &ANSWERS.replace("database_engine: postgres", "database_engine: sqlite"));
    assert!(app.aegisctl(&["import", "--dry-run"]).talk.contains("it has SQLite"));
}

#[test]
fn nothing_is_written_over() {
    let app = app("there");
    app.write("aegisapp.yaml", "mine");
    let said = app.aegisctl(&["import"]);
    assert!(said.code == Some(1) && said.talk.contains("aegisapp.yaml: it is there already"), "{}", said.talk);
    assert!(!app.is_there("aegis_manifest.json"));
}

#[test]
fn what_is_no_such_app_is_told() {
    let app = app("none");
    app.write("docker-compose.yml", "services: {other: {image: redis}}\n");
    let said = app.aegisctl(&["import"]);
    assert!(said.code == Some(1) && said.talk.contains("no service of it runs the app's image as webserver"), "{}", said.talk);
    app.write("docker-compose.yml", "services: [\n");
    assert!(app.aegisctl(&["import"]).talk.contains("fix: correct it"));
    app.write(".copier-answers.yml", "project_slug: My Shop\n").write("docker-compose.yml", COMPOSE);
    assert!(app.aegisctl(&["import"]).talk.contains("project_slug \"My Shop\""));
    fs::remove_file(app.0.join(".copier-answers.yml")).expect("it is there");
    let said = app.aegisctl(&["import"]);
    assert!(said.code == Some(1) && said.talk.contains("no app of the aegis-stack package"), "{}", said.talk);
}
