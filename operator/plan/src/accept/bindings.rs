//! Bindings: one source each, and templates over keys that their Secrets have.

use aegis_crds::{AegisApp, rules};

use super::Unfit;
use crate::{
    App, Facts, Key, Problem,
    app::{Binding, Service},
    child::ANCHOR,
    names::TYPE_ANNOTATION,
    parts::template,
    problem::{BAD_TEMPLATE, BINDING_SOURCE, BINDING_TYPE_FIXED, NOT_PROVISIONABLE},
};

/// Keys of a Secret that the operator makes.
const KEYS: [&str; 7] = ["type", "host", "port", "username", "password", "database", "uri"];

pub(super) fn types(app: &App, facts: &Facts) -> Vec<Problem> {
    others(app, facts).into_iter().map(|(_, problem)| problem).collect()
}

/// What remembers and holds the data of a service of another type.
pub(super) fn unfit(app: &App, facts: &Facts) -> Vec<Unfit> {
    let keys = |service: &Service| [(ANCHOR.kind, service.made.anchor.clone()), ("PersistentVolumeClaim", service.claim.object.clone())];
    let unfit = |(service, problem): (&Service, Problem)| {
        keys(service).map(|(kind, name)| Unfit { key: Key { kind: kind.to_owned(), name }, problem: problem.clone() })
    };
    others(app, facts).into_iter().flat_map(unfit).collect()
}

/// Services that are there as another type.
fn others<'a>(app: &'a App, facts: &Facts) -> Vec<(&'a Service, Problem)> {
    let services = app.bindings.iter().enumerate().filter_map(|(i, binding)| Some((i, binding, binding.service.as_ref()?)));
    let other = |(i, binding, service): (usize, &Binding, &'a Service)| {
        service.made.uid.as_ref()?;
        let there = facts.child(ANCHOR.kind, &service.made.anchor)?.annotations.get(TYPE_ANNOTATION)?;
        let asked = service.engine.word();
        let message = format!("{:?} is there as {there}, and {asked} is asked for", binding.name);
        let problem = Problem::new(&BINDING_TYPE_FIXED, format!("spec.bindings[{i}].type"), message)
            .fix(format!("Write type: {there}; or take another name for the new service and move the data there."));
        (there != asked).then_some((service, problem))
    };
    services.filter_map(other).collect()
}

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
