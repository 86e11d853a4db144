//! `aegisctl update`: what init writes now, what it wrote then, and what somebody has made of it. An older template is one whose texts
//! stand in .aegis/template.json, and in the folder where nobody has touched them.

use std::fs;

use serde_json::{Value, json};

use crate::desk::Desk;

const BASE: &str = ".aegis/template.json";
const GREETINGS: &str = "app/services/greetings.py";

impl Desk {
    /// As if init had written this then.
    fn wrote(&self, path: &str, text: Option<&str>) {
        let mut base: Value = serde_json::from_str(&self.text(BASE)).expect("it is JSON");
        let files = base["files"].as_object_mut().expect("an object");
        match text {
            Some(text) => drop(files.insert(path.to_owned(), json!(text))),
            None => drop(files.remove(path)),
        }
        self.write(BASE, &base.to_string());
    }

    fn wrote_then(&self, path: &str) -> Option<String> {
        let base: Value = serde_json::from_str(&self.text(BASE)).expect("it is JSON");
        base["files"][path].as_str().map(str::to_owned)
    }
}

#[test]
fn what_is_new_changes_nothing() {
    let app = Desk::with_app("update-new", &[]);
    app.write(GREETINGS, "mine");
    let said = app.aegisctl(&["update"]);
    assert_eq!((said.code, said.data.as_str()), (Some(0), "\n"), "{}", said.talk);
    assert_eq!(app.text(GREETINGS), "mine");
}

#[test]
fn what_nobody_touched_is_replaced_and_what_somebody_changed_elsewhere_is_merged() {
    let app = Desk::with_app("update-merge", &[]);
    let now = app.text(GREETINGS);
    let then = now.replace("Hello", "Good day");
    app.wrote(GREETINGS, Some(&then));
    app.write(GREETINGS, &then);
    let dry = app.aegisctl(&["update", "--dry-run"]);
    assert_eq!((dry.code, dry.data.as_str()), (Some(0), "replace  app/services/greetings.py\n"), "{}", dry.talk);
    assert_eq!(app.text(GREETINGS), then);
    let own = |text: &str| text.replace("Greetings", "Greetings of the house");
    app.write(GREETINGS, &own(&then));
    let said = app.aegisctl(&["update"]);
    assert_eq!((said.code, said.data.as_str()), (Some(0), "merge    app/services/greetings.py\n"), "{}", said.talk);
    assert_eq!(app.text(GREETINGS), own(&now));
    assert_eq!(app.wrote_then(GREETINGS), Some(now));
    assert_eq!(app.aegisctl(&["update"]).data, "\n", "it is up to date");
}

#[test]
fn a_conflict_is_shown_and_the_file_stays_until_somebody_decides() {
    let app = Desk::with_app("update-conflict", &[]);
    let now = app.text(GREETINGS);
    let then = now.replace("Hello", "Good day");
    let mine = now.replace("Hello", "Hi");
    app.wrote(GREETINGS, Some(&then));
    app.write(GREETINGS, &mine);
    for _ in 0..2 {
        let said = app.aegisctl(&["update"]);
        assert_eq!(said.code, Some(1));
        for part in ["conflict app/services/greetings.py", "<<<<<<<", "Hi, {name}!", "Hello, {name}!", ">>>>>>>"] {
            assert!(said.data.contains(part), "{part}: {}", said.data);
        }
        assert!(said.talk.contains("it stays as you have it") && said.talk.contains("--keep app/services/greetings.py"), "{}", said.talk);
        assert_eq!(app.text(GREETINGS), mine);
        assert_eq!(app.wrote_then(GREETINGS), Some(then.clone()));
    }
    let kept = app.aegisctl(&["update", "--keep", GREETINGS]);
    assert_eq!((kept.code, app.text(GREETINGS)), (Some(0), mine), "{}", kept.talk);
    assert_eq!(app.aegisctl(&["update"]).code, Some(0));
}

#[test]
fn files_come_and_go_with_the_template_unless_somebody_made_them_his_own() {
    let app = Desk::with_app("update-files", &[]);
    for (path, is) in [("app/old.py", "old\n"), ("app/mine.py", "old, and mine\n")] {
        app.wrote(path, Some("old\n"));
        app.write(path, is);
    }
    let parts = app.text("app/parts.py");
    app.wrote("app/parts.py", None);
    fs::remove_file(app.0.join("app/parts.py")).expect("it is there");
    // one that somebody deleted stays away, also where the template has changed it
    app.wrote(GREETINGS, Some("then\n"));
    fs::remove_file(app.0.join(GREETINGS)).expect("it is there");
    let said = app.aegisctl(&["update"]);
    assert_eq!((said.code, said.data.as_str()), (Some(0), "delete   app/old.py\ncreate   app/parts.py\n"), "{}", said.talk);
    assert!(!app.0.join("app/old.py").exists() && !app.0.join(GREETINGS).exists());
    assert_eq!((app.text("app/mine.py").as_str(), app.text("app/parts.py")), ("old, and mine\n", parts.clone()));
    // one that the template has not had, and somebody has
    app.wrote("app/parts.py", None);
    app.write("app/parts.py", "mine\n");
    let said = app.aegisctl(&["update"]);
    assert!(said.code == Some(1) && said.data.starts_with("conflict app/parts.py\n"), "{}", said.data);
    assert_eq!(app.text("app/parts.py"), "mine\n");
}

#[test]
fn a_manifest_that_is_merged_is_a_manifest_still() {
    let app = Desk::with_app("update-manifest", &[]);
    let now = app.text("aegis_manifest.json");
    assert_eq!(app.aegisctl(&["generate", "endpoint", "bills"]).code, Some(0));
    let then = now.replace("\"20m\"", "\"10m\"");
    app.wrote("aegis_manifest.json", Some(&then));
    app.write("aegis_manifest.json", &app.text("aegis_manifest.json").replace("\"20m\"", "\"10m\""));
    let said = app.aegisctl(&["update"]);
    assert_eq!((said.code, said.data.as_str()), (Some(0), "merge    aegis_manifest.json\n"), "{}", said.talk);
    let merged = app.text("aegis_manifest.json");
    assert!(merged.contains("app.api.bills") && !merged.contains("\"10m\"") && merged.contains("\"20m\""));
    // lines that fit together may be no manifest
    app.wrote("aegis_manifest.json", Some(&now.replace("\"version\": 1\n", "\"version\": 1,\n  \"x\": 1\n")));
    app.write("aegis_manifest.json", &now.replace("  \"version\": 1\n", ""));
    let said = app.aegisctl(&["update"]);
    assert_eq!(said.code, Some(1), "{}", said.data);
    assert!(!app.text("aegis_manifest.json").contains("version\": 1\n"));
}

#[test]
fn what_cannot_be_updated_is_told() {
    let app = Desk::with_app("update-wrong", &[]);
    let unknown = app.aegisctl(&["update", "--keep", "app/nothing.py"]);
    assert!(unknown.code == Some(1) && unknown.talk.contains("--keep app/nothing.py: init writes no such file"), "{}", unknown.talk);
    app.write(BASE, &app.text(BASE).replace("\"version\": 1", "\"version\": 2"));
    let newer = app.aegisctl(&["update"]);
    assert!(newer.code == Some(1) && newer.talk.contains("this program knows version 1"), "{}", newer.talk);
    fs::remove_file(app.0.join(BASE)).expect("it is there");
    let none = app.aegisctl(&["update"]);
    assert!(none.code == Some(1) && none.talk.contains(BASE) && none.talk.contains("aegisctl init wrote"), "{}", none.talk);
}
