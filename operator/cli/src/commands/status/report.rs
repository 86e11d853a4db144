//! What is known of one app, from its resource alone. It neither asks the cluster nor formats.

use aegis_crds::AegisAppStatus;
use aegis_crds::status::{AuthStatus, Component, ProblemReport, RetainedEntry, RouteStatus, Severity, Summary};
use aegis_plan::names;
use aegis_plan::problem::UNKNOWN_BEHAVIOR;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::ResourceExt;
use kube::core::DynamicObject;
use serde::Serialize;

use super::next;
use crate::failure::Failure;

/// Version of the printed JSON and YAML.
pub const VERSION: u8 = 1;

/// One app as `-o json` prints it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    pub version: u8,
    pub name: String,
    pub namespace: String,
    pub created: String,
    pub generation: i64,
    pub observed_generation: i64,
    pub state: State,
    /// One word for the state, and what is happening.
    pub reason: String,
    pub message: String,
    pub summary: Summary,
    pub release: Option<String>,
    /// When the app is deleted because its lifecycle.ttl says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    /// The keys of its tokens, if it has some.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth: Option<AuthStatus>,
    pub components: Vec<Component>,
    /// Its routes, if it has some.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<RouteStatus>,
    pub conditions: Vec<Condition>,
    pub problems: Vec<ProblemReport>,
    pub retained: Vec<RetainedEntry>,
    /// The command that most likely comes next.
    pub next: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum State {
    /// The newest spec runs.
    Ready,
    /// It is on its way there.
    Progressing,
    /// It gets no further until a person acts.
    Stalled,
    /// The operator has not looked at the newest spec yet.
    Unseen,
    /// It is being deleted.
    Deleting,
}

impl Report {
    pub fn of(app: &DynamicObject) -> Result<Self, Failure> {
        let status = status(app)?;
        let (state, reason, message) = state(app, &status);
        let mut report = Self {
            version: VERSION,
            name: app.name_any(),
            namespace: app.namespace().unwrap_or_default(),
            created: app.creation_timestamp().map(|time| time.0.to_string()).unwrap_or_default(),
            generation: app.metadata.generation.unwrap_or_default(),
            observed_generation: status.observed_generation.unwrap_or(-1),
            state,
            reason,
            message,
            summary: status.summary.unwrap_or_default(),
            release: status.release,
            expires_at: status.expires_at.map(|end| end.0.to_string()),
            auth: status.auth,
            components: status.components,
            routes: status.routes,
            conditions: status.conditions,
            problems: status.problems,
            retained: status.retained,
            next: String::new(),
        };
        report.next = next::command(&report);
        Ok(report)
    }

    /// Whether the newest spec gave way to an earlier one, or cannot: nothing will change that but a person.
    pub fn is_set_back(&self) -> bool {
        self.state == State::Stalled && ["RollingBack", "RolledBack", "RollbackNeedsConsent"].contains(&self.reason.as_str())
    }

    /// What is happening, in one sentence.
    pub fn brief(&self) -> String {
        self.refusal().unwrap_or_else(|| self.message.clone())
    }

    /// That the newest spec is refused; its problems are told one by one elsewhere.
    pub fn refusal(&self) -> Option<String> {
        // of a release that this operator leaves alone, no spec is wrong
        let is_of_spec = |problem: &&ProblemReport| problem.severity == Severity::Error && problem.code != UNKNOWN_BEHAVIOR.name;
        let errors: Vec<&ProblemReport> = self.problems.iter().filter(is_of_spec).collect();
        let [first, more @ ..] = errors.as_slice() else { return None };
        if self.state == State::Unseen {
            return None;
        }
        let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
        let running = if self.release.is_some() { " The release before runs on." } else { "" };
        Some(format!("The spec is refused: {} at {}{more}.{running}", first.code, first.path))
    }

    pub fn condition(&self, type_: &str) -> Option<&Condition> {
        self.conditions.iter().find(|condition| condition.type_ == type_)
    }

    /// The components that are not as asked, in the order of the spec.
    pub fn unfinished(&self) -> impl Iterator<Item = &Component> {
        self.components.iter().filter(|component| !is_good(component))
    }
}

/// Whether a component is as asked.
pub fn is_good(component: &Component) -> bool {
    matches!(component.reason.as_str(), "Running" | "Completed" | "Scheduled" | "Suspended")
}

/// Whether a component is on its way and nothing is known to be wrong with it.
pub fn is_moving(component: &Component) -> bool {
    matches!(component.reason.as_str(), "Progressing" | "Waiting" | "Leaving")
}

pub fn status(app: &DynamicObject) -> Result<AegisAppStatus, Failure> {
    let status = app.data.get("status").cloned().unwrap_or_else(|| serde_json::json!({}));
    serde_json::from_value(status).map_err(|error| {
        Failure::new(
            format_args!("the status of {} has a shape that this aegisctl does not know", app.name_any()),
            error,
            "use the aegisctl of the operator's version (aegisctl --version), or read it raw: kubectl get aegisapp -o yaml",
        )
    })
}

fn state(app: &DynamicObject, status: &AegisAppStatus) -> (State, String, String) {
    if app.metadata.deletion_timestamp.is_some() {
        return (State::Deleting, "Deleting".to_owned(), "It is being deleted.".to_owned());
    }
    let generation = app.metadata.generation.unwrap_or_default();
    if status.observed_generation.unwrap_or(-1) < generation {
        let message = format!("The operator has not looked at generation {generation} yet.");
        return (State::Unseen, "Unseen".to_owned(), message);
    }
    if status.handled != names::requests(app.annotations()) {
        return (State::Unseen, "Unseen".to_owned(), "The operator has not looked at what was asked of it last yet.".to_owned());
    }
    let find = |type_: &str| status.conditions.iter().find(|condition| condition.type_ == type_ && condition.status == "True");
    let (state, condition) = match (find("Stalled"), find("Ready")) {
        (Some(stalled), _) => (State::Stalled, Some(stalled)),
        (None, Some(ready)) => (State::Ready, Some(ready)),
        (None, None) => (State::Progressing, status.conditions.iter().find(|condition| condition.type_ == "Ready")),
    };
    let said = condition.map(|condition| (condition.reason.clone(), condition.message.clone()));
    let (reason, message) = said.unwrap_or_else(|| ("Unknown".to_owned(), "The operator has said nothing yet.".to_owned()));
    (state, reason, message)
}
