//! `aegisctl manifest check` and `sync`: the blueprint beside the code. A program that answers as the app's Python would stands in for it;
//! tests/apps asks real ones.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use crate::desk::Desk;

impl Desk {
    /// From now on the code says this.
    fn python(&self, answer: &str) -> &Self {
        let program = ".venv/bin/python";
        self.write(program, &format!("#!/bin/sh\ncat >/dev/null\n{answer}\n"));
        fs::set_permissions(self.0.join(program), fs::Permissions::from_mode(0o755)).expect("it can be made a program");
        self
    }

    fn code(&self, facts: &Value) -> &Self {
        self.python(&format!("cat <<'END'\n{facts}\nEND"))
    }

    /// What the code says of a new app, in the order of what is asked: api, views, actors, jobs, settings, heads.
    fn facts(&self) -> Value {
        let manifest = self.manifest();
        let code = &manifest["components"]["code"];
        let settings = manifest["settings"].as_array().expect("a list").iter();
        let field = |setting: &Value| json!({"env": setting["env"], "type": "string", "required": false, "default": setting["default"]});
        let ours = json!({"env": "AEGIS_THREADS", "type": "integer", "required": false, "default": "4"});
        let settings: Value = settings.map(field).chain([ours]).collect();
        json!([
            {"is": {"openAPI": code["api"]["openAPI"], "routers": code["api"]["routers"], "operations": []}},
            {"is": code["frontend"]["views"]},
            {"is": code["workers"][0]["actors"]},
            {"is": code["scheduler"]["jobs"]},
            {"is": settings},
            {"is": ["0001"]},
        ])
    }
}

fn push(list: &mut Value, item: &str) {
    list.as_array_mut().expect("a list").push(json!(item));
}

#[test]
fn what_says_the_same_is_clean() {
    let app = Desk::with_app("manifest-clean", &[]);
    let said = app.code(&app.facts()).aegisctl(&["manifest", "check"]);
    assert_eq!((said.code, said.data.as_str()), (Some(0), ""), "{}", said.talk);
    let told = app.aegisctl(&["manifest", "check", "-o", "json"]);
    let report: Value = serde_json::from_str(&told.data).expect("it is JSON");
    assert_eq!((&report["version"], &report["differences"]), (&json!(1), &json!([])));
}

#[test]
fn each_thing_that_the_code_says_otherwise_is_shown_and_synced() {
    type Change = fn(&mut Value);
    let cases: [(&str, Change, &str, &str); 8] = [
        (
            "router",
            |facts| facts[0]["is"]["routers"] = json!(["app.api.accounts"]),
            "components.code.api.routers\n  - app.api.health\n",
            "",
        ),
        ("new", |facts| push(&mut facts[0]["is"]["routers"], "app.api.bills"), "  + app.api.bills\n", "app.api.bills"),
        (
            "openapi",
            |facts| facts[0]["is"]["openAPI"] = json!("/api.json"),
            "components.code.api.openAPI\n  - /openapi.json\n  + /api.json\n",
            "/api.json",
        ),
        (
            "view",
            |facts| push(&mut facts[1]["is"], "app.frontend.views.bills"),
            "components.code.frontend.views\n  + app.frontend",
            "views.bills",
        ),
        ("queue", |facts| facts[2]["is"][0]["queue"] = json!("other"), "components.code.workers[default].actors\n", "\"queue\": \"other\""),
        ("job", |facts| push(&mut facts[3]["is"], "tidy_up"), "components.code.scheduler.jobs\n  + tidy_up\n", "\"tidy_up\""),
        (
            "default",
            |facts| facts[4]["is"][9]["default"] = json!("21"),
            "settings[REFRESH_TOKEN_SECONDS].default\n  - 2592000\n  + 21\n",
            "\"21\"",
        ),
        (
            "setting",
            |facts| facts[4]["is"][0] = json!({"env": "NEW", "type": "integer", "required": true, "default": null}),
            "NEW",
            "\"NEW\"",
        ),
    ];
    for (case, change, shown, written) in cases {
        let app = Desk::with_app(&format!("manifest-one-{case}"), &[]);
        let mut facts = app.facts();
        change(&mut facts);
        let said = app.code(&facts).aegisctl(&["manifest", "check"]);
        assert_eq!(said.code, Some(1), "{case}: {}", said.talk);
        assert!(said.data.contains(shown), "{case}: {}", said.data);
        let was = app.text("aegis_manifest.json");
        let dry = app.aegisctl(&["manifest", "sync", "--dry-run"]);
        assert!(dry.talk.contains("aegis_manifest.json would be written"), "{case}: {}", dry.talk);
        assert_eq!(app.text("aegis_manifest.json"), was, "{case}");
        let synced = app.aegisctl(&["manifest", "sync"]);
        assert!(app.text("aegis_manifest.json").contains(written), "{case}: {}", synced.talk);
        if case == "setting" {
            // APP_ENV, which the code has no more, is for somebody to decide
            assert!(synced.code == Some(1) && synced.talk.contains("settings: APP_ENV is in the manifest only"), "{}", synced.talk);
            assert!(app.text("aegis_manifest.json").contains("APP_ENV"));
        } else {
            assert_eq!(synced.code, Some(0), "{case}: {}", synced.talk);
            assert_eq!(app.aegisctl(&["manifest", "check"]).code, Some(0), "{case}");
        }
    }
}

