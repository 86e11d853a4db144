//! How long ago something was, in two units at most. It reads the clock; nothing else does so for people.

use jiff::{SpanRound, Timestamp, Unit};

/// `2h 5m`, or nothing when the time cannot be read.
pub fn age(created: &str) -> String {
    let Ok(created) = created.parse::<Timestamp>() else {
        return String::new();
    };
    let passed = Timestamp::now()
        .since(created)
        .and_then(|passed| passed.round(SpanRound::new().smallest(Unit::Second).largest(Unit::Day).days_are_24_hours()));
    let words = passed.map(|passed| format!("{passed:#}")).unwrap_or_default();
    words.split_whitespace().take(2).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_has_two_units_at_most() {
        let created = Timestamp::now() - jiff::SignedDuration::from_secs(3 * 3600 + 62);
        assert_eq!(age(&created.to_string()), "3h 1m");
        assert_eq!(age("never"), "");
    }
}
