//! All figures of one run: as a table to read, as JSON to compare, as pictures to show.
//! It measures nothing and rounds only what it prints.

use std::{collections::BTreeMap, fs, path::Path};

use serde::Serialize;

use crate::{
    converge::Converged,
    floor::{self, Fallen, Swept},
    latency::Times,
    memory::{self, Held},
    picture::{self, Curve},
    quiet::{Restart, Resyncs},
    render::Rendered,
    requests::Requests,
};

/// One run.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Where and how it was measured.
    pub conditions: BTreeMap<&'static str, String>,
    /// The command line as whole processes.
    pub rendered: Rendered,
    /// Children of one app by kind.
    pub children: BTreeMap<&'static str, usize>,
    /// The search for the best concurrency.
    pub sweep: Vec<Swept>,
    /// Rounds of the operator.
    pub operator: Vec<Converged>,
    /// Rounds of the floor: the children alone.
    pub floor: Vec<Fallen>,
    /// Rounds of the floor: all that the operator writes.
    pub floor_of_all: Vec<Fallen>,
    /// `kubectl apply` of one file: children per second.
    pub kubectl: Vec<f64>,
    /// `kubectl apply` of a file per app: children per second.
    pub kubectl_each: Vec<f64>,
    /// Requests until all apps run, with controllers and nodes.
    pub requests: Requests,
    /// Memory at rest with more and more apps.
    pub memory: Vec<Held>,
    /// Looks without a change.
    pub resyncs: Resyncs,
    /// A restart.
    pub restart: Restart,
    /// From an edit to the changed object.
    pub edits: Times,
    /// From a deletion to the object that is back.
    pub deletions: Times,
}

impl Report {
    /// Times the operator needs for the children, by the floor's.
    pub fn ratio(&self) -> f64 {
        median(&self.operator, |round| round.present) / median(&self.floor, |round| round.present)
    }

    /// Times the operator needs for all its writes, by the floor's.
    pub fn ratio_of_all(&self) -> f64 {
        median(&self.operator, |round| round.done) / median(&self.floor_of_all, |round| round.done)
    }

    /// The report for people.
    pub fn table(&self) -> String {
        let apps = self.memory.last().map_or(1, |held| held.apps);
        let per_app = |seconds: f64| seconds * 1000.0 / floor::count(apps.max(1));
        let mut rows: Vec<(String, String)> = self.conditions.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let mut row = |name: &str, value: String| rows.push((name.to_owned(), value));
        let kinds: Vec<String> = self.children.iter().map(|(kind, number)| format!("{number} {kind}")).collect();
        row("children of an app", format!("{}: {}", self.children.values().sum::<usize>(), kinds.join(", ")));
        let sweep: Vec<String> = self.sweep.iter().map(|step| format!("{}: {:.0}/s", step.concurrency, step.rate())).collect();
        row("floor by apps in flight", sweep.join(", "));
        row("operator: children present", spread(&self.operator, "s", |round| round.present));
        row("floor: children present", spread(&self.floor, "s", |round| round.present));
        row("  operator / floor", format!("{:.2} (goal 1.15)", self.ratio()));
        row("operator: all written", spread(&self.operator, "s", |round| round.done));
        row("floor: all written", spread(&self.floor_of_all, "s", |round| round.done));
        row("  operator / floor", format!("{:.2}", self.ratio_of_all()));
        row("kubectl apply, one file", spread(&self.kubectl, "children/s", |rate| *rate));
        row("kubectl apply, a file per app", spread(&self.kubectl_each, "children/s", |rate| *rate));
        row("operator: cpu per app", spread(&self.operator, "ms", |round| per_app(round.operator_cpu)));
        row("bare client: cpu per app", spread(&self.floor_of_all, "ms", |round| per_app(round.client_cpu)));
        row("server: cpu per app, operator", spread(&self.operator, "ms", |round| per_app(round.server_cpu)));
        row("server: cpu per app, floor of children", spread(&self.floor, "ms", |round| per_app(round.server_cpu)));
        row("server: cpu per app, floor of all", spread(&self.floor_of_all, "ms", |round| per_app(round.server_cpu)));
        row("writes per app, controllers still", spread(&self.operator, "", |round| round.writes));
        row("memory: peak of a round", spread(&self.operator, "MiB", |round| round.peak));
        row("memory: after a round", spread(&self.operator, "MiB", |round| round.steady));
        let all = &self.requests;
        let sorted = format!(
            "{:.2}: {:.2} creates, {:.2} later writes, {:.2} statuses, {:.2} events, {:.2} reads",
            all.all, all.creates, all.later, all.statuses, all.events, all.reads
        );
        row("requests per app until it runs", sorted);
        all.each.iter().for_each(|(what, number)| row(&format!("  {what}"), format!("{number:.2}")));
        let held: Vec<String> =
            self.memory.iter().map(|held| format!("{}: {:.1} (peak {:.1})", held.apps, held.steady, held.peak)).collect();
        row("memory by apps, MiB", format!("{}; {:.0} KiB per app", held.join(", "), memory::slope(&self.memory)));
        let Resyncs { looks, requests, milliseconds } = &self.resyncs;
        row(
            "looks without a change",
            format!("{looks} looks, {} requests (goal 0), {milliseconds:.3} core-ms each (goal 0.2)", requests.len()),
        );
        let again = &self.restart;
        row("restart", format!("leads in {:.2} s, all apps verified in {:.2} s, {:.2} s of cpu", again.leads, again.verified, again.cpu));
        row(
            "  requests, memory",
            format!("{} requests (goal 0), peak {:.1} MiB, then {:.1} MiB", again.requests.len(), again.peak, again.steady),
        );
        row("edit of one app", percentiles(&self.edits));
        row("deletion of one child", percentiles(&self.deletions));
        let told = &self.rendered;
        row("aegisctl --help", format!("{} (goal 20)", spread(&told.help, "ms", |time| *time)));
        row("aegisctl render, every section", format!("{} (goal 20)", spread(&told.app, "ms", |time| *time)));
        row(&format!("aegisctl render --children, {} objects", told.objects), spread(&told.children, "ms", |time| *time));
        row("helm template, the same objects", spread(&told.helm, "ms", |time| *time));
        let times = median(&told.helm, |time| *time) / median(&told.children, |time| *time);
        row("  helm / aegisctl", format!("{times:.1} (goal 10)"));
        let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
        rows.iter().map(|(name, value)| format!("{name:width$}  {value}\n")).collect()
    }

