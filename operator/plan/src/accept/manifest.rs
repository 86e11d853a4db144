//! A manifest and what is written beside the reference to it: the spec that both make.
//! What is wrong in a manifest was found when it was read.

use std::borrow::Cow;

use aegis_crds::{AegisApp, AegisAppSpec, rules};
use k8s_openapi::api::core::v1::EnvVar;
use serde_json::json;

use crate::{
    Facts, Problem,
    facts::{Fault, Manifest},
    problem::{MANIFEST_AND_INLINE, MANIFEST_REFUSED, MANIFEST_SOURCE, MANIFEST_UNAVAILABLE, UNDECODABLE},
};

/// Words that may stand beside a manifest.
const BESIDE: [&str; 11] =
    ["config", "dev", "env", "image", "imagePullPolicy", "imagePullSecrets", "lifecycle", "manifest", "paused", "rollout", "suspended"];

/// Where a manifest stands, told twice, not at all or too loosely.
pub(super) fn sources(asked: &AegisApp) -> Vec<Problem> {
    let Some(source) = &asked.spec.manifest else { return vec![] };
    let mut problems = vec![];
    if source.config_map_ref.is_some() == source.s3.is_some() {
        problems.push(Problem::new(&MANIFEST_SOURCE, "spec.manifest", rules::ONE_MANIFEST));
    }
    if source.s3.is_some() && source.digest.is_none() {
        problems.push(Problem::new(&MANIFEST_SOURCE, "spec.manifest.digest", rules::PINNED_MANIFEST));
    }
    problems
}

/// Sections that are written beside a manifest, which has them itself.
pub(super) fn inline(asked: &AegisApp) -> Vec<Problem> {
    if asked.spec.manifest.is_none() {
        return vec![];
    }
    let spec = json!(asked.spec);
    let words = spec.as_object().into_iter().flat_map(|words| words.keys()).filter(|word| !BESIDE.contains(&word.as_str()));
    words.map(|word| Problem::new(&MANIFEST_AND_INLINE, format!("spec.{word}"), rules::MANIFEST_OR_INLINE)).collect()
}

/// The resource with the sections of its manifest, or why there are none.
pub(super) fn composed<'a>(asked: &'a AegisApp, facts: &Facts) -> Result<Cow<'a, AegisApp>, Vec<Problem>> {
    if asked.spec.manifest.is_none() {
        return Ok(Cow::Borrowed(asked));
    }
    let told = |code, Fault { message, fix }: &Fault| Problem::new(code, "spec.manifest", message).fix(fix);
    match &facts.manifest {
        Some(Manifest::Spec(text)) => match text.decode::<AegisAppSpec>() {
            Ok(below) => Ok(Cow::Owned(AegisApp { spec: over(below, &asked.spec), metadata: asked.metadata.clone(), status: None })),
            Err(error) => Err(vec![Problem::new(&UNDECODABLE, "spec.manifest", error.to_string())]),
        },
        Some(Manifest::Refused(faults)) => Err(faults.iter().map(|fault| told(&MANIFEST_REFUSED, fault)).collect()),
        Some(Manifest::Unavailable(fault)) => Err(vec![told(&MANIFEST_UNAVAILABLE, fault)]),
        None if sources(asked).is_empty() => {
            Err(vec![Problem::new(&MANIFEST_UNAVAILABLE, "spec.manifest", "the manifest was not looked at yet")])
        }
        None => Err(vec![]),
    }
}

/// What is written beside a manifest lies over it.
fn over(below: AegisAppSpec, asked: &AegisAppSpec) -> AegisAppSpec {
    let pull_secrets = if asked.image_pull_secrets.is_empty() { below.image_pull_secrets } else { asked.image_pull_secrets.clone() };
    AegisAppSpec {
        image: asked.image.clone(),
        image_pull_policy: asked.image_pull_policy.or(below.image_pull_policy),
        image_pull_secrets: pull_secrets,
        env: variables(below.env, &asked.env),
        config: below.config.into_iter().chain(asked.config.clone()).collect(),
        rollout: asked.rollout.clone().or(below.rollout),
        lifecycle: asked.lifecycle.clone(),
        dev: asked.dev.clone(),
        suspended: asked.suspended,
        ..below
    }
}

/// Variables by name: those above replace those below where these stand, others follow.
fn variables(below: Vec<EnvVar>, above: &[EnvVar]) -> Vec<EnvVar> {
    let named = |name: &str| above.iter().find(|variable| variable.name == name);
    let is_new = |variable: &&EnvVar| !below.iter().any(|known| known.name == variable.name);
    let more: Vec<EnvVar> = above.iter().filter(is_new).cloned().collect();
    below.into_iter().map(|variable| named(&variable.name).cloned().unwrap_or(variable)).chain(more).collect()
}
