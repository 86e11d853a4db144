//! Which objects of an app do not come up and say why only in events.
//! What the events mean is decided by the plan.

use aegis_plan::{
    Facts,
    facts::{Detail, PodSeen, Seen},
};
use k8s_openapi::jiff::{SignedDuration, Timestamp};

/// Objects asked about in one look.
const MOST: usize = 5;
/// A pod that is younger may just be starting.
const STARTING: SignedDuration = SignedDuration::from_secs(1);
/// A process that is younger may just be warming up.
const WARMING: SignedDuration = SignedDuration::from_secs(5);

/// Uids of the objects to ask about, the newest pods first. `is_due` says whether what has lacked pods did so for a while:
/// until its controller has looked at it, each new one does.
pub fn suspects(facts: &Facts, is_due: impl Fn(&str) -> bool) -> Vec<String> {
    let mut pods: Vec<&PodSeen> = facts.pods.iter().filter(|pod| is_suspect(pod, facts.now)).collect();
    pods.sort_by_key(|pod| std::cmp::Reverse(pod.created));
    let pods = pods.into_iter().map(|pod| &pod.uid);
    let makers = facts.children.iter().filter(|seen| lacks_pods(seen) && is_due(&seen.uid)).map(|seen| &seen.uid);
    makers.chain(pods).take(MOST).cloned().collect()
}

/// Whether something is to be asked about now, or when it is older: no watch tells when its events come.
pub fn is_silent(facts: &Facts) -> bool {
    facts.pods.iter().any(|pod| patience(pod).is_some()) || facts.children.iter().any(lacks_pods)
}

fn is_suspect(pod: &PodSeen, now: Timestamp) -> bool {
    patience(pod).is_some_and(|patience| now.duration_since(pod.created) > patience)
}

/// The age up to which a pod whose own status does not tell what it waits for may just be starting. One that no node has
/// taken yet has no container state, and a condition of its own.
fn patience(pod: &PodSeen) -> Option<SignedDuration> {
    let waits =
        pod.container.waiting.as_ref().is_some_and(|(reason, _)| matches!(reason.as_str(), "ContainerCreating" | "PodInitializing"));
    match pod.phase.as_str() {
        _ if pod.deleting => None,
        "Pending" if waits => Some(STARTING),
        "Running" if !pod.ready && pod.container.running => Some(WARMING),
        _ => None,
    }
}

/// A StatefulSet or Job whose pods are refused; a Deployment says so in its status.
fn lacks_pods(seen: &Seen) -> bool {
    match &seen.detail {
        Detail::Workload(workload) => seen.key.kind == "StatefulSet" && workload.current < workload.replicas,
        Detail::Job(job) => job.active == 0 && job.failed == 0 && !job.complete && job.failure.is_none(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aegis_plan::facts::{ContainerSeen, WorkloadSeen};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn pending(uid: &str, created: i64) -> PodSeen {
        let container = ContainerSeen { waiting: Some(("ContainerCreating".into(), String::new())), ..Default::default() };
        PodSeen { uid: uid.into(), created: at(created), phase: "Pending".into(), container, ..Default::default() }
    }

    #[test]
    fn only_pods_that_do_not_speak_for_themselves_are_asked_about() {
        let young = pending("young", 99);
        let mut told = pending("told", 50);
        told.container.waiting = Some(("ImagePullBackOff".into(), String::new()));
        let mut unschedulable = pending("unschedulable", 50);
        unschedulable.container.waiting = None;
        let pods = vec![young, told, unschedulable, pending("old", 50), pending("newer", 60)];
        assert_eq!(suspects(&Facts { now: at(100), pods, ..Default::default() }, |_| true), ["newer", "old"]);
    }

    #[test]
    fn a_young_pod_is_looked_at_again_although_nothing_changes() {
        let facts = |pod| Facts { now: at(100), pods: vec![pod], ..Default::default() };
        let starting = facts(pending("young", 100));
        assert!(suspects(&starting, |_| true).is_empty() && is_silent(&starting));
        let ready = facts(PodSeen { ready: true, phase: "Running".into(), ..pending("ready", 50) });
        assert!(!is_silent(&ready));
    }

    #[test]
    fn never_more_than_a_few() {
        let pods = (0..50).map(|i| pending(&i.to_string(), i)).collect();
        assert_eq!(suspects(&Facts { now: at(100), pods, ..Default::default() }, |_| true).len(), MOST);
    }

    #[test]
    fn a_stateful_set_without_its_pods_is_asked_about() {
        let detail = Detail::Workload(WorkloadSeen { replicas: 1, ..Default::default() });
        let mut seen = Seen { uid: "set".into(), detail, ..Default::default() };
        seen.key.kind = "StatefulSet".into();
        let facts = Facts { children: vec![seen], ..Default::default() };
        assert_eq!(suspects(&facts, |_| true), ["set"]);
        assert!(suspects(&facts, |_| false).is_empty() && is_silent(&facts), "a new one is looked at again, before anybody is asked");
    }
}
