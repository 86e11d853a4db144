//! Pools of all three libraries that come, go and move while they work: no task is lost, none runs twice.
//! Small in the suite; `AEGIS_DRAIN=full` takes 20 ups and downs, 5 releases and tasks of 30 s.

use std::{
    env,
    time::{Duration, Instant},
};

use futures::join;
use k8s_openapi::api::{apps::v1::Deployment, core::v1::Pod};
use kube::{
    Api,
    api::{DeleteParams, ListParams},
};
use serde_json::json;

use crate::{
    lab::OPERATOR,
    pods::is_ready,
    space::Space,
    traffic::Door,
    wait::{found, holds, until},
};

/// What a pod runs at once; arq's own is set where its app is.
const PODS: i32 = 3;
const PER_POD: i32 = 2;

/// A library, and the app that is made with it.
struct Library {
    name: &'static str,
    python: &'static str,
    module: &'static str,
    args: &'static str,
    drain: &'static str,
}

const DRAMATIQ: Library = Library {
    name: "Dramatiq",
    python: "/opt/dramatiq/bin/python",
    module: "dramatiq_app",
    args: "-m, dramatiq, dramatiq_app, --processes, '1', --threads, '2'",
    drain: "",
};
const ARQ: Library =
    Library { name: "Arq", python: "/opt/arq/bin/python", module: "arq_app", args: "arq_app.py", drain: ", pauseKey: halt" };
const TASKIQ: Library = Library {
    name: "TaskIQ",
    python: "/opt/taskiq/bin/python",
    module: "taskiq_app",
    args: "-m, taskiq, worker, 'taskiq_app:broker', --workers, '1', --max-async-tasks, '2'",
    drain: "",
};

/// How much is done.
#[derive(Clone, Copy)]
struct Size {
    rounds: usize,
    releases: usize,
    seconds: u64,
}

impl Size {
    fn asked() -> Self {
        match env::var("AEGIS_DRAIN").as_deref() {
            Ok("full") => Self { rounds: 20, releases: 5, seconds: 30 },
            _ => Self { rounds: 3, releases: 1, seconds: 5 },
        }
    }

    /// Whether the pool moves to another release in a round.
    fn has_release(self, round: usize) -> bool {
        let every = self.rounds / self.releases;
        round % every == every - 1
    }
}

/// Half way the operator dies while the pool of arq is paused: the pause is over by itself, and everything goes on.
pub async fn no_task_is_lost_or_run_twice_while_pools_come_go_and_move(space: Space) {
    let size = Size::asked();
    let pool = |library| Pool { space: space.clone(), library, size, sent: vec![], releases: 0 };
    join!(pool(DRAMATIQ).works(), pool(ARQ).works(), pool(TASKIQ).works());
}

/// One pool, and what was sent to it.
struct Pool {
    space: Space,
    library: Library,
    size: Size,
    sent: Vec<String>,
    releases: usize,
}

impl Pool {
    async fn works(mut self) {
        let began = Instant::now();
        self.release().await;
        self.space.ready(&self.app()).await;
        self.until_none().await;
        for round in 0..self.size.rounds {
            self.goes_up(round).await;
            if self.size.has_release(round) {
                self.release().await;
            }
            if self.library.name == "Arq" && round == self.size.rounds / 2 {
                self.loses_the_operator(round).await;
            }
            self.goes_down(round).await;
        }
        self.until_all_ended().await;
        self.until_none().await;
        self.tell(began.elapsed()).await;
    }

    fn app(&self) -> String {
        self.library.name.to_lowercase()
    }

    fn door(&self) -> Door {
        self.space.door(&format!("{}-api", self.app()))
    }

    /// The app as it is at first, or with another variable and so with other pods.
    async fn release(&mut self) {
        let (Library { name, python, module, args, drain }, longest) = (&self.library, 2 * self.size.seconds);
        let spec = format!(
            "
image: {}
bindings: [{{name: queue, type: redis, provision: {{}}, env: {{REDIS_URL: '{{uri}}'}}}}]
api: {{command: [{python}, door.py, {module}], stop: {{delaySeconds: 0}}}}
workers:
- name: media
  command: [{python}, {args}]
  env: [{{name: RELEASE, value: '{}'}}]
  broker: {{type: {name}, binding: queue}}
  replicas: {{min: 0, max: {PODS}}}
  scaling: {{backlogPerReplica: {PER_POD}, scaleDownDelaySeconds: 4}}
  drain: {{timeoutSeconds: {longest}{drain}}}
",
            self.space.lab.workers, self.releases
        );
        self.space.apply(&self.app(), &spec).await;
        self.releases += 1;
    }

