//! The command that most likely comes next, from what is wrong. A suggestion for people; nothing runs it.

use aegis_crds::status::{Component, Severity};

use super::report::{Report, State, is_moving};

pub fn command(report: &Report) -> String {
    let (name, namespace) = (&report.name, &report.namespace);
    if let Some(problem) = report.problems.iter().find(|problem| problem.severity == Severity::Error) {
        return format!("aegisctl explain {}", problem.code);
    }
    if report.is_set_back() {
        return format!("aegisctl rollout history {name} -n {namespace}");
    }
    if let Some(component) = report.unfinished().find(|component| !is_moving(component)) {
        return about(report, component);
    }
    match (report.state, report.reason.as_str()) {
        (State::Ready, "Paused") => {
            format!("kubectl -n {namespace} patch aegisapp {name} --type merge -p '{{\"spec\":{{\"paused\":false}}}}'")
        }
        (State::Ready, "Suspended") => {
            format!("aegisctl resume {name} -n {namespace}")
        }
        (State::Ready, _) => format!("aegisctl logs {name} api -n {namespace}"),
        (State::Stalled, "Undone") => format!("aegisctl rollout retry {name} -n {namespace}"),
        (State::Stalled, _) => format!("kubectl -n {namespace} get events --field-selector type=Warning"),
        (State::Unseen, _) => "kubectl -n aegis-system get pods".to_owned(),
        (State::Progressing, _) => format!("aegisctl status {name} -n {namespace} --wait 300"),
        (State::Deleting, _) => format!("kubectl -n {namespace} get all -l aegis.dev/app={name}"),
    }
}

/// What tells most about a component that is stuck.
pub fn about(report: &Report, component: &Component) -> String {
    let (name, namespace, role) = (&report.name, &report.namespace, &component.name);
    let pods = format!("aegis.dev/app={},aegis.dev/section={},aegis.dev/role={role}", report.name, component.section);
    match component.reason.as_str() {
        // A migration's or a schedule's pod is never restarted, so its only log is the last one.
        "Crashing" | "OutOfMemory" if component.section != "migration" && component.section != "schedules" => {
            format!("aegisctl logs {name} {role} -n {namespace} --previous")
        }
        "Crashing" | "OutOfMemory" | "NotReady" | "MigrationFailed" | "RunFailed" => {
            format!("aegisctl logs {name} {role} -n {namespace}")
        }
        "MissingSecret" => format!("kubectl -n {namespace} get secrets"),
        "MissingConfigMap" => format!("kubectl -n {namespace} get configmaps"),
        "PodsRefused" => format!("kubectl -n {namespace} get events --field-selector type=Warning"),
        _ => format!("kubectl -n {namespace} describe pods -l {pods}"),
    }
}
