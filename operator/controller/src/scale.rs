//! Pools follow their work: every app's agent is asked every 2 seconds, and a pool's count changed when it should be another.
//! What it should be, and what is told of the queues, is decided by the plan. What is remembered begins anew with this process.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use aegis_crds::{
    load::{Load, WorkerLoad},
    status::QueueStatus,
};
use aegis_plan::{
    Facts, Key, Kind, Seen,
    facts::Detail,
    queues::{Told, Trouble},
    scale::{Followed, Memory, Pool, Rest, Verdict, Work, judge},
};
use k8s_openapi::{api::apps::v1::Deployment, jiff::Timestamp};
use tokio::{sync::watch, task::AbortHandle, time::sleep};
use tracing::{Instrument, debug, info, info_span, warn};

use crate::{
    agent::{Agents, Silence},
    cache::Cache,
    key::AgentKey,
    metrics::Metrics,
    place::{AppKey, Place},
    queue::Queue,
    retry::jittered,
    turn::Turns,
    write::Writer,
};

const INTERVAL: Duration = Duration::from_secs(2);
/// Seconds that a pause lasts which is not asked for again.
const PAUSE: u32 = 30;
/// Agents that are asked at the same time; one that does not answer lets the next be asked.
const ASKED: usize = 64;
const DEPLOYMENT: Kind = Kind::of::<Deployment>();

/// The apps whose pools are followed.
pub struct Scaler {
    hands: Arc<Hands>,
    apps: Mutex<HashMap<AppKey, App>>,
}

/// What following an app takes.
pub struct Hands {
    agents: Agents,
    turns: Turns,
    cache: Arc<Cache>,
    writer: Arc<Writer>,
    queue: Arc<Queue>,
    metrics: Arc<Metrics>,
    key: Option<Arc<AgentKey>>,
}

impl Hands {
    /// All of them.
    pub fn new(cache: Arc<Cache>, writer: Arc<Writer>, queue: Arc<Queue>, metrics: Arc<Metrics>, key: Option<Arc<AgentKey>>) -> Self {
        Self { agents: Agents::new(), turns: Turns::new(ASKED), cache, writer, queue, metrics, key }
    }
}

struct App {
    pools: watch::Sender<Vec<Followed>>,
    told: Arc<Mutex<HashMap<String, Told>>>,
    rested: Arc<Mutex<Rested>>,
    task: AbortHandle,
}

/// Pools that may move, and whether their workers may still have had a task then.
type Rested = BTreeMap<String, bool>;

/// What is remembered of one pool from look to look.
#[derive(Default)]
struct Past {
    pool: Option<Pool>,
    memory: Memory,
    rest: Option<Rest>,
    is_paused: bool,
}

impl Scaler {
    /// Nobody is followed yet.
    pub fn new(hands: Hands) -> Self {
        Self { hands: Arc::new(hands), apps: Mutex::default() }
    }

    /// What is to be told of the pools of an app that is followed; none of others.
    pub fn told(&self, key: &AppKey) -> Option<Vec<QueueStatus>> {
        let apps = self.apps();
        let told = apps.get(key)?.told.lock().expect("no code panics while it holds what is told");
        Some(told.values().filter_map(Told::last).cloned().collect())
    }

    /// Pools of an app that may move to its release, and whether their workers may still have had a task then.
    pub fn rested(&self, key: &AppKey) -> BTreeMap<String, bool> {
        let apps = self.apps();
        let Some(app) = apps.get(key) else { return BTreeMap::new() };
        app.rested.lock().expect("no code panics while it holds the rested").clone()
    }

    /// Follows these pools of an app from now on, and no others of it. `before` is what its status tells.
    pub fn follow(&self, key: &AppKey, pools: Vec<Followed>, before: &[QueueStatus]) {
        let mut apps = self.apps();
        let known = apps.get(key).filter(|app| !pools.is_empty() && !app.task.is_finished());
        if let Some(app) = known {
            app.pools.send_if_modified(|now| std::mem::replace(now, pools.clone()) != pools);
            return;
        }
        if let Some(app) = apps.remove(key) {
            app.task.abort();
        }
        if !pools.is_empty() {
            apps.insert(key.clone(), self.start(key.clone(), pools, before));
        }
    }

