//! How many messages were finished since the start, as well as that can be known from outside the workers.
//! It only ever grows.

/// What one look says about what was finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The broker itself counts: so many, ever.
    Finished(u64),
    /// Nobody counts: so many are not finished. What comes and goes between two looks is not seen.
    Left(u64),
}

impl Default for Progress {
    fn default() -> Self {
        Self::Left(0)
    }
}

/// A count over many looks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Completed {
    last: Option<Progress>,
    total: u64,
}

impl Completed {
    /// The total after one more look.
    pub fn after(&mut self, now: Progress) -> u64 {
        self.total += match (self.last.replace(now), now) {
            (Some(Progress::Finished(before)), Progress::Finished(now)) => now.saturating_sub(before),
            (Some(Progress::Left(before)), Progress::Left(now)) => before.saturating_sub(now),
            _ => 0,
        };
        self.total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_of_the_broker_is_taken_from_the_first_look_on() {
        let mut completed = Completed::default();
        assert_eq!([7, 9, 3, 4].map(|now| completed.after(Progress::Finished(now))), [0, 2, 2, 3], "a stream made anew takes nothing back");
    }

    #[test]
    fn without_one_only_what_is_seen_to_go_counts() {
        let mut completed = Completed::default();
        assert_eq!([5, 3, 10, 4].map(|now| completed.after(Progress::Left(now))), [0, 2, 2, 8]);
    }
}
