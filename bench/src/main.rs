//! `make bench`: what the operator takes of time, requests and memory, beside a bare client and kubectl, in one run.
//! It judges nothing: what is a miss is seen in the ratios.

mod app;
mod converge;
mod floor;
mod lab;
mod latency;
mod memory;
mod operator;
mod picture;
mod quiet;
mod ready;
mod recording;
mod render;
mod report;
mod requests;
mod rivals;
mod sightings;
mod usage;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::Instant,
};

use clap::Parser;
use lab::Lab;
use operator::Operator;
use recording::{Part, Recording};
use report::Report;

/// Measures the operator on bare control planes of its own.
#[derive(Debug, Parser)]
struct Options {
    /// Apps at once.
    #[arg(long, env = "APPS", default_value_t = 200, value_parser = clap::value_parser!(u16).range(4..=5000))]
    apps: u16,
    /// Rounds of each contender.
    #[arg(long, env = "ROUNDS", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..))]
    rounds: u8,
    /// Looks without a change at each app.
    #[arg(long, env = "RESYNCS", default_value_t = 100)]
    resyncs: u16,
    /// Edits and deletions, one after the other.
    #[arg(long, env = "EDITS", default_value_t = 60, value_parser = clap::value_parser!(u16).range(1..))]
    edits: u16,
}

/// Folder of the figures, below Cargo's.
const FOLDER: &str = "bench";

// On one thread, so that no process that is bound to it loses it; the work is done on others.
fn main() {
    let options = Options::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime can be built");
    runtime.block_on(measure(&options));
}

async fn measure(options: &Options) {
    let folder = folder();
    let apps = usize::from(options.apps);
    let told = Told { started: Instant::now() };
    let rendered = render::race(&folder);
    told.say("rendered");
    let lab = Lab::still(&folder).await;
    let recording = Arc::new(Recording::make(&lab).await);
    lab.close();
    let (children, all) = (recording.len(Part::Children), recording.len(Part::Everything));
    told.say(&format!("recorded one app: {children} creates of children, {all} writes in all"));
    let sweep = floor::sweep(&folder, &recording).await;
    let best = sweep.iter().max_by(|a, b| a.rate().total_cmp(&b.rate())).expect("the sweep has steps").concurrency;
    told.say(&format!("the floor is fastest with {best} apps in flight"));

    let (mut operator, mut floor, mut floor_of_all, mut kubectl, mut kubectl_each) = (vec![], vec![], vec![], vec![], vec![]);
    for round in 1..=options.rounds {
        operator.push(converge::converge(&folder, apps).await);
        floor.push(floor::fall(&folder, &recording, apps, best, Part::Children).await);
        floor_of_all.push(floor::fall(&folder, &recording, apps, best, Part::Everything).await);
        kubectl.push(rivals::at_once(&folder, &recording, apps).await);
        kubectl_each.push(rivals::one_by_one(&folder, &recording, apps).await);
        let last = (operator.last().map(|round| round.present), floor.last().map(|round| round.present));
        told.say(&format!("round {round}: operator {:.2} s, floor {:.2} s", last.0.unwrap_or_default(), last.1.unwrap_or_default()));
    }

    let lab = Lab::alive(&folder).await;
    let process = Operator::start(&lab).await;
    let before = lab.asked().len();
    let memory = memory::grow(&lab, &process, apps).await;
    let requests = requests::per_app(&lab.asked()[before..], apps);
    told.say("all apps run");
    let names = app::names(0, apps);
    let resyncs = quiet::resync(&lab, &process, &names, options.resyncs.into()).await;
    let (process, restart) = quiet::restart(&lab, process, apps).await;
    told.say("looked again, and started again");
    let edits = latency::edits(&lab, &process, &names, options.edits.into()).await;
    let deletions = latency::deletions(&lab, &process, &names, options.edits.into()).await;
    process.stop().await;
    lab.close();
    told.say("edited and deleted");

    let report = Report {
        conditions: conditions(options, best),
        rendered,
        children: app::children(),
        sweep,
        operator,
        floor,
        floor_of_all,
        kubectl,
        kubectl_each,
        requests,
        memory,
        resyncs,
        restart,
        edits,
        deletions,
    };
    show(&report, &folder);
}

fn show(report: &Report, folder: &Path) {
    report.write(folder);
    println!(
        "{}\nwritten to {}: report.json, report.txt, converge.svg, sweep.svg, memory.svg, latency.svg",
        report.table(),
        folder.display()
    );
}

/// Where and how it was measured.
fn conditions(options: &Options, best: usize) -> BTreeMap<&'static str, String> {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let model = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        model.lines().find_map(|line| line.strip_prefix("model name")).map(|rest| rest.trim_start_matches([' ', '\t', ':']).to_owned());
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let commit = Command::new("git").args(["rev-parse", "--short", "HEAD"]).current_dir(aegis_tests::files::root()).output();
    let commit = commit.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default();
    BTreeMap::from([
        ("commit", commit),
        ("machine", format!("{cores} cores, {}", model.unwrap_or_else(|| "of a model that is not told".to_owned()))),
        ("load at the end", load.split(' ').take(3).collect::<Vec<_>>().join(" ")),
        ("server", "kube-apiserver and etcd without fsync on the same machine, new for each round".to_owned()),
        ("apps", format!("{} at once, ten in each namespace", options.apps)),
        ("rounds", format!("{} of each, one after the other in turn; the floor has {best} apps in flight", options.rounds)),
    ])
}

fn folder() -> PathBuf {
    let own = std::env::current_exe().expect("a process has a program");
    let target = own.parent().and_then(|profile| profile.parent()).expect("Cargo puts it two folders deep");
    target.join(FOLDER)
}

/// What is told on the way.
struct Told {
    started: Instant,
}

impl Told {
    fn say(&self, what: &str) {
        eprintln!("[{:4.0} s] {what}", self.started.elapsed().as_secs_f64());
    }
}