    /// Writes `report.json`, `report.txt` and a picture of each curve.
    pub fn write(&self, folder: &Path) {
        let write = |name: &str, text: String| fs::write(folder.join(name), text).expect("the output folder can be written");
        write("report.json", serde_json::to_string_pretty(self).expect("a report is JSON"));
        write("report.txt", self.table());
        let sweep = self.sweep.iter().map(|step| (floor::count(step.concurrency), step.rate())).collect();
        let rates = vec![Curve::new("bare client", sweep)];
        write("sweep.svg", picture::curves("The floor by apps in flight", ("apps in flight", "children created per second"), &rates));
        let line = |value: fn(&Held) -> f64| self.memory.iter().map(|held| (floor::count(held.apps), value(held))).collect();
        let memory = vec![Curve::new("at rest", line(|held| held.steady)), Curve::new("peak since start", line(|held| held.peak))];
        write("memory.svg", picture::curves("Memory of the operator", ("apps", "MiB resident"), &memory));
        let latency = vec![Curve::new("edit", self.edits.curve()), Curve::new("deletion", self.deletions.curve())];
        write("latency.svg", picture::curves("One change among many apps", ("milliseconds", "% of the changes"), &latency));
        let number = floor::count(self.children.values().sum::<usize>() * self.memory.last().map_or(0, |held| held.apps));
        let rates = |times: Vec<f64>| times.into_iter().map(|time| number / time).collect::<Vec<f64>>();
        let bars = [
            ("floor", rates(self.floor.iter().map(|round| round.present).collect())),
            ("operator", rates(self.operator.iter().map(|round| round.present).collect())),
            ("kubectl apply, one file", self.kubectl.clone()),
            ("kubectl apply, a file per app", self.kubectl_each.clone()),
        ];
        write("converge.svg", picture::bars("Children created per second", "children per second", &bars));
    }
}

/// The middle of a figure over all rounds.
pub fn median<T>(rounds: &[T], figure: impl Fn(&T) -> f64) -> f64 {
    let mut values: Vec<f64> = rounds.iter().map(figure).collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        even if even % 2 == 0 => f64::midpoint(values[middle - 1], values[middle]),
        _ => values[middle],
    }
}

/// Median, least and most.
fn spread<T>(rounds: &[T], unit: &str, figure: impl Fn(&T) -> f64 + Copy) -> String {
    let least = rounds.iter().map(figure).fold(f64::INFINITY, f64::min);
    let most = rounds.iter().map(figure).fold(f64::NEG_INFINITY, f64::max);
    format!("{:.2} {unit} ({least:.2} to {most:.2})", median(rounds, figure)).replace("  ", " ")
}

fn percentiles(times: &Times) -> String {
    let at = |hundredths| times.percentile(hundredths);
    format!("p50 {:.1} ms, p99 {:.1} ms, longest {:.1} ms, of {}", at(50), at(99), at(100), times.milliseconds.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_the_middle() {
        assert_eq!(median(&[3.0, 1.0, 2.0], |value| *value), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0], |value| *value), 2.5);
        assert!(median(&[], |value: &f64| *value).is_nan());
    }

    #[test]
    fn a_spread_tells_both_ends() {
        assert_eq!(spread(&[1.0, 2.0, 4.0], "s", |value| *value), "2.00 s (1.00 to 4.00)");
    }
}
