//! Objects of somebody else that stand in an app's way. The table's watches do not see them, so each is followed until it
//! goes or changes hands; then its app is looked at. What they mean is decided elsewhere.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use aegis_plan::Seen;
use futures::StreamExt;
use kube::{
    Api, Client,
    api::PartialObjectMeta,
    runtime::watcher::{Config, Event, watcher},
};
use tokio::task::AbortHandle;

use crate::{
    lean::{Lean, api_resource},
    place::{AppKey, Place},
    queue::Queue,
    seen, watch,
};

/// An object that was met, as it was met.
pub struct Stranger {
    pub place: Place,
    pub seen: Seen,
}

/// The strangers that are followed.
pub struct Strangers {
    client: Client,
    queue: Arc<Queue>,
    followed: Mutex<HashMap<AppKey, HashMap<Place, AbortHandle>>>,
}

impl Strangers {
    /// Nobody yet.
    pub fn new(client: Client, queue: Arc<Queue>) -> Self {
        Self { client, queue, followed: Mutex::default() }
    }

    /// Follows the strangers that an app met in its last look, and nobody else for it.
    pub fn follow(&self, key: &AppKey, met: Vec<Stranger>) {
        let mut followed = self.followed.lock().expect("no code panics while it holds the strangers");
        let mut before = followed.remove(key).unwrap_or_default();
        let mut now = HashMap::new();
        for stranger in met {
            let known = before.remove(&stranger.place).filter(|task| !task.is_finished());
            let place = stranger.place.clone();
            now.insert(place, known.unwrap_or_else(|| self.start(key.clone(), stranger)));
        }
        before.into_values().for_each(|task| task.abort());
        if !now.is_empty() {
            followed.insert(key.clone(), now);
        }
    }

    fn start(&self, key: AppKey, stranger: Stranger) -> AbortHandle {
        let (client, queue) = (self.client.clone(), self.queue.clone());
        let task = async move {
            changed(client, &stranger).await;
            queue.add(&key);
        };
        tokio::spawn(task).abort_handle()
    }
}

impl Drop for Strangers {
    fn drop(&mut self) {
        let followed = self.followed.get_mut().map(std::mem::take).unwrap_or_default();
        followed.into_values().flat_map(HashMap::into_values).for_each(|task| task.abort());
    }
}

/// Waits until a stranger is gone, is another, or says other things of whose it is.
async fn changed(client: Client, stranger: &Stranger) {
    let Place { kind, namespace, name } = &stranger.place;
    let api: Api<PartialObjectMeta<Lean>> = Api::namespaced_with(client, namespace, &api_resource(*kind));
    let mut tries = 0;
    loop {
        let mut is_there = false;
        let mut events = watcher(api.clone(), Config::default().fields(&format!("metadata.name={name}"))).boxed();
        while let Some(event) = events.next().await {
            let object = match event {
                Ok(Event::Init) => continue,
                Ok(Event::InitApply(object) | Event::Apply(object)) => object,
                Ok(Event::InitDone) if is_there => continue,
                Ok(Event::InitDone | Event::Delete(_)) => return,
                Err(error) => {
                    tokio::time::sleep(watch::BACKOFF.delay(tries)).await;
                    tries += 1;
                    if watch::needs_list(&error) {
                        break;
                    }
                    continue;
                }
            };
            (is_there, tries) = (true, 0);
            if !is_same(&seen::seen(kind, object.into()), &stranger.seen) {
                return;
            }
        }
    }
}

fn is_same(now: &Seen, met: &Seen) -> bool {
    (&now.uid, &now.owners, &now.labels, now.deleting) == (&met.uid, &met.owners, &met.labels, met.deleting)
}
