//! Kinds that a cluster may lack: their watches begin when a kind comes, and end when it goes, without a restart.
//! It does not know what the kinds are for.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use aegis_plan::Kind;
use futures::future::select_all;
use http::Request;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::APIResourceList;
use kube::{Client, runtime::watcher};
use tracing::{info, warn};

use crate::{
    failure::Refusal,
    read,
    watch::{BACKOFF, Watch},
};

/// Time between two questions whether a kind has come.
const INTERVAL: Duration = Duration::from_secs(15);

/// Faults of a kind after which nobody's start waits for it: they are some seconds apart by then.
const FAULTS: u32 = 4;

/// A kind, and its watch in each namespace, or the one in all.
pub struct Late {
    client: Client,
    kind: Kind,
    watches: Vec<Watch>,
}

impl Late {
    /// Nothing is asked yet.
    pub fn new(client: Client, kind: Kind, watches: Vec<Watch>) -> Self {
        Self { client, kind, watches }
    }

    /// Follows the kind while there is one, for ever.
    pub async fn run(self) {
        loop {
            self.come().await;
            let (_, _, others) = select_all(self.watches.iter().map(|watch| Box::pin(follow(watch)))).await;
            drop(others);
            info!(kind = self.kind.kind, "the cluster does not know this kind any more");
            self.watches.iter().for_each(Watch::lose);
        }
    }

    /// Waits until the cluster knows the kind. Nobody waits with it once the cluster has said that it does not.
    async fn come(&self) {
        let mut tries = 0;
        loop {
            match is_served(&self.client, self.kind).await {
                Ok(true) => return,
                Ok(false) => {
                    self.watches.iter().for_each(|watch| watch.gate.open());
                    tokio::time::sleep(INTERVAL).await;
                }
                Err(refusal) => {
                    warn!(kind = self.kind.kind, tries, %refusal, "cannot ask whether the cluster knows this kind; asking again");
                    tokio::time::sleep(BACKOFF.delay(tries)).await;
                    tries += 1;
                }
            }
        }
    }
}

/// Follows a kind until it is gone. One that cannot be listed, for a fault of its own, does not hold up the start for long; of one that
/// only just began to be served, or to which the operator's right is only just known, nobody is told that it is missing.
async fn follow(watch: &Watch) {
    let faults = AtomicU32::new(0);
    let is_over = |error: &watcher::Error| {
        if is_gone(error) || faults.fetch_add(1, Ordering::Relaxed) + 1 >= FAULTS {
            watch.gate.open();
        }
        is_gone(error)
    };
    watch.follow(is_over).await;
}

async fn is_served(client: &Client, kind: Kind) -> Result<bool, Refusal> {
    let request = Request::get(format!("/apis/{}", kind.api_version())).body(vec![]).expect("names of groups fit into a URI");
    match read::bounded(client.request::<APIResourceList>(request)).await {
        Ok(list) => Ok(list.resources.iter().any(|resource| resource.kind == kind.kind)),
        Err(Refusal::Server(status)) if status.code == 404 => Ok(false),
        Err(refusal) => Err(refusal),
    }
}

/// Whether a watch ended because nobody knows its kind.
fn is_gone(error: &watcher::Error) -> bool {
    let status = match error {
        watcher::Error::InitialListFailed(kube::Error::Api(status))
        | watcher::Error::WatchStartFailed(kube::Error::Api(status))
        | watcher::Error::WatchFailed(kube::Error::Api(status)) => status,
        watcher::Error::WatchError(status) => status,
        _ => return false,
    };
    status.code == 404
}
