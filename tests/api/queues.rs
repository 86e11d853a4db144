//! Pools that follow their work: a real agent and a real redis-server beside the real API server; only the pods are made up.
//! What workers would do to the queues is done by hand.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicU8, Ordering},
    time::Instant,
};

use aegis_crds::agent;
use serde_json::{Value, json};

use crate::{
    apps,
    beside::{agent::Agent, redis::Server},
    cluster::Patch,
    install,
    scene::{Scene, condition, tests},
    wait::until,
};

tests![
    a_pool_follows_its_work,
    a_pool_holds_while_nobody_can_count,
    a_pool_is_held_by_an_operator_that_begins_anew,
    a_pool_that_gives_up_tasks_goes_when_it_rests,
    a_pool_is_paused_until_its_pods_are_gone,
    a_pool_is_not_paused_for_longer_than_the_operator_lives,
    a_pool_that_gives_up_tasks_moves_to_a_release_when_it_rests,
    a_pool_gets_tasks_of_any_shape_from_a_schedule,
    only_pools_are_scaled
];

/// An app whose pool may have 0 to 5 pods, with its queue and its agent.
struct Stand {
    redis: Server,
    at: SocketAddr,
    agent: Option<Agent>,
}

impl Stand {
    /// Applies the app and starts what stands beside it.
    async fn raise(scene: &mut Scene, library: &str) -> Self {
        // every address of 127.0.0.0/8 is this machine
        static NEXT: AtomicU8 = AtomicU8::new(1);
        let ip = [127, 81, std::process::id().to_le_bytes()[0], NEXT.fetch_add(1, Ordering::Relaxed)];
        let at = SocketAddr::from((ip, 8081));
        scene.kubelet.house("agent", &at.ip().to_string());
        let mut stand = Self { redis: Server::start(), at, agent: None };
        scene.apply(&app(library)).await;
        stand.look(scene).await;
        stand
    }

    /// Starts the agent with the configuration that the operator made.
    async fn look(&mut self, scene: &mut Scene) {
        scene.operator().await;
        let config = until("the agent has a configuration", async || {
            let found = scene.cluster.list(&scene.namespace, "ConfigMap").await;
            let text = found.iter().find_map(|object| object["data"]["agent.json"].as_str().map(ToOwned::to_owned));
            text.ok_or_else(|| format!("{} ConfigMaps", found.len()))
        })
        .await;
        let config: agent::Agent = serde_json::from_str(&config).expect("it is a configuration");
        self.agent = Some(Agent::start_at(self.at, "AEGIS_AGENT_URI_QUEUE", &self.redis.uri(), &config).await);
    }

    /// Waits until the agent has looked so many times more.
    async fn looks(&self, times: u64) {
        let looks = || {
            let info: String = self.redis.ask(&["INFO", "commandstats"]);
            let line = info.lines().find_map(|line| line.strip_prefix("cmdstat_llen:calls=")).unwrap_or("0");
            line.split(',').next().and_then(|calls| calls.parse::<u64>().ok()).unwrap_or_default()
        };
        let before = looks();
        until("the agent goes on looking", async || if looks() >= before + times { Ok(()) } else { Err(looks().to_string()) }).await;
    }

    /// Messages as Dramatiq's client writes them.
    fn send(&self, count: usize) {
        for i in 0..count {
            self.redis.ask::<()>(&["HSET", "dramatiq:media.msgs", &i.to_string(), "{}"]);
            self.redis.ask::<()>(&["RPUSH", "dramatiq:media", &i.to_string()]);
        }
    }
}

fn app(library: &str) -> Value {
    let media = json!({"name": "media", "args": ["worker"], "broker": {"type": library, "binding": "queue"},
        "replicas": {"min": 0, "max": 5}, "drain": {"pauseKey": "halt"}, "scaling": {"backlogPerReplica": 2, "scaleDownDelaySeconds": 5}});
    apps::app("shop", json!({"workers": [media], "bindings": [{"name": "queue", "type": "redis", "secretRef": {"name": "redis"}}]}))
}

