//! Which app is looked at next: each once at a time, each no later than asked for, and troubled ones less often.
//! It does not know what looking at an app means.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Mutex, MutexGuard},
    time::Duration,
};

use k8s_openapi::jiff::Timestamp;
use tokio::{sync::Notify, time::Instant};

use crate::{
    place::AppKey,
    retry::{Growing, jittered},
};

/// How looking at an app ended, and so when to look again without being told to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outlook {
    /// There is no such app any more.
    Gone,
    /// Nothing is left to do until something changes.
    Settled,
    /// Time alone decides what comes next: look then.
    Due(Duration),
    /// Something was written: look whether the next step can be taken.
    Moving,
    /// Pods are on their way: look whether events say otherwise.
    Starting,
    /// Pods do not come up: look at their events soon.
    Stuck,
    /// Something failed: try again.
    Failing,
}

impl Outlook {
    /// One fixed word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Settled => "settled",
            Self::Due(_) => "due",
            Self::Moving => "moving",
            Self::Starting => "starting",
            Self::Stuck => "stuck",
            Self::Failing => "failing",
        }
    }
}

impl Outlook {
    /// The same, but no later than at `due` where nothing else asks for a look.
    pub fn or_due(self, due: Option<Timestamp>, now: Timestamp) -> Self {
        match (self, due) {
            (Self::Settled, Some(due)) => Self::Due(Duration::try_from(due.duration_since(now)).unwrap_or_default()),
            (other, _) => other,
        }
    }
}

/// Slow look at every settled app, against whatever a watch may miss.
const RESYNC: Duration = Duration::from_secs(600);
const STUCK: Growing = Growing { first: Duration::from_secs(2), limit: Duration::from_secs(60) };
const FAILING: Growing = Growing { first: Duration::from_secs(1), limit: Duration::from_secs(300) };
/// Shortest time between two looks at a troubled app, however many of its objects change.
const BREATH: Duration = Duration::from_secs(1);
/// Time after a write in which the world's answers are gathered: one look at all of them, and other apps come first.
const GATHER: Duration = Duration::from_millis(100);

/// Apps to look at.
#[derive(Default)]
pub struct Queue {
    state: Mutex<State>,
    bell: Notify,
}

#[derive(Default)]
struct State {
    order: BTreeSet<(Instant, AppKey)>,
    entries: HashMap<AppKey, Entry>,
    is_closed: bool,
}

#[derive(Default)]
struct Entry {
    due: Option<Instant>,
    is_running: bool,
    streak: u32,
    not_before: Option<Instant>,
}

impl Queue {
    /// Asks for a look at an app now.
    pub fn add(&self, key: &AppKey) {
        let mut state = self.state();
        let entry = state.entries.entry(key.clone()).or_default();
        let now = Instant::now();
        let at = entry.not_before.map_or(now, |earliest| earliest.max(now));
        state.schedule(key, at);
        self.bell.notify_one();
    }

    /// Waits for the next app to look at; none after the queue was closed. Each app must be handed back by `done`.
    pub async fn next(&self) -> Option<AppKey> {
        loop {
            let wait = match self.state().take() {
                Turn::Closed => return None,
                Turn::Take(key) => {
                    self.bell.notify_one();
                    return Some(key);
                }
                Turn::Wait(until) => until,
            };
            match wait {
                Some(until) => {
                    tokio::select! {
                        () = tokio::time::sleep_until(until) => {}
                        () = self.bell.notified() => {}
                    }
                }
                None => self.bell.notified().await,
            }
        }
    }

    /// Hands an app back and schedules the next look at it.
    pub fn done(&self, key: &AppKey, outlook: Outlook) {
        let mut state = self.state();
        let entry = state.entries.entry(key.clone()).or_default();
        entry.is_running = false;
        let tries = entry.streak;
        let is_troubled = matches!(outlook, Outlook::Stuck | Outlook::Failing);
        entry.streak = if is_troubled { tries.saturating_add(1) } else { 0 };
        let now = Instant::now();
        entry.not_before = match outlook {
            Outlook::Stuck | Outlook::Failing => Some(now + BREATH),
            Outlook::Moving => Some(now + GATHER),
            _ => None,
        };
        let asked_meanwhile = entry.due.take().map(|due| entry.not_before.map_or(due, |earliest| earliest.max(due)));
        let next = match outlook {
            Outlook::Gone => None,
            Outlook::Settled => Some(now + jittered(RESYNC)),
            Outlook::Due(after) => Some(now + after.min(jittered(RESYNC))),
            Outlook::Moving => Some(now + GATHER),
            Outlook::Starting => Some(now + STUCK.delay(0)),
            Outlook::Stuck => Some(now + STUCK.delay(tries)),
            Outlook::Failing => Some(now + FAILING.delay(tries)),
        };
        match next.into_iter().chain(asked_meanwhile).min() {
            Some(at) => state.schedule(key, at),
            None => drop(state.entries.remove(key)),
        }
        self.bell.notify_one();
    }

    /// Number of apps that are due and not looked at yet.
    pub fn depth(&self) -> usize {
        let now = Instant::now();
        self.state().order.iter().take_while(|(due, _)| *due <= now).count()
    }

    /// Ends every `next`, also those to come.
    pub fn close(&self) {
        self.state().is_closed = true;
        self.bell.notify_waiters();
        self.bell.notify_one();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no code panics while it holds the queue")
    }
}

