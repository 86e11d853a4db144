//! The wire between one operator and the server: every request passes here, is written down, and meets the fate that a
//! test gives it. It knows no app, and it changes no request.

use std::{
    fmt, io,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, future, stream};
use http::{Method, Request, Response, request::Parts};
use http_body_util::{BodyExt, Full, StreamBody, combinators::UnsyncBoxBody};
use kube::{Client, Config, client::Body};
use serde_json::{Value, json};
use tokio::sync::watch;
use tower::BoxError;

type Answer = Response<UnsyncBoxBody<Bytes, BoxError>>;
/// The operator does not wait for a write that takes much longer before it begins another; a busy machine adds to it.
const PROMPT: Duration = Duration::from_millis(250);

type Rule = Arc<dyn Fn(&Sent) -> Fate + Send + Sync>;

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The server gets it, and the operator the answer.
    Passes,
    /// The server never gets it, and nothing answers.
    IsLost,
    /// The server acts on it, and the answer never comes.
    IsUnanswered,
    /// It waits until the wire is released, and passes then.
    IsHeld,
    /// The server acts on it, and the answer waits until the wire is released.
    IsHeldBack,
    /// Whoever waits for the answer panics.
    Panics,
    /// It is answered by this code in the server's place.
    IsRefused(u16),
    /// The server acts on it, and it is answered by this code all the same.
    IsDoneAndRefused(u16),
    /// It is a watch, and begins with an event that says it is too old.
    IsExpired,
}

/// One request.
#[derive(Clone, Debug)]
pub struct Sent {
    /// How.
    pub method: Method,
    /// Path of the object; of a collection, when nothing is named.
    pub path: String,
    /// Its query.
    pub query: String,
    /// When.
    pub at: Instant,
}

