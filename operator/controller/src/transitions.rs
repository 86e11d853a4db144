//! From two statuses of one app to the events between them: one per change worth telling, none for what stays.
//! It publishes nothing.

use aegis_crds::status::{AegisAppStatus, Component, ProblemReport, Severity};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;

/// Conditions whose changes are told. `Ready` goes last: the others say why.
const TOLD: [&str; 6] = ["SpecAccepted", "MigrationSucceeded", "ScalingActive", "KeysReady", "Stalled", "Ready"];
/// Reasons of components that are nobody's worry.
const CALM: [&str; 7] = ["Running", "Progressing", "Waiting", "Leaving", "Suspended", "Completed", "Scheduled"];
/// Of those, the ones that end something.
const ENDS: [&str; 2] = ["Running", "Completed"];
/// Problems that are told at once; the status has them all.
const MOST: usize = 5;
/// Longest note of an event, in bytes.
const NOTE: usize = 1000;

/// Something worth an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Whether somebody should look.
    pub is_warning: bool,
    /// One word.
    pub reason: String,
    /// What happened, why, and what to do.
    pub note: String,
}

/// What changed from `before` to `now`.
pub fn transitions(before: &AegisAppStatus, now: &AegisAppStatus) -> Vec<Notice> {
    let mut notices: Vec<Notice> = vec![];
    let components = now.components.iter().filter_map(|component| component_notice(before, component));
    let conditions = TOLD.iter().filter_map(|type_| condition_notice(before, now, type_));
    for notice in components.chain(conditions) {
        // An app that is stalled is not ready for the same reason: that is one event.
        if !notices.iter().any(|told| told.reason == notice.reason) {
            notices.push(notice);
        }
    }
    notices.extend(end_notice(before, now));
    notices.extend(new_problems(before, now).take(MOST).map(problem_notice));
    notices
}

/// That the app will be deleted by itself, when, and that it no longer will.
fn end_notice(before: &AegisAppStatus, now: &AegisAppStatus) -> Option<Notice> {
    let (reason, note) = match (&before.expires_at, &now.expires_at) {
        (before, Some(end)) if before.as_ref() != Some(end) => ("Expires", format!("The app is deleted at {}: lifecycle.ttl.", end.0)),
        (Some(end), None) => ("ExpiryLifted", format!("The app is no longer deleted at {}.", end.0)),
        _ => return None,
    };
    Some(Notice { is_warning: false, reason: reason.into(), note })
}

/// Problems that were not told before. Those that refuse a spec are told by its condition.
fn new_problems<'a>(before: &AegisAppStatus, now: &'a AegisAppStatus) -> impl Iterator<Item = &'a ProblemReport> {
    now.problems.iter().filter(|problem| problem.severity != Severity::Error && !before.problems.contains(problem))
}

fn problem_notice(problem: &ProblemReport) -> Notice {
    let note = format!("{}: {}. {}", problem.path, problem.message, problem.fix);
    Notice { is_warning: problem.severity == Severity::Warning, reason: problem.code.clone(), note: short(note) }
}

fn component_notice(before: &AegisAppStatus, now: &Component) -> Option<Notice> {
    let known = before.components.iter().find(|component| component.section == now.section && component.name == now.name);
    let is_calm = is_calm(now);
    // One that comes up as it should is told by the app's readiness, once for all.
    let is_on_time = now.reason == "Scheduled" && known.is_some_and(|known| known.reason == "ScheduleLate");
    let has_recovered = is_on_time || (ENDS.contains(&now.reason.as_str()) && known.is_some_and(|known| !self::is_calm(known)));
    if known.is_some_and(|known| known.reason == now.reason) || (is_calm && !has_recovered) {
        return None;
    }
    let place = if now.section == now.name { now.name.clone() } else { format!("{}/{}", now.section, now.name) };
    let note = match &now.message {
        Some(message) => format!("{place}: {message}"),
        None if is_on_time => format!("{place}: a run has succeeded again"),
        None => format!("{place}: {} of {} pods are ready", now.ready, now.desired),
    };
    Some(Notice { is_warning: !is_calm, reason: now.reason.clone(), note: short(note) })
}

fn is_calm(component: &Component) -> bool {
    CALM.contains(&component.reason.as_str())
}

fn condition_notice(before: &AegisAppStatus, now: &AegisAppStatus, type_: &str) -> Option<Notice> {
    let now = find(now, type_)?;
    let before = find(before, type_);
    let is_known = before.is_some_and(|before| before.status == now.status && before.reason == now.reason);
    // A spec is expected to be accepted: that is news after a refusal only.
    let is_expected = type_ == "SpecAccepted" && now.status == "True" && before.is_none_or(|before| before.status == "True");
    // What waits for its turn will be told once it moves.
    if is_known || is_expected || now.reason == "Waiting" {
        return None;
    }
    // A stalled condition is bad when true; of the others only a refused spec is, for the rest may be on its way.
    let is_warning = match type_ {
        "Stalled" => now.status == "True",
        "SpecAccepted" | "ScalingActive" => now.status == "False",
        _ => false,
    };
    let note = if now.message.is_empty() { format!("{type_} is {}", now.status) } else { now.message.clone() };
    Some(Notice { is_warning, reason: now.reason.clone(), note: short(note) })
}

fn find<'a>(status: &'a AegisAppStatus, type_: &str) -> Option<&'a Condition> {
    status.conditions.iter().find(|condition| condition.type_ == type_)
}

