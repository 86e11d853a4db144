//! The wanted objects of one plan, brought about wave by wave. One that fails does not stop the others.
//! How one object is brought about is told in `bring.rs`; nothing here waits or tries again.

use std::{collections::BTreeMap, time::Duration};

use aegis_crds::status::InventoryEntry;
use aegis_plan::{
    App, Facts, Held, Key, Lacking, Plan, Planned, Unfit,
    status::{Done, Undone},
};
use futures::future::join_all;
use tokio::time::Instant;

use crate::{
    bring::{Brought, Ground, bring},
    inventory, keys,
    strangers::Stranger,
    waves::waves,
    world::World,
};

/// Time for each object after one for which the server did not answer: the others have their chance, and the look its end.
const HASTE: Duration = Duration::from_secs(1);
/// Time after which what is left waits for the next look, so that this one still reports.
const LIMIT: Duration = Duration::from_secs(30);

/// What became of a plan.
pub struct Applied {
    /// What is recorded and what failed.
    pub done: Done,
    /// Whether every object is there as wanted.
    pub is_complete: bool,
    /// Whether anything was written.
    pub has_written: bool,
    /// Objects of somebody else that stand in the way.
    pub strangers: Vec<Stranger>,
}

impl Applied {
    /// Of no plan: everything stays as recorded.
    pub fn nothing(facts: &Facts) -> Self {
        let done = Done { inventory: facts.status.inventory.clone(), ..Done::default() };
        Self { done, is_complete: false, has_written: false, strangers: vec![] }
    }
}

/// Brings about what a plan wants; nothing on what is `unfit`, on what fails, or on what is somebody else's.
pub async fn apply(world: &World, app: &App, plan: &Plan, unfit: &[Unfit], facts: &Facts) -> Applied {
    let mut pass = Pass {
        ground: Ground { world, app, facts, written: BTreeMap::new() },
        entries: BTreeMap::new(),
        failures: vec![],
        lacking: Lacking::of(unfit),
        held: vec![],
        strangers: vec![],
        is_waiting: false,
        is_unanswered: false,
        has_written: false,
    };
    let started = Instant::now();
    for wave in waves(&plan.wanted) {
        if started.elapsed() > LIMIT {
            pass.is_waiting = true;
            break;
        }
        pass.take(&wave).await;
    }
    pass.make_key().await;
    let inventory = inventory::merge(plan, facts, pass.entries);
    Applied {
        is_complete: pass.failures.is_empty() && pass.held.is_empty() && !pass.is_waiting,
        has_written: pass.has_written,
        strangers: pass.strangers,
        done: Done { inventory, failures: pass.failures, held: pass.held },
    }
}

/// One way through the wanted objects.
struct Pass<'a> {
    ground: Ground<'a>,
    entries: BTreeMap<Key, InventoryEntry>,
    failures: Vec<Undone>,
    lacking: Lacking,
    held: Vec<Held>,
    strangers: Vec<Stranger>,
    is_waiting: bool,
    is_unanswered: bool,
    has_written: bool,
}

impl Pass<'_> {
    async fn take(&mut self, wave: &[&Planned]) {
        let mut free = vec![];
        for planned in wave {
            match self.lacking.lacks(planned) {
                Some(lacks) => self.held.push(Held { key: key(planned), lacks }),
                None => free.push(*planned),
            }
        }
        let limit = self.is_unanswered.then_some(HASTE);
        let brought = join_all(free.iter().map(|planned| bring(&self.ground, planned, limit))).await;
        free.into_iter().zip(brought).for_each(|(planned, brought)| self.end(planned, brought));
    }

    /// Makes the signing key that is due. What needs it is brought about once its public half is seen.
    async fn make_key(&mut self) {
        let Ground { world, app, .. } = self.ground;
        let Some(wish) = app.auth.as_ref().and_then(|auth| auth.keys.wish.as_ref()) else { return };
        let keys::Made { end, has_written } = keys::make(world, app, wish).await;
        self.has_written |= has_written;
        match end {
            Ok(entries) => self.entries.extend(entries.map(|entry| (Key { kind: entry.kind.clone(), name: entry.name.clone() }, entry))),
            Err((key, failure)) => self.failures.push(world.undone(app, key, "auth", &failure)),
        }
    }

    fn end(&mut self, planned: &Planned, Brought { end, written, stranger, has_written }: Brought) {
        self.has_written |= has_written;
        self.ground.written.extend(written.map(|seen| (seen.key.clone(), seen)));
        self.strangers.extend(stranger);
        match end {
            Ok(Some(entry)) => drop(self.entries.insert(key(planned), entry)),
            Ok(None) => {
                self.lacking.note(planned);
                self.is_waiting = true;
            }
            Err(failure) => {
                self.is_unanswered |= failure.is_unanswered();
                if failure.leaves_nothing() {
                    self.lacking.note(planned);
                }
                self.failures.push(self.ground.world.undone(self.ground.app, key(planned), planned.section, &failure));
            }
        }
    }
}

fn key(planned: &Planned) -> Key {
    Key { kind: planned.kind.kind.to_owned(), name: planned.name.clone() }
}
