//! The architecture's own rules, so that nobody has to remember them.
//! Length of functions, `unwrap` and `unsafe` are clippy's and rustc's to refuse; here is what they cannot see.

#[path = "shape/crates.rs"]
mod crates;
#[path = "shape/tree.rs"]
mod tree;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use aegis_plan::children::CHILDREN;
use aegis_tests::files::{root, text};
use serde_json::json;
use tree::{committed, is_rust, name, rust};

/// Longest file of code, in lines.
const LONGEST: usize = 400;
/// Largest file in git, in bytes.
const LARGEST: u64 = 1 << 20;

#[test]
fn purity_decides_what_a_crate_may_name() {
    let clients = ["kube", "kube-client", "kube-runtime", "tokio", "reqwest", "hyper"];
    for pure in ["aegis-crds", "aegis-plan", "aegis-check"] {
        let reached = crates::reached(pure);
        let named: Vec<_> = clients.iter().filter(|client| reached.contains(**client)).collect();
        assert!(named.is_empty(), "{pure} reaches {named:?}, by which the whole workspace gets a client into it");
    }
    let ours = |package: &str| crates::direct(package).into_iter().filter(|name| name.starts_with("aegis-")).collect::<Vec<_>>();
    assert_eq!(ours("aegis-crds"), Vec::<String>::new());
    assert_eq!(ours("aegis-plan"), ["aegis-crds"]);
    assert_eq!(ours("aegis-check"), ["aegis-crds", "aegis-plan"]);
    assert_eq!(ours("aegis-s3"), ["aegis-crds"], "who reads from S3 decides what that means");
    assert!(!ours("aegis-controller").contains(&"aegis-cli".into()), "the controller must not know the command line");
    assert!(!ours("aegis-cli").contains(&"aegis-tests".into()));
    assert_eq!(ours("aegis-agent"), ["aegis-crds"], "the agent stands beside the app and knows no cluster");
    assert!(!crates::reached("aegis-agent").contains("kube"), "the agent has no Kubernetes client");
}

#[test]
fn digests_do_not_depend_on_the_order_of_keys() {
    // with its feature preserve_order, serde_json needs indexmap and keeps the order in which keys were written
    assert!(!crates::named("serde_json").contains(&"indexmap".into()), "serde_json preserves the order of keys: digests would differ");
}

#[test]
fn the_pure_crates_forbid_clock_environment_and_files() {
    for crate_ in ["operator/plan", "operator/check"] {
        let rules = text(&root().join(crate_).join("clippy.toml"));
        for method in ["std::env::var", "std::time::SystemTime::now", "jiff::Timestamp::now", "std::fs::read"] {
            assert!(rules.contains(method), "{crate_}/clippy.toml does not forbid {method}");
        }
    }
}

#[test]
fn a_word_of_the_spec_is_a_file_wherever_it_matters() {
    // a map of texts has no type of its own; a revision is no word of the spec
    let untyped = ["config"];
    let unasked = ["revisions"];
    let sections: BTreeSet<_> = CHILDREN.iter().map(|child| child.section()).collect();
    for section in sections {
        assert!(has(&format!("operator/plan/src/children/{section}.rs")), "operator/plan/src/children/{section}.rs is missing");
        if !unasked.contains(&section) {
            assert!(untyped.contains(&section) || has(&format!("crds/src/{section}.rs")), "crds/src/{section}.rs is missing");
            assert!(has(&format!("tests/plan/{section}")), "tests/plan/{section}/ has no case");
        }
    }
}

#[test]
fn every_word_of_the_spec_has_a_case() {
    // what belongs to the image is shown there, and envFrom beside env
    let beside = [("imagePullPolicy", "image"), ("imagePullSecrets", "image"), ("envFrom", "env")];
    let crd = json!(aegis_crds::custom_resource_definition());
    let spec = &crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"];
    for word in spec.as_object().unwrap().keys() {
        let folder = beside.iter().find(|(beside, _)| beside == word).map_or(word.as_str(), |(_, folder)| folder);
        assert!(has(&format!("tests/plan/{folder}")), "tests/plan/{folder}/ has no case for spec.{word}");
    }
}

