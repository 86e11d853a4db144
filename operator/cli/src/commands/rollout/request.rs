//! What is asked of the operator: the annotations that say it, or why it cannot be asked. It talks to no cluster.

use std::collections::BTreeMap;

use aegis_plan::names::{RESTART_ANNOTATION, RETRY_ANNOTATION, ROLES, ROTATE_ANNOTATION, UNDO_ANNOTATION};
use aegis_plan::nearest::nearest;
use jiff::Timestamp;
use serde_json::Value;

use super::history::{History, Revision};
use crate::commands::status::report::Report;
use crate::failure::Failure;

/// Annotations to set, or with null to take away, and what to tell.
#[derive(Debug)]
pub struct Request {
    pub annotations: BTreeMap<String, Value>,
    pub warning: Option<String>,
    pub said: String,
}

/// Another release than the newest spec.
pub fn undo(history: &History, to: Option<i64>, is_across: bool) -> Result<Request, Failure> {
    let current = current(history)?;
    let to = match to {
        Some(number) => numbered(history, number)?,
        None => history.last_good().ok_or_else(|| nowhere(history, current))?,
    };
    if to.current {
        return Err(Failure::new(
            format_args!("revision {} is what the spec asks for", to.revision),
            "an undo leads to another one",
            format_args!("to try it again as it is: aegisctl rollout retry {} -n {}", history.name, history.namespace),
        ));
    }
    let crossed = history.crossed(to);
    if let Some(crossed) = crossed.filter(|crossed| crossed.stops && !is_across) {
        return Err(forbidden(history, to, crossed));
    }
    let left = |crossed: &Revision| if crossed.is_half { "left it when it failed" } else { "left it" };
    let warning = crossed.map(|crossed| {
        format!("the database stays as the migration of revision {} {}: no migration runs", crossed.revision, left(crossed))
    });
    let across = if crossed.is_some_and(|crossed| crossed.stops) { "/across-migration" } else { "" };
    let wish = format!("{}/{}{across}", current.release, to.release);
    Ok(Request {
        annotations: BTreeMap::from([(UNDO_ANNOTATION.to_owned(), wish.into())]),
        warning,
        said: format!("Revision {} is to run instead of {}, until the spec changes.", to.revision, current.revision),
    })
}

/// The newest spec once more, also when it was undone.
pub fn retry(history: &History) -> Result<Request, Failure> {
    let current = current(history)?;
    let wish = format!("{}/{}", current.release, word());
    Ok(Request {
        annotations: BTreeMap::from([(RETRY_ANNOTATION.to_owned(), wish.into()), (UNDO_ANNOTATION.to_owned(), Value::Null)]),
        warning: None,
        said: format!("Revision {} is to be tried again.", current.revision),
    })
}

/// New pods for one role, or for all.
pub fn restart(report: &Report, role: Option<&str>) -> Result<Request, Failure> {
    let known = report.components.iter().filter(|component| ROLES.contains(&component.section.as_str()));
    let known: Vec<&str> = known.map(|component| component.name.as_str()).collect();
    let chosen: Vec<&str> = known.iter().filter(|name| role.is_none_or(|role| role == **name)).copied().collect();
    if chosen.is_empty() {
        return Err(unknown(report, role, &known));
    }
    let word = word();
    Ok(Request {
        annotations: chosen.iter().map(|role| (format!("{RESTART_ANNOTATION}{role}"), word.clone().into())).collect(),
        warning: None,
        said: format!("To be restarted: {}.", chosen.join(", ")),
    })
}

/// Another signing key.
pub fn rotate(report: &Report) -> Result<Request, Failure> {
    let Some(kid) = report.auth.as_ref().and_then(|auth| auth.kid.as_ref()) else {
        return Err(Failure::new(
            format_args!("{} has no key that could be rotated", report.name),
            "it has no spec.auth, or no key signs yet",
            format_args!("see what it is: aegisctl status {} -n {}", report.name, report.namespace),
        ));
    };
    Ok(Request {
        annotations: BTreeMap::from([(ROTATE_ANNOTATION.to_owned(), word().into())]),
        warning: None,
        said: format!("A key is to follow {kid}: it is published first."),
    })
}

/// A word that was never said before.
fn word() -> String {
    Timestamp::now().to_string()
}

fn current(history: &History) -> Result<&Revision, Failure> {
    history.current().ok_or_else(|| {
        Failure::new(
            format_args!("{} has no release", history.name),
            "no spec of it was accepted yet",
            format_args!("see what it lacks: aegisctl status {} -n {}", history.name, history.namespace),
        )
    })
}

