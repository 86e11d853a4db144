//! When a cron expression comes next, against a clock that is read minute by minute; around changes of the clocks above all.

use std::collections::BTreeSet;

use aegis_plan::cron::Cron;
use jiff::{SignedDuration, Timestamp, Zoned, tz::TimeZone};
use libtest_mimic::Trial;
use proptest::{collection::btree_set, option, prelude::*, sample::select};

use crate::{config, trials};

/// Of clocks that change at midnight, by half an hour, by a day, and not at all.
const ZONES: [&str; 7] =
    ["Etc/UTC", "Europe/Oslo", "America/New_York", "America/Sao_Paulo", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kolkata"];
/// How far the clock is read.
const DAYS: i64 = 4;

pub fn trials() -> Vec<Trial> {
    trials![a_run_comes_at_the_first_minute_that_its_schedule_names]
}

/// What the fields allow; none leaves it open.
#[derive(Clone, Debug)]
struct Times {
    minutes: Field,
    hours: Field,
    days: Field,
    months: Field,
    weekdays: Field,
}

type Field = Option<BTreeSet<i8>>;

impl Times {
    fn expression(&self) -> String {
        let word = |field: &Field| match field {
            Some(values) => values.iter().map(i8::to_string).collect::<Vec<_>>().join(","),
            None => "*".to_owned(),
        };
        [&self.minutes, &self.hours, &self.days, &self.months, &self.weekdays].map(word).join(" ")
    }

    fn has(&self, at: &Zoned) -> bool {
        let has = |field: &Field, value: i8| field.as_ref().is_none_or(|values| values.contains(&value));
        let days = [has(&self.days, at.day()), has(&self.weekdays, at.weekday().to_sunday_zero_offset())];
        let is_day = if self.days.is_some() && self.weekdays.is_some() { days[0] || days[1] } else { days[0] && days[1] };
        is_day && has(&self.minutes, at.minute()) && has(&self.hours, at.hour()) && has(&self.months, at.month())
    }
}

fn field(values: std::ops::Range<i8>, often: f64) -> impl Strategy<Value = Field> {
    option::weighted(often, btree_set(values, 1..4))
}

fn times() -> impl Strategy<Value = Times> {
    let fields = (field(0..60, 0.9), field(0..24, 0.8), field(1..32, 0.2), field(1..13, 0.1), field(0..7, 0.3));
    fields.prop_map(|(minutes, hours, days, months, weekdays)| Times { minutes, hours, days, months, weekdays })
}

/// A moment, or one shortly before the clocks change next.
fn moment(zone: &TimeZone, second: i64, before_change: Option<i64>) -> Timestamp {
    let at = Timestamp::from_second(second).expect("it is in this century");
    let change = before_change.and_then(|hours| Some(zone.following(at).next()?.timestamp() - SignedDuration::from_hours(hours)));
    change.unwrap_or(at)
}

proptest! {
    #![proptest_config(config(1))]

    fn a_run_comes_at_the_first_minute_that_its_schedule_names(
        times in times(), zone in select(&ZONES[..]), second in 1_280_000_000..1_900_000_000i64, change in option::of(0..48i64)
    ) {
        let zone = TimeZone::get(zone).expect("the zones are bundled");
        let after = moment(&zone, second, change);
        let cron = Cron::parse(&times.expression()).expect("it is an expression");
        let next = cron.next(after, &zone);
        prop_assert!(next.is_none_or(|next| next > after));
        let minute = Timestamp::from_second((after.as_second().div_euclid(60) + 1) * 60).expect("it is in this century");
        let minutes = (0..DAYS * 24 * 60).map(|minutes| minute + SignedDuration::from_mins(minutes));
        let first = minutes.into_iter().find(|at| times.has(&at.to_zoned(zone.clone())));
        match first {
            Some(first) => prop_assert_eq!(next, Some(first), "{}", times.expression()),
            None => prop_assert!(next.is_none_or(|next| next > minute + SignedDuration::from_hours(DAYS * 24 - 1)), "{:?}", next),
        }
    }
}
