//! Who should lead, judged by how long the Lease has stood still on this process's own clock.
//! It compares no clocks of two machines, and it asks the server nothing.

use std::time::Duration;

use k8s_openapi::{api::coordination::v1::LeaseSpec, apimachinery::pkg::apis::meta::v1::MicroTime, jiff::Timestamp};
use tokio::time::Instant;

/// How long a Lease must stand still before another takes it.
pub const LEASE: Duration = Duration::from_secs(15);
/// How long a leader goes on without a renewal: well before another can take over.
pub const RENEWAL_LIMIT: Duration = Duration::from_secs(10);

/// What a replica should do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// Another leads, as far as can be told.
    Follow,
    /// Nobody leads: try to.
    Acquire,
    /// This replica leads: say so again.
    Renew,
    /// This replica no longer leads: stop at once.
    GiveUp,
}

/// The election as one replica sees it.
pub struct Election {
    identity: String,
    seen: Option<Sight>,
    renewed: Option<Instant>,
}

/// A Lease, and since when it has been as it is.
struct Sight {
    spec: LeaseSpec,
    since: Instant,
}

impl Election {
    /// An election in which this replica is called `identity`, as no other ever was.
    pub fn new(identity: String) -> Self {
        Self { identity, seen: None, renewed: None }
    }

    /// Judges the Lease as it was just read, or as this replica last wrote it.
    pub fn observe(&mut self, lease: Option<&LeaseSpec>, now: Instant) -> Move {
        let is_ours = lease.is_some_and(|lease| holder(lease) == self.identity);
        match self.deadline() {
            Some(deadline) if !is_ours || now >= deadline => Move::GiveUp,
            Some(_) => Move::Renew,
            // ours without a renewal: the answer to taking it was lost
            None if is_ours || lease.is_none_or(|lease| holder(lease).is_empty()) => Move::Acquire,
            None if lease.is_some_and(|lease| self.stillness(lease, now) >= promised(lease)) => Move::Acquire,
            None => Move::Follow,
        }
    }

    /// Name of this replica.
    pub fn identity(&self) -> &str {
        &self.identity
    }

    /// Notes that the Lease was written, by a request that began at `began`.
    pub fn renewed(&mut self, began: Instant) {
        self.renewed = Some(began);
    }

    /// When this replica stops leading unless it renews; none while it follows.
    pub fn deadline(&self) -> Option<Instant> {
        self.renewed.map(|began| began + RENEWAL_LIMIT)
    }

    /// The Lease with this replica as its holder.
    pub fn claim(&self, before: Option<&LeaseSpec>, now: Timestamp) -> LeaseSpec {
        let last = before.cloned().unwrap_or_default();
        let is_ours = holder(&last) == self.identity;
        LeaseSpec {
            acquire_time: last.acquire_time.filter(|_| is_ours).or(Some(MicroTime(now))),
            holder_identity: Some(self.identity.clone()),
            lease_duration_seconds: Some(seconds(LEASE)),
            lease_transitions: Some(last.lease_transitions.unwrap_or_default() + i32::from(!is_ours)),
            renew_time: Some(MicroTime(now)),
            ..Default::default()
        }
    }

    /// The Lease without a holder, for whoever asks first.
    pub fn release(&self, before: &LeaseSpec, now: Timestamp) -> LeaseSpec {
        LeaseSpec { holder_identity: Some(String::new()), renew_time: Some(MicroTime(now)), ..before.clone() }
    }

    fn stillness(&mut self, lease: &LeaseSpec, now: Instant) -> Duration {
        match &self.seen {
            Some(sight) if sight.spec == *lease => now.saturating_duration_since(sight.since),
            _ => {
                self.seen = Some(Sight { spec: lease.clone(), since: now });
                Duration::ZERO
            }
        }
    }
}

/// Who holds a Lease; empty when nobody does.
pub fn holder(lease: &LeaseSpec) -> &str {
    lease.holder_identity.as_deref().unwrap_or_default()
}

