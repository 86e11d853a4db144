//! How long to wait before the next try: doubling up to a limit, with jitter so that tries spread.
//! It counts nothing and sleeps nowhere.

use std::time::Duration;

/// A delay that grows with each try.
#[derive(Clone, Copy, Debug)]
pub struct Growing {
    /// Delay before the first try.
    pub first: Duration,
    /// Longest delay.
    pub limit: Duration,
}

impl Growing {
    /// Delay before the try after `tries` others, a fifth more or less.
    pub fn delay(&self, tries: u32) -> Duration {
        let doubled = self.first.saturating_mul(2u32.saturating_pow(tries));
        jittered(doubled.min(self.limit))
    }
}

/// A duration, a fifth more or less.
pub fn jittered(duration: Duration) -> Duration {
    duration.mul_f64(0.8 + 0.4 * fraction())
}

/// A number in 0..1; without a source of randomness the middle does.
fn fraction() -> f64 {
    let mut byte = [128];
    getrandom::fill(&mut byte).ok();
    f64::from(byte[0]) / 256.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delay_doubles_up_to_its_limit() {
        let growing = Growing { first: Duration::from_secs(1), limit: Duration::from_secs(300) };
        for (tries, seconds) in [(0, 1.0), (1, 2.0), (5, 32.0), (20, 300.0), (u32::MAX, 300.0)] {
            let delay = growing.delay(tries).as_secs_f64();
            assert!((seconds * 0.8..=seconds * 1.2).contains(&delay), "{tries} tries: {delay} s");
        }
    }
}
