//! What the operator sends for one app, to the byte, and the same requests for any other app.
//! It is kept in memory only: one body holds a Secret.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use aegis_controller::Options;
use aegis_tests::server::page;
use clap::Parser;
use http::{HeaderMap, Method, Request};
use kube::{Client, client::Body};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::oneshot;

use crate::{
    app::{self, Name},
    lab::Lab,
    sightings::Sightings,
};

/// How long nothing may be sent before the recording counts as complete.
const SILENCE: Duration = Duration::from_secs(2);

/// One request.
#[derive(Clone)]
struct Sent {
    method: Method,
    uri: String,
    headers: HeaderMap,
    body: String,
}

/// All writes for one app, in their order.
pub struct Recording {
    sent: Vec<Sent>,
    app_uid: String,
    /// Name and uid of the object that owns the Secret.
    anchor: (String, String),
}

/// Which of the requests to send.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The creation of the children.
    Children,
    /// Statuses and events too.
    Everything,
}

#[derive(Deserialize)]
struct Created {
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Metadata {
    uid: String,
}

impl Recording {
    /// Records the operator, in this process, on a server of its own.
    pub async fn make(lab: &Lab) -> Self {
        let (name, log) = (app::recorded(), Arc::<Mutex<Vec<Sent>>>::default());
        lab.namespaces(std::slice::from_ref(&name)).await;
        let mut sightings = Sightings::open(&lab.admin.client).await;
        let options = Options::parse_from(["aegis-operator", "--listen", &page::free_address().to_string()]);
        let (stop, stopped) = oneshot::channel::<()>();
        let run = aegis_controller::run(options, recorder(lab.client(), log.clone()), async { drop(stopped.await) });
        let run = tokio::spawn(run);
        lab.create(std::slice::from_ref(&name)).await;
        sightings.appeared(app::children().values().sum()).await;
        sightings.close().await;
        silence(&log).await;
        drop(stop);
        run.await.expect("the operator does not panic").expect("it stops without complaint");
        let stored = lab.admin.get(&name.namespace, "AegisApp", &name.name).await.expect("it was created");
        let sent = std::mem::take(&mut *log.lock().expect("nobody panics with it"));
        let anchor = sent.iter().find(|sent| sent.uri.contains("/secrets?")).map(anchor).expect("the app has a Secret");
        Self { sent, app_uid: text(&stored["metadata"]["uid"]), anchor }
    }

    /// How many requests a part has.
    pub fn len(&self, part: Part) -> usize {
        self.sent.iter().filter(|sent| part == Part::Everything || sent.is_child()).count()
    }

    /// The children, as somebody applies them who has no operator: without owners.
    pub fn children(&self, name: &Name) -> Vec<Value> {
        let creates = self.sent.iter().filter(|sent| sent.is_child());
        let unowned = creates.map(|sent| {
            let mut object: Value = serde_json::from_str(&renamed(&sent.body, name)).expect("a create is JSON");
            object["metadata"].as_object_mut().expect("it has metadata").remove("ownerReferences");
            object
        });
        unowned.collect()
    }

    /// Sends it all for another app of that uid, one request after the other, and reads no more of the answers than it must.
    pub async fn replay(&self, client: &Client, name: &Name, app_uid: &str, part: Part) {
        let mut anchor_uid = self.anchor.1.clone();
        let anchor_name = renamed(&self.anchor.0, name);
        for sent in self.sent.iter().filter(|sent| part == Part::Everything || sent.is_child()) {
            let body = renamed(&sent.body, name).replace(&self.app_uid, app_uid).replace(&self.anchor.1, &anchor_uid);
            let is_anchor = sent.uri.contains("/configmaps?") && body.contains(&format!("\"name\":\"{anchor_name}\""));
            let mut request = Request::new(Body::from(body.into_bytes()));
            *request.method_mut() = sent.method.clone();
            *request.uri_mut() = renamed(&sent.uri, name).parse().expect("it was a URI");
            *request.headers_mut() = sent.headers.clone();
            let answer = bytes(client, request).await;
            if is_anchor {
                anchor_uid = uid(&answer);
            }
        }
    }
}

impl Sent {
    fn is_child(&self) -> bool {
        self.method == Method::POST && !self.uri.contains("/events?")
    }
}

/// Creates an app as its user does. Returns its uid.
pub async fn create(client: &Client, name: &Name) -> String {
    let uri = format!("/apis/aegis.dev/v1alpha1/namespaces/{}/aegisapps?fieldValidation=Strict", name.namespace);
    let request = Request::post(uri).header("content-type", "application/json");
    uid(&bytes(client, request.body(Body::from(app::resource(name).to_string().into_bytes())).expect("a path")).await)
}

/// The answer to a request, which must succeed.
async fn bytes(client: &Client, request: Request<Body>) -> Vec<u8> {
    let uri = request.uri().clone();
    let answer = client.send(request).await.unwrap_or_else(|error| panic!("{uri}: {error}"));
    let status = answer.status();
    let body = answer.into_body().collect_bytes().await.unwrap_or_else(|error| panic!("{uri}: {error}"));
    assert!(status.is_success(), "{uri}: {status}: {}", String::from_utf8_lossy(&body));
    body.to_vec()
}

/// A client that keeps what is written through it.
fn recorder(client: Client, log: Arc<Mutex<Vec<Sent>>>) -> Client {
    let service = tower::service_fn(move |request: Request<Body>| {
        let (client, log) = (client.clone(), log.clone());
        async move {
            let (parts, body) = request.into_parts();
            let body = body.collect_bytes().await?;
            if parts.method != Method::GET {
                let text = String::from_utf8(body.to_vec()).expect("the operator writes JSON");
                let sent = Sent { method: parts.method.clone(), uri: parts.uri.to_string(), headers: parts.headers.clone(), body: text };
                log.lock().expect("nobody panics with it").push(sent);
            }
            client.send(Request::from_parts(parts, Body::from(body.to_vec()))).await
        }
    });
    Client::new(service, "default")
}

/// Waits until nothing more is sent.
async fn silence(log: &Mutex<Vec<Sent>>) {
    let count = || log.lock().expect("nobody panics with it").len();
    loop {
        let before = count();
        tokio::time::sleep(SILENCE).await;
        if count() == before {
            return;
        }
    }
}

fn anchor(secret: &Sent) -> (String, String) {
    let body: Value = serde_json::from_str(&secret.body).expect("a create is JSON");
    let owner = &body["metadata"]["ownerReferences"][0];
    (text(&owner["name"]), text(&owner["uid"]))
}

fn renamed(said: &str, name: &Name) -> String {
    let recorded = app::recorded();
    said.replace(&recorded.namespace, &name.namespace).replace(&recorded.name, &name.name)
}

fn uid(answer: &[u8]) -> String {
    serde_json::from_slice::<Created>(answer).expect("an object was answered").metadata.uid
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}
