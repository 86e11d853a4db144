//! The way to an app's agent: through the API server to the agent's loopback port, as `kubectl port-forward` goes, with the user's own rights.
//! What is asked of it stands in `docs/agent.md`.

use std::time::Duration;

use aegis_crds::agent::LOOPBACK_PORT;
use aegis_plan::names::{AGENT, APP_LABEL, SECTION_LABEL};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use kube::api::ListParams;
use serde_json::Value;
use tokio::time::timeout;

use crate::commands::status::read::answer;
use crate::connection::Connection;
use crate::failure::Failure;
use crate::refusal;

/// How long one answer may take: the agent gives its broker 5 seconds.
const ANSWER: Duration = Duration::from_secs(20);

/// Asks for what is at `path`, which may have a query.
pub async fn get(connection: &Connection, app: &str, path: &str) -> Result<Value, Failure> {
    ask(connection, app, Request::builder().method(Method::GET).uri(path), Bytes::new()).await
}

/// Asks for something to be done.
pub async fn post(connection: &Connection, app: &str, path: &str, body: &Value) -> Result<Value, Failure> {
    let request = Request::builder().method(Method::POST).uri(path).header("content-type", "application/json");
    ask(connection, app, request, body.to_string().into()).await
}

async fn ask(connection: &Connection, app: &str, request: http::request::Builder, body: Bytes) -> Result<Value, Failure> {
    let pod = pod(connection, app).await?;
    let request = request.header("host", "127.0.0.1").body(Full::new(body)).expect("the path is one of ours");
    let sent = timeout(ANSWER, send(connection, &pod, request)).await;
    let lost = |why: &str| {
        let fix = format!("look at it: kubectl -n {} logs {pod}", connection.namespace);
        Failure::new(format_args!("the agent of {app} did not answer"), why, fix)
    };
    let (status, body) = sent.map_err(|_| lost("it took longer than 20 s"))??;
    let said: Value = serde_json::from_slice(&body).map_err(|error| lost(&error.to_string()))?;
    if status.is_success() { Ok(said) } else { Err(refused(app, &said)) }
}

async fn send(connection: &Connection, pod: &str, request: Request<Full<Bytes>>) -> Result<(hyper::StatusCode, Bytes), Failure> {
    let broken = |error: &dyn std::fmt::Display| {
        let fix = "try again; kubectl port-forward to the pod must work";
        Failure::new(format_args!("the way to pod {pod} broke off"), error, fix)
    };
    let forwarded = connection.namespaced::<Pod>().portforward(pod, &[LOOPBACK_PORT]).await;
    let mut forwarded = forwarded.map_err(|error| refusal::of_change(&error, connection))?;
    let stream = forwarded.take_stream(LOOPBACK_PORT).ok_or_else(|| broken(&"it gave no stream"))?;
    let (mut sender, wire) = http1::handshake::<_, Full<Bytes>>(TokioIo::new(stream)).await.map_err(|error| broken(&error))?;
    let wire = tokio::spawn(wire);
    let answer = sender.send_request(request).await.map_err(|error| broken(&error))?;
    let status = answer.status();
    let body = answer.into_body().collect().await.map_err(|error| broken(&error))?.to_bytes();
    wire.abort();
    Ok((status, body))
}

/// The agent's pod that is ready.
async fn pod(connection: &Connection, app: &str) -> Result<String, Failure> {
    let params = ListParams::default().labels(&format!("{APP_LABEL}={app},{SECTION_LABEL}={AGENT}"));
    let listed = answer(connection, connection.namespaced::<Pod>().list(&params)).await?;
    let pods = listed.map_err(|error| refusal::of_change(&error, connection))?.items;
    match pods.iter().find(|pod| is_ready(pod)) {
        Some(pod) => Ok(pod.name_any()),
        None => Err(absent(app, &connection.namespace, pods.len())),
    }
}

fn is_ready(pod: &Pod) -> bool {
    let conditions = pod.status.iter().flat_map(|status| status.conditions.iter().flatten());
    pod.metadata.deletion_timestamp.is_none()
        && conditions.into_iter().any(|condition| condition.type_ == "Ready" && condition.status == "True")
}

fn absent(app: &str, namespace: &str, pods: usize) -> Failure {
    let what = format!("no agent of {app} can be asked");
    if pods == 0 {
        let fix = "say where the tasks of a pool wait: spec.workers[].broker; a suspended app has no agent (aegisctl resume)";
        return Failure::new(what, "there is none: an app has one when a pool of it has a broker", fix);
    }
    Failure::new(
        what,
        format_args!("none of {pods} pods is ready"),
        format_args!("see why: kubectl -n {namespace} describe pods -l {APP_LABEL}={app},{SECTION_LABEL}={AGENT}"),
    )
}

/// The agent's own words.
fn refused(app: &str, said: &Value) -> Failure {
    let text = |key: &str| said[key].as_str().unwrap_or_default().to_owned();
    let fix = format!("see what there is: aegisctl queue list {app}");
    Failure::new(format_args!("the agent of {app} refuses ({})", text("reason")), text("message"), fix)
}
