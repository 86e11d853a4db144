//! What is told of a pool's queues: one word that changes seldom, for the numbers live in metrics.
//! It judges no count.

use aegis_crds::{
    load::WorkerLoad,
    status::{QueueState, QueueStatus},
};
use jiff::{SignedDuration, Timestamp};

use crate::scale::Work;

/// How long something must last before it is told.
const LASTING: SignedDuration = SignedDuration::from_secs(10);
/// How long nothing must be left to do, for queues that work comes to every minute stay busy; and how long an agent that is
/// new may take to look.
const LONG: SignedDuration = SignedDuration::from_secs(60);

/// Why a pool's work is not known, or its count cannot be changed: one fixed word, and the cause in full.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// As BrokerUnavailable.
    pub reason: &'static str,
    /// What happened.
    pub message: String,
}

/// What was told last, and since when it is no longer so.
#[derive(Clone, Debug, Default)]
pub struct Told {
    last: Option<QueueStatus>,
    next: Option<(Timestamp, QueueStatus)>,
}

impl Told {
    /// What an earlier look told, as the status has it.
    pub fn before(status: &QueueStatus) -> Self {
        Self { last: Some(status.clone()), next: None }
    }

    /// What is to be told; none before anything has lasted.
    pub fn last(&self) -> Option<&QueueStatus> {
        self.last.as_ref()
    }

    /// With one more look at the pool of that name.
    pub fn after(mut self, worker: &str, load: Option<&WorkerLoad>, trouble: Option<Trouble>, now: Timestamp) -> Self {
        let dead = self.last.as_ref().is_some_and(|last| last.dead);
        let seen = seen(worker, load, trouble, dead);
        if self.last.as_ref().is_some_and(|last| is_same(last, &seen)) {
            return Self { next: None, ..self };
        }
        let since = self.next.filter(|(_, next)| is_same(next, &seen)).map_or(now, |(since, _)| since);
        if now.duration_since(since) >= patience(self.last.as_ref(), &seen) {
            return Self { last: Some(seen), next: None };
        }
        self.next = Some((since, seen));
        self
    }
}

/// The pool as this look shows it. Of a broker that is away nobody knows what is dead.
fn seen(worker: &str, load: Option<&WorkerLoad>, trouble: Option<Trouble>, dead: bool) -> QueueStatus {
    let work = load.and_then(Work::of);
    let error = load.filter(|load| !load.up).and_then(|load| load.error.as_ref());
    let trouble = error.map(|error| Trouble { reason: "BrokerUnavailable", message: error.message.clone() }).or(trouble);
    QueueStatus {
        worker: worker.to_owned(),
        state: match work {
            None => QueueState::Unknown,
            Some(work) if work.is_paused && work.waiting > 0 => QueueState::Blocked,
            Some(work) if work.is_none() => QueueState::Idle,
            Some(_) => QueueState::Busy,
        },
        dead: load.filter(|load| load.up).map_or(dead, |load| load.queues.iter().any(|queue| queue.dead.is_some_and(|dead| dead > 0))),
        reason: trouble.as_ref().map(|trouble| trouble.reason.to_owned()),
        message: trouble.map(|trouble| trouble.message),
    }
}

/// Texts of causes may differ from look to look.
fn is_same(a: &QueueStatus, b: &QueueStatus) -> bool {
    (a.state, a.dead, &a.reason) == (b.state, b.dead, &b.reason)
}

fn patience(last: Option<&QueueStatus>, seen: &QueueStatus) -> SignedDuration {
    match (last.map(|last| last.state), seen.state) {
        (Some(QueueState::Busy), QueueState::Idle) | (None, QueueState::Unknown) => LONG,
        (_, QueueState::Unknown | QueueState::Blocked) => LASTING,
        (Some(QueueState::Unknown | QueueState::Blocked), _) => LASTING,
        (Some(same), state) if same == state => LASTING,
        _ => SignedDuration::ZERO,
    }
}
