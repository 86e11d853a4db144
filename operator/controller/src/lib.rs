//! Make it so: what the plan wants is brought about in a cluster, and what is there is reported.
//! Nothing is decided here that `aegis-plan` can decide.

mod agent;
mod apply;
mod asked;
mod bring;
mod cache;
mod components;
mod election;
mod expire;
mod failure;
mod gate;
mod holds;
mod hosts;
mod http;
mod inventory;
mod key;
mod keys;
mod late;
mod leader;
mod lean;
mod manifest;
mod metrics;
mod options;
mod place;
mod pod;
mod prune;
mod queue;
mod read;
mod reconcile;
mod report;
mod retry;
mod rivals;
mod scale;
mod schedules;
mod seen;
mod strangers;
mod stuck;
pub mod telemetry;
mod term;
mod transitions;
mod turn;
mod warnings;
mod watch;
mod waves;
mod work;
mod world;
mod write;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use ::http::{HeaderValue, header::USER_AGENT};
use aegis_s3::Store;
use kube::{Client, Config};
use tracing::{info, warn};

pub use failure::{Failure, Refusal};
pub use options::Options;

/// Time that looks in progress get to end when the operator is stopped.
const GRACE: Duration = Duration::from_secs(10);

/// A client of the cluster that the environment names.
pub async fn connect() -> Result<Client, Failure> {
    client(Config::infer().await.map_err(Failure::Configure)?)
}

/// The operator's client. It never repeats a request by itself: a create that took effect behind a lost answer would
/// come back as a conflict.
pub fn client(mut config: Config) -> Result<Client, Failure> {
    config.default_retry = false;
    config.headers.push((USER_AGENT, HeaderValue::from_static(concat!("aegis-operator/", env!("CARGO_PKG_VERSION")))));
    info!(server = %config.cluster_url, "connecting");
    Client::try_from(config).map_err(Failure::Connect)
}

/// Runs the operator until `stop` is over, then lets what is in progress end. Its caches are warm before it leads.
pub async fn run(options: Options, client: Client, stop: impl Future<Output = ()>) -> Result<(), Failure> {
    run_with(options, client, Store::default(), stop).await
}

/// The same with manifests from that store instead of the environment's.
pub async fn run_with(options: Options, client: Client, store: Store, stop: impl Future<Output = ()>) -> Result<(), Failure> {
    let started = Instant::now();
    let cache = Arc::<cache::Cache>::default();
    let queue = Arc::<queue::Queue>::default();
    let metrics = Arc::<metrics::Metrics>::default();
    metrics.collect(schedules::Schedules(cache.clone()));
    metrics.collect(components::Components(cache.clone()));
    let health = Arc::new(http::Health { metrics: metrics.clone(), queue: queue.clone(), is_ready: AtomicBool::new(false) });
    let mut pages = Box::pin(http::serve(options.listen, health.clone()).await?);
    let sinks = watch::Sinks { cache: cache.clone(), queue: queue.clone(), metrics: metrics.clone() };
    let watches = watch::Watches::start(&client, &options.namespaces(), &sinks);
    let mut leadership = leader::Leadership::new(&options, &client);
    let writer = Arc::new(write::Writer::new(client.clone(), options.writes, metrics.clone(), leadership.term()));
    let key = options.agent_key_file.as_deref().map(key::AgentKey::read).transpose()?.map(Arc::new);
    let hands = scale::Hands::new(cache.clone(), writer.clone(), queue.clone(), metrics.clone(), key.clone());
    let scaler = Arc::new(scale::Scaler::new(hands));
    let strangers = strangers::Strangers::new(client.clone(), queue.clone());
    let buckets = manifest::Buckets::new(store, options.manifest_buckets.clone().unwrap_or_default());
    let manifests = manifest::Manifests::new(client.clone(), buckets, queue.clone());
    let reader = read::Reader::new(client, cache.clone(), options.settings(), key, scaler.clone(), manifests);
    let world = Arc::new(world::World { reader, writer, scaler, strangers, cache, metrics, instance: options.instance.clone() });

    let begin = async {
        watches.listed().await;
        health.is_ready.store(true, Ordering::Relaxed);
        info!(apps = world.cache.len(), took_ms = started.elapsed().as_millis(), "ready");
        leadership.begin().await;
    };
    tokio::pin!(stop);
    tokio::select! {
        () = begin => {}
        failed = &mut pages => return failed,
        () = &mut stop => return Ok(()),
    }
    world.metrics.leader.set(1);
    let mut work = Box::pin(work::start(options.concurrency, &world, &queue).join_all());
    tokio::select! {
        _ = &mut work => return Ok(()),
        failed = &mut pages => return failed,
        failure = leadership.lost() => return Err(failure),
        () = &mut stop => info!("stopping"),
    }
    queue.close();
    health.is_ready.store(false, Ordering::Relaxed);
    tokio::select! {
        _ = &mut work => leadership.end().await,
        failure = leadership.lost() => return Err(failure),
        // the Lease is kept until it runs out: what was cut off may still be on its way
        () = tokio::time::sleep(GRACE) => warn!(grace = ?GRACE, "looks in progress were cut off; the next start goes on from what is there"),
    }
    info!("stopped");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::http::Request;
    use serde_json::{Value, json};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    /// Answers one request with that code, as a server that would have it repeated at once.
    async fn answer(listener: &TcpListener, code: u16) {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut asked = [0; 4096];
        assert!(stream.read(&mut asked).await.unwrap() > 0);
        let body = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code}).to_string();
        let head = format!("HTTP/1.1 {code} No\r\nretry-after: 0\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
        stream.write_all((head + &body).as_bytes()).await.unwrap();
    }

    #[tokio::test]
    async fn the_client_repeats_no_request_by_itself() {
        for code in [429, 500, 503, 504] {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let server = format!("http://{}", listener.local_addr().unwrap());
            let client = client(Config::new(server.parse().unwrap())).unwrap();
            let request = client.request::<Value>(Request::post("/api").body(vec![]).unwrap());
            let again = async {
                answer(&listener, code).await;
                listener.accept().await
            };
            tokio::select! {
                refused = request => assert!(refused.is_err(), "{code}"),
                _ = again => panic!("{code} is asked again"),
            }
        }
    }
}
