//! Whether all that has to happen before the start has happened, each once.
//! It does not know what that is.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::sync::Semaphore;

/// All gates.
#[derive(Default)]
pub struct Gates {
    open: Arc<Count>,
    all: u32,
}

/// One of them. It never closes again.
pub struct Gate {
    open: Arc<Count>,
    is_open: AtomicBool,
}

struct Count(Semaphore);

impl Default for Count {
    fn default() -> Self {
        Self(Semaphore::new(0))
    }
}

impl Gates {
    /// One more to wait for.
    pub fn gate(&mut self) -> Gate {
        self.all += 1;
        Gate { open: self.open.clone(), is_open: AtomicBool::new(false) }
    }

    /// Waits for all of them.
    pub async fn all_open(&self) {
        let _permits = self.open.0.acquire_many(self.all).await.expect("the semaphore is never closed");
    }
}

impl Gate {
    /// Opens it; more than once is the same as once.
    pub fn open(&self) {
        if !self.is_open.swap(true, Ordering::Relaxed) {
            self.open.0.add_permits(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    #[test]
    fn each_counts_once() {
        let mut gates = Gates::default();
        let (a, b) = (gates.gate(), gates.gate());
        a.open();
        a.open();
        assert!(gates.all_open().now_or_never().is_none(), "the other is closed");
        b.open();
        assert!(gates.all_open().now_or_never().is_some());
    }
}
