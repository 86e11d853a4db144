//! One wanted object, brought about: created, taken over, applied, put back, or left alone.
//! Which step it needs is decided by the plan; nothing here waits or tries again.

use std::{collections::BTreeMap, time::Duration};

use aegis_crds::status::InventoryEntry;
use aegis_plan::{App, Facts, Key, Owner, Planned, Seen, Step, adoption, child::ANCHOR, facts::Detail, step};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::{
    failure::{Failure, Refusal},
    holds::holds,
    inventory,
    lean::Lean,
    place::Place,
    seen,
    strangers::Stranger,
    watch,
    world::World,
    write::{Change, Contest},
};

/// What the work on every object of a plan stands on.
pub struct Ground<'a> {
    pub world: &'a World,
    pub app: &'a App,
    pub facts: &'a Facts,
    /// What was written before.
    pub written: BTreeMap<Key, Seen>,
}

/// What became of one object.
pub struct Brought {
    /// Its record; none if it has to wait for something to go or to come.
    pub end: Result<Option<InventoryEntry>, Failure>,
    /// The object, if it was written.
    pub written: Option<Seen>,
    /// Whose it is, if it is somebody else's.
    pub stranger: Option<Stranger>,
    /// Whether anything was written.
    pub has_written: bool,
}

/// Brings about one object, within `limit` if there is one.
pub async fn bring(ground: &Ground<'_>, planned: &Planned, limit: Option<Duration>) -> Brought {
    let mut hand = Hand { ground, written: None, stranger: None, has_written: false };
    let end = match limit {
        Some(limit) => timeout(limit, hand.one(planned)).await.unwrap_or(Err(Failure::Hurried(limit))),
        None => hand.one(planned).await,
    };
    Brought { end, written: hand.written, stranger: hand.stranger, has_written: hand.has_written }
}

/// The work on one object.
struct Hand<'a> {
    ground: &'a Ground<'a>,
    written: Option<Seen>,
    stranger: Option<Stranger>,
    has_written: bool,
}

