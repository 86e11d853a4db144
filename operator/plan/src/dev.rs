//! `spec.dev`: whether what a developer runs counts now. Once its time is over nothing of it does, whatever stands in the spec.
//! How pods run over the source is decided elsewhere.

use std::borrow::Cow;

use aegis_crds::{AegisApp, dev::Dev, rules};
use jiff::{SignedDuration, Timestamp};

use crate::{
    Facts, Problem,
    problem::{DEV_NOT_HELD, IN_DEVELOPMENT},
};

/// Furthest end of it: what nobody renews is nobody's.
const LONGEST: SignedDuration = SignedDuration::from_hours(24);

/// The resource as it counts now: without what does not hold, and without the time until which the rest does, for another time is no
/// other release.
pub(crate) fn counted(asked: Cow<'_, AegisApp>, now: Timestamp) -> Cow<'_, AegisApp> {
    let Some(dev) = &asked.spec.dev else { return asked };
    let counts = until(dev, now).map(|_| Dev { until: None, ..dev.clone() });
    let mut asked = asked.into_owned();
    asked.spec.dev = counts;
    Cow::Owned(asked)
}

/// When it ends by itself.
pub(crate) fn due(asked: &AegisApp, facts: &Facts) -> Option<Timestamp> {
    until(asked.spec.dev.as_ref()?, facts.now)
}

/// That what runs is not what the rest of the spec says, or why it is although `dev` stands there.
pub(crate) fn problem(asked: &AegisApp, facts: &Facts) -> Option<Problem> {
    let dev = asked.spec.dev.as_ref()?;
    Some(match (until(dev, facts.now), &dev.until) {
        (Some(_), _) => Problem::new(&IN_DEVELOPMENT, "spec.dev", "a developer's code runs in place of what the rest of the spec says"),
        (None, Some(ended)) if ended.0 <= facts.now => {
            Problem::new(&DEV_NOT_HELD, "spec.dev.until", format!("dev ended at {}: the app runs as the rest of the spec says", ended.0))
        }
        _ => Problem::new(&DEV_NOT_HELD, "spec.dev.until", rules::DEV_TIME),
    })
}

/// Until when it holds, if it does.
fn until(dev: &Dev, now: Timestamp) -> Option<Timestamp> {
    dev.until.as_ref().map(|until| until.0).filter(|until| *until > now && *until <= now + LONGEST)
}