    fn start(&self, key: AppKey, pools: Vec<Followed>, before: &[QueueStatus]) -> App {
        let told = before.iter().map(|told| (told.worker.clone(), Told::before(told)));
        let told = Arc::new(Mutex::new(told.collect::<HashMap<_, _>>()));
        let (pools, followed) = watch::channel(pools);
        let span = info_span!("scale", namespace = key.namespace, app = key.name);
        let rested = Arc::<Mutex<Rested>>::default();
        let hands = self.hands.clone();
        let following = Following { hands, key, followed, told: told.clone(), rested: rested.clone(), past: HashMap::new() };
        App { pools, told, rested, task: tokio::spawn(following.run().instrument(span)).abort_handle() }
    }

    fn apps(&self) -> MutexGuard<'_, HashMap<AppKey, App>> {
        self.apps.lock().expect("no code panics while it holds the apps")
    }
}

impl Drop for Scaler {
    fn drop(&mut self) {
        self.apps.get_mut().map(std::mem::take).unwrap_or_default().into_values().for_each(|app| app.task.abort());
    }
}

/// One app that is followed.
struct Following {
    hands: Arc<Hands>,
    key: AppKey,
    followed: watch::Receiver<Vec<Followed>>,
    told: Arc<Mutex<HashMap<String, Told>>>,
    rested: Arc<Mutex<Rested>>,
    past: HashMap<String, Past>,
}

impl Following {
    async fn run(mut self) {
        loop {
            self.look().await;
            sleep(jittered(INTERVAL)).await;
        }
    }

    /// One look at all pools.
    async fn look(&mut self) {
        let load = self.load().await;
        let pools = self.followed.borrow_and_update().clone();
        self.past.retain(|worker, _| pools.iter().any(|followed| followed.worker == *worker));
        let before = self.tell(|told| told.retain(|worker, _| pools.iter().any(|followed| followed.worker == *worker)));
        for followed in &pools {
            let load = load.as_ref().map_err(Silence::to_string);
            let load = load.and_then(|load| of(load, &followed.worker));
            let seen = load.as_ref().ok().copied();
            let trouble = match &load {
                Ok(_) => self.judged(followed, seen).await,
                Err(message) => {
                    self.judged(followed, None).await.or(Some(Trouble { reason: "AgentUnavailable", message: message.clone() }))
                }
            };
            self.tell(|told| {
                let past = told.remove(&followed.worker).unwrap_or_default();
                told.insert(followed.worker.clone(), past.after(&followed.worker, seen, trouble, Timestamp::now()));
            });
        }
        if self.tell(|_| {}) != before {
            self.hands.queue.add(&self.key);
        }
    }

    async fn load(&self) -> Result<Load, Silence> {
        let Hands { agents, turns, cache, .. } = &*self.hands;
        let (_, pods) = cache.shelf(&self.key);
        let agent = Facts::agent(&pods).ok_or(Silence::Absent)?;
        turns.take().await.during(agents.load(&agent.ip)).await
    }

    /// Judges the count of a pool, and changes it; what keeps it from being changed.
    async fn judged(&mut self, followed: &Followed, load: Option<&WorkerLoad>) -> Option<Trouble> {
        let seen = self.hands.cache.child(&self.key, &Key { kind: DEPLOYMENT.kind.to_owned(), name: followed.object.clone() })?;
        let Detail::Workload(workload) = &seen.detail else { return None };
        let past = self.past.remove(&followed.worker).unwrap_or_default();
        let (work, now, replicas) = (load.and_then(Work::of), Timestamp::now(), workload.replicas);
        let memory = if past.pool == followed.pool { past.memory } else { Memory::default() };
        let (verdict, memory) =
            followed.pool.map_or((Verdict::Keep, Memory::default()), |pool| judge(&pool, replicas, work.as_ref(), memory, now));
        debug!(worker = followed.worker, replicas, ?verdict, ?work, "looked at the work");
        let rest = self.rest(followed, past.rest, work.as_ref(), now);
        let is_going = matches!(verdict, Verdict::Set(count) if count < replicas) && followed.pool.is_some_and(|pool| pool.gives_up);
        let stays = past.is_paused && self.is_leaving(followed, replicas);
        let keeps = rest.is_some() || is_going || stays || matches!(verdict, Verdict::Drain(_));
        let is_paused = self.pause(followed, followed.can_pause && keeps, past.is_paused).await;
        self.past.insert(followed.worker.clone(), Past { pool: followed.pool, memory, rest, is_paused });
        match verdict {
            Verdict::Set(count) if count > replicas || followed.may_shrink => self.set(followed, &seen, replicas, count).await,
            _ => None,
        }
    }

