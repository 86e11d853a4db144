//! What an app costs the server in requests, from its audit log: exact, and sorted by what they are for.
//! It times nothing.

use std::collections::BTreeMap;

use aegis_tests::server::audit::{self, Asked};
use serde::Serialize;

use crate::floor::count;

/// Requests per app.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Requests {
    /// All but the Lease's.
    pub all: f64,
    /// Creates of children.
    pub creates: f64,
    /// Later writes to children.
    pub later: f64,
    /// Writes of a status.
    pub statuses: f64,
    /// Events published.
    pub events: f64,
    /// Reads.
    pub reads: f64,
    /// Each verb and resource.
    pub each: BTreeMap<String, f64>,
}

/// Requests of the operator per app, while that many apps came up.
pub fn per_app(asked: &[Asked], apps: usize) -> Requests {
    let asked: Vec<&Asked> = asked.iter().filter(|asked| !is_apart(asked)).collect();
    let share = |is_it: fn(&Asked) -> bool| count(asked.iter().filter(|asked| is_it(asked)).count()) / count(apps);
    let each = audit::counted(asked.iter().copied()).into_iter();
    Requests {
        all: share(|_| true),
        creates: share(|asked| asked.verb == "create" && asked.resource != "events"),
        later: share(|asked| asked.is_write() && asked.verb != "create" && asked.resource != "aegisapps/status"),
        statuses: share(|asked| asked.resource == "aegisapps/status"),
        events: share(|asked| asked.verb == "create" && asked.resource == "events"),
        reads: share(|asked| !asked.is_write()),
        each: each.map(|((verb, resource), number)| (format!("{verb} {resource}"), count(number) / count(apps))).collect(),
    }
}

/// Writes that change something of an app, or read it alone.
pub fn of_apps(asked: &[Asked]) -> Vec<String> {
    asked.iter().filter(|asked| !is_apart(asked)).map(ToString::to_string).collect()
}

/// What belongs to no app: the Lease, and the first lists.
fn is_apart(asked: &Asked) -> bool {
    asked.resource == "leases" || (asked.verb == "list" && asked.namespace.is_empty())
}