fn numbered(history: &History, number: i64) -> Result<&Revision, Failure> {
    history.revisions.iter().find(|revision| revision.revision == number).ok_or_else(|| {
        let known: Vec<String> = history.revisions.iter().map(|revision| revision.revision.to_string()).collect();
        Failure::new(
            format_args!("{} has no revision {number}", history.name),
            format_args!("it has {}", known.join(", ")),
            format_args!("see what each is: aegisctl rollout history {} -n {}", history.name, history.namespace),
        )
    })
}

fn nowhere(history: &History, current: &Revision) -> Failure {
    Failure::new(
        format_args!("{} has nothing to go back to", history.name),
        format_args!("besides revision {}, none that is remembered has run well", current.revision),
        format_args!("choose one yourself: aegisctl rollout history {0} -n {1}, then --to REVISION", history.name, history.namespace),
    )
}

fn forbidden(history: &History, to: &Revision, crossed: &Revision) -> Failure {
    let changed = if crossed.is_half { "has failed and may have changed it half way" } else { "has changed it" };
    Failure::new(
        format_args!("revision {} may not run on the database as it is", to.revision),
        format_args!("the migration of revision {} {changed} (migration.compatibility: StopTheWorld)", crossed.revision),
        format_args!(
            "when the database fits the older release again: aegisctl rollout undo {} -n {} --to {} --across-migration",
            history.name, history.namespace, to.revision
        ),
    )
}

fn unknown(report: &Report, role: Option<&str>, known: &[&str]) -> Failure {
    let role = role.unwrap_or("role");
    let why = if known.is_empty() { "it has none yet".to_owned() } else { format!("it has {}", known.join(", ")) };
    let fix = match nearest(role, known.iter().copied()) {
        Some(meant) => format!("did you mean {meant}? aegisctl rollout restart {} {meant} -n {}", report.name, report.namespace),
        None => format!("see its roles: aegisctl status {} -n {}", report.name, report.namespace),
    };
    Failure::new(format_args!("{} has no {role} that could be restarted", report.name), why, fix)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn revision(number: i64, inputs: &str, stops: bool) -> Revision {
        let inputs = Some(inputs.to_owned());
        Revision { revision: number, release: format!("r{number}"), good: true, proven: Some(number), inputs, stops, ..Default::default() }
    }

    fn history() -> History {
        let current = Revision { current: true, ..revision(4, "c", false) };
        let revisions = vec![revision(1, "a", false), revision(2, "b", true), revision(3, "c", false), current];
        History { version: 1, name: "shop".into(), namespace: "prod".into(), revisions }
    }

    fn wish(request: &Request) -> &str {
        request.annotations[UNDO_ANNOTATION].as_str().unwrap_or_default()
    }

    #[test]
    fn an_undo_names_both_releases_and_the_migration_between_them() {
        let undone = undo(&history(), None, false).unwrap();
        assert_eq!((wish(&undone), &undone.warning), ("r4/r3", &None));
        let across = undo(&history(), Some(2), false).unwrap();
        assert_eq!(wish(&across), "r4/r2");
        assert!(across.warning.unwrap().contains("the migration of revision 4"));
    }

    #[test]
    fn an_undo_across_a_migration_that_stops_the_world_is_asked_for() {
        let refused = undo(&history(), Some(1), false).unwrap_err();
        assert!(refused.why.contains("the migration of revision 2"), "{refused}");
        assert!(refused.fix.ends_with("aegisctl rollout undo shop -n prod --to 1 --across-migration"), "{}", refused.fix);
        assert_eq!(wish(&undo(&history(), Some(1), true).unwrap()), "r4/r1/across-migration");
    }

    #[test]
    fn an_undo_that_leads_nowhere_is_told() {
        assert!(undo(&history(), Some(4), false).unwrap_err().fix.contains("rollout retry"));
        assert_eq!(undo(&history(), Some(9), false).unwrap_err().why, "it has 1, 2, 3, 4");
        let alone = History { revisions: history().revisions.split_off(3), ..history() };
        assert!(undo(&alone, None, false).unwrap_err().why.contains("none that is remembered has run well"));
        let none = History { revisions: vec![], ..history() };
        assert!(undo(&none, None, false).unwrap_err().why.contains("no spec of it was accepted"));
    }

    #[test]
    fn a_retry_takes_an_undo_away() {
        let request = retry(&history()).unwrap();
        assert!(request.annotations[RETRY_ANNOTATION].as_str().unwrap().starts_with("r4/"));
        assert_eq!(request.annotations[UNDO_ANNOTATION], Value::Null);
    }
}
