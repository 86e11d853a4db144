//! What was seen, in Prometheus' text format. `docs/agent.md` lists every name.
//! Of a pool whose broker is away only that is told: a number that nobody sees any more is not repeated.

use std::sync::atomic::AtomicU64;

use aegis_crds::load::{Load, QueueLoad, WorkerLoad};
use prometheus_client::{
    encoding::{EncodeLabelSet, text},
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};

use crate::look::Failures;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfQueue {
    app: String,
    worker: String,
    queue: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfWorker {
    app: String,
    worker: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfFailure {
    app: String,
    worker: String,
    reason: &'static str,
}

type Number<Labels> = Family<Labels, Gauge<f64, AtomicU64>>;

/// A gauge of a queue: its name, what it is, and where it comes from.
type OfQueues = (&'static str, &'static str, fn(&QueueLoad) -> Option<f64>);
type OfWorkers = (&'static str, &'static str, fn(&WorkerLoad) -> Option<f64>);

const QUEUES: [OfQueues; 6] = [
    ("aegis_queue_backlog", "Messages that a worker could take now", |queue| Some(queue.backlog as f64)),
    (
        "aegis_queue_in_flight",
        "Messages that workers have taken and not finished, those of killed workers included; absent for lists",
        |queue| queue.in_flight.map(|count| count as f64),
    ),
    ("aegis_queue_delayed", "Messages that wait for their time, retries included; absent where the library has none", |queue| {
        queue.delayed.map(|count| count as f64)
    }),
    (
        "aegis_queue_next_due_seconds",
        "Time until the first delayed message is due, below zero when it is overdue; of more than 100 in Dramatiq the first of a sample",
        |queue| queue.next_due_seconds,
    ),
    ("aegis_queue_dead", "Messages that were given up and kept; Dramatiq only", |queue| queue.dead.map(|count| count as f64)),
    ("aegis_queue_oldest_seconds", "Time that the first message of the backlog has waited; absent for lists", |queue| queue.oldest_seconds),
];

const WORKERS: [OfWorkers; 4] = [
    ("aegis_broker_up", "1 if the last look at the pool's queues succeeded", |worker| Some(if worker.up { 1.0 } else { 0.0 })),
    ("aegis_broker_seen_seconds", "Time since the pool's queues were last seen; absent if they never were", |worker| worker.seen_seconds),
    ("aegis_worker_busy", "Workers that hold a busy key; while paused, and for lists always", |worker| {
        worker.busy.filter(|_| worker.up).map(|count| count as f64)
    }),
    ("aegis_worker_paused", "1 while the pause key is there", |worker| {
        worker.paused.filter(|_| worker.up).map(|paused| if paused { 1.0 } else { 0.0 })
    }),
];

/// Everything as text.
pub fn text(load: &Load, failures: &[Failures]) -> String {
    let mut registry = Registry::default();
    for (name, help, value) in WORKERS {
        let family = Number::<OfWorker>::default();
        for worker in &load.workers {
            let labels = OfWorker { app: load.app.clone(), worker: worker.name.clone() };
            if let Some(value) = value(worker) {
                family.get_or_create(&labels).set(value);
            }
        }
        registry.register(name, help, family);
    }
    for (name, help, value) in QUEUES {
        let family = Number::<OfQueue>::default();
        for (labels, queue) in seen(load) {
            if let Some(value) = value(queue) {
                family.get_or_create(&labels).set(value);
            }
        }
        registry.register(name, help, family);
    }
    counters(load, failures, &mut registry);
    let mut out = String::new();
    text::encode(&mut out, &registry).expect("a string takes every write");
    out
}

fn counters(load: &Load, failures: &[Failures], registry: &mut Registry) {
    let completed = Family::<OfQueue, Counter>::default();
    for (labels, queue) in seen(load) {
        completed.get_or_create(&labels).inc_by(queue.completed);
    }
    let help = "Messages that were finished since the agent started: the group's own count for streams, else what was seen to go between two \
                looks, at least";
    registry.register("aegis_queue_completed", help, completed);
    let failed = Family::<OfFailure, Counter>::default();
    for (worker, failures) in load.workers.iter().zip(failures) {
        for (reason, count) in failures {
            failed.get_or_create(&OfFailure { app: load.app.clone(), worker: worker.name.clone(), reason }).inc_by(*count);
        }
    }
    registry.register("aegis_broker_failures", "Looks at a pool's queues that failed, by cause", failed);
}

/// The queues whose numbers hold now.
fn seen(load: &Load) -> impl Iterator<Item = (OfQueue, &QueueLoad)> {
    let up = load.workers.iter().filter(|worker| worker.up);
    up.flat_map(|worker| {
        let labels = |queue: &QueueLoad| OfQueue { app: load.app.clone(), worker: worker.name.clone(), queue: queue.name.clone() };
        worker.queues.iter().map(move |queue| (labels(queue), queue))
    })
}
