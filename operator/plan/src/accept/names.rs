//! Names that become names of objects: the app's, its parts', the image's.

use std::collections::BTreeSet;

use aegis_crds::{AegisApp, AegisAppSpec, rules};
use kube_core::ResourceExt;

use super::reference;
use crate::{
    Problem,
    names::{LABEL_LIMIT, LONG_SUFFIX_LIMIT, OBJECT_LIMIT, part},
    problem::{BAD_IMAGE, BAD_NAME, DUPLICATE_NAME, NAME_TOO_LONG, RESERVED_NAME},
};

/// Names of roles that every app may have; no worker or schedule may have one of them.
pub(super) const ROLES: [&str; 4] = ["api", "frontend", "scheduler", "migration"];

pub(super) fn app(asked: &AegisApp) -> Vec<Problem> {
    if is_app(&asked.name_any()) {
        return vec![];
    }
    vec![Problem::new(&BAD_NAME, "metadata.name", rules::APP_NAME)]
}

pub(super) fn image(asked: &AegisApp) -> Vec<Problem> {
    let developed = asked.spec.dev.as_ref().and_then(|dev| dev.image.as_ref());
    let images = [("spec.image", Some(&asked.spec.image)), ("spec.dev.image", developed)];
    let faulty = images.into_iter().filter_map(|(path, image)| Some((path, image?, reference::fault(image?)?)));
    faulty.map(|(path, image, fault)| Problem::new(&BAD_IMAGE, path, format!("{image:?} is not an image reference: {fault}"))).collect()
}

pub(super) fn parts(asked: &AegisApp) -> Vec<Problem> {
    let mut problems = vec![];
    let mut taken: BTreeSet<&str> = BTreeSet::new();
    for list in lists(&asked.spec) {
        let mut seen = BTreeSet::new();
        for (i, name) in list.names.iter().enumerate() {
            let path = format!("spec.{}[{i}].name", list.section);
            if !is_name(name) || name.len() > 30 {
                problems.push(Problem::new(&BAD_NAME, &path, format!("{name:?}: {}", rules::PART_NAME)));
            } else if !seen.insert(*name) {
                problems.push(Problem::new(
                    &DUPLICATE_NAME,
                    &path,
                    format!("{name:?} is already the name of an entry of spec.{}", list.section),
                ));
            } else if list.is_role && ROLES.contains(name) {
                problems.push(Problem::new(&RESERVED_NAME, &path, format!("{name:?} is the name of a section's own role")));
            } else if list.is_role && !taken.insert(name) {
                problems.push(Problem::new(&RESERVED_NAME, &path, format!("{name:?} is already the name of a worker")));
            }
        }
    }
    problems
}

pub(super) fn lengths(asked: &AegisApp) -> Vec<Problem> {
    let app = asked.name_any();
    lists(&asked.spec).iter().flat_map(|list| too_long(&app, list)).collect()
}

fn too_long(app: &str, list: &List<'_>) -> Vec<Problem> {
    let limit = list.limit;
    let problem = |(i, name): (usize, &&str)| {
        let object = part(app, list.word, name);
        let over = object.len().checked_sub(limit).filter(|over| *over > 0)?;
        let message = format!("the object's name {object:?} has {} characters, {limit} are allowed", object.len());
        let fix = format!("Shorten the app's name or this name by {over} characters.");
        Some(Problem::new(&NAME_TOO_LONG, format!("spec.{}[{i}].name", list.section), message).fix(fix))
    };
    list.names.iter().enumerate().filter_map(problem).collect()
}

/// A list of named parts: its section, the word in its objects' names, how long these may be.
struct List<'a> {
    section: &'static str,
    word: &'static str,
    limit: usize,
    is_role: bool,
    names: Vec<&'a str>,
}

fn lists(spec: &AegisAppSpec) -> [List<'_>; 6] {
    let list = |section, word, limit, is_role, names| List { section, word, limit, is_role, names };
    [
        // a hyphen and a digest follow
        list("secrets", "secret", LABEL_LIMIT - 11, false, spec.secrets.iter().map(|s| s.name.as_str()).collect()),
        list("volumes", "volume", LABEL_LIMIT, false, spec.volumes.iter().map(|v| v.name.as_str()).collect()),
        list("workers", "worker", LABEL_LIMIT, true, spec.workers.iter().map(|w| w.name.as_str()).collect()),
        list("schedules", "schedule", LONG_SUFFIX_LIMIT, true, spec.schedules.iter().map(|s| s.name.as_str()).collect()),
        list("routes", "route", OBJECT_LIMIT, false, spec.routes.iter().map(|r| r.name.as_str()).collect()),
        list("bindings", "binding", LONG_SUFFIX_LIMIT, false, spec.bindings.iter().map(|b| b.name.as_str()).collect()),
    ]
}

/// Whether an app may be called so.
pub fn is_app(name: &str) -> bool {
    is_name(name) && name.len() <= 40
}

/// Lower-case letters, digits and single hyphens, starting with a letter.
pub(super) fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        && !name.contains("--")
        && !name.ends_with('-')
}
