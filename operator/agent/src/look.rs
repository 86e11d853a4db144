//! The looks at all queues, one round after the other, and what they last saw.
//! A broker that does not answer leaves what was seen before, marked as such; it never becomes a zero.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant},
};

use aegis_crds::load::{Load, LookError, QueueLoad, VERSION, WorkerLoad};
use futures::future::{join_all, try_join_all};
use tokio::time::timeout;

use crate::{
    app::{App, Pool},
    broker::Link,
    busy, clock,
    completed::Completed,
    fault::Fault,
    library::{Millis, Numbers},
};

/// Longest look at the pools of one broker, connecting left out.
const LOOK: Duration = Duration::from_secs(10);

/// What is known of every pool.
pub struct Looks {
    app: Arc<App>,
    pools: Mutex<Vec<Known>>,
    begun: Mutex<Instant>,
}

/// What is known of one pool.
#[derive(Clone, Default)]
struct Known {
    load: WorkerLoad,
    at: Option<Instant>,
    completed: Vec<Completed>,
    failures: BTreeMap<&'static str, u64>,
    is_looked_at: bool,
}

/// What one look at a pool saw.
struct Sight {
    queues: Vec<Numbers>,
    paused: Option<bool>,
    busy: Option<u64>,
}

/// Failed looks of a pool, by reason.
pub type Failures = BTreeMap<&'static str, u64>;

impl Looks {
    /// Nothing is known yet.
    pub fn new(app: Arc<App>) -> Self {
        let known = |pool: &Arc<Pool>| Known {
            load: WorkerLoad { name: pool.worker.name.clone(), ..WorkerLoad::default() },
            completed: vec![Completed::default(); pool.worker.queues.len()],
            ..Known::default()
        };
        let pools = Mutex::new(app.pools.iter().map(known).collect());
        Self { app, pools, begun: Mutex::new(Instant::now()) }
    }

    /// Looks for ever.
    pub async fn run(&self) {
        loop {
            *self.begun.lock().expect("nothing panics while it is held") = Instant::now();
            self.round().await;
            tokio::time::sleep(self.app.interval).await;
        }
    }

    /// Whether every pool was looked at, with or without success.
    pub fn is_complete(&self) -> bool {
        self.known().iter().all(|known| known.is_looked_at)
    }

    /// Whether rounds still begin.
    pub fn is_alive(&self) -> bool {
        self.begun.lock().expect("nothing panics while it is held").elapsed() < self.app.interval + 3 * LOOK
    }

    /// What was seen.
    pub fn load(&self) -> Load {
        let workers = self.known().iter().map(|known| WorkerLoad { seen_seconds: known.at.map(seconds), ..known.load.clone() }).collect();
        Load { version: VERSION, app: self.app.name.clone(), workers }
    }

    /// How often looks at each pool failed, in the order of `load`.
    pub fn failures(&self) -> Vec<Failures> {
        self.known().iter().map(|known| known.failures.clone()).collect()
    }

    async fn round(&self) {
        let mut brokers: Vec<Vec<usize>> = vec![];
        for (index, pool) in self.app.pools.iter().enumerate() {
            let shares = |group: &&mut Vec<usize>| Arc::ptr_eq(&self.app.pools[group[0]].broker, &pool.broker);
            match brokers.iter_mut().find(shares) {
                Some(group) => group.push(index),
                None => brokers.push(vec![index]),
            }
        }
        join_all(brokers.iter().map(|pools| self.look_at(pools))).await;
    }

    /// One look at the pools of one broker, which is connected to once.
    async fn look_at(&self, pools: &[usize]) {
        let all = &self.app.pools;
        match all[pools[0]].broker.link().await {
            Ok(link) => {
                let looks = pools.iter().map(async |index| {
                    let sight = timeout(LOOK, sight(&link, &all[*index])).await;
                    self.keep(*index, sight.unwrap_or(Err(Fault::Timeout(LOOK))));
                });
                join_all(looks).await;
            }
            Err(fault) => pools.iter().for_each(|index| self.keep(*index, Err(fault.clone()))),
        }
    }

    fn keep(&self, index: usize, sight: Result<Sight, Fault>) {
        let worker = &self.app.pools[index].worker;
        let known = &mut self.known()[index];
        known.is_looked_at = true;
        known.load.up = sight.is_ok();
        match sight {
            Ok(sight) => {
                let now = clock::now();
                let queues = worker.queues.iter().zip(&sight.queues).zip(&mut known.completed);
                known.load.queues = queues.map(|((name, numbers), completed)| told(name, numbers, completed, now)).collect();
                (known.load.paused, known.load.busy) = (sight.paused, sight.busy);
                (known.load.error, known.at) = (None, Some(Instant::now()));
            }
            Err(fault) => {
                *known.failures.entry(fault.reason()).or_default() += 1;
                known.load.error = Some(LookError { reason: fault.reason().to_owned(), message: fault.to_string() });
            }
        }
    }

    fn known(&self) -> MutexGuard<'_, Vec<Known>> {
        self.pools.lock().expect("nothing panics while it is held")
    }
}

async fn sight(link: &Link<'_>, pool: &Pool) -> Result<Sight, Fault> {
    let now = clock::now();
    let keys: Vec<String> = pool.worker.queues.iter().map(|queue| pool.worker.key(queue)).collect();
    let queues = try_join_all(keys.iter().map(|key| pool.library.load(link, key, now))).await?;
    let paused = match &pool.worker.pause_key {
        Some(key) => Some(link.ask(redis::cmd("EXISTS").arg(key)).await?),
        None => None,
    };
    let is_of_use = paused == Some(true) || queues.iter().any(|queue| queue.in_flight.is_none());
    let busy = match &pool.worker.busy_pattern {
        Some(pattern) if is_of_use => busy::count(link, pattern).await?,
        _ => None,
    };
    Ok(Sight { queues, paused, busy })
}

fn told(name: &str, numbers: &Numbers, completed: &mut Completed, now: Millis) -> QueueLoad {
    QueueLoad {
        name: name.to_owned(),
        backlog: numbers.backlog,
        in_flight: numbers.in_flight,
        delayed: numbers.delayed,
        next_due_seconds: numbers.next_due.map(|due| span(due - now)),
        dead: numbers.dead,
        oldest_seconds: numbers.oldest.map(|oldest| oldest.map_or(0.0, |since| span(now - since).max(0.0))),
        completed: completed.after(numbers.progress),
    }
}

fn span(millis: Millis) -> f64 {
    millis as f64 / 1000.0
}

fn seconds(at: Instant) -> f64 {
    (at.elapsed().as_secs_f64() * 1000.0).round() / 1000.0
}