    /// As many tasks as all pods have hands for.
    async fn goes_up(&mut self, round: usize) {
        let began = Instant::now();
        let none = self.pods().await.is_empty();
        self.send(&format!("up{round}"), PODS * PER_POD).await;
        if none {
            until("a worker runs", 60, async || holds(self.pods().await.iter().any(is_ready), "none is ready")).await;
            eprintln!("{}: first message to a running worker: {:.1} s", self.library.name, began.elapsed().as_secs_f32());
        }
        until(format!("{}: all workers", self.library.name), self.limit(), async || {
            let now = self.replicas().await;
            holds(now == PODS, format!("{now} replicas"))
        })
        .await;
    }

    /// One task after the other keeps one pod, while the others are asked to end.
    async fn goes_down(&mut self, round: usize) {
        for i in 0.. {
            self.send(&format!("down{round}x{i}"), 1).await;
            let last = self.sent.last().expect("it was just sent").clone();
            let door = self.door();
            let is_down = until(format!("{}: {last} ends", self.library.name), self.limit(), async || {
                let told = door.json("/").await.unwrap_or_default();
                let is_down = self.replicas().await <= 1;
                found((is_down || told["ended"][&last].is_string()).then_some(is_down), told.to_string())
            })
            .await;
            if is_down {
                return;
            }
        }
    }

    /// With one more task, so that the pool has to be paused to become smaller.
    async fn loses_the_operator(&mut self, round: usize) {
        self.send(&format!("lost{round}"), 1).await;
        let door = self.door();
        let left = async || door.json("/").await.ok().and_then(|told| told["paused"].as_i64());
        until("the pool is paused", self.limit(), async || {
            let left = left().await;
            holds(left.is_some_and(|left| left >= 0), format!("{left:?}"))
        })
        .await;
        let operators = Api::<Pod>::namespaced(self.space.lab.client.clone(), OPERATOR);
        let own = ListParams::default().labels("app.kubernetes.io/name=aegis-operator");
        operators.delete_collection(&DeleteParams::default().grace_period(0), &own).await.expect("pods can be deleted");
        let left = left().await;
        assert!(left.is_some_and(|left| (1..=20_000).contains(&left)), "the pause has no end: {left:?}");
        eprintln!("{}: the operator was killed, the pause had {left:?} ms left", self.library.name);
    }

    async fn send(&mut self, name: &str, count: i32) {
        let names: Vec<String> = (0..count).map(|i| format!("{name}n{i}")).collect();
        let body = json!({"names": names, "seconds": self.size.seconds});
        self.door().insist("PUT", "/", Some(body)).await;
        self.sent.extend(names);
    }

    /// Time for everything that waits for tasks, for a paused pool to go on and for pods to start.
    fn limit(&self) -> u64 {
        120 + 4 * self.size.seconds
    }

    async fn until_all_ended(&self) {
        let (door, all) = (self.door(), self.sent.len());
        let what = format!("{}: all tasks end and the pause is over", self.library.name);
        until(what, self.limit(), async || {
            let told = door.json("/").await.unwrap_or_default();
            let ended = told["ended"].as_object().map_or(0, serde_json::Map::len);
            holds(ended == all && told["paused"] == -2, format!("{ended} of {all}, paused {}", told["paused"]))
        })
        .await;
    }

    async fn until_none(&self) {
        until(format!("{}: no worker", self.library.name), self.limit(), async || {
            let (replicas, pods) = (self.replicas().await, self.pods().await.len());
            holds(replicas == 0 && pods == 0, format!("{replicas} replicas, {pods} pods"))
        })
        .await;
    }

    async fn replicas(&self) -> i32 {
        let pool = self.space.api::<Deployment>().get(&format!("{}-worker--media", self.app())).await.expect("the pool is there");
        pool.spec.and_then(|spec| spec.replicas).unwrap_or_default()
    }

    async fn pods(&self) -> Vec<Pod> {
        self.space.list(&format!("aegis.dev/app={},aegis.dev/section=workers", self.app())).await
    }

    /// Each task that was sent began once and ended once.
    async fn tell(&self, took: Duration) {
        let told = self.door().json("/").await.expect("it answers");
        let times = |what: &str, name: &String| told[what][name].as_str().and_then(|times| times.parse::<u32>().ok()).unwrap_or_default();
        let lost: Vec<&String> = self.sent.iter().filter(|name| times("ended", name) == 0).collect();
        let doubled: Vec<&String> = self.sent.iter().filter(|name| times("began", name) > 1 || times("ended", name) > 1).collect();
        let Size { rounds, seconds, .. } = self.size;
        eprintln!(
            "{}: {rounds} times up and down, {} releases, {} tasks of {seconds} s sent, {} ended, {} lost, {} doubled, in {} s",
            self.library.name,
            self.releases - 1,
            self.sent.len(),
            told["ended"].as_object().map_or(0, serde_json::Map::len),
            lost.len(),
            doubled.len(),
            took.as_secs()
        );
        assert!(lost.is_empty() && doubled.is_empty(), "{}: lost {lost:?}, doubled {doubled:?} of {}", self.library.name, told);
    }
}
