//! Cron expressions as Kubernetes reads them: five fields, names of months and weekdays, steps and ranges; and when one comes
//! next by the clocks of a time zone. A time that a clock skips does not come; one that it shows twice comes twice.

use jiff::{Timestamp, ToSpan, Zoned, tz::TimeZone};

/// After so many years without a time there is none, as Kubernetes has it.
const YEARS: i16 = 5;

/// Times that come again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cron {
    minutes: Set,
    hours: Set,
    days: Set,
    months: Set,
    weekdays: Set,
}

/// What one field allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Set {
    bits: u64,
    /// Whether it leaves the choice of the day to the other field of days.
    is_any: bool,
}

impl Cron {
    /// Reads an expression, or says why it is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = match text.strip_prefix('@') {
            Some(word) => meant(word).ok_or_else(|| format!("@{word} is not a known schedule"))?,
            None => text,
        };
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = fields[..] else {
            return Err(format!("it has {} fields instead of five", fields.len()));
        };
        Ok(Self {
            minutes: MINUTE.set(minutes)?,
            hours: HOUR.set(hours)?,
            days: DAY.set(days)?,
            months: MONTH.set(months)?,
            weekdays: WEEKDAY.set(weekdays)?,
        })
    }

    /// The first time after a moment; none where no day is like that.
    pub fn next(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let minute = (after.as_second().div_euclid(60) + 1) * 60;
        let mut at = Timestamp::from_second(minute).ok()?.to_zoned(zone.clone());
        let last = at.year() + YEARS;
        while at.year() <= last {
            at = if !self.months.has(at.month()) {
                at.first_of_month().and_then(|first| first.checked_add(1.month())).and_then(|first| first.start_of_day())
            } else if !self.has_day(&at) {
                at.tomorrow().and_then(|tomorrow| tomorrow.start_of_day())
            } else if !self.hours.has(at.hour()) {
                at.checked_add(i64::from(60 - at.minute()).minutes())
            } else if !self.minutes.has(at.minute()) {
                at.checked_add(1.minute())
            } else {
                return Some(at.timestamp());
            }
            .ok()?;
        }
        None
    }

    /// Where both fields of days choose, either is enough.
    fn has_day(&self, at: &Zoned) -> bool {
        let (day, weekday) = (self.days.has(at.day()), self.weekdays.has(at.weekday().to_sunday_zero_offset()));
        if self.days.is_any || self.weekdays.is_any { day && weekday } else { day || weekday }
    }
}

impl Set {
    fn has(self, value: i8) -> bool {
        u32::try_from(value).is_ok_and(|value| self.bits >> value & 1 == 1)
    }
}

/// The expression that a word stands for.
fn meant(word: &str) -> Option<&'static str> {
    Some(match word {
        "yearly" | "annually" => "0 0 1 1 *",
        "monthly" => "0 0 1 * *",
        "weekly" => "0 0 * * 0",
        "daily" | "midnight" => "0 0 * * *",
        "hourly" => "0 * * * *",
        _ => return None,
    })
}

struct Field {
    name: &'static str,
    min: u32,
    max: u32,
    words: &'static [&'static str],
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const MINUTE: Field = Field { name: "minute", min: 0, max: 59, words: &[] };
const HOUR: Field = Field { name: "hour", min: 0, max: 23, words: &[] };
const DAY: Field = Field { name: "day-of-month", min: 1, max: 31, words: &[] };
const MONTH: Field = Field { name: "month", min: 1, max: 12, words: &MONTHS };
const WEEKDAY: Field = Field { name: "day-of-week", min: 0, max: 6, words: &DAYS };

impl Field {
    fn set(&self, text: &str) -> Result<Set, String> {
        let ranges: Option<Vec<Set>> = text.split(',').map(|range| self.range(range)).collect();
        let ranges = ranges.ok_or_else(|| format!("its {} field {text:?} is not {}", self.name, self.shape()))?;
        let both = |a: Set, b: Set| Set { bits: a.bits | b.bits, is_any: a.is_any || b.is_any };
        Ok(ranges.into_iter().fold(Set { bits: 0, is_any: false }, both))
    }

