//! The manifests that apps refer to: each is followed where it is kept, and judged anew only when its content or the reference
//! changes. What an unreadable one means for the app is decided elsewhere.

mod config_map;
mod s3;
mod seen;

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
use aegis_s3::digest;
use kube::Client;
use tokio::{task::AbortHandle, time::timeout};

use crate::{place::AppKey, queue::Queue};

pub use s3::{Allowed, Buckets};
use seen::{Seen, Sight};

/// Time that the first answer about a manifest may take; the app is looked at again when it comes later.
const FIRST: Duration = Duration::from_secs(5);

/// The manifests that are followed.
pub struct Manifests {
    client: Client,
    buckets: Arc<Buckets>,
    queue: Arc<Queue>,
    followed: Mutex<HashMap<AppKey, Followed>>,
}

/// One app's manifest.
struct Followed {
    /// Where it is, of which content.
    source: Source,
    sight: Sight,
    task: AbortHandle,
    /// What was read last, and from what.
    read: Option<(Arc<str>, Source, String, Manifest)>,
}

impl Manifests {
    /// None yet.
    pub fn new(client: Client, buckets: Buckets, queue: Arc<Queue>) -> Self {
        Self { client, buckets: Arc::new(buckets), queue, followed: Mutex::default() }
    }

    /// What is known of the manifest that an app refers to; nothing of one that stands nowhere, or in two places. From now on the
    /// app is looked at when it changes.
    pub async fn told(&self, key: &AppKey, source: &Source, image: &str) -> Option<Manifest> {
        let sight = match (&source.config_map_ref, &source.s3) {
            (Some(_), None) => self.follow(key, source),
            (None, Some(object)) => match self.buckets.refusal(&key.namespace, object) {
                Some(refusal) => {
                    self.forget(key);
                    return Some(Manifest::Unavailable(refusal));
                }
                None => self.follow(key, source),
            },
            _ => {
                self.forget(key);
                return None;
            }
        };
        // what comes later is news, for which the app is looked at again
        timeout(FIRST, sight.first()).await.ok();
        Some(match content(&sight.close(), key, source) {
            Ok(text) => self.read(key, text, source, image),
            Err(fault) => Manifest::Unavailable(fault),
        })
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

    fn follow(&self, key: &AppKey, source: &Source) -> Sight {
        let mut all = self.followed();
        if let Some(known) = all.get(key).filter(|known| is_same(&known.source, source) && !known.task.is_finished()) {
            return known.sight.clone();
        }
        let sight = Sight::new(self.queue.clone(), key.clone());
        let task = match (&source.config_map_ref, &source.s3) {
            (None, Some(object)) => {
                tokio::spawn(s3::run(self.buckets.clone(), object.clone(), source.digest.clone(), sight.clone())).abort_handle()
            }
            (reference, _) => {
                let name = reference.as_ref().map(|reference| reference.name.clone()).unwrap_or_default();
                tokio::spawn(config_map::run(self.client.clone(), key.namespace.clone(), name, sight.clone())).abort_handle()
            }
        };
        let now = Followed { source: source.clone(), sight: sight.clone(), task, read: None };
        if let Some(before) = all.insert(key.clone(), now) {
            before.task.abort();
        }
        sight
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

/// Whether what is followed for the one is what is followed for the other. An object is read for one digest.
fn is_same(one: &Source, other: &Source) -> bool {
    let name = |source: &Source| source.config_map_ref.as_ref().map(|reference| reference.name.clone());
    let pinned = |source: &Source| source.s3.as_ref().and(source.digest.clone());
    name(one) == name(other) && one.s3 == other.s3 && pinned(one) == pinned(other)
}

/// What messages call the file.
fn file(source: &Source) -> &str {
    let of_map = source.config_map_ref.as_ref().map(|reference| reference.key());
    of_map.or(source.s3.as_ref().map(|object| object.key())).unwrap_or(aegis_crds::manifest::FILE)
}

/// The text that a reference means, or why there is none.
fn content(seen: &Seen, key: &AppKey, source: &Source) -> Result<Arc<str>, Fault> {
    let (text, place) = match (&source.config_map_ref, &source.s3) {
        (Some(reference), _) => (config_map::text(seen, reference, &key.namespace)?, format!("ConfigMap {}", reference.name)),
        (None, Some(object)) => (s3::text(seen, object)?, object.to_string()),
        (None, None) => return Err(Fault { message: "it stands nowhere".to_owned(), fix: String::new() }),
    };
    match source.digest.as_ref().map(|pinned| (pinned, digest(&text))) {
        Some((pinned, found)) if *pinned != found => {
            let message = format!("the content of {place} has {found}, and {pinned} is pinned");
            let fix = "Set spec.manifest.digest to that of the content that is meant, or put that content back.";
            Err(Fault { message, fix: fix.to_owned() })
        }
        _ => Ok(text),
    }
}

fn judged(text: &str, source: &Source, image: &str) -> Manifest {
    match aegis_check::manifest::spec(text, source.environment.as_deref(), Some(image)) {
        Ok(spec) => Manifest::Spec(Text::of(&spec)),
        Err(problems) => Manifest::Refused(problems.iter().map(|found| fault(found, file(source))).collect()),
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
    use aegis_crds::manifest::source::{ConfigMapRef, S3Ref};

    fn in_map(digest: Option<&str>) -> Source {
        let config_map_ref = Some(ConfigMapRef { name: "blueprint".into(), key: None });
        Source { config_map_ref, digest: digest.map(Into::into), ..Source::default() }
    }

    fn in_bucket(digest: &str) -> Source {
        let s3 = Some(S3Ref { bucket: "releases".into(), key: Some("shop/1.json".into()), region: None });
        Source { s3, digest: Some(digest.into()), ..Source::default() }
    }

    fn told(seen: &Seen, source: &Source) -> String {
        let key = AppKey { namespace: "shop".into(), name: "shop".into() };
        content(seen, &key, source).map_or_else(|fault| fault.message, |text| text.to_string())
    }

    #[test]
    fn content_is_what_the_key_holds_or_a_reason() {
        let seen = |key: &str| Seen::Texts(HashMap::from([(key.to_owned(), "{}".into())]));
        assert_eq!(told(&seen("aegis_manifest.json"), &in_map(None)), "{}");
        assert_eq!(told(&seen("other"), &in_map(None)), "ConfigMap blueprint has no key aegis_manifest.json: it has other");
        assert_eq!(told(&Seen::Gone, &in_map(None)), "there is no ConfigMap blueprint in namespace shop");
        let hidden = Seen::Hidden(Fault { message: "403".into(), fix: String::new() });
        assert_eq!(told(&hidden, &in_map(None)), "403");
    }

    #[test]
    fn other_content_than_the_pinned_is_refused() {
        let seen = Seen::Texts(HashMap::from([("aegis_manifest.json".to_owned(), "{}".into())]));
        let right = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
        assert_eq!(told(&seen, &in_map(Some(right))), "{}");
        assert!(told(&seen, &in_map(Some("sha256:00"))).contains("sha256:00 is pinned"));
        let text = Seen::Text("{}".into());
        assert_eq!(told(&text, &in_bucket(right)), "{}");
        assert!(told(&text, &in_bucket("sha256:00")).starts_with("the content of s3://releases/shop/1.json has sha256:44"));
    }

    #[test]
    fn another_place_or_another_pinned_object_is_followed_anew() {
        assert!(is_same(&in_map(None), &in_map(Some("sha256:00"))), "a ConfigMap is followed whatever is pinned");
        assert!(!is_same(&in_bucket("sha256:00"), &in_bucket("sha256:01")));
        assert!(!is_same(&in_bucket("sha256:00"), &in_map(None)));
    }

    #[test]
    fn what_is_wrong_in_a_manifest_is_told_with_its_line() {
        let text = "{\n  \"version\": 1,\n  \"project\": {\"name\": \"shop\"},\n  \"components\": {\"api\": {\"prt\": 1}}\n}";
        for (source, file) in [(in_map(None), "aegis_manifest.json"), (in_bucket("sha256:00"), "shop/1.json")] {
            let Manifest::Refused(faults) = judged(text, &source, "shop:1") else { panic!("it is refused") };
            assert_eq!(faults.len(), 1);
            assert_eq!(faults[0].message, format!("{file}:4:26: UnknownField at components.api.prt: \"prt\" is not a field here"));
        }
    }
}
