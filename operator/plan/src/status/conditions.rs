//! Conditions in kstatus' sense: Ready always, Reconciling and Stalled only while true, and one per concern.

use aegis_crds::{
    AegisApp,
    status::{AuthStatus, KeyState, RouteStatus},
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};

use super::{
    Done, Undone,
    components::{Entry, State},
};
use crate::{
    Accepted, Facts, Plan, Planned, Problem, Setback, Stage, children,
    problem::{self, KEY_LOST, UNKNOWN_BEHAVIOR},
    scale::Pool,
};

/// Everything that conditions speak of.
pub(super) struct View<'a> {
    pub(super) asked: &'a AegisApp,
    pub(super) accepted: &'a Accepted,
    pub(super) plan: Option<&'a Plan>,
    pub(super) facts: &'a Facts,
    pub(super) done: &'a Done,
    pub(super) components: &'a [Entry],
    pub(super) routes: &'a [RouteStatus],
    pub(super) auth: Option<&'a AuthStatus>,
}

/// A condition before it has a time.
struct Said {
    type_: &'static str,
    holds: bool,
    reason: String,
    message: String,
}

/// Every condition, in a fixed order.
pub(super) fn conditions(view: &View<'_>) -> Vec<Condition> {
    let ready = view.ready();
    let mut all = vec![];
    let is_stalled = view.is_stalled();
    if !ready.holds && !is_stalled && view.plan.is_some() {
        all.push(said("Reconciling", true, &ready.reason, &ready.message));
    }
    if is_stalled {
        all.push(said("Stalled", true, &ready.reason, &ready.message));
    }
    all.insert(0, ready);
    all.push(view.spec_accepted());
    let concerns = [
        ("bindings", "BindingsReady"),
        ("migration", "MigrationSucceeded"),
        ("api", "ApiAvailable"),
        ("frontend", "FrontendAvailable"),
        ("workers", "WorkersAvailable"),
        ("scheduler", "SchedulerAvailable"),
        ("schedules", "SchedulesHealthy"),
        ("agent", "AgentAvailable"),
    ];
    all.extend(concerns.into_iter().filter_map(|(section, type_)| view.concern(section, type_)));
    all.extend(view.routes_ready());
    all.extend(view.scaling());
    all.extend(view.observability());
    all.extend(view.keys());
    all.into_iter().map(|said| view.timed(said)).collect()
}