async fn replicas(scene: &Scene, count: i64) -> Value {
    scene.see("Deployment", "shop-worker--media", &format!("it has {count} replicas"), |seen| seen["spec"]["replicas"] == count).await
}

fn queue(app: &Value) -> &Value {
    &app["status"]["queues"][0]
}

async fn a_pool_follows_its_work(mut scene: Scene) {
    let stand = Stand::raise(&mut scene, "Dramatiq").await;
    replicas(&scene, 1).await;
    replicas(&scene, 0).await;
    let sent = Instant::now();
    stand.send(5);
    replicas(&scene, 3).await;
    let took = sent.elapsed();
    scene.world.measure(format!("first message to wanted replicas: {:.1} s", took.as_secs_f64()));
    assert!(took.as_secs() < 10, "{took:?}");
    scene.see("AegisApp", "shop", "its queues are busy", |app| queue(app)["state"] == "Busy").await;
    // taken by workers, and so not finished
    stand.redis.ask::<()>(&["DEL", "dramatiq:media"]);
    stand.looks(5).await;
    replicas(&scene, 3).await;
    stand.redis.ask::<()>(&["DEL", "dramatiq:media.msgs"]);
    stand.redis.ask::<()>(&["HSET", "dramatiq:media.DQ.msgs", "late", "{}"]);
    replicas(&scene, 1).await;
    stand.looks(5).await;
    replicas(&scene, 1).await;
    stand.redis.ask::<()>(&["DEL", "dramatiq:media.DQ.msgs"]);
    replicas(&scene, 0).await;
    // told once it has lasted; then nothing is left to do
    let told = scene.see("AegisApp", "shop", "its queues are idle", |app| queue(app)["state"] == "Idle").await;
    assert_eq!(condition(&told, "ScalingActive")["status"], "True");
    scene.rest().await;
    let before = scene.asked().len();
    stand.looks(5).await;
    let asked: Vec<String> = scene.asked()[before..].iter().filter(|asked| asked.verb != "watch").map(ToString::to_string).collect();
    assert!(asked.is_empty(), "{asked:?}");
    let written = scene.written();
    let reports = written.iter().filter(|asked| asked.resource == "aegisapps/status").count();
    scene.world.measure(format!("a pool from 1 to 0 to 3 to 1 to 0: {} writes, {reports} of them statuses", written.len()));
    // what an edit writes does not touch the count
    let mut edited = app("Dramatiq");
    edited["spec"]["image"] = "registry.example/shop:2".into();
    scene.apply(&edited).await;
    scene.runs("shop").await;
    replicas(&scene, 0).await;
}

async fn a_pool_holds_while_nobody_can_count(mut scene: Scene) {
    let mut stand = Stand::raise(&mut scene, "Dramatiq").await;
    stand.send(6);
    replicas(&scene, 3).await;
    stand.redis.stop();
    let why =
        |reason: &'static str| move |app: &Value| condition(app, "ScalingActive")["reason"] == reason && queue(app)["state"] == "Unknown";
    let told = scene.see("AegisApp", "shop", "the broker is away", why("BrokerUnavailable")).await;
    assert_eq!(condition(&told, "Ready")["status"], "True", "the app runs on");
    replicas(&scene, 3).await;
    stand.redis.again();
    stand.send(6);
    let is_back = |app: &Value| condition(app, "ScalingActive")["status"] == "True" && queue(app)["state"] == "Busy";
    scene.see("AegisApp", "shop", "the work is known again", is_back).await;
    stand.agent = None;
    scene.see("AegisApp", "shop", "the agent is away", why("AgentUnavailable")).await;
    replicas(&scene, 3).await;
    stand.look(&mut scene).await;
    scene.see("AegisApp", "shop", "the agent is back", is_back).await;
    stand.redis.ask::<()>(&["FLUSHALL"]);
    replicas(&scene, 0).await;
}

