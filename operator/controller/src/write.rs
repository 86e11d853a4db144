//! The only code that changes anything in the cluster: each request bounded in number and time, counted, and
//! only while this process leads.
//! It decides nothing, and it never logs a body.

use std::{sync::Arc, time::Instant};

use http::{Method, Request, header};
use k8s_openapi::api::events::v1::Event;
use kube::Client;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use aegis_plan::names::{MANAGER, SIZE_MANAGER};

use crate::{asked::Asked, failure::Refusal, lean::Lean, metrics::Metrics, place::Place, read, seen, term::Term, turn::Turns};

const JSON: &str = "application/json";
const JSON_PATCH: &str = "application/json-patch+json";
const MERGE_PATCH: &str = "application/merge-patch+json";
const APPLY_PATCH: &str = "application/apply-patch+yaml";

/// Whether replicas may be taken from another field manager.
#[derive(Clone, Copy, Debug)]
pub enum Contest {
    /// They may: the spec says so.
    Force,
    /// They may not: who has set them meanwhile is right.
    Yield,
}

/// What becomes of an entry of the managed fields.
#[derive(Clone, Copy, Debug)]
pub enum Change {
    /// It becomes one of an apply.
    Convert,
    /// It becomes one of an apply, and replicas go from it to their own manager, as many as there are.
    Split,
    /// It goes.
    Remove,
}

/// Writes.
pub struct Writer {
    client: Client,
    turns: Turns,
    metrics: Arc<Metrics>,
    term: Arc<Term>,
}

/// One request: what it is called in metrics, and how it is said in HTTP.
struct Call {
    verb: &'static str,
    method: Method,
    uri: String,
    content: &'static str,
}

/// Any answer, when nothing of it is needed.
#[derive(Deserialize)]
struct Ignored {}

impl Writer {
    /// A writer with at most `limit` requests that the server is at work on, and none after its term.
    pub fn new(client: Client, limit: usize, metrics: Arc<Metrics>, term: Arc<Term>) -> Self {
        Self { client, turns: Turns::new(limit), metrics, term }
    }

    /// Creates an object; never touches one that exists.
    pub async fn create(&self, place: &Place, body: &Value) -> Result<Lean, Refusal> {
        let uri = format!("{}?fieldManager={MANAGER}&fieldValidation=Strict", place.collection());
        self.send(place, Call { verb: "create", method: Method::POST, uri, content: JSON }, body).await
    }

    /// Applies a body to the object of that uid, and to no other.
    pub async fn apply(&self, place: &Place, uid: &str, body: &Value) -> Result<Lean, Refusal> {
        let mut body = body.clone();
        body["metadata"]["uid"] = uid.into();
        let uri = format!("{}?fieldManager={MANAGER}&force=true&fieldValidation=Strict", place.path());
        self.send(place, Call { verb: "apply", method: Method::PATCH, uri, content: APPLY_PATCH }, &body).await
    }

    /// Sets replicas, as a field manager of their own.
    pub async fn resize(&self, place: &Place, uid: &str, count: i32, contest: Contest) -> Result<Lean, Refusal> {
        let body = json!({
            "apiVersion": place.kind.api_version(), "kind": place.kind.kind,
            "metadata": {"name": place.name, "uid": uid}, "spec": {"replicas": count},
        });
        let force = matches!(contest, Contest::Force);
        let uri = format!("{}?fieldManager={SIZE_MANAGER}&force={force}&fieldValidation=Strict", place.path());
        self.send(place, Call { verb: "resize", method: Method::PATCH, uri, content: APPLY_PATCH }, &body).await
    }

    /// Sets replicas of the object of that uid in that version, as an autoscaler does.
    pub async fn scale(&self, place: &Place, uid: &str, version: &str, count: i32) -> Result<(), Refusal> {
        let body = json!({"metadata": {"uid": uid, "resourceVersion": version}, "spec": {"replicas": count}});
        let uri = format!("{}/scale?fieldManager={SIZE_MANAGER}", place.path());
        let Ignored {} = self.send(place, Call { verb: "scale", method: Method::PATCH, uri, content: MERGE_PATCH }, &body).await?;
        Ok(())
    }

    /// Merges a body into the object of that uid, its lists as a whole. Our entry of an update that this leaves has to go.
    pub async fn impose(&self, place: &Place, uid: &str, body: &Value) -> Result<Lean, Refusal> {
        let mut body = body.clone();
        body["metadata"]["uid"] = uid.into();
        let uri = format!("{}?fieldManager={MANAGER}&fieldValidation=Strict", place.path());
        self.send(place, Call { verb: "impose", method: Method::PATCH, uri, content: MERGE_PATCH }, &body).await
    }

