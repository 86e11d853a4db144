//! Bindings: one source each, and templates over keys that their Secrets have.

use aegis_crds::{AegisApp, rules};

use crate::{
    Problem,
    parts::template,
    problem::{BAD_TEMPLATE, BINDING_SOURCE, NOT_PROVISIONABLE},
};

/// Keys of a Secret that the operator makes.
const KEYS: [&str; 7] = ["type", "host", "port", "username", "password", "database", "uri"];

pub(super) fn sources(asked: &AegisApp) -> Vec<Problem> {
    let mut problems = vec![];
    for (i, binding) in asked.spec.bindings.iter().enumerate() {
        let path = format!("spec.bindings[{i}]");
        if binding.provision.is_some() == binding.secret_ref.is_some() {
            problems.push(Problem::new(&BINDING_SOURCE, &path, format!("{:?}: {}", binding.name, rules::ONE_SOURCE)));
        }
        if binding.provision.is_some() && !["postgres", "redis"].contains(&binding.type_.as_str()) {
            problems.push(Problem::new(
                &NOT_PROVISIONABLE,
                format!("{path}.type"),
                format!("{:?}: {}", binding.type_, rules::PROVISIONABLE),
            ));
        }
    }
    problems
}

pub(super) fn templates(asked: &AegisApp) -> Vec<Problem> {
    let mut problems = vec![];
    for (i, binding) in asked.spec.bindings.iter().enumerate() {
        for (variable, text) in &binding.env {
            let path = format!("spec.bindings[{i}].env.{variable}");
            match template::parse(text) {
                Err(fault) => problems.push(Problem::new(&BAD_TEMPLATE, path, format!("{text:?}: {fault}"))),
                Ok(template) if binding.provision.is_some() => {
                    let unknown = template.keys().filter(|key| !KEYS.contains(key));
                    let problem = |key| {
                        Problem::new(&BAD_TEMPLATE, &path, format!("a provisioned {} has no key {key:?}", binding.type_))
                            .fix(format!("Use one of {}.", KEYS.join(", ")))
                    };
                    problems.extend(unknown.map(problem));
                }
                Ok(_) => {}
            }
        }
    }
    problems
}