async fn a_pool_is_held_by_an_operator_that_begins_anew(mut scene: Scene) {
    let stand = Stand::raise(&mut scene, "Dramatiq").await;
    stand.send(6);
    replicas(&scene, 3).await;
    scene.see("AegisApp", "shop", "its queues are busy", |app| queue(app)["state"] == "Busy").await;
    scene.kill();
    stand.redis.ask::<()>(&["FLUSHALL"]);
    stand.looks(4).await;
    scene.start().await;
    let began = Instant::now();
    replicas(&scene, 0).await;
    assert!(began.elapsed().as_secs() >= 5, "the delay begins anew: {:?}", began.elapsed());
    // by hand: the work says otherwise
    let size = json!({"spec": {"replicas": 4}});
    scene.cluster.patch(&scene.namespace, "Deployment", "shop-worker--media/scale", Patch::Merge, &size).await.expect("it can be scaled");
    replicas(&scene, 4).await;
    replicas(&scene, 0).await;
}

async fn a_pool_that_gives_up_tasks_goes_when_it_rests(mut scene: Scene) {
    let stand = Stand::raise(&mut scene, "Arq").await;
    let add = |job: &str| stand.redis.ask::<()>(&["ZADD", "arq:queue:media", "1", job]);
    let run = |job: &str| stand.redis.ask::<()>(&["SET", &format!("arq:in-progress:{job}"), "1"]);
    ["a", "b", "c", "d"].into_iter().for_each(add);
    replicas(&scene, 2).await;
    ["a"].into_iter().for_each(run);
    stand.redis.ask::<()>(&["ZREM", "arq:queue:media", "b", "c", "d"]);
    // one would be enough for what runs, but nobody knows which pod it runs in
    scene.see("AegisApp", "shop", "it is looked at", |app| queue(app)["state"] == "Busy").await;
    for _ in 0..4 {
        stand.agent.as_ref().expect("it runs").looks_again().await;
    }
    replicas(&scene, 2).await;
    stand.redis.ask::<()>(&["DEL", "arq:queue:media", "arq:in-progress:a"]);
    replicas(&scene, 0).await;
}

/// Two pods of arq, of which one would be enough for the task that runs and the one that waits.
async fn draining(scene: &mut Scene) -> Stand {
    let stand = Stand::raise(scene, "Arq").await;
    for job in ["a", "b", "c"] {
        stand.redis.ask::<()>(&["ZADD", "arq:queue:media", "1", job]);
    }
    replicas(scene, 2).await;
    stand.redis.ask::<()>(&["SET", "arq:in-progress:a", "1"]);
    stand.redis.ask::<()>(&["ZREM", "arq:queue:media", "c"]);
    until("the workers are paused", async || match stand.redis.ask::<Option<String>>(&["GET", "halt"]) {
        Some(by) if by == "aegis-agent" => Ok(()),
        other => Err(format!("{other:?}")),
    })
    .await;
    stand
}

async fn resumed(stand: &Stand) {
    until("the workers are no longer paused", async || match stand.redis.ask::<Option<String>>(&["GET", "halt"]) {
        None => Ok(()),
        other => Err(format!("{other:?}")),
    })
    .await;
}

async fn a_pool_is_paused_until_its_pods_are_gone(mut scene: Scene) {
    let stand = draining(&mut scene).await;
    stand.agent.as_ref().expect("it runs").looks_again().await;
    replicas(&scene, 2).await;
    assert!(stand.redis.ask::<u64>(&["TTL", "halt"]) <= 20, "it would outlive its agent");
    stand.redis.ask::<()>(&["DEL", "arq:in-progress:a"]);
    stand.redis.ask::<()>(&["ZREM", "arq:queue:media", "a"]);
    replicas(&scene, 1).await;
    resumed(&stand).await;
    replicas(&scene, 1).await;
}

async fn a_pool_is_not_paused_for_longer_than_the_operator_lives(mut scene: Scene) {
    let stand = draining(&mut scene).await;
    scene.kill();
    resumed(&stand).await;
}

