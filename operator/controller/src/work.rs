//! Workers: each takes one app at a time from the queue and looks at it. What goes wrong with one app stays with it:
//! neither a panic nor a server that does not answer keeps the others waiting.
//! How an app is looked at is told in `reconcile.rs`.

use std::{
    any::Any,
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant},
};

use futures::FutureExt;
use tokio::task::JoinSet;
use tracing::{Instrument, debug, error, info_span, warn};

use crate::{
    failure::Failure,
    place::AppKey,
    queue::{Outlook, Queue},
    reconcile::reconcile,
    report,
    turn::{Turn, Turns},
    world::World,
};

/// Longest time of one look.
const LOOK_LIMIT: Duration = Duration::from_secs(60);
/// Looks that may wait for the server beside those that get on: so many apps may hang before others wait for them.
const HANGING: usize = 128;

/// Starts workers that run until the queue is closed; `count` of them are at work at the same time.
pub fn start(count: usize, world: &Arc<World>, queue: &Arc<Queue>) -> JoinSet<()> {
    let turns = Arc::new(Turns::new(count));
    let mut workers = JoinSet::new();
    for _ in 0..count + HANGING {
        workers.spawn(work(world.clone(), queue.clone(), turns.clone()));
    }
    workers
}

async fn work(world: Arc<World>, queue: Arc<Queue>, turns: Arc<Turns>) {
    while let Some((turn, key)) = next(&turns, &queue).await {
        let span = info_span!("reconcile", namespace = key.namespace, app = key.name);
        let outlook = turn.during(look(&world, &key).instrument(span)).await;
        queue.done(&key, outlook);
    }
}

/// The turn comes first: an app is taken from the queue when it can be looked at.
async fn next<'a>(turns: &'a Turns, queue: &Queue) -> Option<(Turn<'a>, AppKey)> {
    let turn = turns.take().await;
    Some((turn, queue.next().await?))
}

async fn look(world: &World, key: &AppKey) -> Outlook {
    let started = Instant::now();
    let result = contained(reconcile(world, key)).await;
    let took = started.elapsed();
    let (outcome, outlook) = match result {
        Ok(outlook) => (outlook.word(), outlook),
        Err(failure) => {
            world.metrics.failed(failure.word(), failure.reason());
            // what the look fell over may lie in the way of its report too
            if let Err(failure) = contained(tell(world, key, &failure)).await {
                warn!(effect = failure.word(), reason = failure.reason(), "{failure}");
            }
            (failure.word(), Outlook::Failing)
        }
    };
    world.metrics.reconciled(outcome, took);
    debug!(outcome, took_ms = took.as_millis(), "looked");
    outlook
}

/// A look, or its report, that neither hangs nor takes the other apps down with it.
async fn contained<T>(look: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    match AssertUnwindSafe(tokio::time::timeout(LOOK_LIMIT, look)).catch_unwind().await {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err(Failure::Overrun(LOOK_LIMIT)),
        Err(panic) => Err(Failure::Panic(words(panic.as_ref()))),
    }
}

async fn tell(world: &World, key: &AppKey, failure: &Failure) -> Result<(), Failure> {
    if !matches!(failure, Failure::Panic(_)) {
        warn!(effect = failure.word(), reason = failure.reason(), "{failure}");
        return Ok(());
    }
    error!(effect = failure.word(), "{failure}");
    match world.cache.app(key) {
        Some(stored) => report::bug(world, &stored, failure).await,
        None => Ok(()),
    }
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic without words".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_a_failure_of_one_look() {
        let failure = contained::<()>(async { panic!("index {} out of range", 7) }).await.unwrap_err();
        assert_eq!((failure.word(), failure.reason()), ("panic", "OperatorBug"));
        assert!(failure.to_string().contains("index 7 out of range"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_look_that_hangs_ends() {
        let failure = contained::<()>(std::future::pending()).await.unwrap_err();
        assert_eq!(failure.word(), "overrun");
    }
}
