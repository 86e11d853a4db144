//! How many pods a pool of workers needs: a pure function of the work there is, its bounds and the time.
//! It does not say how the work is counted, nor who changes the count.

use aegis_crds::load::{QueueLoad, WorkerLoad};
use jiff::{SignedDuration, Timestamp};

use crate::{
    App, Plan, Size,
    app::{Bounds, Worker},
    children,
    parts::http,
};

/// Seconds that workers are waited for at least.
const SHORTEST_DRAIN: i64 = 60;

/// A pool whose work is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Followed {
    /// Name of the pool.
    pub worker: String,
    /// Name of its Deployment.
    pub object: String,
    /// What decides about its count; none when the work does not.
    pub pool: Option<Pool>,
    /// How long its workers are waited for before it moves to a release or shrinks; none when it does not, or need not wait.
    pub drain: Option<SignedDuration>,
    /// Whether its workers can be kept from taking tasks.
    pub can_pause: bool,
    /// Whether its pods are of the release whose queues are looked at: of others none goes.
    pub may_shrink: bool,
}

/// The pools of an app that have a broker; none while nothing of it runs.
pub fn followed(app: &App, plan: &Plan) -> Vec<Followed> {
    let own = children::of(app, "workers");
    let follow = |worker: &Worker| {
        let draining = plan.draining.iter().find(|draining| draining.worker == worker.role.name);
        // whoever comes to rest may have been told of another queue, or of one at all
        let queue = draining.map_or(worker, |draining| &draining.running).queue.as_ref()?;
        let can_pause = queue.pause_key.is_some();
        let object = http::object(app, &worker.role);
        let planned = own.iter().find(|planned| planned.name == object)?;
        // one that has to wait is not wanted yet, and goes on as it is
        let drain = draining.map(|draining| patience(&draining.running));
        let held = drain.map(|_| planned);
        let wanted = plan.wanted.iter().find(|wanted| wanted.kind == planned.kind && wanted.name == object).or(held)?;
        let moves = matches!(wanted.size, Some(Size::Queued(_)));
        let may_shrink = planned.hash == wanted.hash && drain.is_none();
        let pool = Pool::of(worker).filter(|_| moves);
        Some(Followed { worker: worker.role.name.clone(), object, pool, drain, can_pause, may_shrink })
    };
    app.workers.iter().filter(|_| !app.is_suspended).filter_map(follow).collect()
}

/// What decides about a pool's count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    /// Between which the count moves.
    pub bounds: Bounds,
    /// Tasks, waiting and in flight, for one pod.
    pub tasks_per_pod: i64,
    /// How long fewer pods must have been enough.
    pub delay: SignedDuration,
    /// Whether a worker that is asked to end gives up the task it has.
    pub gives_up: bool,
    /// How long such workers are waited for; then they go on, and it is tried again.
    pub drain: SignedDuration,
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
    /// Whether no worker had or could take a task at the last look.
    rested: bool,
    /// Since when workers are waited for.
    draining: Option<Timestamp>,
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

/// How long the workers of a pool are waited for: for its longest task.
pub(crate) fn patience(worker: &Worker) -> SignedDuration {
    SignedDuration::from_secs(worker.role.stop.whole().max(SHORTEST_DRAIN))
}

/// What is remembered of a pool that is to move to a release.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rest {
    since: Option<Timestamp>,
    rested: bool,
}

impl Rest {
    /// With one more look; and whether the pool may move: no worker had a task in two looks, or that was waited for long enough.
    pub fn after(self, drain: SignedDuration, work: Option<&Work>, now: Timestamp) -> (bool, Self) {
        let rests = work.is_some_and(Work::is_at_rest);
        let since = self.since.unwrap_or(now);
        let may_move = (rests && self.rested) || now.duration_since(since) >= drain;
        (may_move, Self { since: Some(since), rested: rests })
    }

    /// Whether a worker may have had a task in the last look.
    pub fn has_tasks(&self) -> bool {
        !self.rested
    }
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
            drain: patience(worker),
        })
    }

    /// Pods that this work needs: one for anything that waits, runs or becomes due.
    fn need(&self, work: &Work) -> i32 {
        let tasks = work.waiting.saturating_add(work.in_flight);
        let pods = tasks / self.tasks_per_pod + i64::from(tasks % self.tasks_per_pod != 0);
        let pods = pods.max(i64::from(work.delayed > 0));
        i32::try_from(pods).unwrap_or(i32::MAX).clamp(self.bounds.min, self.bounds.max)
    }
}

impl Work {
    /// What an agent saw of a pool; none if it could not look. Where nobody can count the tasks in flight there may be one.
    pub fn of(load: &WorkerLoad) -> Option<Self> {
        let sum = |number: fn(&QueueLoad) -> Option<u64>| load.queues.iter().map(number).sum::<Option<u64>>();
        let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        load.up.then(|| Self {
            waiting: whole(load.queues.iter().map(|queue| queue.backlog).sum()),
            in_flight: whole(sum(|queue| queue.in_flight).or(load.busy).unwrap_or(1)),
            delayed: whole(load.queues.iter().filter_map(|queue| queue.delayed).sum()),
            is_paused: load.paused == Some(true),
        })
    }

    /// Whether nothing waits, runs or becomes due.
    pub fn is_none(&self) -> bool {
        self.waiting <= 0 && self.in_flight <= 0 && self.delayed <= 0
    }

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
/// enough for the whole delay, or are all that the bounds allow; none while anything waits, runs or becomes due; and no
/// fewer while the work is unknown. A pause takes effect after its key is seen, so one look at rest is not enough.
pub fn judge(pool: &Pool, current: i32, work: Option<&Work>, memory: Memory, now: Timestamp) -> (Verdict, Memory) {
    let Some(work) = work else {
        // the bounds are the user's word, whatever the work is; a gap in the looks starts the delay anew
        let verdict = if current < pool.bounds.min { Verdict::Set(pool.bounds.min) } else { Verdict::Blind };
        return (verdict, Memory::default());
    };
    let has_rested = memory.rested && work.is_at_rest();
    let memory = Memory { rested: work.is_at_rest(), ..memory.after(now, pool.need(work), pool.delay) };
    let wanted = memory.peak().clamp(pool.bounds.min, pool.bounds.max);
    let verdict = match wanted {
        _ if wanted == current => Verdict::Keep,
        _ if wanted > current => Verdict::Set(wanted),
        _ if current <= pool.bounds.max && !memory.covers(now, pool.delay) => Verdict::Patience,
        _ if pool.gives_up && !has_rested => Verdict::Drain(wanted),
        _ => Verdict::Set(wanted),
    };
    if !matches!(verdict, Verdict::Drain(_)) {
        return (verdict, Memory { draining: None, ..memory });
    }
    let since = memory.draining.unwrap_or(now);
    if now.duration_since(since) >= pool.drain {
        return (Verdict::Patience, Memory::default());
    }
    (verdict, Memory { draining: Some(since), ..memory })
}
