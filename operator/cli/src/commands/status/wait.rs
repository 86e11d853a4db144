//! `status --wait` and `rollout status`: follows one app until it is ready, stalls for good, or time is up, and tells each change.

use std::pin::pin;
use std::time::Duration;

use futures::StreamExt;
use kube::runtime::{WatchStreamExt, watcher};
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::progress::{self, Progress, Verdict};
use super::report::{Report, State, is_moving};
use super::{gone, next, read};
use crate::connection::Connection;
use crate::failure::{Failure, Failures};
use crate::output::{Block, Output};
use crate::page::{Colour, wrap};

/// Where nothing is redrawn, silence this long is broken by a line.
const SILENCE: Duration = Duration::from_secs(30);
/// An operator that runs looks at an app within a second.
const UNSEEN: Duration = Duration::from_secs(15);

struct Wait<'a> {
    output: &'a Output,
    limit: Duration,
    started: Instant,
    spoke: Instant,
    progress: Progress,
    block: Block,
    warned: bool,
}

/// What was seen last, and whether it is what was waited for.
pub struct Waited {
    pub report: Report,
    pub result: Result<(), Failures>,
}

pub async fn until_ready(connection: &Connection, name: &str, seconds: u64, output: &Output) -> Result<Waited, Failure> {
    let first = read::one(connection, name).await?;
    let now = Instant::now();
    let limit = Duration::from_secs(seconds);
    let mut wait = Wait { output, limit, started: now, spoke: now, progress: Progress::default(), block: Block::default(), warned: false };
    let (verdict, report) = wait.follow(connection, name, first).await?;
    let result = match verdict {
        Verdict::Ready if report.state == State::Ready => {
            output.step(format_args!("{name} is ready"));
            Ok(())
        }
        Verdict::Ready => {
            output.step(report.brief());
            Ok(())
        }
        Verdict::Stalled => Err(Failures(stalled(&report))),
        Verdict::Wait => Err(overdue(&report, seconds).into()),
    };
    Ok(Waited { report, result })
}

impl Wait<'_> {
    /// The end of the wait, and what was seen last.
    async fn follow(&mut self, connection: &Connection, name: &str, first: Report) -> Result<(Verdict, Report), Failure> {
        let mut seen = pin!(watcher::watch_object(connection.apps(), name).default_backoff());
        let mut ticks = interval(Duration::from_secs(1));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut report = first;
        loop {
            let passed = self.started.elapsed();
            self.tell(&report);
            let verdict = self.progress.verdict(&report, passed);
            if verdict != Verdict::Wait || passed >= self.limit {
                return Ok((verdict, report));
            }
            let rest = self.limit - passed;
            tokio::select! {
                app = seen.next() => match app {
                    Some(Ok(Some(app))) => report = Report::of(&app)?,
                    Some(Ok(None)) => return Err(gone(name)),
                    // The watch begins again by itself; the time limit ends what does not heal.
                    Some(Err(error)) => self.output.warning(format_args!("the watch broke off and begins again: {error}")),
                    None => return Err(gone(name)),
                },
                _ = ticks.tick() => {}
                () = tokio::time::sleep(rest) => {}
            }
        }
    }

    fn tell(&mut self, report: &Report) {
        if report.state == State::Unseen && self.started.elapsed() > UNSEEN && !self.warned {
            self.warned = true;
            self.output.warning("no operator has looked at it yet; does one run? kubectl -n aegis-system get pods");
        }
        if self.output.talk_page.is_live {
            let lines = self.block(report);
            return self.output.redraw(&mut self.block, &lines);
        }
        let changes = self.progress.changes(report);
        if !changes.is_empty() {
            self.spoke = Instant::now();
        } else if self.spoke.elapsed() >= SILENCE {
            self.spoke = Instant::now();
            self.output.step(format_args!("still waiting: {}", progress::awaited(report)));
        }
        for change in changes {
            self.output.step(change);
        }
    }

    /// What a terminal shows: how far it is, and a line for each component that is not there yet.
    fn block(&self, report: &Report) -> Vec<String> {
        let page = self.output.talk_page;
        let (missing, all) = (report.unfinished().count(), report.components.len());
        let time = format!("{} s of {} s", self.started.elapsed().as_secs(), self.limit.as_secs());
        let count = if all == 0 { String::new() } else { format!(", {} of {all} components", all - missing) };
        let mut lines = vec![format!("{}: {}{count} {}", report.name, report.reason, page.paint(Colour::Faint, &time))];
        if missing == 0 || report.refusal().is_some() {
            lines.extend(wrap(&report.brief(), page.columns - 2).into_iter().take(3).map(|line| format!("  {line}")));
        }
        for component in report.unfinished().take(12) {
            let colour = if is_moving(component) { Colour::Yellow } else { Colour::Red };
            let wrapped = wrap(&progress::line(component), page.columns - 4);
            lines.extend(wrapped.iter().take(3).map(|line| format!("  {}", page.paint(colour, line))));
        }
        // A line that the terminal breaks would be counted as one and not drawn over.
        lines.into_iter().map(|line| if page.colour { line } else { line.chars().take(page.columns).collect() }).collect()
    }
}

/// Everything that a person must do first.
fn stalled(report: &Report) -> Vec<Failure> {
    if report.is_set_back() {
        let what = format!("{}: {}", report.name, report.reason);
        return vec![Failure::new(what, &report.message, format_args!("what ran and what failed: {}", report.next))];
    }
    let refused = report.problems.iter().filter(|problem| problem.severity == aegis_crds::status::Severity::Error);
    let mut failures: Vec<Failure> =
        refused.map(|problem| Failure::new(format_args!("{} at {}", problem.code, problem.path), &problem.message, &problem.fix)).collect();
    let stuck = report.unfinished().filter(|component| !is_moving(component));
    failures.extend(stuck.map(|component| {
        let what = format!("{} ({}) is not ready: {}", component.name, component.section, component.reason);
        Failure::new(
            what,
            component.message.as_deref().unwrap_or_default(),
            format_args!("mend it and apply again; first look: {}", next::about(report, component)),
        )
    }));
    if failures.is_empty() {
        failures.push(Failure::new(
            format_args!("{} is stalled: {}", report.name, report.reason),
            &report.message,
            format_args!("first look: {}", report.next),
        ));
    }
    failures
}

fn overdue(report: &Report, seconds: u64) -> Failure {
    let lines: Vec<String> = report.unfinished().map(progress::line).collect();
    let why = if lines.is_empty() { report.brief() } else { lines.join("\n  ") };
    let fix = match report.state {
        State::Unseen => format!("see that the operator runs: {}", report.next),
        _ => format!(
            "wait longer: aegisctl status {} -n {} --wait {}; or look closer: {}",
            report.name,
            report.namespace,
            seconds.max(60) * 2,
            report.next
        ),
    };
    Failure::new(format_args!("{} is not ready after {seconds} s; it still waits for", report.name), why, fix)
}
