//! `lifecycle`: a time to live that can be told.

use aegis_crds::{AegisApp, rules};

use crate::{Problem, lifecycle, problem::BAD_DURATION};

pub(super) fn times(asked: &AegisApp) -> Vec<Problem> {
    let ttl = asked.spec.lifecycle.iter().filter_map(|lifecycle| lifecycle.ttl.as_ref());
    let bad = ttl.filter(|ttl| lifecycle::length(ttl).is_none());
    bad.map(|ttl| Problem::new(&BAD_DURATION, "spec.lifecycle.ttl", format!("{ttl:?} is no length of time: {}", rules::DURATION))).collect()
}
