//! The only reads: from the cache to the facts of one app, and the few requests that watches cannot answer.
//! It decides nothing, and no read ever names a Secret.

use std::{sync::Arc, time::Duration};

use aegis_crds::{AegisApp, status::AegisAppStatus};
use aegis_plan::{
    App, Facts, Seen,
    facts::{Detail, Manifest, PodSeen, Settings, Warning},
    status::Done,
};
use futures::future::join_all;
use http::{Request, header};
use k8s_openapi::{apimachinery::pkg::apis::meta::v1::ObjectMeta, jiff::Timestamp};
use kube::Client;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    asked::{self, Asked},
    cache::Cache,
    failure::Refusal,
    key::AgentKey,
    lean::Lean,
    manifest::Manifests,
    place::{AppKey, Place},
    queue::Outlook,
    scale::Scaler,
    seen, stuck,
    warnings::{self, Warnings},
};

/// Longest time of one request.
const REQUEST_LIMIT: Duration = Duration::from_secs(15);
/// Asks for the metadata of an object alone.
pub const METADATA: &str = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";

/// Reads.
pub struct Reader {
    client: Client,
    cache: Arc<Cache>,
    settings: Settings,
    key: Option<Arc<AgentKey>>,
    scaler: Arc<Scaler>,
    manifests: Manifests,
    warnings: Warnings,
}

/// A list, of which names are enough.
#[derive(Deserialize)]
struct Found {
    items: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    metadata: ObjectMeta,
}

/// Facts of one app, and when its pods alone ask for another look.
pub struct View {
    pub facts: Facts,
    pub pods: Outlook,
}

impl Reader {
    /// A reader of the cache and, for events, of the cluster.
    pub fn new(
        client: Client,
        cache: Arc<Cache>,
        settings: Settings,
        key: Option<Arc<AgentKey>>,
        scaler: Arc<Scaler>,
        manifests: Manifests,
    ) -> Self {
        Self { client, cache, settings, key, scaler, manifests, warnings: Warnings::default() }
    }

    /// What is known about an app now.
    pub async fn read(&self, asked: &Asked, typed: &AegisApp) -> View {
        let key = asked.key();
        let manifest = self.manifest(&key, typed).await;
        let (children, pods) = self.shelf(asked);
        let now = Timestamp::now();
        let status = asked.status();
        let queues = self.scaler.told(&key).unwrap_or_else(|| status.queues.clone());
        let rested = self.scaler.rested(&key);
        let mut facts = Facts {
            now,
            settings: self.settings(asked.uid()),
            lacking: self.cache.lacking(&key.namespace),
            children,
            pods,
            routes: self.cache.others(&key, asked.hosts().into_iter().chain(asked::hosts(&manifest)).collect()),
            manifest,
            warnings: vec![],
            queues,
            given_up: rested.iter().filter(|(_, has_tasks)| **has_tasks).map(|(worker, _)| worker.clone()).collect(),
            rested: rested.into_keys().collect(),
            status,
        };
        let suspects = stuck::suspects(&facts, |uid| self.warnings.is_due(uid));
        let warnings = suspects.iter().map(|uid| self.warnings(&key.namespace, uid));
        facts.warnings = join_all(warnings).await.into_iter().flatten().collect();
        let pods = match (suspects.is_empty(), stuck::is_silent(&facts)) {
            (false, _) => Outlook::Stuck,
            (true, true) => Outlook::Starting,
            (true, false) => Outlook::Settled,
        };
        View { facts, pods }
    }

    /// Nothing is kept of an app that is gone.
    pub fn forget(&self, key: &AppKey) {
        self.manifests.forget(key);
    }

    /// What is known of the manifest that an app refers to.
    async fn manifest(&self, key: &AppKey, typed: &AegisApp) -> Option<Manifest> {
        let Some(source) = &typed.spec.manifest else {
            self.manifests.forget(key);
            return None;
        };
        self.manifests.told(key, source, &typed.spec.image).await
    }

    /// What the installation decides for the app of that uid.
    fn settings(&self, uid: &str) -> Settings {
        let agent_token_sha256 = self.key.as_ref().map(|key| key.digest(uid));
        Settings { agent_token_sha256, ..self.settings.clone() }
    }

