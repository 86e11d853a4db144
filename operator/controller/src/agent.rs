//! An app's agent, asked for what it sees: one request, bounded in time and size.
//! It does not say what follows from the answer.

use std::{net::IpAddr, time::Duration};

use aegis_crds::load::{Load, VERSION};
use aegis_plan::names::AGENT_PORT;
use axum::body::{Body, to_bytes};
use http::{
    Request, Response, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE},
};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::{Value, json};

/// Longest time of one request.
const LIMIT: Duration = Duration::from_secs(2);
/// Longest answer: some thousand queues.
const LONGEST: usize = 1 << 20;

/// Why an agent's answer is of no use.
#[derive(Debug, thiserror::Error)]
pub enum Silence {
    /// There is nobody to ask.
    #[error("no pod of the agent is ready")]
    Absent,
    /// It could not be reached.
    #[error("the agent does not answer: {0}")]
    Unreachable(String),
    /// It took too long.
    #[error("the agent does not answer within {0:?}")]
    Slow(Duration),
    /// It answered something else.
    #[error("the agent answers {0}")]
    Refused(StatusCode),
    /// Its answer is not one that this release reads.
    #[error("the agent's answer cannot be read: {0}")]
    Unreadable(String),
}

/// Asks agents.
pub struct Agents(Client<HttpConnector, Body>);

impl Agents {
    /// With connections that are kept between two looks.
    pub fn new() -> Self {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(LIMIT));
        Self(Client::builder(TokioExecutor::new()).pool_max_idle_per_host(1).build(connector))
    }

    /// What the agent at that address sees.
    pub async fn load(&self, ip: &str) -> Result<Load, Silence> {
        let request = Request::get(uri(ip, "/load")?).body(Body::empty()).map_err(unreachable)?;
        let answer = self.bounded(request).await?;
        let load: Load = serde_json::from_slice(&answer).map_err(|error| Silence::Unreadable(error.to_string()))?;
        if load.version == VERSION { Ok(load) } else { Err(Silence::Unreadable(format!("it is of version {}", load.version))) }
    }

    /// Keeps the workers of a pool from taking tasks, for so many seconds from now.
    pub async fn pause(&self, ip: &str, token: &str, worker: &str, seconds: u32) -> Result<(), Silence> {
        self.post(ip, "/pause", token, &json!({"worker": worker, "seconds": seconds})).await
    }

    /// Lets them take tasks again.
    pub async fn resume(&self, ip: &str, token: &str, worker: &str) -> Result<(), Silence> {
        self.post(ip, "/resume", token, &json!({"worker": worker})).await
    }

    async fn post(&self, ip: &str, path: &str, token: &str, body: &Value) -> Result<(), Silence> {
        let request =
            Request::post(uri(ip, path)?).header(AUTHORIZATION, format!("Bearer {token}")).header(CONTENT_TYPE, "application/json");
        self.bounded(request.body(Body::from(body.to_string())).map_err(unreachable)?).await.map(drop)
    }

    async fn bounded(&self, request: Request<Body>) -> Result<Vec<u8>, Silence> {
        tokio::time::timeout(LIMIT, self.send(request)).await.unwrap_or(Err(Silence::Slow(LIMIT)))
    }

    async fn send(&self, request: Request<Body>) -> Result<Vec<u8>, Silence> {
        let answer: Response<_> = self.0.request(request).await.map_err(unreachable)?;
        if answer.status() != StatusCode::OK {
            return Err(Silence::Refused(answer.status()));
        }
        let body = to_bytes(Body::new(answer.into_body()), LONGEST).await.map_err(|error| Silence::Unreadable(error.to_string()))?;
        Ok(body.into())
    }
}

fn uri(ip: &str, path: &str) -> Result<String, Silence> {
    let ip: IpAddr = ip.parse().map_err(|_| Silence::Absent)?;
    Ok(format!("http://{}{path}", std::net::SocketAddr::new(ip, AGENT_PORT)))
}

fn unreachable(error: impl std::error::Error) -> Silence {
    let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
    Silence::Unreachable(format!("{error}{cause}"))
}
