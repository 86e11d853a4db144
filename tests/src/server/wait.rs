//! Waiting for a condition, with a bound and with the last answer in the failure.
//! There is no other wait in this suite.

use std::time::{Duration, Instant};

/// Longest time for anything that should come about: the machine may be busy.
const LIMIT: Duration = Duration::from_secs(90);
const PERIOD: Duration = Duration::from_millis(50);

/// Asks until the answer is there.
///
/// # Panics
/// With the last refusal, when it takes too long.
pub async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Result<T, String>) -> T {
    let started = Instant::now();
    loop {
        match ask().await {
            Ok(answer) => return answer,
            Err(why) if started.elapsed() > LIMIT => panic!("not within {LIMIT:?}: {what}\n{why}"),
            Err(_) => tokio::time::sleep(PERIOD).await,
        }
    }
}
