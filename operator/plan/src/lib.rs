//! What should exist: from an AegisApp and the facts to a plan and a status.
//! Pure: no client, no clock, no environment, no files. What the cluster says comes in as `Facts`.

pub mod accept;
pub mod adoption;
pub mod app;
pub mod behavior;
pub mod canonical;
pub mod child;
pub mod children;
pub mod contract;
pub mod cron;
mod dev;
mod drain;
pub mod drift;
pub mod facts;
mod foreign;
pub mod keys;
pub mod kinds;
pub mod leftovers;
pub mod lifecycle;
mod lost;
mod migration;
pub mod names;
pub mod nearest;
pub mod needs;
mod parts;
pub mod problem;
pub mod queues;
pub mod recipe;
mod rollout;
pub mod scale;
mod schedules;
pub mod stage;
mod standing;
pub mod status;
pub mod step;
mod stuck;

use aegis_crds::AegisApp;
use jiff::Timestamp;

use standing::Standing;

pub use accept::{Accepted, Unfit, accept};
pub use app::App;
pub use child::{Owner, Planned, Size};
pub use drain::Draining;
pub use facts::{Facts, Key, Seen};
pub use kinds::Kind;
pub use leftovers::Leftover;
pub use needs::{Held, Lacking};
pub use problem::{Code, Problem};
pub use rollout::Setback;
pub use stage::Stage;
pub use status::{Done, Undone, status};
pub use step::Step;

/// Everything that should exist now, and what is no longer wanted.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How far the release may go.
    pub stage: Stage,
    /// The roles of the release.
    pub roles: Vec<Moving>,
    /// Objects that should exist, in apply order.
    pub wanted: Vec<Planned>,
    /// Pools that come to rest before they become what is wanted.
    pub draining: Vec<Draining>,
    /// Objects of the app that nothing wants any more; empty until a release is complete.
    pub leftovers: Vec<Leftover>,
    /// When time alone decides about the release.
    pub due: Option<Timestamp>,
}

/// Plans the app that was accepted, if any was. Roles that may not move to it yet stay wanted as they are.
pub fn plan(accepted: &Accepted, facts: &Facts) -> Option<Plan> {
    let app = accepted.app.as_ref()?;
    let standing = Standing::of(app, &accepted.before, facts);
    let stage = stage::of(&standing);
    let mut wanted = stage::wanted(stage, &standing);
    wanted.splice(0..0, left(accepted, facts));
    let draining = drain::hold_back(&mut wanted, &standing);
    let leftovers = leftovers::leftovers(app, &wanted, stage, facts);
    Some(Plan { stage, roles: standing.moving(), wanted, draining, leftovers, due: accepted.due })
}

/// What stays of a release that another one has taken the place of: its record, and the migration that failed with its log.
fn left(accepted: &Accepted, facts: &Facts) -> Vec<Planned> {
    let Some(Setback { app, .. }) = accepted.setback.as_ref().filter(|setback| setback.instead.is_some()) else { return vec![] };
    let failed = if migration::has_failed(app, facts) { children::of(app, "migration") } else { vec![] };
    [vec![children::revision(app)], failed].concat()
}

/// When the answer will be another although nothing changes but the time.
pub fn due(asked: &AegisApp, accepted: &Accepted, plan: Option<&Plan>, facts: &Facts) -> Option<Timestamp> {
    let runs = accepted.app.as_ref().and_then(|app| schedules::due(app, facts));
    let end = lifecycle::due(asked, accepted, facts);
    let keys = accepted.app.as_ref().and_then(|app| keys::due(app, facts));
    plan.and_then(|plan| plan.due).into_iter().chain(runs).chain(end).chain(keys).chain(dev::due(asked, facts)).min()
}

/// A role in a rollout.
#[derive(Clone, Debug)]
pub struct Moving {
    /// Digest of its body.
    pub hash: String,
    /// Whether the release before has it otherwise.
    pub moves: bool,
}

/// Everything `app` will have once its release has settled, in apply order: what `render` shows without a cluster.
pub fn everything(app: &App) -> Vec<Planned> {
    children::CHILDREN.iter().flat_map(|child| child.plan(app)).collect()
}
