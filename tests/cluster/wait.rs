//! Waiting for something to become true: looked at often, bounded, and ended early when it cannot come any more.
//! Nothing here sleeps for a fixed time and hopes.

use std::{
    fmt::Display,
    time::{Duration, Instant},
};

/// Time between two looks.
const PAUSE: Duration = Duration::from_millis(150);

/// What one look shows.
pub enum Look<T> {
    /// It is there.
    Done(T),
    /// Not yet: how things stand.
    Waiting(String),
    /// It will never be there, and why.
    Never(String),
}

/// Looks until it is done.
///
/// # Panics
/// When it takes longer than `seconds`, or can never be: with the last state seen.
pub async fn until<T>(what: impl Display, seconds: u64, mut look: impl AsyncFnMut() -> Look<T>) -> T {
    let started = Instant::now();
    let limit = Duration::from_secs(seconds);
    loop {
        match look().await {
            Look::Done(value) => return value,
            Look::Never(reason) => panic!("{what} can not come about any more: {reason}"),
            Look::Waiting(state) if started.elapsed() > limit => panic!("{what} did not come about within {seconds} s; last seen: {state}"),
            Look::Waiting(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

/// Done when there is something; otherwise the state is shown.
pub fn found<T>(value: Option<T>, state: impl Into<String>) -> Look<T> {
    value.map_or_else(|| Look::Waiting(state.into()), Look::Done)
}

/// Done when it holds; otherwise the state is shown.
pub fn holds(holds: bool, state: impl Into<String>) -> Look<()> {
    found(holds.then_some(()), state)
}
