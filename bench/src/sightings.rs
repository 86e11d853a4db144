//! What appears and changes in the cluster, told by watches on metadata alone: the same watches in every round.
//! It asks for nothing twice and judges nothing.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use aegis_plan::{Kind, children, names};
use futures::StreamExt;
use kube::{
    Api, Client,
    api::{ApiResource, DynamicObject, PartialObjectMeta},
    runtime::watcher::{Config, Event, watcher},
};
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::JoinSet,
};

/// Longest time for anything that should appear.
const LIMIT: Duration = Duration::from_secs(600);

/// An object as it was seen at one moment.
#[derive(Clone, Debug, Default)]
pub struct Sighting {
    /// Its kind.
    pub kind: &'static str,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its uid.
    pub uid: String,
    /// Generation of its spec; 0 if its kind has none.
    pub generation: i64,
    /// When; none if it was there before.
    pub at: Option<Instant>,
}

/// Everything seen from the moment on that it was opened.
pub struct Sightings {
    receiver: UnboundedReceiver<Option<Sighting>>,
    uids: HashSet<String>,
    tasks: JoinSet<()>,
}

impl Sightings {
    /// Watches all children, and waits until the watches stand.
    pub async fn open(client: &Client) -> Self {
        let (sender, receiver) = unbounded_channel();
        let mut tasks = JoinSet::new();
        // a bare control plane serves no kind of somebody else's
        let optional = children::optional_kinds();
        let kinds: Vec<Kind> = children::kinds().into_iter().filter(|kind| !optional.contains(kind)).collect();
        let count = kinds.len();
        for kind in kinds {
            tasks.spawn(follow(client.clone(), kind, sender.clone()));
        }
        let mut sightings = Self { receiver, uids: HashSet::new(), tasks };
        let mut standing = 0;
        while standing < count {
            match sightings.receiver.recv().await.expect("the watches go on") {
                None => standing += 1,
                Some(sighting) => drop(sightings.uids.insert(sighting.uid)),
            }
        }
        sightings
    }

    /// Waits until that many objects have appeared. Returns when the last of them did.
    pub async fn appeared(&mut self, count: usize) -> Instant {
        let wanted = self.uids.len() + count;
        loop {
            let sighting = self.next(&format!("{count} objects, of which {} are missing", wanted - self.uids.len())).await;
            self.uids.insert(sighting.uid);
            if self.uids.len() >= wanted {
                return sighting.at.expect("it appeared after the start");
            }
        }
    }

    /// Waits for an object as described.
    pub async fn like(&mut self, what: &str, is_it: impl Fn(&Sighting) -> bool) -> Sighting {
        loop {
            let sighting = self.next(what).await;
            self.uids.insert(sighting.uid.clone());
            if is_it(&sighting) {
                return sighting;
            }
        }
    }

    /// Ends the watches, before the server ends.
    pub async fn close(mut self) {
        self.tasks.shutdown().await;
    }

    async fn next(&mut self, what: &str) -> Sighting {
        loop {
            let told = tokio::time::timeout(LIMIT, self.receiver.recv()).await;
            let told = told.unwrap_or_else(|_| panic!("not seen within {LIMIT:?}: {what}"));
            if let Some(sighting) = told.expect("the watches go on") {
                return sighting;
            }
        }
    }
}

async fn follow(client: Client, kind: Kind, sender: UnboundedSender<Option<Sighting>>) {
    let resource = ApiResource {
        group: kind.group.to_owned(),
        version: kind.version.to_owned(),
        api_version: kind.api_version(),
        kind: kind.kind.to_owned(),
        plural: kind.plural.to_owned(),
    };
    let api = Api::<PartialObjectMeta<DynamicObject>>::all_with(client, &resource);
    let mut events = watcher(api, Config::default().labels(&names::selector())).boxed();
    let mut is_standing = false;
    while let Some(event) = events.next().await {
        let told = match event {
            Ok(Event::Apply(object) | Event::InitApply(object)) => Some(Sighting {
                kind: kind.kind,
                namespace: object.metadata.namespace.unwrap_or_default(),
                name: object.metadata.name.unwrap_or_default(),
                uid: object.metadata.uid.unwrap_or_default(),
                generation: object.metadata.generation.unwrap_or_default(),
                at: is_standing.then(Instant::now),
            }),
            Ok(Event::InitDone) if !is_standing => {
                is_standing = true;
                None
            }
            Err(error) => {
                eprintln!("the watch on {} broke, so a time may be too long: {error}", kind.plural);
                continue;
            }
            _ => continue,
        };
        if sender.send(told).is_err() {
            return;
        }
    }
}