    /// The same facts after a round: its own writes seen and recorded. No request is made.
    pub fn again(&self, facts: Facts, asked: &Asked, done: &Done) -> Facts {
        let (children, pods) = self.shelf(asked);
        let status = AegisAppStatus { inventory: done.inventory.clone(), ..facts.status };
        Facts { children, pods, status, ..facts }
    }

    fn shelf(&self, asked: &Asked) -> (Vec<Seen>, Vec<PodSeen>) {
        let (mut children, pods) = self.cache.shelf(&asked.key());
        // Of an app of this name that was deleted, only that its objects are still there matters, not what they tell.
        let is_of = |seen: &Seen, uid: &str| seen.owners.iter().any(|owner| owner == uid);
        let schedules: Vec<String> =
            children.iter().filter(|seen| seen.key.kind == "CronJob" && is_of(seen, asked.uid())).map(|seen| seen.uid.clone()).collect();
        let is_own = |seen: &Seen| is_of(seen, asked.uid()) || schedules.iter().any(|schedule| is_of(seen, schedule));
        let is_predecessors = |seen: &&mut Seen| !seen.owners.is_empty() && !is_own(seen);
        children.iter_mut().filter(is_predecessors).for_each(|seen| seen.detail = Detail::Plain);
        (children, pods)
    }

    /// One object as it is now; none if there is none.
    pub async fn look(&self, place: &Place) -> Result<Option<Lean>, Refusal> {
        let accept = if seen::is_detailed(&place.kind) { "application/json" } else { METADATA };
        match self.get::<Lean>(&place.path(), accept).await {
            Ok(lean) => Ok(Some(lean)),
            Err(Refusal::Server(status)) if status.code == 404 => Ok(None),
            Err(refusal) => Err(refusal),
        }
    }

    /// Whether an app is there to stay. The server is asked: what the cache says may be older than what its objects say.
    pub async fn stays(&self, app: &App) -> Result<bool, Refusal> {
        let place = AppKey { namespace: app.namespace.clone(), name: app.name.clone() }.place();
        let uri = format!("{}?fieldSelector=metadata.name%3D{}", place.collection(), place.name);
        let found: Found = self.get(&uri, "application/json").await?;
        let is_it = |Named { metadata }: &Named| metadata.uid.as_ref() == Some(&app.uid) && metadata.deletion_timestamp.is_none();
        Ok(found.items.iter().any(is_it))
    }

    /// All that one object holds; null if there is none.
    pub async fn whole(&self, place: &Place) -> Result<Value, Refusal> {
        match self.get(&place.path(), "application/json").await {
            Err(Refusal::Server(status)) if status.code == 404 => Ok(Value::Null),
            answer => answer,
        }
    }

    /// Warning events about the object of that uid. Without them a status is only less precise, so no answer counts as none.
    async fn warnings(&self, namespace: &str, uid: &str) -> Vec<Warning> {
        if let Some(known) = self.warnings.recent(uid) {
            return known;
        }
        let uri = warnings::uri(namespace, uid);
        match self.get::<warnings::Answer>(&uri, "application/json").await {
            Ok(answer) => self.warnings.keep(uid, answer.into()),
            Err(refusal) => {
                tracing::warn!(namespace, uid, %refusal, "cannot list events; conditions will be less precise");
                vec![]
            }
        }
    }

    async fn get<T: DeserializeOwned>(&self, uri: &str, accept: &'static str) -> Result<T, Refusal> {
        let request = Request::get(uri).header(header::ACCEPT, accept).body(vec![]).expect("names of objects fit into a URI");
        bounded(self.client.request(request)).await
    }
}

/// An answer, or a refusal when it takes too long.
pub async fn bounded<T>(request: impl Future<Output = kube::Result<T>>) -> Result<T, Refusal> {
    match tokio::time::timeout(REQUEST_LIMIT, request).await {
        Ok(answer) => answer.map_err(Refusal::from),
        Err(_) => Err(Refusal::Timeout(REQUEST_LIMIT)),
    }
}
