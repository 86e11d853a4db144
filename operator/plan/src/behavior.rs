//! Behaviors: what the operator makes of one and the same spec, numbered. A release keeps the behavior under which it was
//! accepted, so another operator restarts nothing. What a behavior renders is frozen in `tests/drift/behavior`.

use crate::{App, Problem, app::Revision, problem};

/// Behaviors that this operator renders, the oldest first: the newest, and the one before it at most.
pub const ALIVE: &[u32] = &[1, 2];
/// The behavior of releases that were recorded before behaviors were.
pub(crate) const FIRST: u32 = 1;

/// The behavior of what is accepted now.
pub(crate) fn newest() -> u32 {
    ALIVE[ALIVE.len() - 1]
}

/// Whether its pods are reached only by those that are allowed. What ran before this was must not lose its traffic to another
/// operator: it is closed by its next edit.
pub(crate) fn closes(revision: &Revision) -> bool {
    revision.behavior > FIRST
}

/// Whether this operator renders the release as it was.
pub(crate) fn is_alive(app: &App) -> bool {
    ALIVE.contains(&app.revision.behavior)
}

/// A release that this operator would render otherwise, and therefore leaves alone.
pub(crate) fn unknown(app: &App) -> Problem {
    let known: Vec<String> = ALIVE.iter().map(u32::to_string).collect();
    let (number, behavior, known) = (app.revision.number, app.revision.behavior, known.join(" and "));
    let message = format!("revision {number} has behavior {behavior}, and this operator renders {known} alone");
    Problem::new(&problem::UNKNOWN_BEHAVIOR, "metadata.name", message)
}