#[test]
fn what_only_people_can_decide_is_told_and_left() {
    let app = Desk::with_app("manifest-decided", &[]);
    let mut facts = app.facts();
    facts[5]["is"] = json!(["0001", "0002"]);
    fs::remove_dir_all(app.0.join("terraform")).expect("it is there");
    let was = app.text("aegis_manifest.json");
    let said = app.code(&facts).aegisctl(&["manifest", "sync"]);
    assert_eq!(said.code, Some(1));
    for part in [
        "alembic.ini: the manifest says one newest revision, the code [\"0001\",\"0002\"]",
        "alembic merge heads",
        "layout: terraform is in",
    ] {
        assert!(said.talk.contains(part), "{}", said.talk);
    }
    assert_eq!(app.text("aegis_manifest.json"), was);
}

#[test]
fn a_secret_may_have_another_default_while_somebody_develops() {
    let app = Desk::with_app("manifest-secret", &[]);
    let mut facts = app.facts();
    let fields = facts[4]["is"].as_array_mut().expect("a list");
    let url = fields.iter_mut().find(|field| field["env"] == "DATABASE_URL").expect("it is a setting");
    url["default"] = json!("postgresql://shop:local@127.0.0.1/shop");
    let said = app.code(&facts).aegisctl(&["manifest", "check"]);
    assert_eq!((said.code, said.data.as_str()), (Some(0), ""), "{}", said.talk);
}

#[test]
fn the_guide_for_agents_is_made_again_where_it_is_generated() {
    let app = Desk::with_app("manifest-guide", &[]);
    app.code(&app.facts());
    let (guide, manifest) = (app.text("AGENTS.md"), app.text("aegis_manifest.json"));
    fs::write(app.0.join("aegis_manifest.json"), manifest.replace("Services know nothing of HTTP", "Services are pure"))
        .expect("it can be written");
    let said = app.aegisctl(&["manifest", "check"]);
    assert!(said.code == Some(1) && said.data.starts_with("AGENTS.md\n"), "{}", said.data);
    assert_eq!(app.aegisctl(&["manifest", "sync"]).code, Some(0));
    assert_eq!(app.text("AGENTS.md"), guide.replace("Services know nothing of HTTP", "Services are pure"));
    // one that people write is theirs
    let mine = manifest
        .replace("\"owner\": \"generated\",\n      \"path\": \"AGENTS.md\"", "\"owner\": \"human\",\n      \"path\": \"AGENTS.md\"");
    assert_ne!(mine, manifest);
    fs::write(app.0.join("aegis_manifest.json"), mine).expect("it can be written");
    fs::write(app.0.join("AGENTS.md"), "mine").expect("it can be written");
    assert_eq!(app.aegisctl(&["manifest", "sync"]).code, Some(0));
    assert_eq!(app.text("AGENTS.md"), "mine");
}

#[test]
fn code_that_cannot_be_looked_at_is_told_with_its_place() {
    let app = Desk::with_app("manifest-wrong", &[]);
    let mut facts = app.facts();
    facts[0] = json!({"error": "ModuleNotFoundError: No module named 'fastapi'"});
    facts[3] = json!({"error": "SyntaxError: invalid syntax (jobs.py, line 3)"});
    let said = app.code(&facts).aegisctl(&["manifest", "check"]);
    assert_eq!(said.code, Some(1));
    for part in [
        "components.code.api, app.api.app: ModuleNotFoundError",
        "--python",
        "components.code.scheduler, app.scheduler: SyntaxError",
        "mend what it says",
    ] {
        assert!(said.talk.contains(part), "{}", said.talk);
    }
    let broken = app.python("echo no such thing >&2; exit 3").aegisctl(&["manifest", "check"]);
    assert!(broken.code == Some(1) && broken.talk.contains("could not look at the code: no such thing"), "{}", broken.talk);
    let nowhere = app.aegisctl(&["manifest", "check", "-C", "app"]);
    assert!(nowhere.code == Some(1) && nowhere.talk.contains("app/aegis_manifest.json"), "{}", nowhere.talk);
    let missing = app.aegisctl(&["manifest", "check", "--python", "no/such/python"]);
    assert!(missing.code == Some(1) && missing.talk.contains("no/such/python"), "{}", missing.talk);
}