async fn a_pool_that_gives_up_tasks_moves_to_a_release_when_it_rests(mut scene: Scene) {
    let stand = Stand::raise(&mut scene, "Arq").await;
    stand.redis.ask::<()>(&["ZADD", "arq:queue:media", "1", "a"]);
    stand.redis.ask::<()>(&["SET", "arq:in-progress:a", "1"]);
    scene.runs("shop").await;
    let mut edited = app("Arq");
    edited["spec"]["image"] = "registry.example/shop:2".into();
    scene.apply(&edited).await;
    let image = |seen: &Value| seen["spec"]["template"]["spec"]["containers"][0]["image"].clone();
    until("the workers are paused", async || match stand.redis.ask::<Option<String>>(&["GET", "halt"]) {
        Some(_) => Ok(()),
        None => Err("no key".to_owned()),
    })
    .await;
    stand.agent.as_ref().expect("it runs").looks_again().await;
    assert_eq!(image(&scene.get("Deployment", "shop-worker--media").await), "registry.example/shop:1", "a task runs");
    stand.redis.ask::<()>(&["DEL", "arq:in-progress:a"]);
    stand.redis.ask::<()>(&["ZREM", "arq:queue:media", "a"]);
    scene.see("Deployment", "shop-worker--media", "it moves", |seen| image(seen) == "registry.example/shop:2").await;
    resumed(&stand).await;
    scene.runs("shop").await;
}

async fn a_pool_gets_tasks_of_any_shape_from_a_schedule(mut scene: Scene) {
    let (args, kwargs) = (json!([1, "two", {"three": [true, 4.5]}]), json!({"deep": {"er": []}}));
    let mut asked = app("Dramatiq");
    let task = json!({"worker": "media", "actor": "reports.nightly", "args": args, "kwargs": kwargs});
    asked["spec"]["schedules"] = json!([{"name": "nightly", "schedule": "0 2 * * *", "run": {"enqueue": task}}]);
    scene.apply(&asked).await;
    scene.operator().await;
    let job = scene.see("CronJob", "shop-schedule--nightly", "it is there", |_| true).await;
    let container = &job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0];
    let words: Vec<&str> = container["command"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let after =
        |flag: &str| words.iter().skip_while(|word| **word != flag).nth(1).and_then(|text| serde_json::from_str::<Value>(text).ok());
    assert_eq!((after("--args"), after("--kwargs")), (Some(args), Some(kwargs)), "{words:?}");
    let both = json!({"args": ["report"], "enqueue": task});
    asked["spec"]["schedules"][0]["run"] = both;
    let refused = scene.cluster.patch(&scene.namespace, "AegisApp", "shop", Patch::Apply("user"), &asked).await;
    assert!(refused.expect_err("two things run").message.contains("either args or command, or enqueue"));
}

/// With the operator's token.
async fn only_pools_are_scaled(mut scene: Scene) {
    scene.apply(&app("Dramatiq")).await;
    scene.operator().await;
    scene.see("Deployment", "shop-api", "it is there", |_| true).await;
    scene.see("Deployment", "shop-worker--media", "it is there", |_| true).await;
    let thief = install::borrowed(&scene.world.operator);
    let none = json!({"spec": {"replicas": 0}, "status": {"selector": "aegis.dev/section=workers", "replicas": 1}});
    let scale = |name: &str| {
        let (thief, name, none) = (thief.clone(), format!("{name}/scale"), none.clone());
        let namespace = scene.namespace.clone();
        async move { thief.patch(&namespace, "Deployment", &name, Patch::Merge, &none).await }
    };
    let refused = scale("shop-api").await.expect_err("the api is scaled by an autoscaler or by nobody");
    assert!(refused.code == 403 && refused.message.contains("fenced to the worker pools"), "{refused}");
    scale("shop-worker--media").await.expect("a pool may be scaled");
}