    /// Makes our entry `index` of the managed fields, of a create or another update, one of an apply, or removes it.
    /// Without this, fields that a later apply drops would stay.
    pub async fn convert(&self, place: &Place, uid: &str, index: usize, change: Change) -> Result<Lean, Refusal> {
        let entry = format!("/metadata/managedFields/{index}");
        let mut patch = vec![
            json!({"op": "test", "path": "/metadata/uid", "value": uid}),
            json!({"op": "test", "path": format!("{entry}/manager"), "value": MANAGER}),
            json!({"op": "test", "path": format!("{entry}/operation"), "value": "Update"}),
        ];
        let becomes_apply = json!({"op": "replace", "path": format!("{entry}/operation"), "value": "Apply"});
        match change {
            Change::Convert => patch.push(becomes_apply),
            Change::Remove => patch.push(json!({"op": "remove", "path": entry})),
            Change::Split => patch.extend([
                becomes_apply,
                json!({"op": "remove", "path": format!("{entry}/fieldsV1/f:spec/f:replicas")}),
                json!({"op": "add", "path": "/metadata/managedFields/-", "value": {
                    "manager": SIZE_MANAGER, "operation": "Apply", "apiVersion": place.kind.api_version(),
                    "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": {"f:replicas": {}}},
                }}),
            ]),
        }
        let uri = format!("{}?fieldManager={MANAGER}", place.path());
        self.send(place, Call { verb: "convert", method: Method::PATCH, uri, content: JSON_PATCH }, &Value::from(patch)).await
    }

    /// Deletes the object of that uid in that version, its dependents afterwards.
    pub async fn delete(&self, place: &Place, uid: &str, version: &str) -> Result<(), Refusal> {
        let mut preconditions = json!({"uid": uid});
        if !version.is_empty() {
            preconditions["resourceVersion"] = version.into();
        }
        let body = json!({"propagationPolicy": "Background", "preconditions": preconditions});
        let Ignored {} = self.send(place, Call { verb: "delete", method: Method::DELETE, uri: place.path(), content: JSON }, &body).await?;
        Ok(())
    }

    /// Replaces the status of the resource of that uid.
    pub async fn report(&self, place: &Place, uid: &str, status: &Value) -> Result<Asked, Refusal> {
        let patch = json!([
            {"op": "test", "path": "/metadata/uid", "value": uid},
            {"op": "add", "path": "/status", "value": status},
        ]);
        let uri = format!("{}/status?fieldManager={MANAGER}", place.path());
        self.send(place, Call { verb: "report", method: Method::PATCH, uri, content: JSON_PATCH }, &patch).await
    }

    /// Publishes an event.
    pub async fn announce(&self, place: &Place, event: &Event) -> Result<(), Refusal> {
        let uri = format!("{}?fieldManager={MANAGER}", place.collection());
        let body = serde_json::to_value(event).expect("an event is JSON");
        let Ignored {} = self.send(place, Call { verb: "announce", method: Method::POST, uri, content: JSON }, &body).await?;
        Ok(())
    }

    async fn send<T: DeserializeOwned>(&self, place: &Place, call: Call, body: &Value) -> Result<T, Refusal> {
        let Call { verb, method, uri, content } = call;
        let request = Request::builder()
            .method(method)
            .uri(uri)
            .header(header::CONTENT_TYPE, content)
            .header(header::ACCEPT, accept(place))
            .body(if content == APPLY_PATCH { yaml(&text(body)) } else { text(body) }.into_bytes())
            .expect("names of objects fit into a URI");
        let turn = self.turns.take().await;
        let started = Instant::now();
        // as late as can be: this process may have been frozen at any point before
        let answer =
            if self.term.is_over() { Err(Refusal::NotLeading) } else { turn.during(read::bounded(self.client.request(request))).await };
        let outcome = answer.as_ref().map_or_else(Refusal::word, |_| "ok");
        self.metrics.wrote(verb, place.kind.kind, outcome, started.elapsed());
        answer
    }
}

/// What the answer should hold: of kinds that are judged by metadata, and of Secrets, no more than that comes back.
fn accept(place: &Place) -> &'static str {
    let is_whole = seen::is_detailed(&place.kind) || place.kind == crate::place::APP;
    if is_whole { JSON } else { read::METADATA }
}

/// A body as the server itself writes JSON. It compares what it keeps raw, like the data of a revision, to the byte with what
/// it makes of it at the next write, and would find that changed which it writes otherwise.
fn text(body: &Value) -> String {
    const ESCAPED: [(char, &str); 5] =
        [('<', r"\u003c"), ('>', r"\u003e"), ('&', r"\u0026"), ('\u{2028}', r"\u2028"), ('\u{2029}', r"\u2029")];
    ESCAPED.iter().fold(body.to_string(), |text, (sign, escaped)| if text.contains(*sign) { text.replace(*sign, escaped) } else { text })
}

/// JSON where the server reads YAML, which refuses signs that JSON has as they are, or takes one for the end of a line.
fn yaml(json: &str) -> String {
    let is_refused = |sign: char| matches!(sign, '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}');
    let mut text = String::with_capacity(json.len());
    for sign in json.chars() {
        if is_refused(sign) { text.push_str(&format!("\\u{:04x}", u32::from(sign))) } else { text.push(sign) }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::APP;

    /// The word of a write to a server that is not there.
    async fn word(term: Term) -> &'static str {
        let nowhere = kube::Config::new("http://127.0.0.1:9".parse().unwrap());
        let client = Client::try_from(nowhere).unwrap();
        let writer = Writer::new(client, 1, Arc::default(), Arc::new(term));
        let place = Place { kind: APP, namespace: "shop".into(), name: "a".into() };
        writer.report(&place, "uid", &Value::Null).await.err().unwrap().word()
    }

    #[tokio::test]
    async fn nothing_is_sent_after_the_term() {
        assert_eq!(word(Term::waiting()).await, "NotLeading");
        assert_eq!(word(Term::endless()).await, "Unavailable");
    }
}
