//! Waiting until apps run as asked, told by a watch.
//! It does not say how long that took.

use std::{collections::BTreeSet, time::Duration};

use futures::StreamExt;
use kube::{
    Api, Client,
    api::{ApiResource, DynamicObject},
    runtime::watcher::{Config, Event, watcher},
};
use serde_json::Value;

/// Longest time for apps to run.
const LIMIT: Duration = Duration::from_secs(600);

/// Waits until that many apps are ready.
pub async fn ready(client: &Client, count: usize) {
    let waited = tokio::time::timeout(LIMIT, follow(client, count)).await;
    waited.unwrap_or_else(|_| panic!("not within {LIMIT:?}: {count} apps are ready"));
}

async fn follow(client: &Client, count: usize) {
    let resource = ApiResource {
        group: aegis_crds::GROUP.to_owned(),
        version: aegis_crds::VERSION.to_owned(),
        api_version: format!("{}/{}", aegis_crds::GROUP, aegis_crds::VERSION),
        kind: "AegisApp".to_owned(),
        plural: "aegisapps".to_owned(),
    };
    let mut events = watcher(Api::<DynamicObject>::all_with(client.clone(), &resource), Config::default()).boxed();
    let mut ready = BTreeSet::new();
    while ready.len() < count {
        // a watch that breaks is begun again by its own
        if let Some(Ok(Event::Apply(app) | Event::InitApply(app))) = events.next().await {
            let uid = app.metadata.uid.clone().unwrap_or_default();
            if is_ready(&app) {
                ready.insert(uid)
            } else {
                ready.remove(&uid)
            };
        }
    }
}

fn is_ready(app: &DynamicObject) -> bool {
    let status = &app.data["status"];
    let conditions = status["conditions"].as_array().map(Vec::as_slice).unwrap_or_default();
    let holds = |condition: &Value| condition["type"] == "Ready" && condition["status"] == "True";
    app.metadata.generation == status["observedGeneration"].as_i64() && conditions.iter().any(holds)
}
