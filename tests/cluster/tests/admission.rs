//! Pod Security `restricted` admits every pod of every example.

use aegis_crds::AegisApp;
use k8s_openapi::api::core::v1::{Event, Namespace, Pod};
use kube::{
    Api,
    api::{ListParams, PostParams},
};
use serde_json::json;

use crate::{
    apps::{condition, words},
    lab::SHOP,
    space::Space,
};

/// The smallest app, the worker, SQLite on a volume, and the shop, which runs already.
pub async fn every_example_is_admitted(space: Space) {
    let spec = json!({"metadata": {"name": "root"}, "spec": {"containers": [{"name": "root", "image": space.lab.hello}]}});
    let root: Pod = serde_json::from_value(spec).expect("it is a pod");
    let refusal = space.api::<Pod>().create(&PostParams::default(), &root).await.expect_err("the namespace enforces restricted");
    assert!(refusal.to_string().contains("PodSecurity"), "{refusal}");

    let examples = [("hello", "hello/aegisapp.yaml"), ("words", "worker/aegisapp.yaml"), ("notes", "sqlite/aegisapp.yaml")];
    for (name, file) in examples {
        space.apply_example(name, file).await;
    }
    for (name, _) in examples {
        space.ready(name).await;
    }
    nothing_was_refused(&space).await;

    let client = space.lab.client.clone();
    let namespace = Api::<Namespace>::all(client.clone()).get(SHOP).await.expect("the flagship's namespace is there");
    let enforced = namespace.metadata.labels.unwrap_or_default().remove("pod-security.kubernetes.io/enforce");
    assert_eq!(enforced.as_deref(), Some("restricted"));
    let shop = Api::<AegisApp>::namespaced(client, SHOP).get(SHOP).await.expect("the flagship is there");
    let accepted = condition(&shop, "SpecAccepted").map(|accepted| words(&accepted));
    assert!(accepted.is_some_and(|accepted| accepted.contains("True")), "the flagship is refused");
    nothing_was_refused(&Space { namespace: SHOP.to_owned(), ..space }).await;
}

async fn nothing_was_refused(space: &Space) {
    let events = space.api::<Event>().list(&ListParams::default()).await.expect("events can be listed").items;
    let refused = |event: &&Event| event.message.as_deref().is_some_and(|message| message.contains("PodSecurity"));
    let refused: Vec<_> = events.iter().filter(refused).filter_map(|event| event.message.clone()).collect();
    assert!(refused.is_empty(), "{refused:?}");
}
