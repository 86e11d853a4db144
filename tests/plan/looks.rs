//! What `looks.yaml` may say: the work that is seen of a pool, look by look, and the verdicts on its count.
//! A count that is set is there at the next look.

use aegis_crds::AegisApp;
use aegis_plan::{
    accept,
    scale::{self, Memory, Pool, Verdict, Work},
};
use aegis_tests::cluster;
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::{Value, json};

/// A row of looks at the first pool of the app.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Looks {
    /// Pods at the first look.
    replicas: i32,
    /// Seconds between two looks.
    every: i64,
    /// What is seen.
    looks: Vec<Look>,
}

/// What a look shows: the work; none where the broker does not answer.
#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Look {
    #[serde(default)]
    unknown: bool,
    #[serde(default)]
    waiting: i64,
    #[serde(default)]
    in_flight: i64,
    #[serde(default)]
    delayed: i64,
    #[serde(default)]
    paused: bool,
    /// So many looks of this kind, one after the other.
    times: Option<usize>,
}

impl Looks {
    /// A line per verdict, with the seconds at which it was first given.
    pub fn verdicts(&self, asked: &AegisApp) -> Value {
        let app = accept(asked, &cluster::empty()).app.expect("looks.yaml: the app is accepted");
        let Some(pool) = app.workers.first().and_then(Pool::of) else { return json!(["nothing moves its count"]) };
        let (mut replicas, mut memory, mut now) = (self.replicas, Memory::default(), cluster::now());
        let mut lines: Vec<(i64, String)> = vec![];
        for look in self.looks.iter().flat_map(|look| std::iter::repeat_n(look, look.times.unwrap_or(1))) {
            let work = Work { waiting: look.waiting, in_flight: look.in_flight, delayed: look.delayed, is_paused: look.paused };
            let (verdict, after) = scale::judge(&pool, replicas, (!look.unknown).then_some(&work), memory, now);
            memory = after;
            let line = format!("{replicas}: {verdict:?}");
            if lines.last().is_none_or(|(_, last)| *last != line) {
                lines.push((now.duration_since(cluster::now()).as_secs(), line));
            }
            if let Verdict::Set(count) = verdict {
                replicas = count;
            }
            now += SignedDuration::from_secs(self.every);
        }
        json!(lines.iter().map(|(second, line)| format!("{second} s, {line}")).collect::<Vec<_>>())
    }
}
