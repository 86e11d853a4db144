//! Secrets that were made and are gone, as pods that need them tell.
//! What to do about one is told in `lost.rs`.

use std::collections::BTreeSet;

use crate::{App, Facts, Problem, lost, problem::SECRET_LOST, recipe::Anchored};

pub(super) fn lost(app: &App, facts: &Facts) -> Vec<Problem> {
    let waiting = facts.pods.iter().filter_map(|pod| pod.container.waiting.as_ref());
    let missing: BTreeSet<&str> = waiting.filter_map(|(_, message)| lost::missing(message)).collect();
    let problem = |(path, made): (String, &Anchored)| {
        let lost = missing.get(made.name().as_str()).and_then(|name| lost::with(facts, name))?;
        Some(Problem::new(&SECRET_LOST, path, lost.message).fix(lost.fix))
    };
    made(app).into_iter().filter_map(problem).collect()
}

/// Every Secret that the operator makes, and the field that asks for it.
fn made(app: &App) -> Vec<(String, &Anchored)> {
    let mut made = vec![];
    let mut stems: Vec<&str> = vec![];
    for secret in &app.secrets {
        let stem = secret.made.stem.as_str();
        let index = stems.iter().position(|known| *known == stem).unwrap_or_else(|| {
            stems.push(stem);
            stems.len() - 1
        });
        made.push((format!("spec.secrets[{index}].generate.{}", secret.key), &secret.made));
    }
    for (i, binding) in app.bindings.iter().enumerate() {
        made.extend(binding.service.iter().map(|service| (format!("spec.bindings[{i}].provision"), &service.made)));
    }
    made
}
