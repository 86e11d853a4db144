//! What is served where: numbers and health to everyone, the rest on loopback or with the token.

use std::{net::SocketAddr, sync::Arc};

use aegis_crds::load::Load;
use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, header},
    middleware,
    response::IntoResponse,
    routing::get,
};
use futures::future::try_join;
use tokio::net::TcpListener;

use crate::{app::App, failure::Failure, gate, look::Looks, metrics, pause::Holds, requests};

/// OpenMetrics, as scrapers ask for it.
const METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What requests are answered from.
pub struct Served {
    /// The app.
    pub app: Arc<App>,
    /// What was seen of it.
    pub looks: Arc<Looks>,
    /// Who is paused.
    pub holds: Arc<Holds>,
}

/// Takes both addresses now, so that one in use is told at once, and serves until it is dropped.
pub async fn serve(
    listen: SocketAddr,
    loopback: SocketAddr,
    served: Arc<Served>,
) -> Result<impl Future<Output = Result<(), Failure>>, Failure> {
    let gated = requests::router().layer(middleware::from_fn_with_state(served.clone(), gate::with_token));
    let open = pages().merge(gated).with_state(served.clone());
    let local = pages().merge(requests::router()).with_state(served);
    let (open_listener, local_listener) = (bind(listen, "--listen").await?, bind(loopback, "--loopback").await?);
    Ok(async move {
        let both = try_join(axum::serve(open_listener, open).into_future(), axum::serve(local_listener, local).into_future());
        both.await.map(drop).map_err(Failure::Serve)
    })
}

async fn bind(address: SocketAddr, flag: &'static str) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|source| Failure::Listen { address, flag, source })
}

fn pages() -> Router<Arc<Served>> {
    Router::new().route("/livez", get(livez)).route("/readyz", get(readyz)).route("/metrics", get(metrics_page)).route("/load", get(load))
}

async fn livez(State(served): State<Arc<Served>>) -> (StatusCode, &'static str) {
    if served.looks.is_alive() { (StatusCode::OK, "ok\n") } else { (StatusCode::SERVICE_UNAVAILABLE, "no look has begun for too long\n") }
}

/// A broker that is away does not make the agent unready: that is what it is there to tell.
async fn readyz(State(served): State<Arc<Served>>) -> (StatusCode, &'static str) {
    if served.looks.is_complete() { (StatusCode::OK, "ok\n") } else { (StatusCode::SERVICE_UNAVAILABLE, "waiting for the first look\n") }
}

async fn load(State(served): State<Arc<Served>>) -> Json<Load> {
    Json(served.looks.load())
}

async fn metrics_page(State(served): State<Arc<Served>>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, METRICS)], metrics::text(&served.looks.load(), &served.looks.failures()))
}
