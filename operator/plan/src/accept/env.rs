//! Variables: names that processes can read, set once, of a size that can be handed over.

use std::collections::BTreeSet;

use aegis_crds::{AegisApp, AegisAppSpec};
use k8s_openapi::api::core::v1::EnvVar;

use super::process::processes;
use crate::{
    Problem,
    problem::{BAD_ENV_NAME, DUPLICATE_ENV, ENV_TOO_LARGE, RESERVED_ENV},
};

/// Linux' MAX_ARG_STRLEN: one `NAME=value` with its end.
const ONE: usize = 131_071;
/// All literal variables of one role, its part of the app's objects in etcd (1.5 MiB each).
const ALL: usize = 393_216;

pub(super) fn variables(asked: &AegisApp) -> Vec<Problem> {
    let mut problems = vec![];
    for names in names(&asked.spec) {
        let mut seen = BTreeSet::new();
        for (path, name) in names {
            if !is_variable(name) {
                problems.push(Problem::new(&BAD_ENV_NAME, path, format!("{name:?} is not the name of a variable")));
            } else if name.starts_with("AEGIS_") {
                problems.push(Problem::new(&RESERVED_ENV, path, format!("{name} is set by the operator")));
            } else if !seen.insert(name) {
                problems.push(Problem::new(&DUPLICATE_ENV, path, format!("{name} is set before")));
            }
        }
    }
    problems
}

pub(super) fn size(asked: &AegisApp) -> Vec<Problem> {
    let spec = &asked.spec;
    let shared = total(&spec.env) + spec.config.iter().map(|(name, value)| name.len() + value.len() + 2).sum::<usize>();
    let mut problems = vec![];
    for (path, list) in lists(spec) {
        for (i, var) in list.iter().enumerate().filter(|(_, var)| bytes(var) > ONE) {
            let message = format!("{} has {} bytes with its name, {ONE} are allowed", var.name, bytes(var));
            problems.push(Problem::new(&ENV_TOO_LARGE, format!("{path}[{i}].value"), message));
        }
    }
    for (name, value) in spec.config.iter().filter(|(name, value)| name.len() + value.len() + 2 > ONE) {
        let message = format!("{name} has {} bytes with its name, {ONE} are allowed", name.len() + value.len() + 2);
        problems.push(Problem::new(&ENV_TOO_LARGE, format!("spec.config.{name}"), message));
    }
    if shared > ALL {
        let path = if spec.env.is_empty() { "spec.config" } else { "spec.env" };
        problems.push(Problem::new(&ENV_TOO_LARGE, path, format!("env and config have {shared} bytes together, {ALL} are allowed")));
    }
    for (path, process) in processes(spec) {
        let own = total(&process.env);
        if own > ALL {
            problems.push(Problem::new(&ENV_TOO_LARGE, format!("{path}.env"), format!("env has {own} bytes, {ALL} are allowed")));
        }
    }
    problems
}

fn lists(spec: &AegisAppSpec) -> Vec<(String, &Vec<EnvVar>)> {
    let own = processes(spec).into_iter().map(|(path, process)| (format!("{path}.env"), &process.env));
    std::iter::once(("spec.env".to_owned(), &spec.env)).chain(own).collect()
}

/// Each list that names variables, as the places in it with the names. All bindings are one list, and all secrets.
fn names(spec: &AegisAppSpec) -> Vec<Vec<(String, &str)>> {
    let listed = lists(spec)
        .into_iter()
        .map(|(path, list)| list.iter().enumerate().map(|(i, var)| (format!("{path}[{i}].name"), var.name.as_str())).collect());
    let config = keys("spec.config".to_owned(), spec.config.keys()).collect();
    let secrets = spec.secrets.iter().enumerate();
    let secrets = secrets.flat_map(|(i, secret)| keys(format!("spec.secrets[{i}].generate"), secret.generate.keys())).collect();
    let bindings = spec.bindings.iter().enumerate();
    let bindings = bindings.flat_map(|(i, binding)| keys(format!("spec.bindings[{i}].env"), binding.env.keys())).collect();
    listed.chain([config, secrets, bindings]).collect()
}

fn keys<'a>(path: String, keys: impl Iterator<Item = &'a String>) -> impl Iterator<Item = (String, &'a str)> {
    keys.map(move |key| (format!("{path}.{key}"), key.as_str()))
}

fn is_variable(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn total(list: &[EnvVar]) -> usize {
    list.iter().map(bytes).sum()
}

fn bytes(var: &EnvVar) -> usize {
    var.name.len() + var.value.as_ref().map_or(0, String::len) + 2
}
