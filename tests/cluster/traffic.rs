//! Requests to apps, as their users make them: by the flagship's URL, or through the API server's service proxy.
//! `Visitor` asks again and again while something else happens.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use http::Request;
use kube::{Client, Error};
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::{
    space::Space,
    wait::{Look, found, until},
};

/// A way to ask something that speaks HTTP.
#[derive(Clone)]
pub struct Door {
    client: Client,
    base: String,
    token: Option<String>,
}

impl Space {
    /// The Service of a role, through the API server.
    pub fn door(&self, service: &str) -> Door {
        let base = format!("/api/v1/namespaces/{}/services/{service}:http/proxy", self.namespace);
        Door { client: self.lab.client.clone(), base, token: None }
    }

    /// A pod, through the API server.
    pub fn pod_door(&self, pod: &str, port: u16) -> Door {
        let base = format!("/api/v1/namespaces/{}/pods/{pod}:{port}/proxy", self.namespace);
        Door { client: self.lab.client.clone(), base, token: None }
    }

    /// The flagship's URL.
    pub fn url(&self) -> Door {
        Door { client: self.lab.url.clone(), base: String::new(), token: None }
    }
}

impl Door {
    /// To a server that is no app.
    pub fn to(client: Client) -> Self {
        Self { client, base: String::new(), token: None }
    }

    /// The same for somebody who is logged in.
    pub fn with_token(self, token: String) -> Self {
        Self { token: Some(token), ..self }
    }

    /// The text of a path; an error unless the answer is a good one.
    pub async fn get(&self, path: &str) -> Result<String, Error> {
        self.send("GET", path, None).await
    }

    /// The JSON of a path.
    pub async fn json(&self, path: &str) -> Result<Value, Error> {
        self.get(path).await.map(|text| serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    /// Sends JSON.
    pub async fn send(&self, method: &str, path: &str, body: Option<Value>) -> Result<String, Error> {
        let uri = format!("{}{path}", self.base);
        let mut request = Request::builder().method(method).uri(uri).header("content-type", "application/json");
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request = request.body(body.map(|body| body.to_string().into_bytes()).unwrap_or_default()).expect("the path is one of a URI");
        let answer = tokio::time::timeout(Duration::from_secs(15), self.client.request_text(request)).await;
        answer.unwrap_or_else(|_| Err(Error::Service("no answer within 15 s".into())))
    }

    /// Sends until the answer is a good one: an endpoint is there a moment after its pod is ready.
    pub async fn insist(&self, method: &str, path: &str, body: Option<Value>) -> String {
        until(format!("a good answer to {method} {path}"), 30, async || match self.send(method, path, body.clone()).await {
            Ok(text) => Look::Done(text),
            Err(error) => Look::Waiting(error.to_string()),
        })
        .await
    }

    /// Asks until the answer is as expected.
    pub async fn expect(&self, path: &str, seconds: u64, is_it: impl Fn(&Value) -> bool) -> Value {
        until(format!("the expected answer to GET {path}"), seconds, async || match self.json(path).await {
            Ok(value) => found(Some(value.clone()).filter(&is_it), value.to_string()),
            Err(error) => Look::Waiting(error.to_string()),
        })
        .await
    }
}

/// Asks again and again.
pub struct Visitor {
    asked: Arc<AtomicUsize>,
    trouble: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Visitor {
    /// Starts to ask for a path.
    pub fn start(door: Door, path: &'static str) -> Self {
        let (asked, trouble) = (Arc::<AtomicUsize>::default(), Arc::<Mutex<Vec<String>>>::default());
        let (counts, notes) = (asked.clone(), trouble.clone());
        let task = tokio::spawn(async move {
            loop {
                if let Err(error) = door.get(path).await {
                    notes.lock().expect("nobody panics with it").push(error.to_string());
                }
                counts.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
        Self { asked, trouble, task }
    }

    /// Waits until `more` further requests were answered.
    pub async fn asks(&self, more: usize) {
        let goal = self.asked.load(Ordering::Relaxed) + more;
        until(format!("{more} further answers"), 30, async || {
            let asked = self.asked.load(Ordering::Relaxed);
            found((asked >= goal).then_some(()), format!("{asked} of {goal}"))
        })
        .await;
    }

    /// Stops; every answer must have been a good one.
    pub fn was_always_served(self) {
        let trouble = self.trouble.lock().expect("nobody panics with it");
        let asked = self.asked.load(Ordering::Relaxed);
        assert!(asked > 0, "nobody was asked");
        assert!(trouble.is_empty(), "{} of {asked} requests failed: {:?}", trouble.len(), trouble.first());
    }
}

impl Drop for Visitor {
    fn drop(&mut self) {
        self.task.abort();
    }
}