impl View<'_> {
    fn ready(&self) -> Said {
        if let Some((undone, others)) = self.done.failures.split_first() {
            let others: Vec<String> = others.iter().map(|undone| format!("{} {}", undone.key.kind, undone.key.name)).collect();
            let more = if others.is_empty() { String::new() } else { format!("; also failed: {}", others.join(", ")) };
            return said("Ready", false, &undone.reason, &format!("{} {}: {}{more}", undone.key.kind, undone.key.name, undone.message));
        }
        if self.accepted.unrendered.is_some() {
            return said("Ready", false, UNKNOWN_BEHAVIOR.name, &self.unrendered());
        }
        if self.accepted.app.is_none() {
            return said("Ready", false, "SpecRefused", &self.refusal());
        }
        if let Some(setback) = &self.accepted.setback {
            return self.set_back(setback);
        }
        if let Some(worst) = self.worst() {
            let component = &worst.component;
            let message = worst.words();
            let reason = if self.is_paused() && worst.state == State::Moving { "Paused" } else { &component.reason };
            return said("Ready", false, reason, &message);
        }
        if !self.accepted.is_fresh {
            return said("Ready", false, "SpecRefused", &format!("{} The release before runs on.", self.refusal()));
        }
        if self.is_paused() {
            return said("Ready", true, "Paused", "Reconciling is paused; the app runs on as it is.");
        }
        if self.plan.is_some_and(|plan| plan.stage < Stage::Settled) {
            return said("Ready", false, "Progressing", "The release is being rolled out.");
        }
        let is_suspended = self.accepted.app.as_ref().is_some_and(|app| app.is_suspended);
        if let Some(route) = self.routes.iter().find(|route| !route.ready && !is_suspended) {
            return said("Ready", false, &route.reason, &words(route));
        }
        match is_suspended {
            true => said("Ready", true, "Suspended", "Every role stands at zero; data and configuration are kept."),
            false => said("Ready", true, "Running", "Everything asked for runs."),
        }
    }

    /// Why what was asked does not run, and what runs in its place.
    fn set_back(&self, setback: &Setback) -> Said {
        let is_moving = self.plan.is_some_and(|plan| plan.stage < Stage::Settled);
        let goes = if is_moving { "takes its place" } else { "serves" };
        let instead = setback.instead.map(|number| format!(" Revision {number} {goes}.")).unwrap_or_default();
        let stuck = self.worst().filter(|worst| setback.instead.is_some() && worst.state != State::Moving);
        let stuck = stuck.map(|worst| format!(" Of that, {}", worst.words())).unwrap_or_default();
        let reason = setback.reasons[usize::from(!is_moving)];
        said("Ready", false, reason, &format!("{}{instead} {}{stuck}", setback.what, setback.fix))
    }

    /// The component that most needs a word: those a person must help first, then in the order of the spec.
    fn worst(&self) -> Option<&Entry> {
        [State::Terminal, State::Stuck, State::Moving].iter().find_map(|state| self.components.iter().find(|entry| entry.state == *state))
    }

    fn is_stalled(&self) -> bool {
        let by_hand = ["NameTaken", "Forbidden", "QuotaExceeded", "Invalid"];
        let is_by_hand = self.done.failures.iter().any(|undone| by_hand.contains(&undone.reason.as_str()));
        is_by_hand
            || self.accepted.setback.is_some()
            || !self.accepted.is_fresh
            || self.components.iter().any(|entry| entry.state == State::Terminal)
    }

    fn is_paused(&self) -> bool {
        self.asked.spec.paused.unwrap_or(false)
    }

    fn spec_accepted(&self) -> Said {
        let refusal = self.refusal();
        match refusal.is_empty() {
            true => said("SpecAccepted", true, "Accepted", "The spec is accepted."),
            false => said("SpecAccepted", false, "SpecRefused", &refusal),
        }
    }

    /// Why nothing is done about the release that runs, and what is wrong with another spec that was asked for.
    fn unrendered(&self) -> String {
        let unknown = self.accepted.problems.iter().find(|problem| problem.code == &UNKNOWN_BEHAVIOR);
        let why = unknown.map(|problem| format!("It runs on as it is, for {}. {}", problem.message, problem.fix)).unwrap_or_default();
        let refusal = self.refusal();
        if refusal.is_empty() { why } else { format!("{why} The newest spec is refused: {refusal}") }
    }

    /// Every error of what was asked in one text, each with its place and cure.
    fn refusal(&self) -> String {
        let is_of_spec = |problem: &&Problem| problem.is_error() && problem.code != &UNKNOWN_BEHAVIOR && !self.accepted.is_fresh;
        let errors = self.accepted.problems.iter().filter(is_of_spec);
        let texts: Vec<String> =
            errors.map(|problem| format!("{}: {} ({}) {}", problem.path, problem.message, problem.code.name, problem.fix)).collect();
        texts.join(" ")
    }

    fn concern(&self, section: &str, type_: &'static str) -> Option<Said> {
        let of: Vec<&Entry> = self.components.iter().filter(|entry| entry.component.section == section).collect();
        // of schedules, one may sleep while the others fire
        let first = of.iter().find(|entry| entry.component.reason != "Suspended").or(of.first())?;
        let worst = [State::Terminal, State::Stuck, State::Moving, State::Noted]
            .iter()
            .find_map(|state| of.iter().find(|entry| entry.state == *state));
        Some(match worst {
            None => said(type_, true, &first.component.reason, ""),
            Some(entry) => {
                let component = &entry.component;
                said(type_, false, &component.reason, &format!("{}: {}", component.name, component.message.as_deref().unwrap_or_default()))
            }
        })
    }

    /// Whether every route leads to the app; of an ingress controller that tells nothing, whether nothing speaks against it.
    fn routes_ready(&self) -> Option<Said> {
        let first = self.routes.first()?;
        Some(match self.routes.iter().find(|route| !route.ready) {
            Some(route) => said("RoutesReady", false, &route.reason, &words(route)),
            None => said("RoutesReady", true, &first.reason, first.message.as_deref().unwrap_or_default()),
        })
    }

    /// Whether the pools that their work moves are moved by it; nothing before the first look at all of them.
    fn scaling(&self) -> Option<Said> {
        let app = self.accepted.app.as_ref().filter(|app| !app.is_suspended)?;
        let moved = app.workers.iter().filter(|worker| Pool::of(worker).is_some());
        let told: Vec<_> =
            moved.map(|worker| self.facts.queues.iter().find(|told| told.worker == worker.role.name)).collect::<Option<_>>()?;
        let first = told.iter().find_map(|told| Some((told, told.reason.as_deref()?)));
        Some(match first {
            _ if told.is_empty() => return None,
            None => said("ScalingActive", true, "Following", "The pools follow the work in their queues."),
            Some((told, reason)) => {
                let cause = told.message.as_deref().unwrap_or_default();
                said("ScalingActive", false, reason, &format!("{}: {cause}. Its pods stay as many as they are.", told.worker))
            }
        })
    }

    /// Whether those are told of the app who watch over apps.
    fn observability(&self) -> Option<Said> {
        let type_ = "ObservabilityReady";
        let app = self.accepted.app.as_ref().filter(|app| app.observability.metrics.is_some())?;
        let wanted = self.plan.iter().flat_map(|plan| &plan.wanted).filter(|planned| planned.section == "observability");
        let is_there =
            |planned: &Planned| self.done.inventory.iter().any(|entry| entry.kind == planned.kind.kind && entry.name == planned.name);
        let awaited = wanted.clone().find(|planned| !is_there(planned));
        let lacking: Vec<&str> = children::observability::KINDS.into_iter().filter(|kind| app.lacks(*kind)).map(|kind| kind.kind).collect();
        let failed = self.done.failures.iter().find(|undone| undone.section == "observability");
        Some(match (failed, awaited) {
            (Some(Undone { key, reason, message, .. }), _) => said(type_, false, reason, &format!("{} {}: {message}", key.kind, key.name)),
            (None, Some(planned)) => said(type_, false, "Progressing", &format!("{} {} is being made.", planned.kind, planned.name)),
            (None, None) if !lacking.is_empty() => {
                said(type_, false, problem::KIND_MISSING.name, &format!("The cluster knows no {}.", lacking.join(" and no ")))
            }
            (None, None) => said(type_, true, "Told", "Prometheus is told whom to scrape and what to warn of."),
        })
    }

    /// Whether there is a key that signs, and whether the next one waits for its time.
    fn keys(&self) -> Option<Said> {
        self.accepted.app.as_ref()?.auth.as_ref()?;
        let Some(auth) = self.auth else { return Some(said("KeysReady", false, "Waiting", "There is no key yet.")) };
        if let Some(lost) = self.accepted.problems.iter().find(|problem| *problem.code == KEY_LOST) {
            return Some(said("KeysReady", false, lost.code.name, &format!("{}. Another key is made.", lost.message)));
        }
        let signing = auth.kid.as_deref().unwrap_or_default();
        let next = auth.keys.first().filter(|newest| newest.state == KeyState::Published);
        Some(match next {
            None => said("KeysReady", true, "Signing", &format!("Key {signing} signs.")),
            Some(next) => said("KeysReady", true, "Rotating", &format!("Key {signing} signs; key {} is published and follows.", next.kid)),
        })
    }

    fn timed(&self, said: Said) -> Condition {
        let status = if said.holds { "True" } else { "False" };
        let before = self.facts.status.conditions.iter().find(|condition| condition.type_ == said.type_ && condition.status == status);
        Condition {
            type_: said.type_.to_owned(),
            status: status.to_owned(),
            reason: said.reason,
            // the API server allows 32,768 bytes
            message: said.message.chars().take(4000).collect(),
            last_transition_time: before.map_or(Time(self.facts.now), |condition| condition.last_transition_time.clone()),
            observed_generation: self.asked.metadata.generation,
        }
    }
}

impl Entry {
    /// Its name and what is to be said of it.
    fn words(&self) -> String {
        let component = &self.component;
        format!("{}: {}", component.name, component.message.as_deref().unwrap_or("it is not ready yet"))
    }
}

/// A route and what is to be said of it.
fn words(route: &RouteStatus) -> String {
    format!("route {}: {}", route.name, route.message.as_deref().unwrap_or_default())
}

fn said(type_: &'static str, holds: bool, reason: &str, message: &str) -> Said {
    Said { type_, holds, reason: reason.to_owned(), message: message.to_owned() }
}
