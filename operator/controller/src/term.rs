//! Until when this process may write: asked right before each write, moved on by each renewal of the Lease.
//! It neither renews nor ends anything.

use std::sync::{Mutex, MutexGuard};

use tokio::time::Instant;

/// The time in which this process may write.
pub struct Term {
    end: Mutex<End>,
}

#[derive(Clone, Copy)]
enum End {
    Never,
    At(Instant),
    Now,
}

impl Term {
    /// One that never ends, for a process that shares its work with no other.
    pub fn endless() -> Self {
        Self { end: Mutex::new(End::Never) }
    }

    /// One that has not begun.
    pub fn waiting() -> Self {
        Self { end: Mutex::new(End::Now) }
    }

    /// Lets it last until then.
    pub fn last(&self, until: Instant) {
        *self.end() = End::At(until);
    }

    /// Ends it now.
    pub fn finish(&self) {
        *self.end() = End::Now;
    }

    /// Whether nothing may be written. The clock goes on while a process is frozen, so one that wakes up too late finds it over.
    pub fn is_over(&self) -> bool {
        match *self.end() {
            End::Never => false,
            End::At(until) => Instant::now() >= until,
            End::Now => true,
        }
    }

    fn end(&self) -> MutexGuard<'_, End> {
        self.end.lock().expect("no code panics while it holds the term")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test(start_paused = true)]
    async fn a_term_lasts_until_its_end() {
        let term = Term::waiting();
        assert!(term.is_over() && !Term::endless().is_over());
        term.last(Instant::now() + Duration::from_secs(10));
        tokio::time::advance(Duration::from_millis(9_999)).await;
        assert!(!term.is_over());
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(term.is_over());
        term.last(Instant::now() + Duration::from_secs(10));
        term.finish();
        assert!(term.is_over());
    }
}