/// A wire.
#[derive(Clone)]
pub struct Wire(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    lost: watch::Sender<bool>,
    hold: watch::Sender<Hold>,
    broken: watch::Sender<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hold {
    Nothing,
    Something,
    Released,
}

struct State {
    rule: Rule,
    sent: Vec<Sent>,
    /// When each write in flight began.
    writes: Vec<Instant>,
    most_writes: usize,
}

impl Wire {
    /// One on which everything passes.
    pub fn new() -> Self {
        Self::with(|_| Fate::Passes)
    }

    /// One with a rule.
    pub fn with(rule: impl Fn(&Sent) -> Fate + Send + Sync + 'static) -> Self {
        let state = Mutex::new(State { rule: Arc::new(rule), sent: vec![], writes: vec![], most_writes: 0 });
        let (lost, hold, broken) = (watch::Sender::new(false), watch::Sender::new(Hold::Nothing), watch::Sender::new(0));
        Self(Arc::new(Shared { state, lost, hold, broken }))
    }

    /// From now on another rule holds.
    pub fn rule(&self, rule: impl Fn(&Sent) -> Fate + Send + Sync + 'static) {
        self.state().rule = Arc::new(rule);
    }

    /// The operator's client, through this wire.
    pub fn client(&self, config: &Config) -> Client {
        let client = aegis_controller::client(config.clone()).expect("the configuration is complete");
        let shared = self.0.clone();
        Client::new(tower::service_fn(move |request| carry(shared.clone(), client.clone(), request)), "default")
    }

    /// Breaks every watch that runs.
    pub fn break_watches(&self) {
        self.0.broken.send_modify(|times| *times += 1);
    }

    /// Waits until a request was lost, or its answer.
    pub async fn loses(&self) {
        self.0.lost.subscribe().wait_for(|is_lost| *is_lost).await.expect("the wire is there");
    }

    /// Whether a request was lost, or its answer.
    pub fn has_lost(&self) -> bool {
        *self.0.lost.borrow()
    }

    /// Waits until a request is held.
    pub async fn holds(&self) {
        self.0.hold.subscribe().wait_for(|hold| *hold != Hold::Nothing).await.expect("the wire is there");
    }

    /// Lets go on what is held, and what is to be held from now on.
    pub fn release(&self) {
        self.0.hold.send_replace(Hold::Released);
    }

    /// Every request so far.
    pub fn sent(&self) -> Vec<Sent> {
        self.state().sent.clone()
    }

    /// Every request so far that changes something.
    pub fn writes(&self) -> Vec<Sent> {
        self.sent().into_iter().filter(Sent::is_write).collect()
    }

    /// How many writes were in flight at the same time, at most. Those that the server is slow with count for a while only.
    pub fn most_writes(&self) -> usize {
        self.state().most_writes
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().expect("no code panics while it holds the wire")
    }
}

impl Shared {
    /// The rule may panic no more than it may wait: it holds nobody up.
    fn judge(&self, sent: Sent) -> Fate {
        let rule = {
            let mut state = self.state.lock().expect("no code panics while it holds the wire");
            state.sent.push(sent.clone());
            state.rule.clone()
        };
        rule(&sent)
    }

    /// Waits until the wire is released.
    async fn hold(&self) -> Result<(), watch::error::RecvError> {
        self.hold.send_if_modified(|hold| {
            std::mem::replace(hold, if *hold == Hold::Nothing { Hold::Something } else { *hold }) == Hold::Nothing
        });
        self.hold.subscribe().wait_for(|hold| *hold == Hold::Released).await.map(drop)
    }

    fn begin(&self) -> Instant {
        let mut state = self.state.lock().expect("no code panics while it holds the wire");
        let now = Instant::now();
        state.writes.push(now);
        let prompt = state.writes.iter().filter(|began| now - **began < PROMPT).count();
        state.most_writes = state.most_writes.max(prompt);
        now
    }

    fn end(&self, began: Instant) {
        let mut state = self.state.lock().expect("no code panics while it holds the wire");
        if let Some(index) = state.writes.iter().position(|other| *other == began) {
            state.writes.swap_remove(index);
        }
    }
}

async fn carry(shared: Arc<Shared>, client: Client, request: Request<Body>) -> Result<Answer, BoxError> {
    let (parts, body) = request.into_parts();
    let bytes = body.collect_bytes().await?;
    let sent = Sent::new(&parts, &bytes);
    if !sent.is_write() {
        return pass(shared, client, sent, Request::from_parts(parts, Body::from(bytes.to_vec()))).await;
    }
    let began = shared.begin();
    let answer = pass(shared.clone(), client, sent, Request::from_parts(parts, Body::from(bytes.to_vec()))).await;
    shared.end(began);
    answer
}

async fn pass(shared: Arc<Shared>, client: Client, sent: Sent, request: Request<Body>) -> Result<Answer, BoxError> {
    let path = sent.path.clone();
    let is_watch = sent.is_watch();
    let fate = shared.judge(sent);
    if fate == Fate::IsHeld {
        shared.hold().await?;
    }
    match fate {
        Fate::IsHeldBack => {
            let answer = client.send(request).await?;
            shared.hold().await?;
            Ok(answer.map(|body| body.map_err(Into::into).boxed_unsync()))
        }
        Fate::Passes | Fate::IsHeld => {
            let broken = shared.broken.subscribe();
            let answer = client.send(request).await?;
            Ok(if is_watch { breakable(answer, broken) } else { answer.map(|body| body.map_err(Into::into).boxed_unsync()) })
        }
        // unwinds as every panic does, without the words of each on the terminal
        Fate::Panics => std::panic::resume_unwind(Box::new(format!("{path} is poison"))),
        Fate::IsRefused(code) | Fate::IsDoneAndRefused(code) => {
            if fate != Fate::IsRefused(code) {
                drop(client.send(request).await);
            }
            let status = status(code);
            Ok(Response::builder().status(code).body(whole(&status)).expect("an answer can be made"))
        }
        Fate::IsExpired => Ok(Response::new(whole(&json!({"type": "ERROR", "object": status(410)})))),
        Fate::IsLost | Fate::IsUnanswered => {
            if fate == Fate::IsUnanswered {
                // its end is not waited for: what was refused is as unknown as what was done
                drop(client.send(request).await);
            }
            shared.lost.send_replace(true);
            future::pending().await
        }
    }
}

/// An answer that ends in the middle when the watches are broken.
fn breakable(answer: Response<Body>, mut broken: watch::Receiver<u64>) -> Answer {
    broken.mark_unchanged();
    let reset = stream::once(future::ready(Err(io::Error::from(io::ErrorKind::ConnectionReset).into())));
    answer.map(|body| {
        let frames = body.into_data_stream().map_ok(http_body::Frame::data).map_err(BoxError::from);
        StreamBody::new(frames.take_until(async move { broken.changed().await }).chain(reset)).boxed_unsync()
    })
}

fn status(code: u16) -> Value {
    let reason = if code == 410 { "Expired" } else { "ServiceUnavailable" };
    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": "made up by the wire", "reason": reason, "code": code})
}

fn whole(value: &Value) -> UnsyncBoxBody<Bytes, BoxError> {
    Full::new(Bytes::from(format!("{value}\n"))).map_err(|never| match never {}).boxed_unsync()
}

impl Sent {
    fn new(parts: &Parts, body: &Bytes) -> Self {
        let path = parts.uri.path().to_owned();
        let named = |body: Value| body["metadata"]["name"].as_str().map(|name| format!("{path}/{name}"));
        let path = match parts.method {
            Method::POST => serde_json::from_slice(body).ok().and_then(named).unwrap_or(path),
            _ => path,
        };
        Self { method: parts.method.clone(), path, query: parts.uri.query().unwrap_or_default().to_owned(), at: Instant::now() }
    }

    /// Whether it changes something.
    pub fn is_write(&self) -> bool {
        self.method != Method::GET
    }

    /// Whether it is a watch.
    pub fn is_watch(&self) -> bool {
        self.query.contains("watch=true")
    }

    /// Whether it changes a child, not the resource's status and no event.
    pub fn is_about_a_child(&self) -> bool {
        self.is_write() && !self.path.contains("/aegisapps/") && !self.path.contains("/events/")
    }

    /// Whether it names an object by that name or one that begins with it and a dash.
    pub fn names(&self, app: &str) -> bool {
        self.path.split('/').any(|word| word == app || word.strip_prefix(app).is_some_and(|rest| rest.starts_with('-')))
    }
}

impl fmt::Display for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let object =
            self.path.split_once("/namespaces/").and_then(|(_, rest)| rest.split_once('/')).map_or(self.path.as_str(), |(_, rest)| rest);
        write!(f, "{} {object}", self.method)
    }
}