impl Hand<'_> {
    async fn one(&mut self, planned: &Planned) -> Result<Option<InventoryEntry>, Failure> {
        if planned.kind.is_write_only() { self.brew(planned).await } else { self.bring(planned).await }
    }

    /// None: it has to wait for something to go or to come.
    async fn bring(&mut self, planned: &Planned) -> Result<Option<InventoryEntry>, Failure> {
        let place = Place::of(planned, &self.ground.app.namespace);
        let entry = self.ground.facts.entry(planned.kind.kind, &planned.name);
        let mut found = self.ground.facts.child(planned.kind.kind, &planned.name).cloned();
        // What is filed under this app and has an owner is owned by an app of this name.
        let mut is_namesakes = found.as_ref().is_some_and(|seen| !seen.owners.is_empty());
        let mut next = step::step(planned, self.ground.app, found.as_ref(), entry);
        if next == Step::Create {
            match self.create(planned, &place).await {
                Err(refusal) if refusal.is_taken() => {
                    let Some(lean) = self.ground.world.reader.look(&place).await.map_err(Failure::Read)? else {
                        // gone between the two, it is nobody whose end would be told
                        return self.create(planned, &place).await.map(Some).map_err(Failure::Create);
                    };
                    is_namesakes = seen::owner(&lean.metadata) == Some(self.ground.app.name.as_str());
                    found = Some(seen::seen(&place.kind, lean));
                    next = step::step(planned, self.ground.app, found.as_ref(), entry);
                }
                end => return end.map(Some).map_err(Failure::Create),
            }
        }
        if next == Step::Tell {
            return self.leave(planned, &place, found, entry).await;
        }
        let (next, Some(seen)) = (next, found) else { return Ok(None) };
        if matches!(next, Step::Apply { .. } | Step::Adopt { .. }) && self.is_left_behind(planned, &seen).await? {
            return Ok(None);
        }
        let seen = match next {
            Step::Create | Step::Wait | Step::Tell => return Ok(None),
            Step::Foreign => {
                let failure = self.taken(&place, &seen, is_namesakes);
                self.stranger = Some(Stranger { place, seen });
                return Err(failure);
            }
            Step::Skip => seen,
            Step::Apply { uid, convert } => self.apply(planned, &place, &uid, convert).await?,
            Step::Adopt { uid, convert } => self.adopt(planned, &place, &uid, convert).await?,
        };
        let seen = self.resize(planned, &place, seen, entry).await?;
        Ok(Some(inventory::entry(planned, &seen)))
    }

    async fn create(&mut self, planned: &Planned, place: &Place) -> Result<InventoryEntry, Refusal> {
        let lean = self.ground.world.writer.create(place, &first_body(planned)).await?;
        let seen = self.note(place, lean);
        Ok(inventory::entry(planned, &seen))
    }

    /// Whether an object would be given back to an app that goes. Who deletes an app and keeps its objects takes them from it
    /// first; given back, they would go with it.
    async fn is_left_behind(&self, planned: &Planned, seen: &Seen) -> Result<bool, Failure> {
        let Ground { world, app, .. } = self.ground;
        if planned.owner != Owner::App || seen.owners.contains(&app.uid) {
            return Ok(false);
        }
        world.reader.stays(app).await.map(|stays| !stays).map_err(Failure::Read)
    }

    async fn apply(&mut self, planned: &Planned, place: &Place, uid: &str, convert: bool) -> Result<Seen, Failure> {
        if convert {
            self.take_over(planned, place, uid).await?;
        }
        let lean = match self.ground.world.writer.apply(place, uid, &planned.body.value()).await {
            Err(refusal) if refusal.is_invalid() => self.repair(planned, place, uid, refusal).await?,
            answer => answer.map_err(Failure::Apply)?,
        };
        Ok(self.note(place, lean))
    }

    /// Makes an object the app's own. One apply, of which nothing comes when the server refuses it.
    async fn adopt(&mut self, planned: &Planned, place: &Place, uid: &str, convert: bool) -> Result<Seen, Failure> {
        if convert {
            self.take_over(planned, place, uid).await?;
        }
        let lean = self.ground.world.writer.apply(place, uid, &planned.body.value()).await.map_err(Failure::Adopt)?;
        Ok(self.note(place, lean))
    }

    /// Why an object of somebody else cannot be had.
    fn taken(&self, place: &Place, seen: &Seen, is_namesakes: bool) -> Failure {
        if is_namesakes {
            return Failure::Predecessor;
        }
        if adoption::consents(seen, &self.ground.app.name) {
            return Failure::Owned;
        }
        let object = format!("-n {} {}/{}", place.namespace, place.kind.kind.to_lowercase(), place.name);
        Failure::NameTaken { object, app: self.ground.app.name.clone() }
    }

    /// Leaves an object as somebody else made it, but for its replicas, and its record as it is. Once it is put back, its
    /// fields are taken back.
    async fn leave(
        &mut self,
        planned: &Planned,
        place: &Place,
        found: Option<Seen>,
        entry: Option<&InventoryEntry>,
    ) -> Result<Option<InventoryEntry>, Failure> {
        let (Some(seen), Some(record)) = (found, entry) else { return Ok(entry.cloned()) };
        let object = self.ground.world.reader.whole(place).await.map_err(Failure::Read)?;
        if holds(&planned.body.value(), &object) {
            let convert = seen.fields.as_ref().is_some_and(|fields| fields.is_update);
            let seen = self.apply(planned, place, &seen.uid, convert).await?;
            return Ok(Some(inventory::entry(planned, &seen)));
        }
        let seen = self.resize(planned, place, seen, entry).await?;
        Ok(Some(InventoryEntry { size: inventory::entry(planned, &seen).size, ..record.clone() }))
    }

    /// A rival's edit may stand in a list beside what is applied, and be refused there: two ports of one name. Then the
    /// lists are put back as a whole.
    async fn repair(&mut self, planned: &Planned, place: &Place, uid: &str, refusal: Refusal) -> Result<Lean, Failure> {
        if self.ground.world.writer.impose(place, uid, &planned.body.value()).await.is_err() {
            return Err(Failure::Apply(refusal));
        }
        self.take_over(planned, place, uid).await?;
        self.ground.world.writer.apply(place, uid, &planned.body.value()).await.map_err(Failure::Apply)
    }

    /// Hands replicas over to their own manager, and makes the entry of the create one of an apply. Where there is one of an
    /// apply already, that of a repair goes.
    async fn take_over(&mut self, planned: &Planned, place: &Place, uid: &str) -> Result<(), Failure> {
        let whole = if planned.size.is_some() { Change::Split } else { Change::Convert };
        // the entry of a create is the first, and whole unless somebody has scaled since
        match self.ground.world.writer.convert(place, uid, 0, whole).await {
            Err(refusal) if refusal.is_invalid() => {}
            answer => return answer.map(drop).map_err(Failure::Convert),
        }
        let lean = self.ground.world.reader.look(place).await.map_err(Failure::Read)?;
        let Some(mut lean) = lean.filter(|lean| lean.metadata.uid.as_deref() == Some(uid)) else { return Ok(()) };
        if let Some(size) = planned.size {
            let count = lean.spec.replicas.unwrap_or(size.count());
            lean = self.ground.world.writer.resize(place, uid, count, Contest::Yield).await.map_err(Failure::Resize)?;
        }
        let entries = lean.metadata.managed_fields.unwrap_or_default();
        if let Some((index, _)) = seen::own_entry(&entries, "Update") {
            let change = if seen::own_entry(&entries, "Apply").is_some() { Change::Remove } else { Change::Convert };
            self.ground.world.writer.convert(place, uid, index, change).await.map_err(Failure::Convert)?;
        }
        Ok(())
    }

    async fn resize(&mut self, planned: &Planned, place: &Place, seen: Seen, entry: Option<&InventoryEntry>) -> Result<Seen, Failure> {
        let Some(size) = planned.size else { return Ok(seen) };
        let recorded = entry.filter(|entry| entry.uid == seen.uid).and_then(|entry| entry.size.as_deref());
        let current = match &seen.detail {
            Detail::Workload(workload) => Some(workload.replicas),
            _ => None,
        };
        let Some(count) = step::resize(size, recorded, current) else { return Ok(seen) };
        let lean = self.ground.world.writer.resize(place, &seen.uid, count, Contest::Force).await.map_err(Failure::Resize)?;
        Ok(self.note(place, lean))
    }

    /// Makes a Secret once for its anchor. None: its name is not known before the anchor has a uid.
    async fn brew(&mut self, planned: &Planned) -> Result<Option<InventoryEntry>, Failure> {
        let Owner::Anchor { name, uid: Some(uid) } = &planned.owner else { return Ok(None) };
        let entry = self.ground.facts.entry(planned.kind.kind, &planned.name);
        let record = InventoryEntry { uid: uid.clone(), ..inventory::entry(planned, &Seen::default()) };
        // the anchor may have been made again in this very round
        let is_it =
            self.ground.written.get(&Key { kind: ANCHOR.kind.to_owned(), name: name.clone() }).is_none_or(|anchor| anchor.uid == *uid);
        match step::step(planned, self.ground.app, None, entry) {
            Step::Create if is_it => {}
            Step::Skip if is_it => return Ok(Some(entry.cloned().unwrap_or(record))),
            _ => return Ok(None),
        }
        let place = Place::of(planned, &self.ground.app.namespace);
        match self.ground.world.writer.create(&place, &secret_body(planned, name, uid)).await {
            // The name holds the uid of its anchor: it can only be the one of a round whose record was lost.
            Err(refusal) if !refusal.is_taken() => Err(Failure::Create(refusal)),
            _ => {
                self.has_written = true;
                Ok(Some(record))
            }
        }
    }

    /// Keeps what a write answered, here for later objects and in the cache for the next round.
    fn note(&mut self, place: &Place, lean: Lean) -> Seen {
        self.has_written = true;
        self.ground.world.cache.note(watch::child(place.kind, lean.clone()));
        let seen = seen::seen(&place.kind, lean);
        self.written = Some(seen.clone());
        seen
    }
}

/// The body of a create, which holds replicas too.
fn first_body(planned: &Planned) -> Value {
    let mut body = planned.body.value();
    if let Some(size) = planned.size {
        body["spec"]["replicas"] = size.count().into();
    }
    body
}

/// The body of a Secret with data that exists nowhere else.
fn secret_body(planned: &Planned, anchor: &str, uid: &str) -> Value {
    let mut body = planned.body.value();
    body["metadata"]["ownerReferences"] = json!([{"apiVersion": ANCHOR.api_version(), "kind": ANCHOR.kind, "name": anchor, "uid": uid}]);
    let mut random = |bytes: &mut [u8]| getrandom::fill(bytes).expect("the system has randomness");
    body["stringData"] = json!(planned.recipe.as_ref().map(|recipe| recipe.brew(&mut random)));
    body
}
