//! How many workers say of themselves that they run a task, by a key each.
//! The search is bounded: in a database with too many keys it gives no number rather than a wrong one.

use std::collections::HashSet;

use redis::cmd;

use crate::{broker::Link, fault::Fault};

/// Keys that are looked at in one step.
const STEP: usize = 1000;
/// Steps, that is at most about 200,000 keys.
const STEPS: usize = 200;

/// The number of keys that match; none when there are too many keys to look through.
pub async fn count(link: &Link<'_>, pattern: &str) -> Result<Option<u64>, Fault> {
    let mut cursor = 0;
    // a scan may show a key twice
    let mut found = HashSet::new();
    for _ in 0..STEPS {
        let (next, keys): (u64, Vec<String>) = link.ask(cmd("SCAN").arg(cursor).arg("MATCH").arg(pattern).arg("COUNT").arg(STEP)).await?;
        found.extend(keys);
        cursor = next;
        if cursor == 0 {
            return Ok(Some(found.len() as u64));
        }
    }
    Ok(None)
}
