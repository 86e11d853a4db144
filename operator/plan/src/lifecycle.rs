//! `lifecycle.ttl`: when an app ends because it was asked to. It ends at a time that was told before, and by no other.
//! Nothing is deleted here, and what becomes of data is decided elsewhere.

use aegis_crds::AegisApp;
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use crate::{Accepted, Facts, Problem, accept, problem::EXPIRING};

/// Longest warning before the end, and how long an end that has passed already is put off.
const NOTICE: SignedDuration = SignedDuration::from_hours(1);
/// Units in the order in which they are written, in seconds.
const UNITS: [(char, i64); 4] = [('d', 86_400), ('h', 3600), ('m', 60), ('s', 1)];

/// A length of time as it is written, for example 1d12h; none for what is none.
pub(crate) fn length(text: &str) -> Option<SignedDuration> {
    let (mut rest, mut seconds) = (text, 0);
    for (unit, of) in UNITS {
        if let Some((count, after)) = rest.split_once(unit) {
            let count = Some(count).filter(|count| count.bytes().all(|byte| byte.is_ascii_digit()))?;
            seconds += count.parse::<i64>().ok()?.checked_mul(of)?;
            rest = after;
        }
    }
    (rest.is_empty() && seconds > 0).then(|| SignedDuration::from_secs(seconds))
}

/// Whether the app's time is over: by a spec that is accepted, and at the time that was told.
pub fn is_over(asked: &AegisApp, facts: &Facts) -> bool {
    let has_come = |told: &Time| told.0 <= facts.now;
    facts.status.expires_at.as_ref().is_some_and(|told| has_come(told) && end(asked, &accept(asked, facts), facts) == Some(told.0))
}

/// When the app ends.
pub(crate) fn end(asked: &AegisApp, accepted: &Accepted, facts: &Facts) -> Option<Timestamp> {
    Some(Life::of(asked, accepted, facts)?.end())
}

/// When the warning is due, and then the end.
pub(crate) fn due(asked: &AegisApp, accepted: &Accepted, facts: &Facts) -> Option<Timestamp> {
    let life = Life::of(asked, accepted, facts)?;
    Some(if life.is_near() { life.end() } else { life.warning() })
}

/// The warning.
pub(crate) fn problem(asked: &AegisApp, accepted: &Accepted, facts: &Facts) -> Option<Problem> {
    let life = Life::of(asked, accepted, facts)?;
    let message = format!("the app is deleted at {}, for its ttl is {}", life.end(), life.ttl);
    life.is_near().then(|| Problem::new(&EXPIRING, "spec.lifecycle.ttl", message))
}

/// An app whose days are counted.
struct Life<'a> {
    ttl: &'a str,
    length: SignedDuration,
    /// As the spec says.
    wished: Timestamp,
    told: Option<Timestamp>,
    now: Timestamp,
}

impl<'a> Life<'a> {
    fn of(asked: &'a AegisApp, accepted: &Accepted, facts: &Facts) -> Option<Self> {
        let is_cared_for = accepted.is_fresh && !asked.spec.paused.unwrap_or(false);
        let ttl = asked.spec.lifecycle.as_ref().filter(|_| is_cared_for)?.ttl.as_deref()?;
        let length = length(ttl)?;
        let wished = asked.metadata.creation_timestamp.as_ref()?.0.checked_add(length).ok()?;
        Some(Self { ttl, length, wished, told: facts.status.expires_at.as_ref().map(|told| told.0), now: facts.now })
    }

    /// As told, if that is about this wish. An end that would come without a warning is put off.
    fn end(&self) -> Timestamp {
        let latest = later(self.now, self.length.min(NOTICE));
        if self.wished >= later(self.now, self.notice()) {
            return self.wished;
        }
        self.told.filter(|told| *told >= self.wished && *told <= latest).unwrap_or(latest)
    }

    fn warning(&self) -> Timestamp {
        self.end() - self.notice()
    }

    fn is_near(&self) -> bool {
        self.warning() <= self.now
    }

    fn notice(&self) -> SignedDuration {
        NOTICE.min(self.length / 10)
    }
}

/// That much later, in whole seconds, as it is told.
fn later(now: Timestamp, length: SignedDuration) -> Timestamp {
    let whole = SignedDuration::from_secs(i64::from(now.subsec_nanosecond() > 0));
    Timestamp::from_second((now + length + whole).as_second()).expect("the end of an app's life is not the end of time")
}
