//! The time that messages carry: milliseconds since 1970.
//! Waiting and ages of looks go by the monotonic clock instead.

use std::time::SystemTime;

use crate::library::Millis;

/// Now.
pub fn now() -> Millis {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX)
}
