//! One app as text for people: what runs, what does not, what is wrong, and what to do next.

use aegis_crds::status::{Component, ProblemReport, RouteStatus, Severity};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;

use super::report::{Report, State, is_good, is_moving};
use crate::age::age;
use crate::page::{Colour, Page, wrap};
use crate::table::{Cell, Table};

pub fn text(report: &Report, page: &Page) -> String {
    let mut blocks = vec![head(report, page)];
    blocks.extend(components(report, page));
    blocks.extend(routes(report, page));
    blocks.extend(conditions(report, page));
    blocks.extend(problems(report, page));
    blocks.extend(retained(report));
    blocks.push(format!("{} {}", page.paint(Colour::Cyan, "next:"), report.next));
    blocks.join("\n\n")
}

/// The colour of a state.
pub fn colour(state: State) -> Colour {
    match state {
        State::Ready => Colour::Green,
        State::Progressing | State::Unseen | State::Deleting => Colour::Yellow,
        State::Stalled => Colour::Red,
    }
}

fn head(report: &Report, page: &Page) -> String {
    let state = page.paint(colour(report.state), &format!("{:?}", report.state));
    let reason = if format!("{:?}", report.state) == report.reason { String::new() } else { format!(" ({})", report.reason) };
    let since =
        report.condition("Ready").map(|ready| format!(" for {}", age(&ready.last_transition_time.0.to_string()))).unwrap_or_default();
    let mut lines = vec![format!("{} in namespace {}: {state}{reason}{since}", page.paint(Colour::Bold, &report.name), report.namespace)];
    // What a component says stands in its own line.
    if report.refusal().is_some() || !report.components.iter().any(|component| repeats(&report.message, component)) {
        lines.extend(wrap(&report.brief(), page.columns));
    }
    let image = report.summary.image.as_deref().unwrap_or("none yet");
    let release = report.release.as_deref().unwrap_or("none yet");
    let seen =
        if report.observed_generation < report.generation { format!(", seen {}", report.observed_generation) } else { String::new() };
    lines.push(format!("image {image}, release {release}, generation {}{seen}", report.generation));
    lines.extend(report.expires_at.as_ref().map(|end| format!("deleted at {end}, as lifecycle.ttl says")));
    lines.join("\n")
}

/// Whether a longer text only says again what the component says.
fn repeats(text: &str, component: &Component) -> bool {
    let said = component.message.as_deref().unwrap_or_default();
    text.is_empty() || (!said.is_empty() && text.contains(said))
}

fn components(report: &Report, page: &Page) -> Option<String> {
    let row = |component: &Component| {
        let colour = match component {
            _ if is_good(component) => Colour::Green,
            _ if is_moving(component) => Colour::Yellow,
            _ => Colour::Red,
        };
        let count = match component.section.as_str() {
            "schedules" => "-".to_owned(),
            _ => format!("{}/{}", component.ready, component.desired),
        };
        [
            component.name.clone().into(),
            component.section.clone().into(),
            count.into(),
            Cell(component.reason.clone(), colour),
            component.message.clone().unwrap_or_default().into(),
        ]
    };
    let rows: Vec<_> = report.components.iter().map(row).collect();
    let table = Table { header: ["ROLE", "SECTION", "READY", "STATE", "MESSAGE"], rows };
    (!table.rows.is_empty()).then(|| table.text(page))
}

/// Where users find the app, and which of these addresses lead nowhere.
fn routes(report: &Report, page: &Page) -> Option<String> {
    let row = |route: &RouteStatus| {
        let colour = if route.ready { Colour::Green } else { Colour::Red };
        let message = route.message.clone().unwrap_or_default();
        [route.name.clone().into(), route.url.clone().into(), Cell(route.reason.clone(), colour), message.into()]
    };
    let rows: Vec<_> = report.routes.iter().map(row).collect();
    let table = Table { header: ["ROUTE", "URL", "STATE", "MESSAGE"], rows };
    (!table.rows.is_empty()).then(|| table.text(page))
}

/// The conditions that do not hold although they should, and what they say that no line above has said.
fn conditions(report: &Report, page: &Page) -> Option<String> {
    let matters = |condition: &&Condition| match condition.type_.as_str() {
        "Reconciling" | "Stalled" => condition.status == "True",
        _ => condition.status != "True",
    };
    let all: Vec<&Condition> = report.conditions.iter().filter(matters).collect();
    let words: Vec<String> = all.iter().map(|condition| format!("{}={}", condition.type_, condition.status)).collect();
    let mut lines = vec![format!("conditions: {}", words.join(", "))];
    for condition in &all {
        let is_told_below = condition.type_ == "SpecAccepted" && !report.problems.is_empty();
        let mut components = report.components.iter();
        let mut routes = report.routes.iter().filter_map(|route| route.message.as_deref());
        let is_said = condition.message == report.message
            || components.any(|component| repeats(&condition.message, component))
            || routes.any(|said| condition.message.contains(said));
        if !is_said && !is_told_below {
            lines.extend(wrap(&format!("{}: {}", condition.type_, condition.message), page.columns));
        }
    }
    (!all.is_empty()).then(|| lines.join("\n"))
}

fn problems(report: &Report, page: &Page) -> Option<String> {
    let texts: Vec<String> = report.problems.iter().map(|problem| self::problem(problem, page)).collect();
    (!texts.is_empty()).then(|| texts.join("\n"))
}

fn problem(problem: &ProblemReport, page: &Page) -> String {
    let colour = if problem.severity == Severity::Error { Colour::Red } else { Colour::Yellow };
    let word = format!("{:?}", problem.severity).to_lowercase();
    let indented = |text: &str| wrap(text, page.columns.saturating_sub(2)).into_iter().map(|line| format!("  {line}"));
    let mut lines = vec![format!("{} at {}", page.paint(colour, &format!("{word} {}", problem.code)), problem.path)];
    lines.extend(indented(&problem.message));
    lines.extend(indented(&format!("fix: {}", problem.fix)));
    lines.join("\n")
}

fn retained(report: &Report) -> Option<String> {
    let lines: Vec<String> = report
        .retained
        .iter()
        .map(|kept| format!("kept data: {} {} of {}; declare it again to use it, or delete it by hand", kept.kind, kept.name, kept.section))
        .collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}
