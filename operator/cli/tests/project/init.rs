//! `aegisctl init`: what is written, and what is left alone. The apps' own tests are run by tests/apps.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command as System;

use serde_json::{Value, json};

use crate::desk::Desk;

const CHOICES: [(&str, &[&str]); 5] = [
    ("database", &["postgres", "none"]),
    ("auth", &["jwt", "none"]),
    ("frontend", &["apart", "path", "none"]),
    ("workers", &["dramatiq", "arq", "taskiq", "none"]),
    ("scheduler", &["apscheduler", "none"]),
];

/// Every choice of all that go together, as flags.
fn choices() -> Vec<Vec<String>> {
    let mut all = vec![vec![]];
    for (flag, values) in CHOICES {
        let with = |chosen: &Vec<String>| {
            values.iter().map(|value| [chosen.clone(), vec![format!("--{flag}={value}")]].concat()).collect::<Vec<_>>()
        };
        all = all.iter().flat_map(with).collect();
    }
    let has = |chosen: &[String], flag: &str| chosen.iter().any(|word| word == flag);
    all.retain(|chosen| !(has(chosen, "--database=none") && has(chosen, "--auth=jwt")));
    all
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("it is a folder").map(|entry| entry.expect("it can be read").path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn every_choice_is_a_manifest_that_is_clean_and_renders_in_every_environment() {
    let folder = Desk::new("init-choices");
    let choices = choices();
    assert_eq!(choices.len(), 72);
    for (i, chosen) in choices.iter().enumerate() {
        let name = format!("app-{i}");
        let words: Vec<&str> = ["init", &name, "-q"].into_iter().chain(chosen.iter().map(String::as_str)).collect();
        let said = folder.aegisctl(&words);
        assert_eq!((said.code, said.talk.as_str()), (Some(0), ""), "{chosen:?}");
        let manifest = format!("{name}/aegis_manifest.json");
        let checked = folder.aegisctl(&["validate", &manifest, "-o", "json"]);
        let checked: Value = serde_json::from_str(&checked.data).expect("it is JSON");
        assert_eq!(checked["problems"], json!([]), "{chosen:?}");
        for environment in ["dev", "staging", "prod"] {
            let rendered = folder.aegisctl(&["render", &manifest, "--env", environment, "--children", "-o", "name"]);
            assert_eq!(rendered.code, Some(0), "{chosen:?} {environment}: {}", rendered.talk);
            assert!(rendered.data.contains(&format!("deployment.apps/{name}-api")), "{}", rendered.data);
        }
        for file in files(&folder.0.join(&name)) {
            let text = fs::read_to_string(&file).expect("it is text");
            assert!(!text.contains("{%") && !text.contains("\n\n\n\n"), "{}:\n{text}", file.display());
            assert!(text.ends_with('\n') && !text.ends_with("\n\n") && !text.starts_with('\n'), "{}:\n{text:?}", file.display());
        }
    }
}

#[test]
fn what_is_not_chosen_leaves_no_trace() {
    let folder = Desk::new("init-bare");
    let said = folder.aegisctl(&[
        "init",
        "bare",
        "--database",
        "none",
        "--auth",
        "none",
        "--frontend",
        "none",
        "--workers",
        "none",
        "--scheduler",
        "none",
    ]);
    assert_eq!(said.code, Some(0), "{}", said.talk);
    // of the same texts, and of what was not chosen
    fs::remove_dir_all(folder.0.join("bare/.aegis")).expect("it is written");
    for file in files(&folder.0) {
        let text = fs::read_to_string(&file).expect("it is text").to_lowercase();
        for word in
            ["sqlalchemy", "alembic", "jwt", "dramatiq", "taskiq", "fakeredis", "redis", "apscheduler", "postgres", "flet", "frontend"]
        {
            assert!(!text.contains(word), "{} speaks of {word}", file.display());
        }
    }
}

#[test]
fn of_three_libraries_for_queues_an_app_knows_one() {
    let folder = Desk::new("init-libraries");
    for chosen in ["dramatiq", "arq", "taskiq"] {
        assert_eq!(folder.aegisctl(&["init", "mail", "--into", chosen, "--workers", chosen]).code, Some(0));
        let manifest: Value = serde_json::from_str(&folder.text(&format!("{chosen}/aegis_manifest.json"))).expect("it is JSON");
        let broker = manifest["components"]["workers"][0]["broker"]["type"].as_str().expect("text").to_lowercase();
        assert_eq!(broker, chosen);
        // three letters may stand in any digest
        for file in files(&folder.0.join(chosen)).iter().filter(|file| !file.ends_with("uv.lock")) {
            let text = fs::read_to_string(file).expect("it is text").to_lowercase();
            for other in ["dramatiq", "arq", "taskiq"].into_iter().filter(|other| *other != chosen) {
                assert!(!text.contains(other), "{} speaks of {other}", file.display());
            }
        }
        let lock = folder.text(&format!("{chosen}/uv.lock"));
        for package in ["dramatiq", "arq", "taskiq"] {
            assert_eq!(lock.contains(&format!("\nname = \"{package}\"\n")), package == chosen, "{chosen}: {package}");
        }
    }
}

#[test]
fn nothing_is_written_over_and_then_nothing_is_written_at_all() {
    let folder = Desk::new("init-there");
    fs::create_dir_all(folder.0.join("shop/app")).expect("a folder can be made");
    fs::write(folder.0.join("shop/README.md"), "mine").expect("a file can be written");
    std::os::unix::fs::symlink("nowhere", folder.0.join("shop/app/serve.py")).expect("a link can be made");
    let said = folder.aegisctl(&["init", "shop"]);
    assert_eq!(said.code, Some(1));
    for way in ["shop/README.md", "shop/app/serve.py"] {
        assert!(said.talk.contains(&format!("error: {way}: it is there already")), "{}", said.talk);
    }
    assert!(said.talk.contains("--into"), "{}", said.talk);
    assert_eq!(files(&folder.0).len(), 2);
    assert_eq!(folder.text("shop/README.md"), "mine");
}

#[test]
fn a_folder_with_other_things_in_it_is_no_hindrance() {
    let folder = Desk::new("init-beside");
    fs::create_dir_all(folder.0.join(".git")).expect("a folder can be made");
    assert_eq!(folder.aegisctl(&["init", "shop", "--into", "."]).code, Some(0));
    assert!(folder.text("aegis_manifest.json").contains(r#""name": "shop""#));
}

#[test]
fn a_name_that_no_app_may_have_is_refused() {
    let folder = Desk::new("init-names");
    for name in ["Shop", "9lives", "a_b", "a--b", "shop-", "", &"a".repeat(41)] {
        let said = folder.aegisctl(&["init", name]);
        assert_eq!(said.code, Some(1), "{name}");
        assert!(said.talk.contains("no name for an app") && said.talk.contains("fix: choose another"), "{}", said.talk);
    }
    assert!(folder.everything().is_empty());
}

#[test]
fn a_name_that_is_too_long_with_what_is_made_of_it_is_refused() {
    let folder = Desk::new("init-long");
    let name = "a".repeat(38);
    let said = folder.aegisctl(&["init", &name]);
    assert_eq!(said.code, Some(1), "{}", said.data);
    assert!(said.talk.contains("53 characters, 52 are allowed") && said.talk.contains("Shorten the app's name"), "{}", said.talk);
    assert!(folder.everything().is_empty());
    // without a binding nothing that is made of it is as long
    assert_eq!(folder.aegisctl(&["init", &name, "--database", "none", "--workers", "none"]).code, Some(0));
    assert_eq!(folder.aegisctl(&["init", &name[1..]]).code, Some(0));
}

#[test]
fn an_app_is_not_called_as_a_package_that_it_needs() {
    let folder = Desk::new("init-packages");
    // one that it names, and one that comes with another
    for name in ["redis", "greenlet"] {
        let said = folder.aegisctl(&["init", name]);
        assert_eq!(said.code, Some(1), "{name}");
        assert!(said.talk.contains("a package that it needs is called so") && said.talk.contains("fix: choose another"), "{}", said.talk);
    }
    assert!(folder.everything().is_empty());
    assert_eq!(folder.aegisctl(&["init", "redis", "--workers", "none"]).code, Some(0));
}

#[test]
fn a_file_where_a_folder_is_needed_is_in_the_way_too() {
    let folder = Desk::new("init-blocked");
    fs::create_dir_all(folder.0.join("shop")).expect("a folder can be made");
    fs::write(folder.0.join("shop/tests"), "mine").expect("a file can be written");
    let said = folder.aegisctl(&["init", "shop"]);
    assert_eq!(said.code, Some(1));
    assert!(said.talk.contains("error: shop/tests/conftest.py: "), "{}", said.talk);
    assert_eq!(files(&folder.0).len(), 1, "nothing else is written");
}

#[test]
fn accounts_without_a_place_for_them_are_refused() {
    let folder = Desk::new("init-accounts");
    let said = folder.aegisctl(&["init", "shop", "--database", "none", "--auth", "jwt"]);
    assert_eq!(said.code, Some(1));
    assert!(said.talk.contains("accounts are kept in a database") && said.talk.contains("--auth none"), "{}", said.talk);
    assert!(folder.everything().is_empty());
    // who did not ask for accounts is not told of them
    assert_eq!(folder.aegisctl(&["init", "shop", "--database", "none"]).code, Some(0));
}

#[test]
fn a_folder_that_cannot_be_written_to_is_told() {
    let folder = Desk::new("init-wrong");
    fs::write(folder.0.join("file"), "").expect("a file can be written");
    let said = folder.aegisctl(&["init", "shop", "--into", "file"]);
    assert_eq!(said.code, Some(1));
    assert!(said.talk.contains("file/") && said.talk.contains("fix: "), "{}", said.talk);
}

#[test]
fn a_dry_run_tells_programs_what_would_be_written_and_writes_nothing() {
    let folder = Desk::new("init-dry");
    let said = folder.aegisctl(&["init", "shop", "--dry-run", "-o", "json", "--scheduler", "none"]);
    let report: Value = serde_json::from_str(&said.data).expect("it is JSON");
    let choice =
        json!({"name": "shop", "database": "postgres", "auth": "jwt", "frontend": "apart", "workers": "dramatiq", "scheduler": "none"});
    assert_eq!((&report["version"], &report["folder"], &report["choice"]), (&json!(1), &json!("shop"), &choice));
    let paths: Vec<&str> = report["files"].as_array().expect("a list").iter().filter_map(|file| file["path"].as_str()).collect();
    assert!(folder.everything().is_empty());
    assert_eq!(folder.aegisctl(&["init", "shop", "--scheduler", "none"]).code, Some(0));
    let mut written: Vec<String> =
        files(&folder.0.join("shop")).iter().map(|file| file.strip_prefix(folder.0.join("shop")).unwrap().display().to_string()).collect();
    written.sort();
    assert_eq!(paths, written);
    assert!(
        paths.contains(&".github/workflows/check.yaml")
            && paths.contains(&"app/workers/default/count_words.py")
            && !paths.contains(&"app/heartbeat.py")
    );
}

#[test]
fn on_a_terminal_it_asks_for_what_was_not_named() {
    let folder = Desk::new("init-asked");
    let line = format!("{} init shop --scheduler none", env!("CARGO_BIN_EXE_aegisctl"));
    let typed = "printf 'postgres\\nnobody\\nnone\\nnone\\n\\n'";
    let script = format!("{typed} | script -qec '{line}' /dev/null");
    let output = System::new("bash").args(["-c", &script]).current_dir(&folder.0).output().expect("bash can be run");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    for part in [
        "Where is data kept?\r\n  postgres     PostgreSQL, by SQLAlchemy and alembic\r\n  none         Nowhere\r\n[postgres]: ",
        "\"nobody\" is none of them",
        "Where do people see it?\r\n  apart        Flet, as a role of its own\r\n",
        "What works on queues?\r\n  dramatiq     Dramatiq, with queues in Redis\r\n  arq ",
    ] {
        assert!(said.contains(part), "{said}");
    }
    let manifest: Value = serde_json::from_str(&folder.text("shop/aegis_manifest.json")).expect("it is JSON");
    assert!(manifest["auth"].is_null() && manifest["components"]["workers"].is_array() && manifest["components"]["scheduler"].is_null());
}

#[test]
fn the_guide_for_agents_says_what_the_blueprint_says() {
    let folder = Desk::new("init-agents");
    assert_eq!(folder.aegisctl(&["init", "shop"]).code, Some(0));
    let (guide, manifest) = (folder.text("shop/AGENTS.md"), folder.text("shop/aegis_manifest.json"));
    let manifest: Value = serde_json::from_str(&manifest).expect("it is JSON");
    let mut told = 0;
    for (list, word) in [("layout", "purpose"), ("conventions", "rule")] {
        for entry in manifest[list].as_array().expect("a list") {
            assert!(guide.contains(entry[word].as_str().expect("text")), "{entry}");
            told += 1;
        }
    }
    for task in manifest["agent"]["tasks"].as_array().expect("a list") {
        for step in task["steps"].as_array().expect("a list") {
            assert!(guide.contains(step.as_str().expect("text")), "{step}");
            told += 1;
        }
    }
    assert!(told > 20, "{told}");
}
