//! What the schema cannot say of a manifest: that its parts fit together.
//! What its components mean to a cluster is judged elsewhere, by the operator's rules.

use std::collections::BTreeSet;

use aegis_crds::manifest::{Manifest, SettingType, VERSION};
use aegis_plan::{Problem, nearest::nearest, problem::UNKNOWN_ROLE};
use serde_json::{Value, json};

use crate::codes::{BAD_VALUE, SECRET_VALUE, UNKNOWN_COMMAND, UNKNOWN_VERSION, UNKNOWN_WORKER};

/// What is wrong with a version that this code does not read.
pub fn version(version: &Value) -> Option<Problem> {
    let newer = version.as_u64().filter(|version| *version > u64::from(VERSION))?;
    let message = format!("version {newer} of the manifest is not known here: this code reads {VERSION}");
    Some(Problem::new(&UNKNOWN_VERSION, "version", message))
}

/// Every rule's problems.
pub fn problems(manifest: &Manifest) -> Vec<Problem> {
    [settings, readers, gates, checkers, workers].iter().flat_map(|rule| rule(manifest)).collect()
}

fn settings(manifest: &Manifest) -> Vec<Problem> {
    let mut problems = vec![];
    for (i, setting) in manifest.settings.iter().enumerate() {
        let Some(default) = setting.default.as_deref().filter(|default| !default.is_empty()) else { continue };
        let path = format!("settings[{i}].default");
        if setting.secret == Some(true) {
            let message = format!("{} is secret, and everybody who has the manifest can read its default", setting.env);
            problems.push(Problem::new(&SECRET_VALUE, path, message));
        } else if let Some(kind) = setting.type_.filter(|kind| !fits(*kind, default)) {
            let message = format!("{default:?} cannot be read as {}", json!(kind).as_str().unwrap_or_default());
            problems.push(Problem::new(&BAD_VALUE, path, message).fix("Write a default of the setting's type, or another type."));
        }
    }
    problems.extend(told(manifest));
    problems
}

/// Values of secret settings that are written out in an environment or for all.
fn told(manifest: &Manifest) -> Vec<Problem> {
    let secret: BTreeSet<&str> =
        manifest.settings.iter().filter(|setting| setting.secret == Some(true)).map(|setting| setting.env.as_str()).collect();
    let mut problems = vec![];
    let mut look = |path: &str, components: &Value| {
        for name in components["config"].as_object().into_iter().flat_map(|config| config.keys()) {
            if secret.contains(name.as_str()) {
                problems.push(secret_at(format!("{path}.config.{name}"), name));
            }
        }
        for (i, variable) in components["env"].as_array().into_iter().flatten().enumerate() {
            let name = variable["name"].as_str().unwrap_or_default();
            if secret.contains(name) && variable["value"].as_str().is_some_and(|value| !value.is_empty()) {
                problems.push(secret_at(format!("{path}.env[{i}].value"), name));
            }
        }
    };
    look("components", &json!(manifest.components.spec));
    for (name, environment) in &manifest.environments {
        look(&format!("environments.{name}.components"), environment.components.as_ref().unwrap_or(&Value::Null));
    }
    problems
}

fn secret_at(path: String, name: &str) -> Problem {
    Problem::new(&SECRET_VALUE, path, format!("settings say that {name} is secret, and here its value is for everybody to read"))
}

fn fits(kind: SettingType, text: &str) -> bool {
    match kind {
        SettingType::String => true,
        SettingType::Integer => text.parse::<i64>().is_ok(),
        SettingType::Number => text.parse::<f64>().is_ok(),
        SettingType::Boolean => ["true", "false"].contains(&text.to_ascii_lowercase().as_str()),
        SettingType::Url => text.contains("://") || text.starts_with('/'),
        SettingType::Json => serde_json::from_str::<Value>(text).is_ok(),
    }
}

fn readers(manifest: &Manifest) -> Vec<Problem> {
    let roles = roles(manifest);
    let mut problems = vec![];
    for (i, setting) in manifest.settings.iter().enumerate() {
        for (j, role) in setting.used_by.iter().enumerate().filter(|(_, role)| !roles.contains(role.as_str())) {
            let fix = meant(role, &roles);
            problems.push(Problem::new(&UNKNOWN_ROLE, format!("settings[{i}].usedBy[{j}]"), format!("there is no role {role:?}")).fix(fix));
        }
    }
    problems
}

/// Roles of the components, those that only an environment adds included.
fn roles(manifest: &Manifest) -> BTreeSet<String> {
    let mut roles: BTreeSet<String> = ["api", "frontend", "scheduler", "migration"].map(str::to_owned).into();
    let own = json!(manifest.components.spec);
    let overlays = manifest.environments.values().filter_map(|environment| environment.components.as_ref());
    for components in [&own].into_iter().chain(overlays) {
        for section in ["workers", "schedules"] {
            let names = components[section].as_array().into_iter().flatten().filter_map(|entry| entry["name"].as_str());
            roles.extend(names.map(str::to_owned));
        }
    }
    roles
}

fn gates(manifest: &Manifest) -> Vec<Problem> {
    let tasks = manifest.agent.iter().flat_map(|agent| agent.tasks.iter().enumerate());
    let gates =
        tasks.flat_map(|(i, task)| task.gates.iter().enumerate().map(move |(j, gate)| (format!("agent.tasks[{i}].gates[{j}]"), gate)));
    gates.filter_map(|(path, gate)| unknown_command(manifest, path, gate)).collect()
}

fn checkers(manifest: &Manifest) -> Vec<Problem> {
    let checked = manifest.conventions.iter().enumerate().filter_map(|(i, convention)| Some((i, convention.checked_by.as_ref()?)));
    checked.filter_map(|(i, command)| unknown_command(manifest, format!("conventions[{i}].checkedBy"), command)).collect()
}

fn unknown_command(manifest: &Manifest, path: String, name: &str) -> Option<Problem> {
    let known: BTreeSet<String> = manifest.commands.keys().cloned().collect();
    let fix = meant(name, &known);
    (!known.contains(name)).then(|| Problem::new(&UNKNOWN_COMMAND, path, format!("commands have no {name:?}")).fix(fix))
}

fn workers(manifest: &Manifest) -> Vec<Problem> {
    let roles = roles(manifest);
    let code = manifest.components.code.iter().flat_map(|code| code.workers.iter().enumerate());
    let unknown = code.filter(|(_, worker)| !roles.contains(&worker.name));
    unknown
        .map(|(i, worker)| {
            let message = format!("components.workers have no {:?}", worker.name);
            Problem::new(&UNKNOWN_WORKER, format!("components.code.workers[{i}].name"), message).fix(meant(&worker.name, &roles))
        })
        .collect()
}

fn meant(word: &str, known: &BTreeSet<String>) -> String {
    match nearest(word, known.iter().map(String::as_str)) {
        Some(meant) => format!("Did you mean {meant}?"),
        None if known.is_empty() => "Remove it, or add what it names.".to_owned(),
        None => format!("Write one of {}.", known.iter().cloned().collect::<Vec<_>>().join(", ")),
    }
}
