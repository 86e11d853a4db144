//! Turns: how many may work at the same time. Who has waited for the server for long is not at work, and lets another begin.
//! It does not know what the work is.

use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

/// How long a turn is kept for work that does not end.
const PATIENCE: Duration = Duration::from_secs(1);

/// A number of turns.
pub struct Turns(Semaphore);

/// The right to work now.
pub struct Turn<'a> {
    _permit: SemaphorePermit<'a>,
}

impl Turns {
    /// So many at the same time.
    pub fn new(count: usize) -> Self {
        Self(Semaphore::new(count))
    }

    /// Waits for a turn.
    pub async fn take(&self) -> Turn<'_> {
        Turn { _permit: self.0.acquire().await.expect("the semaphore is never closed") }
    }
}

impl Turn<'_> {
    /// Does the work to its end, and keeps the turn until then or until it takes too long.
    pub async fn during<T>(self, work: impl Future<Output = T>) -> T {
        tokio::pin!(work);
        if let Ok(done) = tokio::time::timeout(PATIENCE, &mut work).await {
            return done;
        }
        drop(self);
        work.await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::{Instant, sleep};

    #[tokio::test(start_paused = true)]
    async fn work_that_hangs_keeps_others_waiting_for_a_moment_only() {
        let turns = Turns::new(1);
        let started = Instant::now();
        let hangs = async { turns.take().await.during(sleep(Duration::from_secs(60))).await };
        let waits = async { turns.take().await.during(async { started.elapsed() }).await };
        let ((), began) = tokio::join!(hangs, waits);
        assert_eq!((began, started.elapsed()), (PATIENCE, Duration::from_secs(60)));
    }

    #[tokio::test(start_paused = true)]
    async fn work_that_ends_is_never_done_by_more_at_once() {
        let turns = Turns::new(2);
        let started = Instant::now();
        let works = (0..6).map(|_| async { turns.take().await.during(sleep(Duration::from_secs(1))).await });
        futures::future::join_all(works).await;
        assert_eq!(started.elapsed(), Duration::from_secs(3));
    }
}
