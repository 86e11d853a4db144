//! The table of children to the watches: each kind is listed and followed, and every change wakes its app.
//! It reads and files; it never decides what a change means.

use std::{collections::HashSet, sync::Arc, time::Duration};

use aegis_plan::{Kind, children, names};
use futures::{StreamExt, stream::BoxStream};
use k8s_openapi::api::core::v1::Pod;
use kube::{
    Api, Client, Resource,
    api::{ApiResource, PartialObjectMeta},
    core::DynamicResourceScope,
    runtime::watcher::{self, Config, Event, watcher},
};
use serde::de::DeserializeOwned;
use tokio::task::JoinSet;
use tracing::warn;

use crate::{
    asked::Asked,
    cache::{Cache, Filed, Item},
    gate::{Gate, Gates},
    late::Late,
    lean::{Lean, api_resource},
    metrics::Metrics,
    place::{APP, Place},
    pod,
    queue::Queue,
    retry::Growing,
    seen,
};

const POD: Kind = Kind::of::<Pod>();
/// Delays before a watch that failed is begun again.
pub const BACKOFF: Growing = Growing { first: Duration::from_millis(500), limit: Duration::from_secs(10) };

/// Objects per answer to a list: each takes ten times as much while it is decoded as when it is filed.
const PAGE: u32 = 100;

/// What every watch feeds.
#[derive(Clone)]
pub struct Sinks {
    pub cache: Arc<Cache>,
    pub queue: Arc<Queue>,
    pub metrics: Arc<Metrics>,
}

/// Watches that run until they are dropped.
pub struct Watches {
    _tasks: JoinSet<()>,
    gates: Gates,
}

impl Watches {
    /// Starts a watch for each kind in each namespace, or in all of them.
    pub fn start(client: &Client, namespaces: &[String], sinks: &Sinks) -> Self {
        let scopes: Vec<Option<String>> = if namespaces.is_empty() { vec![None] } else { namespaces.iter().cloned().map(Some).collect() };
        let (mut gates, mut tasks) = (Gates::default(), JoinSet::new());
        let mut watch = |kind, namespace: &Option<String>| Watch {
            client: client.clone(),
            kind,
            namespace: namespace.clone(),
            sinks: sinks.clone(),
            gate: gates.gate(),
        };
        for kind in kinds() {
            for namespace in &scopes {
                let watch = watch(kind, namespace);
                tasks.spawn(async move { watch.run().await });
            }
        }
        for kind in children::optional_kinds() {
            let watches = scopes.iter().map(|namespace| watch(kind, namespace)).collect();
            tasks.spawn(Late::new(client.clone(), kind, watches).run());
        }
        Self { _tasks: tasks, gates }
    }

    /// Waits until every kind was listed once: only then is what was not seen known to be missing. A kind that the cluster
    /// may lack is waited for until it is known whether it can be listed.
    pub async fn listed(&self) {
        self.gates.all_open().await;
    }
}

/// Every kind that is watched from the start: the resource, pods, and the children but those that are never read and those that
/// a cluster may lack.
fn kinds() -> Vec<Kind> {
    let optional = children::optional_kinds();
    let children = children::kinds().into_iter().filter(|kind| !kind.is_write_only() && !optional.contains(kind));
    [APP, POD].into_iter().chain(children).collect()
}

/// One kind, in one namespace or in all.
pub struct Watch {
    pub client: Client,
    pub kind: Kind,
    pub namespace: Option<String>,
    pub sinks: Sinks,
    /// Opens once the kind was listed.
    pub gate: Gate,
}

impl Watch {
    /// Follows the kind for ever. A stream that the server refuses to resume is begun anew with a list.
    async fn run(&self) {
        loop {
            self.follow(|_| false).await;
        }
    }

    /// Follows the kind until an error that `ends` it.
    pub async fn follow(&self, ends: impl Fn(&watcher::Error) -> bool) {
        let mut tries = 0;
        loop {
            let mut stale = HashSet::new();
            let mut stream = self.stream();
            while let Some(next) = stream.next().await {
                match next {
                    Ok(event) => {
                        tries = 0;
                        self.take(event, &mut stale);
                    }
                    Err(error) if ends(&error) => return,
                    Err(error) => {
                        self.warn(&error, tries);
                        tokio::time::sleep(BACKOFF.delay(tries)).await;
                        tries += 1;
                        if needs_list(&error) {
                            break;
                        }
                    }
                }
            }
        }
    }

    /// Forgets the kind, which the cluster does not know any more.
    pub fn lose(&self) {
        let Sinks { cache, queue, .. } = &self.sinks;
        cache.lose(self.kind, self.namespace.as_deref());
        cache.apps(self.namespace.as_deref()).iter().for_each(|key| queue.add(key));
    }

