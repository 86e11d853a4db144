//! Backing services of an accepted app: described by a Secret of somebody else, or run by the operator.

use std::collections::BTreeMap;

use super::Claim;
use crate::recipe::Anchored;

/// A backing service.
#[derive(Clone, Debug)]
pub struct Binding {
    /// Its name.
    pub name: String,
    /// Name of the Secret of somebody else that describes it; empty when the operator makes one.
    pub reference: String,
    /// Version of a Secret that others change.
    pub version: Option<String>,
    /// Key of that Secret with the certificates of the server's authority.
    pub ca_key: Option<String>,
    /// Variables as templates over the Secret's keys.
    pub env: BTreeMap<String, String>,
    /// What the operator runs for it.
    pub service: Option<Service>,
}

/// A service that the operator runs.
#[derive(Clone, Debug)]
pub struct Service {
    /// Name of its objects.
    pub object: String,
    /// Its Secret.
    pub made: Anchored,
    /// What it is.
    pub engine: Engine,
    /// Its claim.
    pub claim: Claim,
}

/// Services that can be provisioned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// PostgreSQL.
    Postgres,
    /// Redis.
    Redis,
}

impl Engine {
    /// As a binding's `type` says it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Redis => "redis",
        }
    }
}
