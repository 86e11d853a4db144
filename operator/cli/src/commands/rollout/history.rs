//! The accepted specs of one app, oldest first, from its revisions. It asks nothing of the cluster.

use aegis_plan::app::Failed;
use aegis_plan::canonical;
use aegis_plan::names::{FAILED_ANNOTATION, GOOD_ANNOTATION, HALF_MIGRATED_ANNOTATION, MIGRATED_ANNOTATION};
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
#[derive(Debug, Default, Serialize)]
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
    /// Whether all its roles have run as asked.
    pub good: bool,
    /// Why it gave way to another when it was tried last.
    pub failed: Option<String>,
    /// Paths of the fields that differ from the one before.
    pub changed: Vec<String>,
    /// When it ran well: a greater number is later.
    #[serde(skip)]
    pub proven: Option<i64>,
    /// The inputs of its migration, if that has succeeded, or has failed and may have changed the database.
    #[serde(skip)]
    pub inputs: Option<String>,
    /// Whether it has failed.
    #[serde(skip)]
    pub is_half: bool,
    /// Whether no older release may run after its migration.
    #[serde(skip)]
    pub stops: bool,
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
            let changed = before.map(|before| changes(before, spec)).unwrap_or_default();
            let current = Some(revision.revision) == latest;
            let mut one = Revision { current, changed, ..Revision::of(revision, spec) };
            one.serving = serving == Some(one.release.as_str());
            told.push(one);
            before = Some(spec);
        }
        Self { version: VERSION, name: name.to_owned(), namespace: namespace.to_owned(), revisions: told }
    }

    /// The spec that was accepted last.
    pub fn current(&self) -> Option<&Revision> {
        self.revisions.last()
    }

    /// The one that ran well last, besides the current one: the one that serves where it is another.
    pub fn last_good(&self) -> Option<&Revision> {
        let good = self.revisions.iter().filter(|revision| !revision.current && revision.good);
        good.max_by_key(|revision| (revision.serving, revision.proven))
    }

    /// The newest migration that ran after that revision, with other inputs than its own; one that stops the world first.
    pub fn crossed(&self, to: &Revision) -> Option<&Revision> {
        let is_other = |revision: &&Revision| revision.inputs.is_some() && revision.inputs != to.inputs;
        let after = self.revisions.iter().filter(|revision| revision.revision > to.revision);
        after.filter(is_other).max_by_key(|revision| (revision.stops, revision.revision))
    }

    pub fn table(&self, page: &Page) -> String {
        let rows = self.revisions.iter().map(row).collect();
        Table { header: ["REVISION", "RELEASE", "STATE", "IMAGE", "MIGRATED", "AGE", "CHANGED"], rows }.text(page)
    }
}

impl Revision {
    /// What the revision itself tells.
    fn of(revision: &ControllerRevision, spec: &Value) -> Self {
        let mark = |key: &str| revision.annotations().get(key);
        let proven = mark(GOOD_ANNOTATION).and_then(|number| number.parse().ok());
        let failed = mark(FAILED_ANNOTATION).and_then(|failed| serde_json::from_str::<Failed>(failed).ok());
        Self {
            revision: revision.revision,
            release: canonical::digest(spec),
            created: revision.creation_timestamp().map(|time| time.0.to_string()).unwrap_or_default(),
            image: spec["image"].as_str().unwrap_or_default().to_owned(),
            migrated: (!spec["migration"].is_null()).then(|| mark(MIGRATED_ANNOTATION).is_some()),
            good: proven.is_some(),
            failed: failed.map(|failed| failed.reason),
            proven,
            inputs: mark(MIGRATED_ANNOTATION).or(mark(HALF_MIGRATED_ANNOTATION)).cloned(),
            is_half: mark(MIGRATED_ANNOTATION).is_none() && mark(HALF_MIGRATED_ANNOTATION).is_some(),
            stops: spec["migration"]["compatibility"] == "StopTheWorld",
            ..Self::default()
        }
    }
}

fn row(revision: &Revision) -> [Cell; 7] {
    let migrated = match revision.migrated {
        None => "-",
        Some(true) => "yes",
        Some(false) if revision.is_half => "half way",
        Some(false) => "no",
    };
    let (state, colour) = match (revision.current, revision.serving) {
        (true, true) => ("current, serving", Colour::Green),
        (true, false) => ("current", Colour::Yellow),
        (false, true) => ("serving", Colour::Green),
        (false, false) => ("-", Colour::Plain),
    };
    let state = match &revision.failed {
        Some(reason) if state == "-" => format!("failed: {reason}"),
        Some(reason) => format!("{state}, failed: {reason}"),
        None => state.to_owned(),
    };
    [
        revision.revision.to_string().into(),
        revision.release.clone().into(),
        Cell(state, colour),
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
    fn the_way_back_leads_to_what_ran_well_last_and_tells_the_migrations_on_it() {
        let spec = |tag: &str, compatibility: &str| json!({"image": tag, "migration": {"compatibility": compatibility}});
        let marks = |good: &str, inputs: &str| json!({"aegis.dev/good": good, "aegis.dev/migrated": inputs});
        let failed = json!({"aegis.dev/failed": r#"{"number":4,"reason":"Crashing","message":"m"}"#});
        let revisions = vec![
            revision(1, "AegisApp", marks("5", "a"), spec("shop:1", "ExpandContract")),
            revision(2, "AegisApp", marks("2", "b"), spec("shop:2", "StopTheWorld")),
            revision(3, "AegisApp", marks("3", "c"), spec("shop:3", "ExpandContract")),
            revision(4, "AegisApp", failed, spec("shop:4", "ExpandContract")),
        ];
        let history = History::of("shop", "prod", None, revisions);
        let good = history.last_good().unwrap();
        assert_eq!((good.revision, history.crossed(good).unwrap().revision), (1, 2), "it came back after revision 3");
        assert_eq!(history.crossed(&history.revisions[1]).map(|crossed| (crossed.revision, crossed.stops)), Some((3, false)));
        assert!(history.crossed(&history.revisions[2]).is_none());
        let table = history.table(&Page { columns: 120, colour: false, is_live: false });
        assert!(table.contains("current, failed: Crashing"), "{table}");
    }

    #[test]
    fn a_migration_that_failed_half_way_lies_on_the_way_back_too() {
        let spec = json!({"image": "shop:2", "migration": {"compatibility": "StopTheWorld"}});
        let revisions = vec![
            revision(1, "AegisApp", json!({"aegis.dev/good": "1"}), json!({"image": "shop:1"})),
            revision(2, "AegisApp", json!({"aegis.dev/half-migrated": "b"}), spec),
        ];
        let history = History::of("shop", "prod", None, revisions);
        let crossed = history.crossed(&history.revisions[0]).unwrap();
        assert_eq!((crossed.revision, crossed.stops, crossed.is_half), (2, true, true));
        assert!(history.table(&Page { columns: 120, colour: false, is_live: false }).contains("half way"));
    }

    #[test]
    fn what_was_accepted_last_and_what_serves_are_told_apart() {
        let page = Page { columns: 120, colour: false, is_live: false };
        let table = history().table(&page);
        let states: Vec<&str> = table.lines().skip(1).filter_map(|line| line.split_whitespace().nth(2)).collect();
        assert_eq!(states, ["-", "serving", "current"], "{table}");
    }
}