/// How long the holder may count on it: its own word, if that is longer than ours.
fn promised(lease: &LeaseSpec) -> Duration {
    let said = lease.lease_duration_seconds.and_then(|seconds| u64::try_from(seconds).ok()).unwrap_or_default();
    LEASE.max(Duration::from_secs(said))
}

fn seconds(duration: Duration) -> i32 {
    i32::try_from(duration.as_secs()).expect("a Lease is short")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn held(by: &str, renewal: i64) -> LeaseSpec {
        let renewed = Some(MicroTime(Timestamp::from_second(renewal).unwrap()));
        LeaseSpec { holder_identity: Some(by.into()), lease_duration_seconds: Some(15), renew_time: renewed, ..Default::default() }
    }

    fn replica() -> Election {
        Election::new("a".into())
    }

    #[test]
    fn a_lease_that_is_missing_or_free_is_taken_at_once() {
        let now = Instant::now();
        assert_eq!(replica().observe(None, now), Move::Acquire);
        assert_eq!(replica().observe(Some(&held("", 0)), now), Move::Acquire);
        assert_eq!(replica().observe(Some(&LeaseSpec::default()), now), Move::Acquire);
    }

    #[test]
    fn only_stillness_on_the_own_clock_frees_a_lease() {
        let (mut replica, start) = (replica(), Instant::now());
        // renewed long ago or far ahead by the holder's clock: that says nothing
        for (after, renewal, expected) in [
            (0, 0, Move::Follow),
            (14, 0, Move::Follow),
            (16, i64::from(u32::MAX), Move::Follow),
            (30, i64::from(u32::MAX), Move::Follow),
            (31, i64::from(u32::MAX), Move::Acquire),
        ] {
            assert_eq!(replica.observe(Some(&held("b", renewal)), start + after * SECOND), expected, "after {after} s");
        }
    }

    #[test]
    fn a_longer_promise_of_the_holder_is_kept() {
        let (mut replica, start) = (replica(), Instant::now());
        let lease = LeaseSpec { lease_duration_seconds: Some(60), ..held("b", 0) };
        assert_eq!(replica.observe(Some(&lease), start), Move::Follow);
        assert_eq!(replica.observe(Some(&lease), start + 59 * SECOND), Move::Follow);
        assert_eq!(replica.observe(Some(&lease), start + 60 * SECOND), Move::Acquire);
    }

    #[test]
    fn a_leader_renews_until_it_is_too_late() {
        let (mut replica, start) = (replica(), Instant::now());
        replica.renewed(start);
        assert_eq!(replica.observe(Some(&held("a", 0)), start + 9 * SECOND), Move::Renew);
        assert_eq!(replica.observe(Some(&held("a", 0)), start + 10 * SECOND), Move::GiveUp);
        replica.renewed(start + 9 * SECOND);
        assert_eq!(replica.observe(Some(&held("a", 1)), start + 18 * SECOND), Move::Renew);
    }

    #[test]
    fn a_leader_whose_lease_is_anothers_or_gone_gives_up() {
        for lease in [Some(held("b", 1)), Some(held("", 1)), None] {
            let (mut replica, start) = (replica(), Instant::now());
            replica.renewed(start);
            assert_eq!(replica.observe(lease.as_ref(), start + SECOND), Move::GiveUp, "{lease:?}");
        }
    }

    #[test]
    fn a_lost_answer_to_taking_it_costs_no_wait() {
        assert_eq!(replica().observe(Some(&held("a", 0)), Instant::now()), Move::Acquire);
    }

    #[test]
    fn a_claim_counts_changes_of_the_holder_only() {
        let now = Timestamp::from_second(7).unwrap();
        let first = replica().claim(None, now);
        let again = replica().claim(Some(&first), Timestamp::from_second(9).unwrap());
        assert_eq!((first.lease_transitions, again.lease_transitions), (Some(1), Some(1)));
        assert_eq!((&again.acquire_time, &first.acquire_time), (&Some(MicroTime(now)), &Some(MicroTime(now))));
        let freed = replica().release(&again, now);
        assert_eq!((holder(&again), holder(&freed)), ("a", ""));
        assert_eq!(Election::new("b".into()).claim(Some(&freed), now).lease_transitions, Some(2));
    }
}
