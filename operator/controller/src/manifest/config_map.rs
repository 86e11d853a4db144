//! A manifest in a ConfigMap, which is followed by a watch of that one object.

use std::sync::Arc;

use aegis_crds::manifest::source::ConfigMapRef;
use aegis_plan::facts::Fault;
use futures::StreamExt;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::{
    Api, Client,
    runtime::watcher::{Config, Event, watcher},
};

use super::{
    FIRST,
    seen::{Seen, Sight},
};
use crate::watch;

/// Follows a ConfigMap for ever.
pub async fn run(client: Client, namespace: String, name: String, sight: Sight) {
    let api: Api<ConfigMap> = Api::namespaced(client, &namespace);
    let mut tries = 0;
    loop {
        let mut is_there = false;
        let mut events = watcher(api.clone(), Config::default().fields(&format!("metadata.name={name}"))).boxed();
        while let Some(event) = events.next().await {
            match event {
                Ok(Event::Init) => is_there = false,
                Ok(Event::InitApply(map) | Event::Apply(map)) => {
                    (is_there, tries) = (true, 0);
                    sight.tell(texts(map));
                }
                Ok(Event::InitDone) if is_there => {}
                Ok(Event::InitDone | Event::Delete(_)) => sight.tell(Seen::Gone),
                Err(error) => {
                    // what was seen before stays what is known
                    if sight.is_blind() {
                        sight.tell(Seen::Hidden(hidden(&name, &error.to_string())));
                    }
                    tokio::time::sleep(watch::BACKOFF.delay(tries)).await;
                    tries += 1;
                    if watch::needs_list(&error) {
                        break;
                    }
                }
            }
        }
    }
}

fn texts(map: ConfigMap) -> Seen {
    Seen::Texts(map.data.into_iter().flatten().map(|(key, text)| (key, text.into())).collect())
}

/// The text that a reference means, or why there is none.
pub fn text(seen: &Seen, reference: &ConfigMapRef, namespace: &str) -> Result<Arc<str>, Fault> {
    let (name, entry) = (&reference.name, reference.key());
    let texts = match seen {
        Seen::Texts(texts) => texts,
        Seen::Gone => {
            let message = format!("there is no ConfigMap {name} in namespace {namespace}");
            let fix =
                format!("Create it: kubectl create configmap {name} -n {namespace} --from-file={entry}. It is looked at again by itself.");
            return Err(Fault { message, fix });
        }
        Seen::Hidden(why) => return Err(why.clone()),
        Seen::Nothing | Seen::Late | Seen::Text(_) => return Err(hidden(name, &format!("no answer in {FIRST:?}"))),
    };
    texts.get(entry).cloned().ok_or_else(|| {
        let mut keys: Vec<&str> = texts.keys().map(String::as_str).collect();
        keys.sort_unstable();
        let has = if keys.is_empty() { "it is empty".to_owned() } else { format!("it has {}", keys.join(", ")) };
        let message = format!("ConfigMap {name} has no key {entry}: {has}");
        Fault { message, fix: "Set spec.manifest.configMapRef.key to a key that it has, or add this one.".to_owned() }
    })
}

fn hidden(name: &str, why: &str) -> Fault {
    let fix = "It is asked for again by itself. The operator needs list and watch on configmaps in this namespace.";
    Fault { message: format!("ConfigMap {name} cannot be read: {why}"), fix: fix.to_owned() }
}
