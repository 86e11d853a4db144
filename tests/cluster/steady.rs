//! A client that asks fifty times a second, whatever happens, and remembers each answer that was none.
//! It asks as clients outside do: by a port of the node.

use std::{
    error::Error,
    iter::successors,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use k8s_openapi::api::core::v1::{Node, Service};
use kube::{
    Api, Client, Config,
    api::{ListParams, PostParams},
};
use serde_json::json;
use tokio::{task::JoinHandle, time::MissedTickBehavior};

use crate::{space::Space, wait::until};

/// Between two requests.
const PACE: Duration = Duration::from_millis(20);
/// Longest time of an answer.
const LIMIT: Duration = Duration::from_secs(10);

/// Fifty requests a second.
pub struct Steady {
    began: Instant,
    told: Arc<Mutex<Told>>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Told {
    took: Vec<Duration>,
    trouble: Vec<(Duration, String)>,
}

impl Steady {
    /// Starts to ask the api of an app for a path.
    pub async fn start(space: &Space, app: &str, path: &'static str) -> Self {
        let client = door(space, app).await;
        until("a first answer", 30, async || match ask(&client, path).await {
            Ok(()) => crate::wait::Look::Done(()),
            Err(reason) => crate::wait::Look::Waiting(reason),
        })
        .await;
        let (began, told) = (Instant::now(), Arc::<Mutex<Told>>::default());
        let notes = told.clone();
        let task = tokio::spawn(async move {
            let mut pace = tokio::time::interval(PACE);
            // what came late is asked at once: the client never waits for an answer
            pace.set_missed_tick_behavior(MissedTickBehavior::Burst);
            loop {
                pace.tick().await;
                tokio::spawn(note(client.clone(), path, began, notes.clone()));
            }
        });
        Self { began, told, task }
    }

    /// Stops, and says how many were asked, how long the slowest of a hundred took, and each failure with its second.
    pub async fn stop(self) -> (usize, Duration, Vec<String>) {
        self.task.abort();
        let asked = || self.told.lock().expect("nobody panics with it").took.len();
        // answers that are on their way count too
        let limit = Instant::now() + LIMIT;
        let due = usize::try_from(self.began.elapsed().as_millis() / PACE.as_millis()).unwrap_or(usize::MAX);
        while asked() < due && Instant::now() < limit {
            tokio::time::sleep(PACE).await;
        }
        let mut told = std::mem::take(&mut *self.told.lock().expect("nobody panics with it"));
        told.took.sort_unstable();
        let slow = told.took.get(told.took.len() * 99 / 100).copied().unwrap_or_default();
        let trouble = told.trouble.iter().map(|(at, reason)| format!("{:.1} s: {reason}", at.as_secs_f32())).collect();
        (told.took.len(), slow, trouble)
    }
}

impl Drop for Steady {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn note(client: Client, path: &'static str, began: Instant, told: Arc<Mutex<Told>>) {
    let asked = Instant::now();
    let answer = ask(&client, path).await;
    let mut told = told.lock().expect("nobody panics with it");
    told.took.push(asked.elapsed());
    if let Err(reason) = answer {
        told.trouble.push((asked - began, reason));
    }
}

async fn ask(client: &Client, path: &str) -> Result<(), String> {
    let request = http::Request::get(path).body(vec![]).expect("the path is one of a URI");
    match tokio::time::timeout(LIMIT, client.request_text(request)).await {
        Ok(answer) => answer.map(drop).map_err(|error| whole(&error)),
        Err(_) => Err(format!("no answer within {} s", LIMIT.as_secs())),
    }
}

/// What went wrong, with each cause behind it: the outermost word does not tell a reset from an early end.
fn whole(error: &(dyn Error + 'static)) -> String {
    successors(Some(error), |error: &&(dyn Error + 'static)| (*error).source()).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// A port of the node for the pods of the app's api.
async fn door(space: &Space, app: &str) -> Client {
    let selector = json!({"aegis.dev/app": app, "aegis.dev/section": "api", "aegis.dev/role": "api"});
    let spec = json!({"type": "NodePort", "selector": selector, "ports": [{"port": 80, "targetPort": "http"}]});
    let body: Service = serde_json::from_value(json!({"metadata": {"name": "door"}, "spec": spec})).expect("it is a Service");
    let made = space.api::<Service>().create(&PostParams::default(), &body).await.expect("a Service can be made");
    let ports = made.spec.and_then(|spec| spec.ports).unwrap_or_default();
    let port = ports.first().and_then(|port| port.node_port).expect("the API server gives a port");
    let nodes = Api::<Node>::all(space.lab.client.clone()).list(&ListParams::default()).await.expect("nodes can be listed").items;
    let addresses = nodes.iter().filter_map(|node| node.status.as_ref()?.addresses.as_ref()).flatten();
    let address =
        addresses.filter(|address| address.type_ == "InternalIP" && !address.address.contains(':')).map(|found| &found.address).next();
    let uri = format!("http://{}:{port}", address.expect("a node has an address")).parse().expect("it is a URI");
    Client::try_from(Config::new(uri)).expect("a client needs no more than a URI")
}
