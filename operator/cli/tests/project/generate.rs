//! `aegisctl generate`: what is added to an app, and what is left alone. That the parts work is seen by tests/apps.

use serde_json::{Value, json};

use crate::desk::Desk;

/// Each kind but tasks, its files, and where the manifest has it.
const KINDS: [(&[&str], &[&str], &str); 8] = [
    (&["endpoint", "bills"], &["app/api/bills.py", "tests/test_endpoint_bills.py"], "/components/code/api/routers"),
    (&["model", "bill"], &["app/models/bill.py", "app/migrations/versions/0002_bill.py", "tests/test_model_bill.py"], ""),
    (&["service", "billing"], &["app/services/billing.py", "tests/test_service_billing.py"], ""),
    (&["view", "bills"], &["app/frontend/views/bills.py", "tests/test_view_bills.py"], "/components/code/frontend/views"),
    (&["component", "bill"], &["app/frontend/components/bill.py", "tests/test_component_bill.py"], ""),
    (&["worker", "mail"], &["app/workers/mail/__init__.py", "tests/test_worker_mail.py"], "/components/workers"),
    (&["schedule", "tidy-up"], &["app/scheduler/jobs/tidy_up.py", "tests/test_schedule_tidy_up.py"], "/components/code/scheduler/jobs"),
    (&["migration", "fill"], &["app/migrations/versions/0003_fill.py", "tests/test_migration_fill.py"], ""),
];

#[test]
fn each_kind_is_code_a_test_and_an_entry_and_is_added_once() {
    let app = Desk::with_app("generate-kinds", &[]);
    for (words, files, place) in &KINDS {
        let before = app.manifest();
        let said = app.aegisctl(&[&["generate"], *words].concat());
        assert_eq!(said.code, Some(0), "{words:?}: {}", said.talk);
        for file in *files {
            assert!(said.data.contains(&format!("create {file}\n")), "{}", said.data);
            let text = app.text(file);
            assert!(text.ends_with('\n') && !text.contains("{%") && !text.contains("NAME"), "{file}: {text}");
        }
        let count = |manifest: &Value| manifest.pointer(place).and_then(Value::as_array).map_or(0, Vec::len);
        assert_eq!(count(&app.manifest()), count(&before) + usize::from(!place.is_empty()), "{words:?}");
        let was = app.everything();
        let again = app.aegisctl(&[&["generate"], *words].concat());
        assert_eq!(again.code, Some(0), "{words:?}: {}", again.talk);
        assert!(again.talk.contains("is there already; nothing was written"), "{}", again.talk);
        assert_eq!(app.everything(), was, "{words:?}");
    }
    assert_eq!(app.aegisctl(&["validate", "aegis_manifest.json"]).code, Some(0));
}

#[test]
fn a_task_goes_to_the_pool_that_is_named() {
    let app = Desk::with_app("generate-tasks", &[]);
    assert_eq!(app.aegisctl(&["generate", "worker", "big-jobs"]).code, Some(0));
    assert_eq!(app.aegisctl(&["generate", "task", "resize", "--worker", "big-jobs"]).code, Some(0));
    assert_eq!(app.aegisctl(&["generate", "task", "send_mail"]).code, Some(0));
    assert!(app.text("app/workers/big_jobs/resize.py").contains("queue_name=\"big_jobs\""));
    let code = &app.manifest()["components"]["code"]["workers"];
    assert_eq!(code[0]["actors"][1], json!({"name": "send_mail", "queue": "default"}));
    assert_eq!(code[1], json!({"name": "big-jobs", "module": "app.workers.big_jobs", "actors": [{"name": "resize", "queue": "big_jobs"}]}));
    let pool = &app.manifest()["components"]["workers"][1];
    assert_eq!((&pool["args"], &pool["broker"]["queues"]), (&json!(["worker", "big_jobs"]), &json!(["big_jobs"])));
    let unknown = app.aegisctl(&["generate", "task", "other", "--worker", "bigjobs"]);
    assert_eq!(unknown.code, Some(1));
    assert!(unknown.talk.contains("name one of default, big-jobs"), "{}", unknown.talk);
}

