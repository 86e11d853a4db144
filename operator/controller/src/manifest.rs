//! The manifests that apps refer to: each is followed where it is kept, and read anew only when its content or the reference
//! changes. What an unreadable one means for the app is decided elsewhere.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use aegis_check::yaml::Mark;
use aegis_crds::manifest::Source;
use aegis_plan::{
    Problem,
    canonical::Text,
    facts::{Fault, Manifest},
};
use futures::StreamExt;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::{
    Api, Client,
    runtime::watcher::{Config, Event, watcher},
};
use sha2::{Digest, Sha256};
use tokio::{sync::watch::Sender, task::AbortHandle, time::timeout};

use crate::{place::AppKey, queue::Queue, watch};

/// Time that the first answer about a manifest may take; the app is looked at again when it comes later.
const FIRST: Duration = Duration::from_secs(5);

/// The manifests that are followed.
pub struct Manifests {
    client: Client,
    queue: Arc<Queue>,
    followed: Mutex<HashMap<AppKey, Followed>>,
}

/// One app's manifest.
struct Followed {
    name: String,
    seen: Arc<Sender<Seen>>,
    task: AbortHandle,
    /// What was read last, and from what.
    read: Option<(Arc<str>, Source, String, Manifest)>,
}

/// What was last seen of the ConfigMap.
#[derive(Clone, Debug, Default, PartialEq)]
enum Seen {
    /// Nothing yet.
    #[default]
    Nothing,
    /// The server does not show it, for this reason.
    Hidden(String),
    /// There is none.
    Gone,
    /// Its content by key.
    Texts(HashMap<String, Arc<str>>),
}

impl Manifests {
    /// None yet.
    pub fn new(client: Client, queue: Arc<Queue>) -> Self {
        Self { client, queue, followed: Mutex::default() }
    }

    /// What is known of the manifest that an app refers to. From now on the app is looked at when it changes.
    pub async fn told(&self, key: &AppKey, source: &Source, image: &str) -> Manifest {
        let seen = self.follow(key, &source.config_map_ref.name);
        let first = timeout(FIRST, seen.subscribe().wait_for(|seen| *seen != Seen::Nothing)).await.is_ok();
        if !first {
            seen.send_if_modified(|seen| {
                *seen == Seen::Nothing && {
                    *seen = Seen::Hidden(format!("no answer in {FIRST:?}"));
                    true
                }
            });
        }
        let now = seen.borrow().clone();
        match text(&now, key, source) {
            Ok(text) => self.read(key, text, source, image),
            Err(fault) => Manifest::Unavailable(fault),
        }
    }

    /// No manifest is followed for the app any more.
    pub fn forget(&self, key: &AppKey) {
        if let Some(followed) = self.followed().remove(key) {
            followed.task.abort();
        }
    }

    fn followed(&self) -> MutexGuard<'_, HashMap<AppKey, Followed>> {
        self.followed.lock().expect("no code panics while it holds the manifests")
    }

    fn follow(&self, key: &AppKey, name: &str) -> Arc<Sender<Seen>> {
        let mut all = self.followed();
        if let Some(known) = all.get(key).filter(|known| known.name == name && !known.task.is_finished()) {
            return known.seen.clone();
        }
        let seen = Arc::new(Sender::new(Seen::Nothing));
        let api = Api::namespaced(self.client.clone(), &key.namespace);
        let task = tokio::spawn(run(api, name.to_owned(), seen.clone(), self.queue.clone(), key.clone())).abort_handle();
        let now = Followed { name: name.to_owned(), seen: seen.clone(), task, read: None };
        if let Some(before) = all.insert(key.clone(), now) {
            before.task.abort();
        }
        seen
    }

    /// What a text says; the same text is judged once.
    fn read(&self, key: &AppKey, text: Arc<str>, source: &Source, image: &str) -> Manifest {
        let known = self.followed().get(key).and_then(|followed| followed.read.clone());
        if let Some((.., manifest)) = known.filter(|(before, of, with, _)| *before == text && of == source && with == image) {
            return manifest;
        }
        let manifest = judged(&text, source, image);
        if let Some(followed) = self.followed().get_mut(key) {
            followed.read = Some((text, source.clone(), image.to_owned(), manifest.clone()));
        }
        manifest
    }
}

impl Drop for Manifests {
    fn drop(&mut self) {
        let followed = self.followed.get_mut().map(std::mem::take).unwrap_or_default();
        followed.into_values().for_each(|followed| followed.task.abort());
    }
}