    fn range(&self, text: &str) -> Option<Set> {
        let (range, step) = text.split_once('/').map_or((text, None), |(range, step)| (range, Some(step)));
        let is_all = matches!(range, "*" | "?");
        let (from, to) = match range.split_once('-') {
            _ if is_all => (self.min, self.max),
            Some((from, to)) => (self.value(from)?, self.value(to)?),
            // a step from one value goes on to the last
            None => (self.value(range)?, if step.is_some() { self.max } else { self.value(range)? }),
        };
        let step: usize = step.map_or(Some(1), |step| step.parse().ok()).filter(|step| *step > 0)?;
        let bits = (from..=to).step_by(step).fold(0, |bits, value| bits | 1 << value);
        (from <= to).then_some(Set { bits, is_any: is_all && step == 1 })
    }

    fn value(&self, text: &str) -> Option<u32> {
        let word = self.words.iter().position(|word| text.eq_ignore_ascii_case(word));
        let number = word.and_then(|i| u32::try_from(i).ok()).map(|i| i + self.min).or_else(|| text.parse().ok())?;
        (self.min..=self.max).contains(&number).then_some(number)
    }

    fn shape(&self) -> String {
        format!("{} to {}, a range, a list or a step of them", self.min, self.max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The times that follow a moment, by the clocks of Oslo.
    fn times(expression: &str, after: &str) -> Vec<String> {
        let (cron, zone) = (Cron::parse(expression).unwrap(), TimeZone::get("Europe/Oslo").unwrap());
        let next = |at: &Timestamp| cron.next(*at, &zone);
        let all = std::iter::successors(next(&after.parse().unwrap()), next).take(3);
        all.map(|at| at.to_zoned(zone.clone()).strftime("%F %H:%M %z").to_string()).collect()
    }

    #[test]
    fn a_time_that_the_clocks_skip_does_not_come() {
        let skipped = ["2026-03-28 02:30 +0100", "2026-03-30 02:30 +0200", "2026-03-31 02:30 +0200"];
        assert_eq!(times("30 2 * * *", "2026-03-27T12:00:00Z"), skipped);
    }

    #[test]
    fn a_time_that_the_clocks_show_twice_comes_twice() {
        let twice = ["2026-10-25 02:30 +0200", "2026-10-25 02:30 +0100", "2026-10-26 02:30 +0100"];
        assert_eq!(times("30 2 * * *", "2026-10-24T12:00:00Z"), twice);
    }

    #[test]
    fn either_field_of_days_is_enough_where_both_choose() {
        let either = ["2026-02-02 00:00 +0100", "2026-02-09 00:00 +0100", "2026-02-13 00:00 +0100"];
        assert_eq!(times("0 0 13 2 mon", "2026-01-31T12:00:00Z"), either);
        let both = ["2026-02-02 00:00 +0100", "2026-02-09 00:00 +0100", "2026-02-16 00:00 +0100"];
        assert_eq!(times("0 0 ? 2 mon", "2026-01-31T12:00:00Z"), both);
    }

    #[test]
    fn a_step_begins_where_its_range_does() {
        let steps = ["2026-01-01 22:50 +0100", "2026-01-02 10:10 +0100", "2026-01-02 10:30 +0100"];
        assert_eq!(times("10/20 10-23/12,22 * * *", "2026-01-01T21:30:00Z"), steps);
    }

    #[test]
    fn what_never_comes_has_no_time() {
        assert_eq!(times("0 0 31 4,6 *", "2026-01-01T00:00:00Z"), [""; 0]);
        assert_eq!(times("0 0 29 feb *", "2026-01-01T00:00:00Z")[0], "2028-02-29 00:00 +0100");
    }
}
