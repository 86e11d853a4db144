//! What `looks.yaml` may say: the work that is seen of a pool, look by look, and the verdicts on its count.
//! A count that is set is there at the next look.

use aegis_crds::{
    AegisApp,
    load::{LookError, QueueLoad, WorkerLoad},
    status::QueueStatus,
};
use aegis_plan::{
    accept,
    queues::{Told, Trouble},
    scale::{self, Memory, Pool, Rest, Verdict, Work},
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
    /// Whether a release is there to which the pool is to move.
    #[serde(default)]
    moves: bool,
    /// What is seen.
    looks: Vec<Look>,
}

/// What a look shows: the work; none where the broker or the agent does not answer.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Look {
    #[serde(default)]
    unknown: bool,
    /// What is said of a broker that does not answer.
    #[serde(default = "refused")]
    cause: String,
    #[serde(default)]
    silent: bool,
    #[serde(default)]
    waiting: u64,
    /// Null where nobody counts them.
    #[serde(default = "none")]
    in_flight: Option<u64>,
    /// Workers that hold a busy key.
    busy: Option<u64>,
    #[serde(default)]
    delayed: u64,
    #[serde(default)]
    dead: u64,
    #[serde(default)]
    paused: bool,
    /// So many looks of this kind, one after the other.
    times: Option<usize>,
}

impl Looks {
    /// A line per verdict, with the seconds at which it was first given; and when the pool may move.
    pub fn verdicts(&self, asked: &AegisApp) -> Value {
        let app = accept(asked, &cluster::empty()).app.expect("looks.yaml: the app is accepted");
        let Some(pool) = app.workers.first().and_then(Pool::of) else { return json!(["nothing moves its count"]) };
        let (mut replicas, mut memory, mut now) = (self.replicas, Memory::default(), cluster::now());
        let (mut lines, mut last, mut told) = (vec![], String::new(), Told::default());
        let mut rest = self.moves.then(Rest::default);
        for look in self.looks.iter().flat_map(|look| std::iter::repeat_n(look, look.times.unwrap_or(1))) {
            let second = now.duration_since(cluster::now()).as_secs();
            let load = (!look.silent).then(|| look.load());
            let work = load.as_ref().and_then(Work::of);
            let (verdict, after) = scale::judge(&pool, replicas, work.as_ref(), memory, now);
            memory = after;
            rest = rest.and_then(|rest| {
                let (may_move, rest) = rest.after(pool.drain, work.as_ref(), now);
                lines.extend(may_move.then(|| format!("{second} s, moves to the release")));
                (!may_move).then_some(rest)
            });
            let line = format!("{replicas}: {verdict:?}");
            if last != line {
                lines.push(format!("{second} s, {line}"));
                last = line;
            }
            let trouble = look.silent.then(|| Trouble { reason: "AgentUnavailable", message: "the agent does not answer".to_owned() });
            let before = told.last().cloned();
            told = told.after("media", load.as_ref(), trouble, now);
            if told.last() != before.as_ref() {
                lines.push(format!("{second} s, told {}", telling(told.last().expect("what was told is not taken back"))));
            }
            if let Verdict::Set(count) = verdict {
                replicas = count;
            }
            now += SignedDuration::from_secs(self.every);
        }
        json!(lines)
    }
}

impl Look {
    /// As an agent tells it.
    fn load(&self) -> WorkerLoad {
        let queue = QueueLoad {
            name: "media".to_owned(),
            backlog: self.waiting,
            in_flight: self.in_flight,
            delayed: Some(self.delayed),
            dead: Some(self.dead),
            ..Default::default()
        };
        let error = LookError { reason: "Refused".to_owned(), message: self.cause.clone() };
        WorkerLoad {
            name: "media".to_owned(),
            up: !self.unknown,
            error: self.unknown.then_some(error),
            paused: Some(self.paused),
            busy: self.busy,
            queues: vec![queue],
            ..Default::default()
        }
    }
}

fn refused() -> String {
    "the broker refuses the connection".to_owned()
}

fn none() -> Option<u64> {
    Some(0)
}

fn telling(told: &QueueStatus) -> String {
    let dead = if told.dead { ", with dead ones" } else { "" };
    let reason = told.reason.as_ref().zip(told.message.as_ref()).map(|(reason, message)| format!(": {reason}: {message}"));
    format!("{:?}{dead}{}", told.state, reason.unwrap_or_default())
}
