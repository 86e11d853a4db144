//! What stopped a command: what failed, why, and what to do about it. It does not print; `output` does.

use std::fmt::Display;

use thiserror::Error;

/// One thing that went wrong, with its cure.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{what}: {why}")]
pub struct Failure {
    /// What failed, named so that the reader finds it: a step, a file and line, a port.
    pub what: String,
    /// Why, in the words of whoever refused.
    pub why: String,
    /// What to do about it.
    pub fix: String,
}

impl Failure {
    pub fn new(what: impl Display, why: impl Display, fix: impl Display) -> Self {
        Self { what: what.to_string(), why: why.to_string().trim_end().to_owned(), fix: fix.to_string() }
    }
}

/// Everything that stopped a command; several when they could be found at once.
#[derive(Debug)]
pub struct Failures(pub Vec<Failure>);

impl From<Failure> for Failures {
    fn from(failure: Failure) -> Self {
        Self(vec![failure])
    }
}
