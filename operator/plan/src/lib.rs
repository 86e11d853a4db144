//! What should exist: from an AegisApp and the facts to a plan and a status.
//! Pure: no client, no clock, no environment, no files. What the cluster says comes in as `Facts`.

pub mod accept;
pub mod adoption;
pub mod app;
pub mod canonical;
pub mod child;
pub mod children;
pub mod drift;
pub mod facts;
pub mod kinds;
pub mod leftovers;
mod lost;
pub mod names;
pub mod needs;
mod parts;
pub mod problem;
pub mod queues;
pub mod recipe;
pub mod scale;
pub mod stage;
pub mod status;
pub mod step;
mod stuck;

pub use accept::{Accepted, Unfit, accept};
pub use app::App;
pub use child::{Owner, Planned, Size};
pub use facts::{Facts, Key, Seen};
pub use kinds::Kind;
pub use leftovers::Leftover;
pub use needs::{Held, Lacking};
pub use problem::{Code, Problem};
pub use stage::Stage;
pub use status::{Done, Undone, status};
pub use step::Step;

/// Everything that should exist now, and what is no longer wanted.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How far the release may go.
    pub stage: Stage,
    /// Objects that should exist, in apply order.
    pub wanted: Vec<Planned>,
    /// Objects of the app that nothing wants any more; empty until a release is complete.
    pub leftovers: Vec<Leftover>,
}

/// Plans `app`. While its migration has not succeeded, the roles of `serving`, the release that runs, stay wanted as they are.
pub fn plan(app: &App, serving: Option<&App>, facts: &Facts) -> Plan {
    let stage = stage::of(app, facts);
    let wanted = stage::wanted(stage, app, serving, facts);
    let leftovers = leftovers::leftovers(app, &wanted, stage, facts);
    Plan { stage, wanted, leftovers }
}

/// Everything `app` will have once its release has settled, in apply order: what `render` shows without a cluster.
pub fn everything(app: &App) -> Vec<Planned> {
    children::CHILDREN.iter().flat_map(|child| child.plan(app)).collect()
}