fn short(mut note: String) -> String {
    note.truncate(note.floor_char_boundary(NOTE));
    note
}

#[cfg(test)]
mod tests {
    use super::*;
    use k8s_openapi::{apimachinery::pkg::apis::meta::v1::Time, jiff::Timestamp};

    fn condition(type_: &str, status: &str, reason: &str) -> Condition {
        Condition {
            type_: type_.into(),
            status: status.into(),
            reason: reason.into(),
            message: format!("{reason} because"),
            last_transition_time: Time(Timestamp::UNIX_EPOCH),
            observed_generation: None,
        }
    }

    fn status(conditions: &[Condition]) -> AegisAppStatus {
        AegisAppStatus { conditions: conditions.to_vec(), ..Default::default() }
    }

    fn words(before: &AegisAppStatus, now: &AegisAppStatus) -> Vec<(bool, String)> {
        transitions(before, now).into_iter().map(|notice| (notice.is_warning, notice.reason)).collect()
    }

    #[test]
    fn nothing_new_is_no_event() {
        let same = status(&[condition("Ready", "True", "Running")]);
        assert_eq!(words(&same, &same), []);
    }

    #[test]
    fn a_refused_edit_is_one_warning() {
        let before = status(&[condition("Ready", "True", "Running"), condition("SpecAccepted", "True", "Accepted")]);
        let now = status(&[
            condition("Ready", "False", "SpecRefused"),
            condition("Stalled", "True", "SpecRefused"),
            condition("SpecAccepted", "False", "SpecRefused"),
        ]);
        assert_eq!(words(&before, &now), [(true, "SpecRefused".into())]);
    }

    #[test]
    fn a_component_in_trouble_is_told_each_time_and_so_is_its_recovery() {
        let with = |reason: &str| {
            let component = Component { name: "media".into(), section: "workers".into(), reason: reason.into(), ..Default::default() };
            AegisAppStatus { components: vec![component], ..Default::default() }
        };
        assert_eq!(words(&with("Progressing"), &with("ImageNotPulled")), [(true, "ImageNotPulled".into())]);
        assert_eq!(words(&with("ImageNotPulled"), &with("Progressing")), []);
        assert_eq!(words(&with("ImageNotPulled"), &with("Running")), [(false, "Running".into())]);
        assert_eq!(transitions(&with("Crashing"), &with("Running"))[0].note, "workers/media: 0 of 0 pods are ready");
        assert_eq!(words(&with("Progressing"), &with("Running")), [], "the app's readiness tells it");
    }

    #[test]
    fn a_late_schedule_is_told_and_so_is_its_success() {
        let with = |reason: &str| {
            let component = Component { name: "nightly".into(), section: "schedules".into(), reason: reason.into(), ..Default::default() };
            AegisAppStatus { components: vec![component], ..Default::default() }
        };
        assert_eq!(words(&with("Scheduled"), &with("ScheduleLate")), [(true, "ScheduleLate".into())]);
        let told = transitions(&with("ScheduleLate"), &with("Scheduled"));
        assert_eq!((told[0].is_warning, told[0].note.as_str()), (false, "schedules/nightly: a run has succeeded again"));
        assert_eq!(words(&with("RunFailed"), &with("Scheduled")), [], "another run has begun, and may fail again");
    }

    #[test]
    fn acceptance_is_news_after_a_refusal_only() {
        let accepted = |status_: &str, reason| status(&[condition("SpecAccepted", status_, reason)]);
        let now = accepted("True", "Accepted");
        assert_eq!(words(&AegisAppStatus::default(), &now), []);
        assert_eq!(words(&accepted("False", "SpecRefused"), &now), [(false, "Accepted".into())]);
    }

    #[test]
    fn a_problem_is_told_when_it_comes_and_not_while_it_stays() {
        let problem = |code: &str, severity| ProblemReport { code: code.into(), severity, ..Default::default() };
        let now = AegisAppStatus {
            problems: vec![
                problem("Drifted", Severity::Warning),
                problem("ForeignFields", Severity::Info),
                problem("BadImage", Severity::Error),
            ],
            ..Default::default()
        };
        assert_eq!(words(&AegisAppStatus::default(), &now), [(true, "Drifted".into()), (false, "ForeignFields".into())]);
        assert_eq!(words(&now, &now), []);
    }

    #[test]
    fn the_end_of_an_app_is_told_when_it_is_known_moved_and_lifted() {
        let ends = |end: Option<&str>| {
            let expires_at = end.map(|end| Time(end.parse().unwrap()));
            AegisAppStatus { expires_at, ..Default::default() }
        };
        let (never, one, other) = (ends(None), ends(Some("2026-01-04T12:00:00Z")), ends(Some("2026-01-05T12:00:00Z")));
        assert_eq!(words(&never, &one), [(false, "Expires".into())]);
        assert_eq!(words(&one, &one), []);
        assert_eq!(transitions(&one, &other)[0].note, "The app is deleted at 2026-01-05T12:00:00Z: lifecycle.ttl.");
        assert_eq!(transitions(&other, &never)[0].note, "The app is no longer deleted at 2026-01-05T12:00:00Z.");
        assert_eq!(words(&never, &never), []);
    }

    #[test]
    fn a_long_note_is_cut_between_characters() {
        assert!(short("ø".repeat(2000)).len() <= NOTE);
    }
}