enum Turn {
    Closed,
    Take(AppKey),
    Wait(Option<Instant>),
}

impl State {
    /// Moves the look at an app to `at`, unless one is due earlier. A running app is looked at again afterwards.
    fn schedule(&mut self, key: &AppKey, at: Instant) {
        let entry = self.entries.entry(key.clone()).or_default();
        if entry.due.is_some_and(|due| due <= at) {
            return;
        }
        let before = entry.due.replace(at);
        if entry.is_running {
            return;
        }
        if let Some(due) = before {
            self.order.remove(&(due, key.clone()));
        }
        self.order.insert((at, key.clone()));
    }

    fn take(&mut self) -> Turn {
        if self.is_closed {
            return Turn::Closed;
        }
        match self.order.first() {
            Some((due, _)) if *due > Instant::now() => Turn::Wait(Some(*due)),
            None => Turn::Wait(None),
            Some(_) => {
                let (_, key) = self.order.pop_first().expect("there is a first");
                let entry = self.entries.entry(key.clone()).or_default();
                entry.is_running = true;
                entry.due = None;
                Turn::Take(key)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app(name: &str) -> AppKey {
        AppKey { namespace: "shop".into(), name: name.into() }
    }

    async fn soon(queue: &Queue) -> Option<AppKey> {
        tokio::time::timeout(Duration::from_millis(10), queue.next()).await.ok().flatten()
    }

    #[tokio::test(start_paused = true)]
    async fn many_events_are_one_look() {
        let queue = Queue::default();
        (0..5).for_each(|_| queue.add(&app("a")));
        assert_eq!(soon(&queue).await, Some(app("a")));
        assert_eq!(soon(&queue).await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn an_app_is_never_looked_at_twice_at_once() {
        let queue = Queue::default();
        queue.add(&app("a"));
        assert_eq!(soon(&queue).await, Some(app("a")));
        queue.add(&app("a"));
        assert_eq!(soon(&queue).await, None);
        queue.done(&app("a"), Outlook::Settled);
        assert_eq!(soon(&queue).await, Some(app("a")));
    }

    #[tokio::test(start_paused = true)]
    async fn a_failing_app_waits_longer_each_time_and_lets_others_through() {
        let queue = Queue::default();
        queue.add(&app("a"));
        assert_eq!(queue.next().await, Some(app("a")));
        for least in [0.8, 1.6, 3.2] {
            let before = Instant::now();
            queue.done(&app("a"), Outlook::Failing);
            queue.add(&app("b"));
            assert_eq!(soon(&queue).await, Some(app("b")));
            queue.done(&app("b"), Outlook::Gone);
            assert_eq!(queue.next().await, Some(app("a")));
            assert!(before.elapsed().as_secs_f64() >= least);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_time_decides_is_looked_at_in_time() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let due = Outlook::Settled.or_due(Some(at(130)), at(100));
        assert_eq!((due, Outlook::Stuck.or_due(Some(at(130)), at(100))), (Outlook::Due(Duration::from_secs(30)), Outlook::Stuck));
        assert_eq!(Outlook::Settled.or_due(Some(at(90)), at(100)), Outlook::Due(Duration::ZERO));
        let queue = Queue::default();
        queue.add(&app("a"));
        assert_eq!(queue.next().await, Some(app("a")));
        let before = Instant::now();
        queue.done(&app("a"), due);
        assert_eq!(queue.next().await, Some(app("a")));
        assert_eq!(before.elapsed().as_secs(), 30);
    }

    #[tokio::test(start_paused = true)]
    async fn success_ends_the_streak() {
        let queue = Queue::default();
        queue.add(&app("a"));
        for outlook in [Outlook::Failing, Outlook::Failing, Outlook::Moving, Outlook::Failing] {
            assert_eq!(queue.next().await, Some(app("a")));
            queue.done(&app("a"), outlook);
        }
        let before = Instant::now();
        assert_eq!(queue.next().await, Some(app("a")));
        assert!(before.elapsed() <= Duration::from_millis(1200));
    }

    #[tokio::test(start_paused = true)]
    async fn an_edit_of_a_failing_app_waits_a_breath_only() {
        let queue = Queue::default();
        queue.add(&app("a"));
        for _ in 0..8 {
            assert_eq!(queue.next().await, Some(app("a")));
            queue.done(&app("a"), Outlook::Failing);
        }
        let before = Instant::now();
        queue.add(&app("a"));
        assert_eq!(queue.next().await, Some(app("a")));
        assert!(before.elapsed() <= BREATH + Duration::from_millis(10));
    }

    #[tokio::test(start_paused = true)]
    async fn answers_to_a_write_are_one_look_and_others_come_first() {
        let queue = Queue::default();
        queue.add(&app("a"));
        assert_eq!(queue.next().await, Some(app("a")));
        queue.done(&app("a"), Outlook::Moving);
        (0..5).for_each(|_| queue.add(&app("a")));
        queue.add(&app("b"));
        let before = Instant::now();
        assert_eq!((queue.next().await, queue.next().await), (Some(app("b")), Some(app("a"))));
        assert!(before.elapsed() >= GATHER && soon(&queue).await.is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn closing_ends_every_wait() {
        let queue = Queue::default();
        let (first, second, ()) = tokio::join!(queue.next(), queue.next(), async { queue.close() });
        assert_eq!((first, second, queue.next().await), (None, None, None));
    }
}
