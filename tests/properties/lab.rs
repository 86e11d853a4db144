//! A cluster that takes every write at once, and an operator that looks at it until it rests or dies in between.
//! Steps, stages and leftovers are the planner's; here they are only carried out.

use std::collections::BTreeMap;

use aegis_crds::AegisApp;
use aegis_plan::{
    Accepted, App, Done, Facts, Held, Key, Lacking, Owner, Plan, Planned, Seen, Stage, Step, accept, canonical, children, facts::Fields,
    plan, status, step,
};
use aegis_tests::{cluster, keys};
use serde_json::json;

/// More looks than a release with a migration and bindings needs.
const LOOKS: usize = 20;

/// A cluster with one app in it.
#[derive(Clone)]
pub struct Cluster {
    /// What is seen of it.
    pub facts: Facts,
    /// Digest of each object as last written.
    pub written: BTreeMap<Key, String>,
    /// What was deleted.
    pub deleted: Vec<Seen>,
    /// The anchor of each Secret.
    anchors: BTreeMap<Key, String>,
    /// Digest of each object as last written, where a Secret goes by its anchor.
    comparable: BTreeMap<Key, String>,
    writes: usize,
}

impl Cluster {
    pub fn empty() -> Self {
        Self {
            facts: cluster::empty(),
            written: BTreeMap::new(),
            deleted: vec![],
            anchors: BTreeMap::new(),
            comparable: BTreeMap::new(),
            writes: 0,
        }
    }

    /// Looks until nothing is left to do; says what was wanted in the end, or None when nothing was ever accepted.
    pub fn settle(&mut self, asked: &AegisApp) -> Option<Plan> {
        for _ in 0..LOOKS {
            let before = (self.writes, self.facts.status.clone());
            let plan = self.look(asked, usize::MAX)?;
            if plan.stage == Stage::Settled && before == (self.writes, self.facts.status.clone()) {
                return Some(plan);
            }
        }
        panic!("the app does not rest after {LOOKS} looks")
    }

    /// One look, which ends without a word after so many writes. A crash loses the status, but no object.
    pub fn look(&mut self, asked: &AegisApp, writes: usize) -> Option<Plan> {
        // no worker of the lab has a task
        let rested = asked.spec.workers.iter().map(|worker| worker.name.clone()).collect();
        let facts = Facts { rested, ..self.facts.clone() };
        let accepted = accept(asked, &facts);
        let app = accepted.app.as_ref()?;
        let plan = plan(&accepted, &facts)?;
        let (ready, held) = ready(&accepted, &plan);
        let due: Vec<&Planned> = ready.into_iter().filter(|planned| is_due(planned, app, &facts)).collect();
        due.iter().take(writes).for_each(|planned| self.write(app, planned));
        if due.len() > writes {
            self.facts.status = facts.status;
            return Some(plan);
        }
        let writes = writes - due.len();
        let Some(writes) = self.make_key(app, writes) else {
            self.facts.status = facts.status;
            return Some(plan);
        };
        // nothing goes before all that is wanted is there
        let leftovers = if held.is_empty() { plan.leftovers.as_slice() } else { &[] };
        for leftover in leftovers.iter().take(writes) {
            self.delete(&leftover.key, &leftover.uid);
        }
        if leftovers.len() > writes {
            self.facts.status = facts.status;
            return Some(plan);
        }
        let done = Done { inventory: self.facts.status.inventory.clone(), failures: vec![], held };
        self.facts.status = status(asked, &accepted, Some(&plan), &facts, &done);
        Some(plan)
    }

    /// Objects and what was last written to each; a revision and a Job tell of the way and not of its end. A Secret goes by
    /// its anchor, for its name holds the anchor's uid.
    pub fn state(&self) -> BTreeMap<Key, String> {
        let is_state = |key: &Key| !["ControllerRevision", "Job"].contains(&key.kind.as_str());
        let named = |key: &Key| Key { kind: key.kind.clone(), name: self.anchors.get(key).unwrap_or(&key.name).clone() };
        self.written.keys().filter(|key| is_state(key)).map(|key| (named(key), self.comparable[key].clone())).collect()
    }

    /// Makes the signing key that is due, as the writer does: how many writes are left, or none when it dies meanwhile.
    fn make_key(&mut self, app: &App, mut writes: usize) -> Option<usize> {
        let Some((keys, wish)) = app.auth.as_ref().and_then(|auth| Some((&auth.keys, auth.keys.wish.as_ref()?))) else {
            return Some(writes);
        };
        for leftover in &keys.abandoned {
            writes = writes.checked_sub(1)?;
            self.delete(&leftover.key, &leftover.uid);
        }
        let mut key = keys::public(app, wish);
        let [anchor, _] = children::key(app, &key);
        writes = writes.checked_sub(1)?;
        self.write(app, &anchor);
        key.secret.uid = self.facts.child(anchor.kind.kind, &anchor.name).map(|seen| seen.uid.clone());
        writes = writes.checked_sub(1)?;
        let [_, secret] = children::key(app, &key);
        self.write(app, &secret);
        Some(writes)
    }