#[test]
fn what_is_written_is_shown_first_and_a_dry_run_writes_nothing() {
    let app = Desk::with_app("generate-dry", &[]);
    let was = app.everything();
    let said = app.aegisctl(&["generate", "schedule", "tidy", "--cron", "0 3 * * 0", "--dry-run", "-o", "json"]);
    assert_eq!(said.code, Some(0), "{}", said.talk);
    let report: Value = serde_json::from_str(&said.data).expect("it is JSON");
    let told = |at: usize, field: &str| report["changes"][at][field].as_str().unwrap_or_default().to_owned();
    assert_eq!((report["version"].clone(), report["kind"].clone(), report["name"].clone()), (json!(1), json!("schedule"), json!("tidy")));
    assert_eq!((told(0, "path").as_str(), told(0, "action").as_str()), ("app/scheduler/jobs/tidy.py", "create"));
    assert!(
        told(0, "text").contains(r#"TRIGGER = CronTrigger(minute="0", hour="3", day_of_week="sun", timezone="UTC")"#),
        "{}",
        told(0, "text")
    );
    assert_eq!((told(2, "path").as_str(), told(2, "action").as_str()), ("aegis_manifest.json", "edit"));
    assert_eq!(report["changes"][2]["added"], json!(["          \"forget_old_notes\",", "          \"tidy\""]));
    assert_eq!(app.everything(), was);
}

#[test]
fn what_somebody_wrote_is_never_written_over() {
    let app = Desk::with_app("generate-there", &[]);
    for (words, path) in
        [(["endpoint", "schemas"], "app/api/schemas.py"), (["service", "notes"], "app/services/notes.py"), (["worker", "heartbeat"], "")]
    {
        let was = app.everything();
        if path.is_empty() {
            app.write("app/workers/heartbeat.py", "mine");
        }
        let said = app.aegisctl(&[&["generate"], &words[..]].concat());
        assert_eq!(said.code, Some(1), "{words:?}: {}", said.data);
        assert!(said.talk.contains("it is there already") && said.talk.contains("fix: choose another name"), "{}", said.talk);
        if !path.is_empty() {
            assert_eq!(app.everything(), was, "nothing else is written");
        }
    }
    // what was added stays as somebody made it
    assert_eq!(app.aegisctl(&["generate", "endpoint", "bills"]).code, Some(0));
    app.write("app/api/bills.py", "mine");
    assert_eq!(app.aegisctl(&["generate", "endpoint", "bills"]).code, Some(0));
    assert_eq!(app.text("app/api/bills.py"), "mine");
}

#[test]
fn a_manifest_keeps_every_other_character() {
    let app = Desk::with_app("generate-characters", &[]);
    let text = app
        .text("aegis_manifest.json")
        .replace("\"description\": \"An Aegis Stack app\"", "\"description\":   \"bills, [and] \\\"more\\\"\"");
    app.write("aegis_manifest.json", &text);
    assert_eq!(app.aegisctl(&["generate", "view", "bills"]).code, Some(0));
    let wanted = text.replace(
        "          \"app.frontend.views.notes\"\n",
        "          \"app.frontend.views.notes\",\n          \"app.frontend.views.bills\"\n",
    );
    assert_eq!(app.text("aegis_manifest.json"), wanted);
}

#[test]
fn names_that_collide_or_are_none_are_refused() {
    let app = Desk::with_app("generate-names", &[]);
    let was = app.everything();
    for name in ["Bills", "9", "class", "a__b", "a-", "log", "a_name_that_is_longer_than_24", "böse"] {
        let said = app.aegisctl(&["generate", "service", name]);
        assert_eq!(said.code, Some(1), "{name}");
        assert!(said.talk.contains("is no name for a part"), "{}", said.talk);
    }
    // a role of the app is called so
    let said = app.aegisctl(&["generate", "worker", "api"]);
    assert_eq!(said.code, Some(1), "{}", said.data);
    assert_eq!(app.everything(), was);
}

#[test]
fn what_the_app_has_no_place_for_is_refused() {
    let app = Desk::with_app(
        "generate-bare",
        &["--database", "none", "--auth", "none", "--frontend", "none", "--workers", "none", "--scheduler", "none"],
    );
    for (kind, needs) in
        [("model", "migration"), ("view", "code.frontend"), ("task", "workers"), ("worker", "workers"), ("schedule", "scheduler")]
    {
        let said = app.aegisctl(&["generate", kind, "thing"]);
        assert_eq!(said.code, Some(1), "{kind}");
        assert!(said.talk.contains(&format!("this app has no components.{needs}")), "{}", said.talk);
    }
    let said = app.aegisctl(&["generate", "service", "thing", "--cron", "0 2 * * *"]);
    assert!(said.code == Some(1) && said.talk.contains("--cron: it is for a schedule"), "{}", said.talk);
    let nowhere = app.aegisctl(&["generate", "service", "thing", "-C", "app"]);
    assert!(nowhere.code == Some(1) && nowhere.talk.contains("app/aegis_manifest.json"), "{}", nowhere.talk);
}