/// Follows a ConfigMap for ever; the app is looked at when anything but the first sight changes.
async fn run(api: Api<ConfigMap>, name: String, seen: Arc<Sender<Seen>>, queue: Arc<Queue>, key: AppKey) {
    let tell = |now: Seen| {
        let mut is_first = false;
        let is_news = seen.send_if_modified(|seen| {
            is_first = *seen == Seen::Nothing;
            let is_news = *seen != now;
            *seen = now;
            is_news
        });
        if is_news && !is_first {
            queue.add(&key);
        }
    };
    let mut tries = 0;
    loop {
        let mut is_there = false;
        let mut events = watcher(api.clone(), Config::default().fields(&format!("metadata.name={name}"))).boxed();
        while let Some(event) = events.next().await {
            match event {
                Ok(Event::Init) => is_there = false,
                Ok(Event::InitApply(map) | Event::Apply(map)) => {
                    (is_there, tries) = (true, 0);
                    tell(texts(map));
                }
                Ok(Event::InitDone) if is_there => {}
                Ok(Event::InitDone | Event::Delete(_)) => tell(Seen::Gone),
                Err(error) => {
                    // what was seen before stays what is known
                    if *seen.borrow() == Seen::Nothing {
                        tell(Seen::Hidden(error.to_string()));
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
fn text(seen: &Seen, key: &AppKey, source: &Source) -> Result<Arc<str>, Fault> {
    let (name, entry, namespace) = (&source.config_map_ref.name, source.config_map_ref.key(), &key.namespace);
    let texts = match seen {
        Seen::Texts(texts) => texts,
        Seen::Gone => {
            let message = format!("there is no ConfigMap {name} in namespace {namespace}");
            let fix =
                format!("Create it: kubectl create configmap {name} -n {namespace} --from-file={entry}. It is looked at again by itself.");
            return Err(Fault { message, fix });
        }
        Seen::Nothing => return Err(hidden(name, "it was not answered yet")),
        Seen::Hidden(why) => return Err(hidden(name, why)),
    };
    let Some(text) = texts.get(entry) else {
        let mut keys: Vec<&str> = texts.keys().map(String::as_str).collect();
        keys.sort_unstable();
        let has = if keys.is_empty() { "it is empty".to_owned() } else { format!("it has {}", keys.join(", ")) };
        let message = format!("ConfigMap {name} has no key {entry}: {has}");
        return Err(Fault { message, fix: "Set spec.manifest.configMapRef.key to a key that it has, or add this one.".to_owned() });
    };
    match source.digest.as_ref().map(|pinned| (pinned, digest(text))) {
        Some((pinned, found)) if *pinned != found => {
            let message = format!("the content of ConfigMap {name} has {found}, and {pinned} is pinned");
            Err(Fault {
                message,
                fix: "Set spec.manifest.digest to that of the content that is meant, or put that content back.".to_owned(),
            })
        }
        _ => Ok(text.clone()),
    }
}

fn hidden(name: &str, why: &str) -> Fault {
    let fix = "It is asked for again by itself. The operator needs list and watch on configmaps in this namespace.";
    Fault { message: format!("ConfigMap {name} cannot be read: {why}"), fix: fix.to_owned() }
}

fn digest(text: &str) -> String {
    let hex = Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    format!("sha256:{hex}")
}

fn judged(text: &str, source: &Source, image: &str) -> Manifest {
    match aegis_check::manifest::spec(text, source.environment.as_deref(), Some(image)) {
        Ok(spec) => Manifest::Spec(Text::of(&spec)),
        Err(problems) => Manifest::Refused(problems.iter().map(|found| fault(found, source.config_map_ref.key())).collect()),
    }
}

fn fault((mark, problem): &(Mark, Problem), file: &str) -> Fault {
    let place = if problem.path.is_empty() { String::new() } else { format!(" at {}", problem.path) };
    let message = format!("{file}:{}:{}: {}{place}: {}", mark.line, mark.column, problem.code.name, problem.message);
    Fault { message, fix: problem.fix.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aegis_crds::manifest::source::ConfigMapRef;

    fn source(digest: Option<&str>) -> Source {
        let config_map_ref = ConfigMapRef { name: "blueprint".into(), key: None };
        Source { config_map_ref, digest: digest.map(Into::into), environment: None }
    }

    fn told(seen: &Seen, source: &Source) -> String {
        let key = AppKey { namespace: "shop".into(), name: "shop".into() };
        text(seen, &key, source).map_or_else(|fault| fault.message, |text| text.to_string())
    }

    #[test]
    fn content_is_what_the_key_holds_or_a_reason() {
        let seen = |key: &str| Seen::Texts(HashMap::from([(key.to_owned(), "{}".into())]));
        assert_eq!(told(&seen("aegis_manifest.json"), &source(None)), "{}");
        assert_eq!(told(&seen("other"), &source(None)), "ConfigMap blueprint has no key aegis_manifest.json: it has other");
        assert_eq!(told(&Seen::Gone, &source(None)), "there is no ConfigMap blueprint in namespace shop");
        assert_eq!(told(&Seen::Hidden("403".into()), &source(None)), "ConfigMap blueprint cannot be read: 403");
    }

    #[test]
    fn other_content_than_the_pinned_is_refused() {
        let seen = Seen::Texts(HashMap::from([("aegis_manifest.json".to_owned(), "{}".into())]));
        let right = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
        assert_eq!(told(&seen, &source(Some(right))), "{}");
        assert!(told(&seen, &source(Some("sha256:00"))).contains("sha256:00 is pinned"));
    }

    #[test]
    fn what_is_wrong_in_a_manifest_is_told_with_its_line() {
        let text = "{\n  \"version\": 1,\n  \"project\": {\"name\": \"shop\"},\n  \"components\": {\"api\": {\"prt\": 1}}\n}";
        let Manifest::Refused(faults) = judged(text, &source(None), "shop:1") else { panic!("it is refused") };
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].message, "aegis_manifest.json:4:26: UnknownField at components.api.prt: \"prt\" is not a field here");
    }
}
