//! How many pods a pool of workers needs: a pure function of the work there is, its bounds and the time.
//! It does not say how the work is counted, nor who changes the count.

use jiff::{SignedDuration, Timestamp};

use crate::app::{Bounds, Worker};

/// What decides about a pool's count.
#[derive(Clone, Copy, Debug)]
pub struct Pool {
    /// Between which the count moves.
    pub bounds: Bounds,
    /// Tasks, waiting and in flight, for one pod.
    pub tasks_per_pod: i64,
    /// How long fewer pods must have been enough.
    pub delay: SignedDuration,
    /// Whether a worker that is asked to end gives up the task it has.
    pub gives_up: bool,
}

/// The work of a pool, all its queues together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Tasks that could start now.
    pub waiting: i64,
    /// Tasks that workers have.
    pub in_flight: i64,
    /// Tasks that become due later; in some libraries only a running worker moves them on.
    pub delayed: i64,
    /// Whether workers are kept from taking new tasks.
    pub is_paused: bool,
}

/// What is remembered of the last looks: how many pods were needed, and since when that is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Memory {
    /// First look of an unbroken row of looks.
    since: Option<Timestamp>,
    /// Needs that no later look has exceeded, falling, each with the last time it was seen.
    peaks: Vec<(Timestamp, i32)>,
}

/// What should become of a pool's count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is right.
    Keep,
    /// The work is not known: the count stays, and so does the reason to look again.
    Blind,
    /// Fewer pods were enough, not for long enough yet.
    Patience,
    /// This many, now.
    Set(i32),
    /// This many, as soon as no worker has or can take a task: whoever ends now gives its task up.
    Drain(i32),
}

impl Pool {
    /// The pool of a worker, when its work moves its count.
    pub fn of(worker: &Worker) -> Option<Self> {
        let queue = worker.queue.as_ref().filter(|_| worker.replicas.differ())?;
        Some(Self {
            bounds: worker.replicas,
            tasks_per_pod: queue.tasks_per_pod,
            delay: SignedDuration::from_secs(queue.scale_down_delay),
            gives_up: queue.gives_up(),
        })
    }

    /// Pods that this work needs: one for anything that waits, runs or becomes due.
    fn need(&self, work: &Work) -> i32 {
        let tasks = work.waiting.max(0).saturating_add(work.in_flight.max(0));
        let pods = tasks / self.tasks_per_pod + i64::from(tasks % self.tasks_per_pod != 0);
        let pods = pods.max(i64::from(work.delayed > 0));
        i32::try_from(pods).unwrap_or(i32::MAX).clamp(self.bounds.min, self.bounds.max)
    }
}

impl Work {
    /// Whether no worker has a task, and none can take one.
    fn is_at_rest(&self) -> bool {
        self.in_flight <= 0 && (self.waiting <= 0 || self.is_paused)
    }
}

impl Memory {
    /// With one more look, without what is older than `delay`.
    fn after(mut self, now: Timestamp, need: i32, delay: SignedDuration) -> Self {
        self.since.get_or_insert(now);
        self.peaks.retain(|(seen, peak)| *peak > need && now.duration_since(*seen) < delay);
        self.peaks.push((now, need));
        self
    }

    /// The highest need of the last looks.
    fn peak(&self) -> i32 {
        self.peaks.first().map_or(0, |(_, peak)| *peak)
    }

    /// Whether the looks go back as far as `delay`.
    fn covers(&self, now: Timestamp, delay: SignedDuration) -> bool {
        self.since.is_some_and(|since| now.duration_since(since) >= delay)
    }
}

/// Judges the count of a pool, and what to remember for the next look. More pods come at once; fewer when they were
/// enough for the whole delay; none while anything waits, runs or becomes due; and no fewer while the work is unknown.
pub fn judge(pool: &Pool, current: i32, work: Option<&Work>, memory: Memory, now: Timestamp) -> (Verdict, Memory) {
    let Some(work) = work else {
        // the bounds are the user's word, whatever the work is; a gap in the looks starts the delay anew
        let verdict = if current < pool.bounds.min { Verdict::Set(pool.bounds.min) } else { Verdict::Blind };
        return (verdict, Memory::default());
    };
    let memory = memory.after(now, pool.need(work), pool.delay);
    let wanted = memory.peak();
    let verdict = match wanted {
        _ if wanted == current => Verdict::Keep,
        _ if wanted > current => Verdict::Set(wanted),
        _ if !memory.covers(now, pool.delay) => Verdict::Patience,
        _ if pool.gives_up && !work.is_at_rest() => Verdict::Drain(wanted),
        _ => Verdict::Set(wanted),
    };
    (verdict, memory)
}