    /// One more look at a pool that is to move to a release, which is looked at again when it may.
    fn rest(&self, followed: &Followed, past: Option<Rest>, work: Option<&Work>, now: Timestamp) -> Option<Rest> {
        let mut rested = self.rested.lock().expect("no code panics while it holds the rested");
        let Some(drain) = followed.drain else {
            rested.remove(&followed.worker);
            return None;
        };
        let (may_move, rest) = past.unwrap_or_default().after(drain, work, now);
        if may_move && rested.insert(followed.worker.clone(), rest.has_tasks()).is_none() {
            self.hands.queue.add(&self.key);
        }
        Some(rest)
    }

    /// Whether pods are still to go: as long as one can take a task, it could not end it.
    fn is_leaving(&self, followed: &Followed, replicas: i32) -> bool {
        let (_, pods) = self.hands.cache.shelf(&self.key);
        let mut own = pods.iter().filter(|pod| pod.section == "workers" && pod.role == followed.worker);
        let count = own.clone().count();
        own.any(|pod| pod.deleting) || i32::try_from(count).is_ok_and(|count| count > replicas)
    }

    /// Has the workers of a pool paused, or no longer; whether they are. A pause ends by itself when it is not asked for again.
    async fn pause(&self, followed: &Followed, is_wanted: bool, was_paused: bool) -> bool {
        let Hands { agents, cache, key, .. } = &*self.hands;
        let (_, pods) = cache.shelf(&self.key);
        let (Some(key), Some(agent), Some(app)) = (key, Facts::agent(&pods), cache.app(&self.key)) else { return false };
        let token = key.token(app.uid());
        let asked = match (is_wanted, was_paused) {
            (true, _) => agents.pause(&agent.ip, &token, &followed.worker, PAUSE).await,
            (false, true) => agents.resume(&agent.ip, &token, &followed.worker).await,
            (false, false) => return false,
        };
        match asked {
            Ok(()) => is_wanted,
            Err(silence) => {
                warn!(worker = followed.worker, is_wanted, "cannot pause or resume: {silence}");
                was_paused
            }
        }
    }

    async fn set(&self, followed: &Followed, seen: &Seen, before: i32, count: i32) -> Option<Trouble> {
        let place = Place { kind: DEPLOYMENT, namespace: self.key.namespace.clone(), name: followed.object.clone() };
        match self.hands.writer.scale(&place, &seen.uid, &seen.resource_version, count).await {
            Ok(()) => {
                info!(worker = followed.worker, from = before, to = count, "scaled");
                None
            }
            // somebody was faster; the next look sees it
            Err(refusal) if refusal.is_gone() => None,
            Err(refusal) => {
                self.hands.metrics.failed("scale", refusal.word());
                warn!(worker = followed.worker, to = count, reason = refusal.word(), "cannot scale: {refusal}");
                Some(Trouble { reason: refusal.word(), message: format!("Deployment {} cannot be scaled: {refusal}", followed.object) })
            }
        }
    }

    /// Does something with what is told; all of it then.
    fn tell(&self, change: impl FnOnce(&mut HashMap<String, Told>)) -> HashMap<String, Option<QueueStatus>> {
        let mut told = self.told.lock().expect("no code panics while it holds what is told");
        change(&mut told);
        told.iter().map(|(worker, told)| (worker.clone(), told.last().cloned())).collect()
    }
}

/// The load of one pool.
fn of<'a>(load: &'a Load, worker: &str) -> Result<&'a WorkerLoad, String> {
    let found = load.workers.iter().find(|load| load.name == worker);
    found.ok_or_else(|| format!("the agent does not know the pool {worker} yet"))
}