    fn take(&self, event: Event<Item>, stale: &mut HashSet<Place>) {
        let Sinks { cache, queue, metrics } = &self.sinks;
        // before what it shows is filed: an answer of ours that comes between the two must not outlive its object
        match &event {
            Event::Init => cache.begin(self.kind, self.namespace.as_deref()),
            Event::InitApply(item) | Event::Apply(item) | Event::Delete(item) => {
                cache.hear(self.kind, self.namespace.as_deref(), item.filed.version());
            }
            Event::InitDone => {}
        }
        let news = match event {
            Event::Init => {
                *stale = cache.places(self.kind, self.namespace.as_deref());
                None
            }
            Event::InitApply(item) => {
                stale.remove(&item.place);
                cache.replace(item);
                None
            }
            Event::InitDone => {
                stale.drain().for_each(|place| drop(cache.remove(&place)));
                cache.serve(self.kind, self.namespace.as_deref());
                self.gate.open();
                // What came and went while the watch was broken triggers nothing else.
                cache.apps(self.namespace.as_deref()).iter().for_each(|key| queue.add(key));
                None
            }
            Event::Apply(item) => cache.put(item),
            Event::Delete(item) => cache.remove_uid(&item.place, item.filed.uid()),
        };
        news.into_iter().chain(cache.neighbours()).for_each(|key| queue.add(&key));
        if self.kind == APP {
            metrics.apps.set(i64::try_from(cache.len()).unwrap_or(i64::MAX));
        }
    }

    fn warn(&self, error: &watcher::Error, tries: u32) {
        self.sinks.metrics.watch_error(self.kind.kind);
        let namespace = self.namespace.as_deref().unwrap_or("*");
        // A watch that ends is daily life; one that cannot be begun again is not.
        if tries > 0 || !matches!(error, watcher::Error::WatchFailed(_) | watcher::Error::WatchError(_)) {
            warn!(kind = self.kind.kind, namespace, tries, %error, "cannot watch; trying again");
        }
    }

    fn stream(&self) -> BoxStream<'static, Result<Event<Item>, watcher::Error>> {
        let kind = self.kind;
        let config = Config::default().page_size(PAGE);
        let labelled = config.clone().labels(&names::selector());
        if kind == APP {
            watcher(self.api::<Asked>(), config).map(|event| event.map(|event| turn(event, app))).boxed()
        } else if kind == POD {
            watcher(self.api::<Lean>(), labelled).map(|event| event.map(|event| turn(event, pod_item))).boxed()
        } else if seen::is_detailed(&kind) {
            watcher(self.api::<Lean>(), labelled).map(move |event| event.map(|event| turn(event, |lean| child(kind, lean)))).boxed()
        } else {
            let stream = watcher(self.api::<PartialObjectMeta<Lean>>(), labelled);
            stream.map(move |event| event.map(|event| turn(event, |partial| child(kind, partial.into())))).boxed()
        }
    }

    fn api<K>(&self) -> Api<K>
    where
        K: Resource<DynamicType = ApiResource, Scope = DynamicResourceScope> + DeserializeOwned + Clone,
    {
        let resource = api_resource(self.kind);
        match &self.namespace {
            Some(namespace) => Api::namespaced_with(self.client.clone(), namespace, &resource),
            None => Api::all_with(self.client.clone(), &resource),
        }
    }
}

/// Whether only a new list helps: an answer of 410 or about a version from the future comes again for ever otherwise.
pub fn needs_list(error: &watcher::Error) -> bool {
    matches!(error, watcher::Error::WatchStartFailed(kube::Error::Api(_)) | watcher::Error::NoResourceVersion)
}

fn turn<K>(event: Event<K>, item: impl Fn(K) -> Item) -> Event<Item> {
    match event {
        Event::Init => Event::Init,
        Event::InitApply(object) => Event::InitApply(item(object)),
        Event::InitDone => Event::InitDone,
        Event::Apply(object) => Event::Apply(item(object)),
        Event::Delete(object) => Event::Delete(item(object)),
    }
}

/// A resource as it is filed.
pub fn app(asked: Asked) -> Item {
    let key = asked.key();
    Item { place: key.place(), home: Some(key), filed: Filed::App(asked) }
}

/// A child as it is filed.
pub fn child(kind: Kind, lean: Lean) -> Item {
    let home = seen::home(&lean.metadata);
    Item { place: place(kind, &lean), home, filed: Filed::Child(seen::seen(&kind, lean)) }
}

fn pod_item(lean: Lean) -> Item {
    let home = seen::labelled(&lean.metadata);
    let version = lean.metadata.resource_version.clone().unwrap_or_default();
    Item { place: place(POD, &lean), home, filed: Filed::Pod(pod::seen(lean), version) }
}

fn place(kind: Kind, lean: &Lean) -> Place {
    Place { kind, namespace: lean.metadata.namespace.clone().unwrap_or_default(), name: lean.metadata.name.clone().unwrap_or_default() }
}
