//! One replica leads, by a Lease in the operator's own namespace: taken, renewed, given back.
//! When to do which is judged in `election.rs`; no app is looked at here.

use std::{sync::Arc, time::Duration};

use k8s_openapi::{
    api::coordination::v1::{Lease, LeaseSpec},
    jiff::Timestamp,
};
use kube::{Api, Client, api::PostParams};
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tracing::{debug, info, warn};

use crate::{
    election::{Election, Move, RENEWAL_LIMIT, holder},
    failure::{Failure, Refusal},
    options::Options,
    retry::{Growing, jittered},
    term::Term,
};

/// Time between two renewals.
const RENEWAL: Duration = Duration::from_secs(2);
/// Time between two looks of a follower: a Lease that is given back is taken within it.
const LOOK: Duration = Duration::from_secs(1);
const RETRY: Growing = Growing { first: Duration::from_secs(1), limit: Duration::from_secs(5) };
const BREATH: Duration = Duration::from_millis(100);
/// Longest time of one request: several fit between the last renewal and giving up.
const REQUEST: Duration = Duration::from_secs(3);

/// Whether and for how long this process does the work: alone, or as one of several replicas.
pub enum Leadership {
    /// There is no other.
    Alone,
    /// The Lease decides.
    Elected(Box<Candidate>),
}

impl Leadership {
    /// As the flags say.
    pub fn new(options: &Options, client: &Client) -> Self {
        if !options.leader_elect {
            return Self::Alone;
        }
        let namespace = options.lease_namespace.as_deref().unwrap_or(client.default_namespace());
        Self::Elected(Box::new(Candidate::new(client.clone(), namespace, &options.lease_name, &options.instance)))
    }

    /// The time in which this process may write.
    pub fn term(&self) -> Arc<Term> {
        match self {
            Self::Alone => Arc::new(Term::endless()),
            Self::Elected(candidate) => candidate.term.clone(),
        }
    }

    /// Waits until this process leads.
    pub async fn begin(&mut self) {
        if let Self::Elected(candidate) = self {
            candidate.elected().await;
        }
    }

    /// Stays in the lead for as long as it can, then says why not longer. It may be dropped and asked again.
    pub async fn lost(&mut self) -> Failure {
        match self {
            Self::Alone => std::future::pending().await,
            Self::Elected(candidate) => candidate.keep().await,
        }
    }

    /// Lets another lead. Nothing is written afterwards.
    pub async fn end(&mut self) {
        if let Self::Elected(candidate) = self {
            candidate.release().await;
        }
    }
}

/// A replica that leads, or would.
pub struct Candidate {
    leases: Api<Lease>,
    name: String,
    election: Election,
    stored: Option<Lease>,
    term: Arc<Term>,
}

impl Candidate {
    /// A candidate for the Lease of that name. `instance` is made unique, so that a restarted pod is another candidate.
    fn new(client: Client, namespace: &str, name: &str, instance: &str) -> Self {
        let identity = format!("{instance}_{}", suffix());
        info!(identity, namespace, lease = name, "standing for election");
        let leases = Api::namespaced(client, namespace);
        Self { leases, name: name.to_owned(), election: Election::new(identity), stored: None, term: Arc::new(Term::waiting()) }
    }

    /// Waits until this replica leads.
    async fn elected(&mut self) {
        let mut tries = 0;
        loop {
            let pause = match self.stand().await {
                Ok(true) => return,
                Ok(false) => {
                    tries = 0;
                    jittered(LOOK)
                }
                Err(refusal) => {
                    warn!(reason = refusal.word(), "cannot take part in the election of a leader: {refusal}");
                    tries += 1;
                    RETRY.delay(tries - 1)
                }
            };
            sleep(pause).await;
        }
    }

    /// Renews for as long as this replica leads, then says why it does not any more. It may be dropped and asked again.
    async fn keep(&mut self) -> Failure {
        loop {
            let deadline = self.election.deadline().unwrap_or_else(Instant::now);
            match timeout_at(deadline, self.renewal()).await {
                Ok(Ok(())) => {}
                Ok(Err(failure)) => return failure,
                Err(_) => return Failure::Unrenewed(RENEWAL_LIMIT),
            }
        }
    }

    /// Gives the Lease back, so that another need not wait. Nothing is written afterwards.
    async fn release(&mut self) {
        self.term.finish();
        // a renewal may have been on its way: then the second try knows of it
        for _ in 0..2 {
            if self.judge() != Move::Renew {
                return;
            }
            let before = self.spec().cloned().unwrap_or_default();
            match self.write(self.election.release(&before, Timestamp::now())).await {
                Ok(()) => return info!("gave the Lease back"),
                Err(refusal) => warn!(reason = refusal.word(), "cannot give the Lease back: {refusal}"),
            }
            if self.read().await.is_err() {
                return;
            }
        }
    }

