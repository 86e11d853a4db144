//! `auth`: lengths of time that can be told and fit each other.

use aegis_crds::{AegisApp, auth::Jwt, rules};
use jiff::SignedDuration;

use super::defaults;
use crate::{
    Problem, lifecycle,
    problem::{BAD_DURATION, OVERLAP_TOO_LONG, ROTATES_OFTEN},
};

const OFTEN: SignedDuration = SignedDuration::from_hours(1);

pub(super) fn times(asked: &AegisApp) -> Vec<Problem> {
    let Some(Jwt { rotate_every, overlap, .. }) = asked.spec.auth.as_ref().map(|auth| &auth.jwt) else { return vec![] };
    let written = [("rotateEvery", rotate_every), ("overlap", overlap)];
    let bad = |(field, text): (&str, &Option<String>)| {
        let text = text.as_ref().filter(|text| lifecycle::length(text).is_none())?;
        Some(Problem::new(&BAD_DURATION, format!("spec.auth.jwt.{field}"), format!("{text:?} is no length of time: {}", rules::DURATION)))
    };
    let mut problems: Vec<Problem> = written.into_iter().filter_map(bad).collect();
    if !problems.is_empty() {
        return problems;
    }
    let (every, overlap) = (defaults::rotate_every(rotate_every.as_deref()), defaults::overlap(overlap.as_deref()));
    if overlap >= every {
        problems.push(Problem::new(&OVERLAP_TOO_LONG, "spec.auth.jwt", rules::OVERLAP));
    }
    if every < OFTEN {
        problems.push(Problem::new(&ROTATES_OFTEN, "spec.auth.jwt.rotateEvery", format!("the api restarts every {} s", every.as_secs())));
    }
    problems
}
