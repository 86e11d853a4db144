//! A manifest in S3: an object of one digest, which never changes, so it is read until it was read once. It is read with the
//! operator's own identity, which reaches more than one team's objects: which namespace may point where is the installation's.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use aegis_crds::manifest::source::S3Ref;
use aegis_plan::facts::Fault;
use aegis_s3::{Store, Trouble, digest};
use tokio::sync::Semaphore;

use super::{
    FIRST,
    seen::{Seen, Sight},
};
use crate::retry::Growing;

/// Delays before an object that could not be read is asked for again.
const AGAIN: Growing = Growing { first: Duration::from_secs(1), limit: Duration::from_secs(60) };
/// Objects that are read at the same time.
const READING: usize = 64;

/// Buckets, or buckets and the start of keys, by namespace.
pub type Allowed = BTreeMap<String, Vec<String>>;

/// The objects that can be referred to.
pub struct Buckets {
    store: Store,
    allowed: Allowed,
    turns: Semaphore,
}

impl Buckets {
    /// Those of a store, as far as they are allowed.
    pub fn new(store: Store, allowed: Allowed) -> Self {
        Self { store, allowed, turns: Semaphore::new(READING) }
    }

    /// Why apps of a namespace may not refer to an object.
    pub fn refusal(&self, namespace: &str, object: &S3Ref) -> Option<Fault> {
        let entries = self.allowed.get(namespace).map(Vec::as_slice).unwrap_or_default();
        if entries.iter().any(|entry| is_in(object, entry)) {
            return None;
        }
        let may = if entries.is_empty() { "none".to_owned() } else { entries.join(", ") };
        let message = format!("{object} may not be read for namespace {namespace}: the installation allows {may}");
        let fix = format!(
            "Keep the manifest in a ConfigMap, or let who runs the operator allow it: helm upgrade with manifests.s3.allow.{namespace} and {}.",
            object.bucket
        );
        Some(Fault { message, fix })
    }
}

/// Whether an object is in a bucket, or below a step of its keys.
fn is_in(object: &S3Ref, entry: &str) -> bool {
    let (bucket, start) = entry.split_once('/').unwrap_or((entry, ""));
    let start = start.trim_end_matches('/');
    let rest = object.key().strip_prefix(start);
    object.bucket == bucket && (start.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

/// Asks for an object until its content is the pinned one.
pub async fn run(buckets: Arc<Buckets>, object: S3Ref, pinned: Option<String>, sight: Sight) {
    for tries in 0.. {
        let answer = {
            let _turn = buckets.turns.acquire().await;
            buckets.store.read(&object).await
        };
        match answer {
            Ok(text) => {
                let is_it = pinned.as_ref().is_none_or(|pinned| *pinned == digest(&text));
                sight.tell(Seen::Text(text.into()));
                if is_it {
                    // what it is made of cannot change any more
                    return std::future::pending().await;
                }
            }
            Err(trouble) => sight.tell(Seen::Hidden(fault(&object, &trouble))),
        }
        tokio::time::sleep(AGAIN.delay(tries)).await;
    }
}

/// The text of an object, or why there is none.
pub fn text(seen: &Seen, object: &S3Ref) -> Result<Arc<str>, Fault> {
    match seen {
        Seen::Text(text) => Ok(text.clone()),
        Seen::Hidden(why) => Err(why.clone()),
        _ => Err(fault(object, &Trouble::Silent(FIRST))),
    }
}

fn fault(object: &S3Ref, trouble: &Trouble) -> Fault {
    let cure = match trouble {
        Trouble::NoObject | Trouble::NoBucket => "Publish the manifest there (aegisctl publish), or correct bucket and key.",
        Trouble::Denied(_) => {
            "Let the operator's identity s3:GetObject it; an object that is not there is told so too where it may not s3:ListBucket."
        }
        Trouble::NoIdentity(_) => {
            "Give the operator an identity: serviceAccount.annotations or manifests.s3.credentialsSecret of its chart."
        }
        Trouble::NoRegion => "Set spec.manifest.s3.region, or manifests.s3.region of the operator's chart.",
        Trouble::TooLarge(_) | Trouble::NotText => "Refer to a manifest: aegisctl validate says what is wrong with a file.",
        Trouble::Silent(_) | Trouble::Unreachable(_) | Trouble::Broken(_) | Trouble::Refused { .. } => {
            "See that S3 can be reached from the operator's pod; manifests.s3.endpoint of its chart names another address than Amazon's."
        }
    };
    Fault { message: format!("{object} cannot be read: {trouble}"), fix: format!("{cure} It is asked for again by itself.") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(key: &str) -> S3Ref {
        S3Ref { bucket: "releases".into(), key: Some(key.into()), region: None }
    }

    #[test]
    fn a_namespace_reads_what_is_allowed_to_it_and_nothing_else() {
        for (entry, key, is_allowed) in [
            ("releases", "shop/1.json", true),
            ("releases/", "shop/1.json", true),
            ("releases/shop", "shop/1.json", true),
            ("releases/shop/", "shop/1.json", true),
            ("releases/shop/1.json", "shop/1.json", true),
            ("releases/shop", "shopping/1.json", false),
            ("releases/sho", "shop/1.json", false),
            ("release", "shop/1.json", false),
            ("other/shop", "shop/1.json", false),
        ] {
            assert_eq!(is_in(&object(key), entry), is_allowed, "{entry} {key}");
        }
        let buckets = Buckets::new(Store::default(), Allowed::from([("shop".into(), vec!["releases/shop".into()])]));
        assert_eq!(buckets.refusal("shop", &object("shop/1.json")), None);
        let message = |namespace, key| buckets.refusal(namespace, &object(key)).map(|fault| fault.message).unwrap_or_default();
        assert!(message("shop", "till/1.json").ends_with("the installation allows releases/shop"));
        assert!(message("till", "shop/1.json").ends_with("the installation allows none"));
    }

    #[test]
    fn each_trouble_is_told_with_its_place_and_what_to_do() {
        let told = |trouble| fault(&object("shop/1.json"), &trouble);
        let gone = told(Trouble::NoObject);
        assert_eq!(gone.message, "s3://releases/shop/1.json cannot be read: there is no such object");
        assert!(gone.fix.starts_with("Publish the manifest there (aegisctl publish)"), "{}", gone.fix);
        assert!(told(Trouble::Denied("AccessDenied".into())).fix.contains("s3:GetObject"));
        assert!(told(Trouble::TooLarge("10485760".into())).message.contains("10485760 bytes, and a manifest has at most 1048576"));
    }
}