    fn write(&mut self, app: &App, planned: &Planned) {
        let key = key(planned);
        let uid = self.uid(planned);
        cluster::put(&mut self.facts, app, planned);
        if let Owner::Anchor { name, .. } = &planned.owner {
            self.anchors.insert(key.clone(), name.clone());
        }
        self.written.insert(key.clone(), planned.hash.clone());
        self.comparable.insert(key.clone(), self.anonymous(planned));
        self.writes += 1;
        self.stamp(&key, &uid);
    }

    /// A digest that does not move with the names of Secrets, of which the digest of a pod template is made too.
    fn anonymous(&self, planned: &Planned) -> String {
        let body = planned.body.value().to_string().replace(planned.template.as_deref().unwrap_or("no template"), "");
        let text = self.anchors.iter().fold(body, |text, (secret, anchor)| text.replace(&secret.name, anchor));
        canonical::digest(&json!(text))
    }

    /// The uid of an object that is there; of one that is made again, another one. A Secret is recorded with its anchor's.
    fn uid(&self, planned: &Planned) -> String {
        if let Owner::Anchor { uid: Some(uid), .. } = &planned.owner {
            return uid.clone();
        }
        let key = key(planned);
        let made = self.deleted.iter().filter(|seen| seen.key == key).count();
        self.facts.child(&key.kind, &key.name).map_or_else(|| format!("{}/{} {made}", key.kind, key.name), |seen| seen.uid.clone())
    }

    /// What the server adds: a uid, and with every write another time in our entry of the managed fields.
    fn stamp(&mut self, key: &Key, uid: &str) {
        let digest = format!("write {}", self.writes);
        let entry = self.facts.status.inventory.iter_mut().find(|entry| entry.kind == key.kind && entry.name == key.name);
        let entry = entry.expect("what was written is recorded");
        uid.clone_into(&mut entry.uid);
        entry.fields = entry.fields.as_ref().map(|_| digest.clone());
        if let Some(seen) = self.facts.children.iter_mut().find(|seen| seen.key == *key) {
            uid.clone_into(&mut seen.uid);
            seen.fields = seen.fields.take().map(|fields| Fields { digest, ..fields });
        }
    }

    /// Deletes an object and, as the collector would, the Secret that it anchors.
    fn delete(&mut self, key: &Key, uid: &str) {
        self.writes += 1;
        let place = self.facts.children.iter().position(|seen| seen.key == *key && seen.uid == uid);
        self.deleted.push(self.facts.children.remove(place.expect("a leftover is there")));
        self.facts.status.inventory.retain(|entry| entry.uid != uid);
        let is_anchored = |written: &Key| key.kind == "ConfigMap" && self.anchors.get(written) == Some(&key.name);
        self.written.retain(|written, _| written != key && !is_anchored(written));
    }
}

/// Kind and name.
pub fn key(planned: &Planned) -> Key {
    Key { kind: planned.kind.kind.to_owned(), name: planned.name.clone() }
}

/// What can be written, and what is held because that on which it stands is not there yet.
pub fn ready<'a>(accepted: &Accepted, plan: &'a Plan) -> (Vec<&'a Planned>, Vec<Held>) {
    let mut lacking = Lacking::of(&accepted.unfit);
    let (mut ready, mut held) = (vec![], vec![]);
    for planned in &plan.wanted {
        if let Some(lacks) = lacking.lacks(planned) {
            held.push(Held { key: key(planned), lacks });
        } else if is_early(planned) {
            lacking.note(planned);
        } else {
            ready.push(planned);
        }
    }
    (ready, held)
}

/// Whether it is a Secret whose anchor is not there yet.
fn is_early(planned: &Planned) -> bool {
    matches!(planned.owner, Owner::Anchor { uid: None, .. })
}

fn is_due(planned: &Planned, app: &App, facts: &Facts) -> bool {
    let entry = facts.entry(planned.kind.kind, &planned.name);
    let next = step::step(planned, app, facts.child(planned.kind.kind, &planned.name), entry);
    assert!(!matches!(next, Step::Foreign | Step::Wait), "{next:?} {:?}", key(planned));
    let count = facts.workload(planned.kind.kind, &planned.name).map(|seen| seen.replicas);
    let resized = planned.size.and_then(|size| step::resize(size, entry.and_then(|entry| entry.size.as_deref()), count));
    next != Step::Skip || resized.is_some()
}
