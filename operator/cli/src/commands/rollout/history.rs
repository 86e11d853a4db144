//! The accepted specs of one app, oldest first, from its revisions. It asks nothing of the cluster.

use aegis_plan::canonical;
use aegis_plan::names::MIGRATED_ANNOTATION;
use k8s_openapi::api::apps::v1::ControllerRevision;
use kube::ResourceExt;
use serde::Serialize;
use serde_json::Value;

use super::changes::changes;
use crate::age::age;
use crate::page::{Colour, Page};
use crate::table::{Cell, Table};

/// Version of the printed JSON.
const VERSION: u8 = 1;

/// As `-o json` prints it.
#[derive(Debug, Serialize)]
pub struct History {
    pub version: u8,
    pub name: String,
    pub namespace: String,
    pub revisions: Vec<Revision>,
}

/// One accepted spec.
#[derive(Debug, Serialize)]
pub struct Revision {
    pub revision: i64,
    /// Its hash, as `status` prints it.
    pub release: String,
    /// When it was accepted for the first time.
    pub created: String,
    pub image: String,
    /// Whether its migration has succeeded; nothing when it has none.
    pub migrated: Option<bool>,
    /// It is the one that was accepted last.
    pub current: bool,
    /// It is the one that the roles run.
    pub serving: bool,
    /// Paths of the fields that differ from the one before.
    pub changed: Vec<String>,
}

impl History {
    /// `serving` is the hash of the release that the roles run.
    pub fn of(name: &str, namespace: &str, serving: Option<&str>, mut revisions: Vec<ControllerRevision>) -> Self {
        // those of StatefulSets carry the app's label too
        revisions.retain(|revision| revision.owner_references().iter().any(|owner| owner.kind == "AegisApp" && owner.name == name));
        revisions.sort_by_key(|revision| revision.revision);
        let latest = revisions.last().map(|revision| revision.revision);
        let mut before: Option<&Value> = None;
        let mut told = vec![];
        for revision in &revisions {
            let spec = revision.data.as_ref().map_or(&Value::Null, |data| &data.0);
            let release = canonical::digest(spec);
            told.push(Revision {
                revision: revision.revision,
                created: revision.creation_timestamp().map(|time| time.0.to_string()).unwrap_or_default(),
                image: spec["image"].as_str().unwrap_or_default().to_owned(),
                migrated: (!spec["migration"].is_null()).then(|| revision.annotations().contains_key(MIGRATED_ANNOTATION)),
                current: Some(revision.revision) == latest,
                serving: serving == Some(release.as_str()),
                changed: before.map(|before| changes(before, spec)).unwrap_or_default(),
                release,
            });
            before = Some(spec);
        }
        Self { version: VERSION, name: name.to_owned(), namespace: namespace.to_owned(), revisions: told }
    }

    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).expect("plain data is writable")
    }

    pub fn table(&self, page: &Page) -> String {
        let rows = self.revisions.iter().map(row).collect();
        Table { header: ["REVISION", "RELEASE", "STATE", "IMAGE", "MIGRATED", "AGE", "CHANGED"], rows }.text(page)
    }
}

fn row(revision: &Revision) -> [Cell; 7] {
    let migrated = match revision.migrated {
        None => "-",
        Some(true) => "yes",
        Some(false) => "no",
    };
    let (state, colour) = match (revision.current, revision.serving) {
        (true, true) => ("current, serving", Colour::Green),
        (true, false) => ("current", Colour::Yellow),
        (false, true) => ("serving", Colour::Green),
        (false, false) => ("-", Colour::Plain),
    };
    [
        revision.revision.to_string().into(),
        revision.release.clone().into(),
        Cell(state.to_owned(), colour),
        revision.image.clone().into(),
        migrated.into(),
        age(&revision.created).into(),
        revision.changed.join(", ").into(),
    ]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn revision(number: i64, owner: &str, annotations: Value, spec: Value) -> ControllerRevision {
        let owner = json!({"apiVersion": "x/v1", "kind": owner, "name": "shop", "uid": "u"});
        let metadata = json!({"name": format!("r-{number}"), "annotations": annotations, "ownerReferences": [owner]});
        serde_json::from_value(json!({"metadata": metadata, "revision": number, "data": spec})).unwrap()
    }

    fn history() -> History {
        let first = json!({"image": "shop:1"});
        let second = json!({"image": "shop:2", "migration": {"args": ["migrate"]}});
        let third = json!({"image": "shop:3", "migration": {"args": ["migrate"]}});
        let serving = canonical::digest(&second);
        let revisions = vec![
            revision(3, "AegisApp", json!({}), third),
            revision(1, "AegisApp", json!({}), first),
            revision(2, "AegisApp", json!({"aegis.dev/migrated": "x"}), second),
            revision(7, "StatefulSet", json!({}), json!({"spec": {}})),
        ];
        History::of("shop", "prod", Some(&serving), revisions)
    }

    #[test]
    fn revisions_of_the_app_are_in_order_and_say_what_they_changed() {
        let told = history().revisions;
        let changed: Vec<_> = told.iter().map(|told| (told.revision, told.changed.join(" "))).collect();
        assert_eq!(changed, [(1, String::new()), (2, "image migration".to_owned()), (3, "image".to_owned())]);
        assert_eq!(told.iter().map(|told| told.migrated).collect::<Vec<_>>(), [None, Some(true), Some(false)]);
    }

    #[test]
    fn what_was_accepted_last_and_what_serves_are_told_apart() {
        let page = Page { columns: 120, colour: false, is_live: false };
        let table = history().table(&page);
        let states: Vec<&str> = table.lines().skip(1).filter_map(|line| line.split_whitespace().nth(2)).collect();
        assert_eq!(states, ["-", "serving", "current"], "{table}");
    }
}
