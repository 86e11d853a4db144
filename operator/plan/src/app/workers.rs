//! Pools of workers and the queues that they work on, accepted and defaulted.
//! How many pods the work needs is told in `scale.rs`.

use aegis_crds::workers::BrokerType;

use super::{Bounds, Role};
use crate::Size;

/// A pool of workers.
#[derive(Clone, Debug)]
pub struct Worker {
    /// Its process.
    pub role: Role,
    /// Bounds of its pods.
    pub replicas: Bounds,
    /// Where its tasks wait.
    pub queue: Option<Queue>,
}

/// Where a pool's tasks wait, and how its count follows them.
#[derive(Clone, Debug)]
pub struct Queue {
    /// The library.
    pub library: BrokerType,
    /// The binding that says where the broker is.
    pub binding: String,
    /// Queues by their own names.
    pub names: Vec<String>,
    /// Redis database; None is the one that the binding's `uri` names.
    pub database: Option<i32>,
    /// What stands before the queues' names; None is the library's own.
    pub prefix: Option<String>,
    /// Tasks, waiting and in flight, for one pod.
    pub tasks_per_pod: i64,
    /// Seconds in which fewer pods must have been enough.
    pub scale_down_delay: i64,
    /// Key that keeps workers from taking new tasks.
    pub pause_key: Option<String>,
    /// Pattern of the keys that busy workers hold.
    pub busy_pattern: Option<String>,
}

impl Worker {
    /// Replicas and who moves them.
    pub fn size(&self) -> Size {
        let first = self.replicas.min.max(1);
        if self.replicas.differ() { Size::Queued(first) } else { Size::Fixed(self.replicas.min) }
    }
}

impl Queue {
    /// Whether a worker of this library gives up the task it has when it is asked to end: arq cancels it, and each time
    /// burns one of its tries.
    pub fn gives_up(&self) -> bool {
        self.library == BrokerType::Arq
    }
}
