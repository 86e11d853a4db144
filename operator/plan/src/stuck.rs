//! Why a role's pods are not ready, with cause and fix, from what the cluster said.
//! Termination messages are never read: they may hold secrets.

use jiff::Timestamp;

use crate::{
    facts::{Facts, PodSeen, Warning},
    lost,
};

/// Why something is stuck.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stuck {
    /// One word.
    pub(crate) reason: &'static str,
    /// Cause and fix.
    pub(crate) message: String,
    /// Whether only a person can help.
    pub(crate) is_terminal: bool,
}

/// Why the pods of a role are stuck; the newest pod speaks first.
pub(crate) fn why(facts: &Facts, section: &str, role: &str) -> Option<Stuck> {
    why_since(facts, section, role, Timestamp::MIN)
}

/// The same of those that were made from a moment on: pods of a run that failed stay until its Job goes, and tell nothing of the next run.
pub(crate) fn why_since(facts: &Facts, section: &str, role: &str, moment: Timestamp) -> Option<Stuck> {
    let is_meant = |pod: &&PodSeen| pod.section == section && pod.role == role && pod.created >= moment && !pod.deleting && !pod.ready;
    let mut pods: Vec<&PodSeen> = facts.pods.iter().filter(is_meant).collect();
    pods.sort_by(|a, b| b.created.cmp(&a.created).then_with(|| a.name.cmp(&b.name)));
    pods.iter().find_map(|pod| pod_stuck(facts, section, pod))
}

/// What a process that has not answered its startup probe yet says to it. It may still be on its way.
pub(crate) fn unanswered<'a>(facts: &'a Facts, section: &str, role: &str) -> Option<(&'a PodSeen, String)> {
    let starting = facts.pods.iter().filter(|pod| pod.section == section && pod.role == role && !pod.deleting && !pod.ready);
    let starting = starting.filter(|pod| pod.container.running);
    let newest = starting.max_by(|a, b| a.created.cmp(&b.created).then_with(|| b.name.cmp(&a.name)))?;
    let unhealthy = |warning: &&Warning| warning.name == newest.name && warning.reason == "Unhealthy";
    let said = facts.warnings.iter().rev().find(unhealthy)?.message.strip_prefix("Startup probe failed: ")?;
    // before the last colon stand the pod's address and what was tried
    let last = said.rsplit(": ").next().unwrap_or(said).trim();
    Some((newest, if said.contains("statuscode") { format!("status {last}") } else { last.to_owned() }))
}

/// Why one pod is stuck.
pub(crate) fn of(facts: &Facts, section: &str, pod: &PodSeen) -> Option<Stuck> {
    pod_stuck(facts, section, pod)
}

/// Why a workload makes no pods: quota, admission or Pod Security, in the server's words.
pub(crate) fn refused(facts: &Facts, kind: &str, name: &str) -> Option<Stuck> {
    let said = facts.workload(kind, name).and_then(|seen| seen.failure.clone());
    let event =
        || facts.warnings.iter().rev().find(|warning| warning.reason == "FailedCreate" && warning.kind == kind && warning.name == name);
    let message = said.or_else(|| event().map(|warning| warning.message.clone()))?;
    Some(stuck(
        "PodsRefused",
        format!("the cluster refuses its pods: {}. Change the policy or quota, or what the role asks for.", message.trim_end_matches('.')),
        true,
    ))
}

/// A migration that has failed for good, and what its pods tell of the cause.
pub(crate) fn failed_migration(facts: &Facts, failure: &str, job: &str) -> String {
    let cause = why(facts, "migration", "migration").map(|stuck| format!(" {}", stuck.message)).unwrap_or_default();
    format!("Job {job} failed ({failure}).{cause}")
}

fn pod_stuck(facts: &Facts, section: &str, pod: &PodSeen) -> Option<Stuck> {
    if let Some(message) = &pod.unschedulable {
        return Some(stuck(
            "Unschedulable",
            format!("no node takes pod {}: {}. Add room, or change requests or placement.", pod.name, message.trim_end_matches('.')),
            false,
        ));
    }
    if let Some((reason, message)) = &pod.container.waiting
        && let Some(stuck) = waiting(facts, section, pod, reason, message)
    {
        return Some(stuck);
    }
    if let Some(warning) = mount(facts, pod) {
        let lost = lost::missing(&warning.message).and_then(|secret| lost(facts, pod, secret));
        return Some(lost.unwrap_or_else(|| unmounted(pod, warning)));
    }
    if pod.phase == "Failed" || (pod.container.restarts > 0 && !pod.container.running) {
        return Some(ended(section, pod));
    }
    let failing = facts
        .warnings
        .iter()
        .rev()
        .find(|warning| warning.name == pod.name && warning.reason == "Unhealthy" && !warning.message.starts_with("Startup"))?;
    pod.container
        .running
        .then(|| stuck("NotReady", format!("pod {} runs but is not ready: {}. Look at its log.", pod.name, failing.message), false))
}

