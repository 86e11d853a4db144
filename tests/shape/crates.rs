//! Which crate reaches which, by the lock file.

use std::collections::{BTreeMap, BTreeSet};

use aegis_tests::files::{root, text};

/// The crates that a crate of ours depends on, those of its tests left out by the manifest.
pub fn direct(package: &str) -> Vec<String> {
    let manifest = manifest(package);
    let mut names = vec![];
    let mut is_inside = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            is_inside = line == "[dependencies]";
        } else if is_inside && let Some((name, _)) = line.split_once(['.', ' ', '=']) {
            names.push(name.to_owned());
        }
    }
    names
}

/// The crates that a crate of others depends on.
pub fn named(package: &str) -> Vec<String> {
    lock().remove(package).unwrap_or_default()
}

/// Every crate that a crate of ours reaches through its dependencies.
pub fn reached(package: &str) -> BTreeSet<String> {
    let lock = lock();
    let mut found = BTreeSet::new();
    let mut ahead = direct(package);
    while let Some(name) = ahead.pop() {
        if found.insert(name.clone()) {
            ahead.extend(lock.get(&name).cloned().unwrap_or_default());
        }
    }
    found
}

/// The lock file: crates and what they depend on; versions are left out.
fn lock() -> BTreeMap<String, Vec<String>> {
    let text = text(&root().join("Cargo.lock"));
    let packages = text.split("[[package]]").skip(1).filter_map(|package| {
        let name = package.lines().find_map(|line| line.strip_prefix("name = "))?.trim_matches('"').to_owned();
        let list = package.split_once("dependencies = [").and_then(|(_, rest)| rest.split_once(']')).map_or("", |(list, _)| list);
        let names = list.lines().map(|line| line.trim().trim_matches([',', '"'])).filter(|line| !line.is_empty());
        Some((name, names.map(|name| name.split(' ').next().unwrap_or_default().to_owned()).collect::<Vec<_>>()))
    });
    let mut lock: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, dependencies) in packages {
        lock.entry(name).or_default().extend(dependencies);
    }
    lock
}

fn manifest(package: &str) -> String {
    let folder = match package {
        "aegis-crds" => "crds".to_owned(),
        other => format!("operator/{}", other.trim_start_matches("aegis-")),
    };
    text(&root().join(folder).join("Cargo.toml"))
}
