//! What a wait has to say and when it ends, as a pure function of reports and the time that has passed.

use std::collections::BTreeMap;
use std::time::Duration;

use aegis_crds::status::Component;

use super::report::{Report, State, is_good};

/// A stall of this length is not one of start-up: the kubelet's first back-off takes 10 s.
const PATIENCE: Duration = Duration::from_secs(12);

/// What was seen so far.
#[derive(Default)]
pub struct Progress {
    told: BTreeMap<String, String>,
    stalled: Option<(String, Duration)>,
}

/// Whether the wait is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Wait,
    Ready,
    /// Only a person can help.
    Stalled,
}

impl Progress {
    /// Judges the newest report, `passed` after the wait began.
    pub fn verdict(&mut self, report: &Report, passed: Duration) -> Verdict {
        match report.reason.as_str() {
            _ if report.state == State::Ready => return Verdict::Ready,
            // what a person asked for has come
            "Undone" if report.state == State::Stalled => return Verdict::Ready,
            "Undoing" => return Verdict::Wait,
            _ if report.is_set_back() => return Verdict::Stalled,
            _ => {}
        }
        if report.state != State::Stalled {
            self.stalled = None;
            return Verdict::Wait;
        }
        match &self.stalled {
            Some((reason, since)) if *reason == report.reason && passed.saturating_sub(*since) >= PATIENCE => Verdict::Stalled,
            Some((reason, _)) if *reason == report.reason => Verdict::Wait,
            _ => {
                self.stalled = Some((report.reason.clone(), passed));
                Verdict::Wait
            }
        }
    }

    /// A line for each thing that is not as it was when it was last told.
    pub fn changes(&mut self, report: &Report) -> Vec<String> {
        let mut lines = vec![];
        for (key, line) in now(report) {
            if self.told.get(&key) != Some(&line) {
                lines.push(line.clone());
                self.told.insert(key, line);
            }
        }
        lines
    }
}

/// What is told of each component; of the app itself only while no component tells more.
fn now(report: &Report) -> Vec<(String, String)> {
    let mut all: Vec<_> =
        report.components.iter().map(|component| (format!("{}/{}", component.section, component.name), line(component))).collect();
    if let Some(refusal) = report.refusal() {
        all.push((String::new(), refusal));
    } else if report.unfinished().next().is_none() {
        all.push((String::new(), format!("{}: {}", report.reason, report.message)));
    }
    all
}

/// What a component is at: `api 0/1 Progressing: …`.
pub fn line(component: &Component) -> String {
    let count = if component.section == "schedules" { String::new() } else { format!(" {}/{}", component.ready, component.desired) };
    let message = component.message.as_deref().filter(|_| !is_good(component)).map(|message| format!(": {message}")).unwrap_or_default();
    format!("{}{count} {}{message}", component.name, component.reason)
}

/// The names of what is still awaited, in a few words.
pub fn awaited(report: &Report) -> String {
    let names: Vec<&str> = report.unfinished().map(|component| component.name.as_str()).collect();
    if names.is_empty() { report.brief() } else { names.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kube::core::DynamicObject;
    use serde_json::json;

    fn report(generation: i64, stalled: Option<&str>, api: &str) -> Report {
        let ready = if api == "Running" { "True" } else { "False" };
        let condition = |type_: &str, status: &str, reason: &str| json!({"type": type_, "status": status, "reason": reason, "message": "why", "lastTransitionTime": "2026-01-01T00:00:00Z"});
        let mut conditions = vec![condition("Ready", ready, stalled.unwrap_or(api))];
        conditions.extend(stalled.map(|reason| condition("Stalled", "True", reason)));
        let app: DynamicObject = serde_json::from_value(json!({
            "apiVersion": "aegis.dev/v1alpha1", "kind": "AegisApp",
            "metadata": {"name": "shop", "namespace": "shop", "generation": generation},
            "status": {
                "observedGeneration": 1,
                "conditions": conditions,
                "components": [{"name": "api", "section": "api", "ready": 0, "desired": 1, "reason": api, "message": "0 of 1"}],
            },
        }))
        .unwrap();
        Report::of(&app).unwrap()
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_stall_ends_the_wait_only_when_it_stays() {
        let mut progress = Progress::default();
        let crashing = report(1, Some("Crashing"), "Crashing");
        assert_eq!(progress.verdict(&crashing, seconds(1)), Verdict::Wait);
        assert_eq!(progress.verdict(&crashing, seconds(12)), Verdict::Wait);
        assert_eq!(progress.verdict(&crashing, seconds(13)), Verdict::Stalled);
    }

    #[test]
    fn a_release_that_gave_way_ends_the_wait_at_once_and_one_that_was_undone_is_what_was_asked() {
        let verdict = |reason: &str| Progress::default().verdict(&report(1, Some(reason), "Progressing"), seconds(1));
        assert_eq!(["RollingBack", "RolledBack", "RollbackNeedsConsent"].map(verdict), [Verdict::Stalled; 3]);
        assert_eq!(["Undoing", "Undone"].map(verdict), [Verdict::Wait, Verdict::Ready]);
    }

    #[test]
    fn another_reason_or_a_recovery_starts_the_stall_anew() {
        let mut progress = Progress::default();
        assert_eq!(progress.verdict(&report(1, Some("Crashing"), "Crashing"), seconds(1)), Verdict::Wait);
        assert_eq!(progress.verdict(&report(1, Some("MissingSecret"), "MissingSecret"), seconds(14)), Verdict::Wait);
        assert_eq!(progress.verdict(&report(1, None, "Progressing"), seconds(15)), Verdict::Wait);
        assert_eq!(progress.verdict(&report(1, Some("MissingSecret"), "MissingSecret"), seconds(30)), Verdict::Wait);
    }

    #[test]
    fn what_was_said_of_an_older_generation_does_not_count() {
        let mut progress = Progress::default();
        assert_eq!(progress.verdict(&report(2, None, "Running"), seconds(1)), Verdict::Wait);
        assert_eq!(progress.verdict(&report(2, Some("Crashing"), "Crashing"), seconds(30)), Verdict::Wait);
        assert_eq!(progress.verdict(&report(1, None, "Running"), seconds(31)), Verdict::Ready);
    }

    #[test]
    fn only_changes_are_told() {
        let mut progress = Progress::default();
        assert_eq!(progress.changes(&report(1, None, "Progressing")), ["api 0/1 Progressing: 0 of 1"]);
        assert!(progress.changes(&report(1, None, "Progressing")).is_empty());
        assert_eq!(progress.changes(&report(1, None, "Running")), ["api 0/1 Running", "Running: why"]);
    }
}
