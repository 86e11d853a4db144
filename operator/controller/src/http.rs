//! Health and metrics over HTTP. Of single apps, it tells when their schedules run and whether they are late.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::get,
};
use tokio::net::TcpListener;

use crate::{failure::Failure, metrics::Metrics, queue::Queue};

/// OpenMetrics, as scrapers ask for it.
const METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What the pages show.
pub struct Health {
    pub metrics: Arc<Metrics>,
    pub queue: Arc<Queue>,
    /// Whether every kind was listed.
    pub is_ready: AtomicBool,
}

/// Takes the address now, so that one in use is told at once, and serves until it is dropped.
pub async fn serve(address: SocketAddr, health: Arc<Health>) -> Result<impl Future<Output = Result<(), Failure>>, Failure> {
    let listener = TcpListener::bind(address).await.map_err(|source| Failure::Listen { address, source })?;
    let router = Router::new()
        .route("/livez", get(|| async { "ok\n" }))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .with_state(health);
    Ok(async move { axum::serve(listener, router).await.map_err(Failure::Serve) })
}

async fn readyz(State(health): State<Arc<Health>>) -> (StatusCode, &'static str) {
    if health.is_ready.load(Ordering::Relaxed) {
        (StatusCode::OK, "ok\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "waiting for the first list of every kind\n")
    }
}

async fn metrics(State(health): State<Arc<Health>>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, METRICS)], health.metrics.text(health.queue.depth()))
}
