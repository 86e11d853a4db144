//! `uv.lock` of one app: of the lock of the app that has everything, the packages that this one needs. So what is written first is
//! what is tested here, and no registry is asked for it.

use std::collections::{BTreeMap, BTreeSet};

/// Of all apps but those of arq, which needs an older client of Redis.
const EVERYTHING: &str = include_str!("../../../templates/uv.lock");
const WITH_ARQ: &str = include_str!("../../../templates/uv-arq.lock");
const PACKAGE: &str = "[[package]]\n";
/// Where what is needed only to develop begins, in `pyproject.toml` and in the app's own part of the lock.
const DEVELOPMENT: &str = "\ndev = [";
/// The app itself, as the lock of everything calls it.
const ITSELF: &str = "app";

/// The lock that fits this `pyproject.toml`; none where the app has the name of a package that it needs.
pub fn of(pyproject: &str, name: &str) -> Option<String> {
    let (to_run, to_develop) = pyproject.split_once(DEVELOPMENT).unwrap_or((pyproject, ""));
    let [to_run, to_develop] = [to_run, to_develop].map(|part| part.lines().filter_map(requirement).collect::<BTreeSet<&str>>());
    let all = if to_run.contains("arq") { WITH_ARQ } else { EVERYTHING };
    let (head, packages) = all.split_once(PACKAGE).expect("it locks something");
    let mut packages: BTreeMap<&str, &str> = packages.split(PACKAGE).filter_map(|text| Some((named(text)?, text.trim_end()))).collect();
    let itself = packages.remove(ITSELF).expect("the app is in its own lock");
    let mut meant = &to_run;
    let is_meant = |line: &&str| {
        if line.ends_with('[') {
            meant = if line.starts_with(DEVELOPMENT.trim_start()) { &to_develop } else { &to_run };
        }
        required(line).is_none_or(|name| meant.contains(name))
    };
    let itself: String = itself.lines().filter(is_meant).map(|line| line.to_owned() + "\n").collect();
    let itself = itself.trim_end().replacen(&format!("name = \"{ITSELF}\""), &format!("name = \"{name}\""), 1);

    let mut needed = BTreeSet::new();
    let mut open: Vec<&str> = to_run.union(&to_develop).copied().collect();
    while let Some(next) = open.pop() {
        if needed.insert(next) {
            open.extend(packages.get(next).into_iter().flat_map(|text| text.lines()).filter_map(required));
        }
    }
    if needed.contains(name) {
        return None;
    }
    packages.retain(|package, _| needed.contains(package));
    packages.insert(name, &itself);
    let lock = packages.values().fold(head.to_owned(), |lock, text| lock + PACKAGE + text + "\n\n");
    Some(lock.trim_end().to_owned() + "\n")
}

/// Name of what a line of `pyproject.toml` requires.
fn requirement(line: &str) -> Option<&str> {
    let exact = line.strip_prefix("    \"")?;
    exact.split_once("==").map(|(name, _)| name.split('[').next().unwrap_or(name))
}

/// Name of a package, by the first line of its part.
fn named(text: &str) -> Option<&str> {
    text.strip_prefix("name = \"")?.split('"').next()
}

/// Name of what a line of a package's part requires.
fn required(line: &str) -> Option<&str> {
    line.strip_prefix("    { name = \"")?.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_needed_to_develop_only_is_locked_so() {
        let project =
            "[project]\ndependencies = [\n    \"fastapi==0.165.0\",\n]\n\n[dependency-groups]\ndev = [\n    \"httpx==0.28.1\",\n]\n";
        let lock = of(project, "shop").unwrap();
        let itself = lock.split(PACKAGE).find(|text| named(text) == Some("shop")).unwrap();
        let lines: Vec<&str> = itself.lines().filter(|line| line.contains("name = ") || line.ends_with('[')).skip(1).collect();
        let [fastapi, httpx] = ["fastapi", "httpx"].map(|name| format!("    {{ name = \"{name}\" }},"));
        assert_eq!(lines[..4], ["dependencies = [", &fastapi, "dev = [", &httpx]);
    }

    #[test]
    fn an_app_locks_what_it_needs_and_no_more() {
        let lock = of("[project]\ndependencies = [\n    \"sqlalchemy[asyncio]==2.1.9\",\n]\n", "shop").unwrap();
        let names: Vec<&str> = lock.split(PACKAGE).filter_map(named).collect();
        assert_eq!(names, ["greenlet", "shop", "sqlalchemy", "typing-extensions"]);
        assert!(lock.contains("    { name = \"sqlalchemy\", extra = [\"asyncio\"] },") && !lock.contains("fastapi"));
    }
}
