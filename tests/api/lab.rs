//! Many points at which something is done to an app's life: which of them are tried, how many at once, and what came out.
//! What is done there is the test's to say.

use std::{env, panic::AssertUnwindSafe, time::Instant};

use futures::{FutureExt, StreamExt, stream};

use crate::wire::Sent;

/// Lives at the same time.
const TOGETHER: usize = 4;
/// Without a wish for all, each so many-th point is tried: a prime, so that each of the ways to die at a write is met.
const STRIDE: usize = 13;

/// What came out.
pub struct Outcome<T> {
    /// Of each point that ran.
    pub each: Vec<T>,
    /// What is wrong, in words.
    pub faults: Vec<String>,
    /// How many points there are, how many of them ran, and for how long, in words.
    pub figures: String,
}

/// Tries all points, or a part of them: AEGIS_CRASH_POINTS=all, or a number by which the part is chosen.
pub async fn tried<P: Copy + std::fmt::Debug, T>(points: &[P], life: impl AsyncFn(P) -> (Vec<String>, T)) -> Outcome<T> {
    let started = Instant::now();
    let chosen = chosen(points);
    let lives = chosen.iter().map(|point| AssertUnwindSafe(life(*point)).catch_unwind().map(move |ended| (point, ended)));
    let mut outcome = Outcome { each: vec![], faults: vec![], figures: String::new() };
    let mut ended = stream::iter(lives).buffer_unordered(TOGETHER);
    while let Some((point, ended)) = ended.next().await {
        match ended {
            Ok((faults, end)) => {
                outcome.faults.extend(faults.into_iter().map(|fault| format!("{point:?}: {fault}")));
                outcome.each.push(end);
            }
            Err(panic) => outcome.faults.push(format!("{point:?}: {}", panic.downcast_ref::<String>().map_or("a panic", String::as_str))),
        }
    }
    outcome.figures = format!("{} of {} points ran in {:.0} s", chosen.len(), points.len(), started.elapsed().as_secs_f64());
    outcome
}

fn chosen<P: Copy>(all: &[P]) -> Vec<P> {
    let wish = env::var("AEGIS_CRASH_POINTS").unwrap_or_default();
    if wish == "all" {
        return all.to_vec();
    }
    let first = wish.parse::<usize>().unwrap_or_default() % STRIDE;
    all.iter().skip(first).step_by(STRIDE).copied().collect()
}

/// Requests in one line.
pub fn words(sent: &[Sent]) -> String {
    sent.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