    /// One try to lead.
    async fn stand(&mut self) -> Result<bool, Refusal> {
        self.read().await?;
        let leader = self.spec().map(holder).unwrap_or_default().to_owned();
        if self.judge() != Move::Acquire {
            debug!(leader, "following");
            return Ok(false);
        }
        match self.claim().await {
            Ok(()) => {
                info!(after = leader, "leading");
                Ok(true)
            }
            Err(refusal) if refusal.is_gone() => Ok(false),
            Err(refusal) => Err(refusal),
        }
    }

    /// One renewal, in as many tries as it takes.
    async fn renewal(&mut self) -> Result<(), Failure> {
        sleep(RENEWAL).await;
        let mut tries = 0;
        loop {
            if self.judge() != Move::Renew {
                return Err(self.deposed());
            }
            let Err(refusal) = self.claim().await else { return Ok(()) };
            warn!(reason = refusal.word(), "cannot renew the Lease: {refusal}");
            // when it was changed, or an answer was lost, the next look says which
            sleep(if refusal.is_gone() { BREATH } else { RETRY.delay(tries) }).await;
            if let Err(refusal) = self.read().await {
                warn!(reason = refusal.word(), "cannot read the Lease: {refusal}");
            }
            tries += 1;
        }
    }

    fn deposed(&self) -> Failure {
        match self.spec().map(holder) {
            Some(holder) if holder != self.election.identity() => Failure::Deposed(holder.to_owned()),
            Some(_) => Failure::Unrenewed(RENEWAL_LIMIT),
            None => Failure::Deposed(String::new()),
        }
    }

    async fn claim(&mut self) -> Result<(), Refusal> {
        let began = Instant::now();
        self.write(self.election.claim(self.spec(), Timestamp::now())).await?;
        self.election.renewed(began);
        self.term.last(began + RENEWAL_LIMIT);
        Ok(())
    }

    async fn read(&mut self) -> Result<(), Refusal> {
        self.stored = bounded(self.leases.get_opt(&self.name)).await?;
        Ok(())
    }

    /// Creates the Lease, or replaces it in the version that is known.
    async fn write(&mut self, spec: LeaseSpec) -> Result<(), Refusal> {
        let lease = Lease { spec: Some(spec), ..self.stored.clone().unwrap_or_default() };
        let stored = if self.stored.is_some() {
            bounded(self.leases.replace(&self.name, &PostParams::default(), &lease)).await
        } else {
            let mut lease = lease;
            lease.metadata.name = Some(self.name.clone());
            bounded(self.leases.create(&PostParams::default(), &lease)).await
        };
        self.stored = Some(stored?);
        Ok(())
    }

    fn judge(&mut self) -> Move {
        let spec = self.stored.as_ref().and_then(|lease| lease.spec.as_ref());
        self.election.observe(spec, Instant::now())
    }

    fn spec(&self) -> Option<&LeaseSpec> {
        self.stored.as_ref().and_then(|lease| lease.spec.as_ref())
    }
}

async fn bounded<T>(request: impl Future<Output = kube::Result<T>>) -> Result<T, Refusal> {
    timeout(REQUEST, request).await.map_err(|_| Refusal::Timeout(REQUEST))?.map_err(Refusal::from)
}

/// Eight letters that no other process has, as good as certainly.
fn suffix() -> String {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).expect("the system has randomness");
    format!("{:08x}", u32::from_be_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A leader that has just renewed its Lease for the last time: no server is there.
    fn cut_off() -> Candidate {
        let nowhere = kube::Config::new("http://127.0.0.1:9".parse().unwrap());
        let mut candidate = Candidate::new(Client::try_from(nowhere).unwrap(), "aegis-system", "aegis", "pod");
        let spec = candidate.election.claim(None, Timestamp::UNIX_EPOCH);
        candidate.stored = Some(Lease { spec: Some(spec), ..Default::default() });
        candidate.election.renewed(Instant::now());
        candidate.term.last(Instant::now() + RENEWAL_LIMIT);
        candidate
    }

    #[tokio::test(start_paused = true)]
    async fn a_leader_that_cannot_renew_gives_up_in_time() {
        let mut leader = cut_off();
        let started = Instant::now();
        let failure = leader.keep().await;
        assert!(matches!(failure, Failure::Unrenewed(_)), "{failure}");
        assert!(started.elapsed() <= RENEWAL_LIMIT + Duration::from_millis(10), "{:?}", started.elapsed());
        assert!(leader.term.is_over());
    }

    #[tokio::test(start_paused = true)]
    async fn a_leader_that_was_frozen_asks_nothing_before_it_gives_up() {
        let mut leader = cut_off();
        tokio::time::advance(Duration::from_secs(60)).await;
        assert!(leader.term.is_over());
        let started = Instant::now();
        assert!(matches!(leader.keep().await, Failure::Unrenewed(_)));
        assert!(started.elapsed() < RENEWAL, "it waits for no renewal: {:?}", started.elapsed());
    }
}