fn waiting(facts: &Facts, section: &str, pod: &PodSeen, reason: &str, message: &str) -> Option<Stuck> {
    let image = &pod.container.image;
    match reason {
        "ErrImagePull" | "ImagePullBackOff" | "ErrImageNeverPull" | "InvalidImageName" | "RegistryUnavailable" => Some(stuck(
            "ImageNotPulled",
            format!(
                "the node cannot pull image {image} ({reason}). Check its name and tag in spec.image, and spec.imagePullSecrets for a private registry; on a local cluster load it: aegisctl cluster load {image}."
            ),
            true,
        )),
        "CreateContainerConfigError" | "CreateContainerError" => {
            Some(lost::missing(message).and_then(|secret| lost(facts, pod, secret)).unwrap_or_else(|| unconfigured(pod, message)))
        }
        "RunContainerError" => {
            Some(stuck("CannotRun", format!("pod {} cannot run its command: {}. Check command and args.", pod.name, short(message)), true))
        }
        "CrashLoopBackOff" => Some(ended(section, pod)),
        _ => None,
    }
}

fn lost(facts: &Facts, pod: &PodSeen, secret: &str) -> Option<Stuck> {
    let lost = lost::with(facts, secret)?;
    let is_terminal = lost.reason != "KeyLost";
    Some(stuck(lost.reason, format!("pod {} cannot start: {}. {}", pod.name, lost.message, lost.fix), is_terminal))
}

fn unconfigured(pod: &PodSeen, message: &str) -> Stuck {
    let quoted: Vec<&str> = message.split('"').skip(1).step_by(2).collect();
    match (message.contains("secret"), message.contains("not found"), message.contains("couldn't find key"), quoted.first()) {
        (true, true, _, Some(name)) => {
            missing("MissingSecret", pod, &format!("Secret {name:?}"), &format!("kubectl create secret generic {name}"))
        }
        (false, true, _, Some(name)) if message.contains("configmap") => {
            missing("MissingConfigMap", pod, &format!("ConfigMap {name:?}"), &format!("kubectl create configmap {name}"))
        }
        (_, _, true, _) => stuck("MissingKey", format!("pod {} cannot start: {}. Add the key to it.", pod.name, short(message)), true),
        _ => stuck("CannotConfigure", format!("pod {} cannot start: {}.", pod.name, short(message)), true),
    }
}

fn missing(reason: &'static str, pod: &PodSeen, what: &str, command: &str) -> Stuck {
    stuck(
        reason,
        format!("pod {} cannot start: {what} is not there. Create it in this namespace ({command} …) or correct the name.", pod.name),
        true,
    )
}

fn mount<'a>(facts: &'a Facts, pod: &PodSeen) -> Option<&'a Warning> {
    let is_mount = |warning: &&Warning| warning.name == pod.name && matches!(warning.reason.as_str(), "FailedMount" | "FailedAttachVolume");
    (pod.phase == "Pending").then(|| facts.warnings.iter().rev().find(is_mount))?
}

fn unmounted(pod: &PodSeen, warning: &Warning) -> Stuck {
    let named = |word: &str| {
        let rest = warning.message.split_once(word)?.1;
        rest.split('"').nth(1)
    };
    let is_missing = warning.message.contains("not found");
    if let Some(name) = named("secret ").filter(|_| is_missing) {
        return missing("MissingSecret", pod, &format!("Secret {name:?} for a file"), &format!("kubectl create secret generic {name}"));
    }
    if let Some(name) = named("configmap ").filter(|_| is_missing) {
        return missing("MissingConfigMap", pod, &format!("ConfigMap {name:?} for a file"), &format!("kubectl create configmap {name}"));
    }
    if warning.message.contains("references non-existent secret key") || warning.message.contains("references non-existent config key") {
        return stuck("MissingKey", format!("pod {} cannot mount a file: {}. Add the key.", pod.name, short(&warning.message)), true);
    }
    stuck("CannotMount", format!("pod {} cannot mount a volume: {}.", pod.name, short(&warning.message)), false)
}

fn ended(section: &str, pod: &PodSeen) -> Stuck {
    let (code, reason) = pod.container.ended.clone().unwrap_or((-1, String::new()));
    let meaning = match (code, section) {
        _ if reason == "OOMKilled" => "it used more memory than its limit; raise resources.limits.memory",
        (2, "workers") => "with Dramatiq, 2 is an import error: check args and the module",
        (3, "workers") => "with Dramatiq, 3 is a broker that cannot be reached: check the binding",
        (126 | 127, _) => "the command is not there or cannot be run: check command and args",
        (128, _) if reason == "StartError" => "the command could not be started: check command and args",
        (0, _) => "it ended although it should run on: check args",
        (137, _) => "it was killed",
        _ => "the log says why",
    };
    let word = if reason == "OOMKilled" { "OutOfMemory" } else { "Crashing" };
    let code = if code < 0 { String::new() } else { format!(" with exit code {code}") };
    let (restarts, previous) = match pod.container.restarts {
        0 => (String::new(), ""),
        1 => (" after 1 restart".to_owned(), " --previous"),
        count => (format!(" after {count} restarts"), " --previous"),
    };
    stuck(word, format!("pod {} ended{code}{restarts}: {meaning}. See kubectl logs {}{previous}.", pod.name, pod.name), true)
}

fn stuck(reason: &'static str, message: String, is_terminal: bool) -> Stuck {
    Stuck { reason, message, is_terminal }
}

/// The first line, at most 300 characters.
fn short(message: &str) -> String {
    message.lines().next().unwrap_or_default().chars().take(300).collect()
}
