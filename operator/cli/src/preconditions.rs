//! What must be true of this machine before a cluster is created. All checks run; it changes nothing.

mod kernel;
mod owner;
mod ports;
mod room;

use crate::engine::Engine;
use crate::failure::{Failure, Failures};
use crate::kind;
use crate::kind::port::PortMapping;

/// The engine, or everything that stands in the way at once.
pub fn check(engine: Result<Engine, Failure>, wanted: &[PortMapping]) -> Result<Engine, Failures> {
    let mut failures = Vec::new();
    let mut note = |check: Result<(), Failure>| failures.extend(check.err());
    note(kind::program("kind").map(drop));
    note(kind::program("kubectl").map(drop));
    if let Ok(engine) = &engine {
        note(room::disk(engine));
    }
    note(room::memory());
    for check in [kernel::overlay, kernel::controllers, kernel::bridge_netfilter] {
        note(check());
    }
    for port in wanted {
        note(ports::free(engine.as_ref().ok(), *port));
    }
    match engine {
        Ok(engine) if failures.is_empty() => Ok(engine),
        Ok(_) => Err(Failures(failures)),
        Err(failure) => Err(Failures([vec![failure], failures].concat())),
    }
}