#[test]
fn every_case_says_what_it_expects() {
    let cases: BTreeSet<PathBuf> = committed().into_iter().filter(|path| path.ends_with("app.yaml")).collect();
    for case in cases.iter().filter(|path| path.starts_with("tests/plan")).filter_map(|path| path.parent()) {
        let answers = ["expected.yaml", "problems.yaml"].iter().filter(|file| root().join(case).join(file).exists()).count();
        assert_eq!(answers, 1, "{} needs expected.yaml or problems.yaml", case.display());
        let sentence = name(case);
        assert!(sentence.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'), "{sentence}");
    }
}

#[test]
fn children_never_import_each_other() {
    let folder = Path::new("operator/plan/src/children");
    for path in rust().into_iter().filter(|path| path.parent() == Some(folder)) {
        let siblings = text(&root().join(&path));
        let own: String = siblings.lines().filter(|line| line.contains("super::") || line.contains("children::")).collect();
        assert!(!own.contains("use super::") && !own.contains("crate::children::"), "{} imports another child", path.display());
    }
}

#[test]
fn every_file_opens_with_what_it_decides() {
    for path in rust() {
        let text = text(&root().join(&path));
        let head = text.lines().take_while(|line| line.starts_with("//!")).count();
        assert!((1..=3).contains(&head), "{}: one to three lines of //! open a file, here are {head}", path.display());
    }
}

#[test]
fn no_file_grows_beyond_reading() {
    for path in rust() {
        let lines = text(&root().join(&path)).lines().count();
        assert!(lines <= LONGEST, "{} has {lines} lines", path.display());
    }
}

#[test]
fn no_name_says_nothing() {
    let empty = ["utils", "util", "helpers", "helper", "common", "misc", "manager"];
    for path in committed() {
        let words = path.with_extension("");
        let said = words.iter().flat_map(|part| part.to_str().unwrap_or_default().split(['_', '-', '.'])).find(|word| empty.contains(word));
        assert_eq!(said, None, "{}", path.display());
    }
}

#[test]
fn nothing_is_left_to_do() {
    // in halves, so that this file is looked at like all others
    let marks = [("TO", "DO"), ("FIX", "ME"), ("XX", "X")].map(|(first, last)| first.to_owned() + last);
    for path in committed().into_iter().filter(|path| is_rust(path) || tree::is_text(path)) {
        let text = text(&root().join(&path));
        let left = |mark: &String| text.lines().find(|line| [' ', ':', '('].iter().any(|end| line.contains(&format!("{mark}{end}"))));
        let found = marks.iter().find_map(left);
        assert_eq!(found, None, "{}", path.display());
    }
}

#[test]
fn nothing_names_the_machine_it_was_written_on() {
    let places = ["/shared/", "/root/", "artifactory", "/home/"].map(|place| place.to_owned());
    let own = [Path::new("tests/shape.rs"), Path::new("tests/shape/tree.rs"), Path::new("Cargo.lock")];
    for path in committed().into_iter().filter(|path| tree::is_text(path) && !own.contains(&path.as_path())) {
        let text = text(&root().join(&path));
        let found =
            text.lines().find(|line| places.iter().any(|place| line.contains(place.as_str())) && !tree::is_inside_an_image(&path, line));
        assert_eq!(found, None, "{}", path.display());
    }
    let lock = text(&root().join("Cargo.lock"));
    let foreign = lock.lines().find(|line| line.starts_with("source = ") && !line.contains("github.com/rust-lang/crates.io-index"));
    assert_eq!(foreign, None, "Cargo.lock");
}

#[test]
fn git_holds_no_large_file() {
    for path in committed() {
        let size = root().join(&path).metadata().map_or(0, |metadata| metadata.len());
        assert!(size <= LARGEST, "{} has {size} bytes", path.display());
    }
}

#[test]
fn scripts_stop_at_the_first_error() {
    for path in committed() {
        let Some(script) = tree::shell(&path) else { continue };
        assert!(script.lines().any(|line| line.trim() == "set -euo pipefail"), "{} does not say set -euo pipefail", path.display());
    }
}

fn has(path: &str) -> bool {
    root().join(path).exists()
}
