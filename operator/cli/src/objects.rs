//! Every object that there is of an app, with what can be said of each from itself alone. Of Secrets, metadata alone is read.

mod state;

use aegis_plan::names::{APP_LABEL, ROLE_LABEL, SECTION_LABEL};
use aegis_plan::{Kind, children};
use futures::future::join_all;
use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{PersistentVolumeClaim, Pod};
use kube::ResourceExt;
use kube::api::ListParams;
use kube::core::DynamicObject;

use crate::commands::status::read::{self, answer};
use crate::connection::Connection;
use crate::failure::Failure;
use crate::refusal;
pub use state::{Health, State};

/// Kinds of which the state is told too.
const DETAILED: [Kind; 7] = [
    Kind::of::<Deployment>(),
    Kind::of::<StatefulSet>(),
    Kind::of::<ReplicaSet>(),
    Kind::of::<CronJob>(),
    Kind::of::<Job>(),
    Kind::of::<Pod>(),
    Kind::of::<PersistentVolumeClaim>(),
];

/// One object.
#[derive(Debug, Clone)]
pub struct Object {
    pub kind: Kind,
    pub name: String,
    pub uid: String,
    /// The uid of what it goes with.
    pub owner: Option<String>,
    /// Section and role of the spec that it is of.
    pub section: String,
    pub role: String,
    pub created: String,
    /// The node of a pod that has one.
    pub node: Option<String>,
    pub state: State,
}

/// The app, and its objects in the order in which the operator makes them; what other controllers make of these comes last.
pub struct Objects {
    pub app: DynamicObject,
    pub all: Vec<Object>,
    /// Kinds whose objects are hidden from who asks.
    pub hidden: Vec<&'static str>,
}

impl Objects {
    /// What there is now.
    pub async fn of(connection: &Connection, name: &str) -> Result<Self, Failure> {
        let app = read::object(connection, name).await?;
        let kinds = kinds();
        let found = join_all(kinds.iter().map(|kind| list(connection, *kind, name, DETAILED.contains(kind)))).await;
        let (mut all, mut hidden) = (vec![], vec![]);
        for (kind, objects) in kinds.iter().zip(found) {
            match objects? {
                Some(objects) => all.extend(objects.iter().map(|object| Object::of(*kind, object))),
                None => hidden.push(kind.kind),
            }
        }
        Ok(Self { app, all, hidden })
    }

    /// What goes with the object of that uid.
    pub fn below<'a>(&'a self, uid: &'a str) -> impl Iterator<Item = &'a Object> {
        self.all.iter().filter(move |object| object.owner.as_deref() == Some(uid))
    }

    /// What goes with none of the others: the app's own objects, and data that outlives it.
    pub fn roots(&self) -> impl Iterator<Item = &Object> {
        let is_known = |uid: &String| self.all.iter().any(|object| object.uid == *uid);
        self.all.iter().filter(move |object| !object.owner.as_ref().is_some_and(is_known))
    }
}

impl Object {
    pub fn of(kind: Kind, object: &DynamicObject) -> Self {
        let label = |key: &str| object.labels().get(key).cloned().unwrap_or_default();
        let controller = object.owner_references().iter().find(|owner| owner.controller == Some(true));
        let owner = controller.or(object.owner_references().first()).map(|owner| owner.uid.clone());
        Self {
            kind,
            name: object.name_any(),
            uid: object.uid().unwrap_or_default(),
            owner,
            section: label(SECTION_LABEL),
            role: label(ROLE_LABEL),
            created: object.creation_timestamp().map(|time| time.0.to_string()).unwrap_or_default(),
            node: object.data["spec"]["nodeName"].as_str().map(ToOwned::to_owned),
            state: state::of(kind.kind, object),
        }
    }

    /// `Kind/name`.
    pub fn title(&self) -> String {
        format!("{}/{}", self.kind.kind, self.name)
    }

    /// What people call the part of the app that it is of.
    pub fn part(&self) -> String {
        match (self.section.as_str(), self.role.as_str()) {
            ("", "") => String::new(),
            (section, role) if role.is_empty() || role == section => section.to_owned(),
            (section, role) => format!("{section}/{role}"),
        }
    }
}

/// The kinds of an app's objects, and of what other controllers make of these.
pub fn kinds() -> Vec<Kind> {
    let mut kinds = children::kinds();
    for kind in [Kind::of::<ReplicaSet>(), Kind::of::<Pod>()] {
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    kinds
}

/// Objects of a kind with the app's label, whole or their metadata; none of a kind that the cluster lacks, and nothing where who
/// asks may not look. Of a Secret, nobody asks for more than its metadata.
pub async fn list(connection: &Connection, kind: Kind, name: &str, whole: bool) -> Result<Option<Vec<DynamicObject>>, Failure> {
    let params = ListParams::default().labels(&format!("{APP_LABEL}={name}"));
    let found = if whole && !kind.is_write_only() {
        answer(connection, connection.kind(kind).list(&params)).await?.map(|list| list.items)
    } else {
        let found = answer(connection, connection.kind(kind).list_metadata(&params)).await?;
        found.map(|list| list.items.into_iter().map(bare).collect())
    };
    match found {
        Ok(objects) => Ok(Some(objects)),
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(Some(vec![])),
        Err(kube::Error::Api(status)) if status.code == 403 => Ok(None),
        Err(error) => Err(refusal::of_change(&error, connection)),
    }
}

fn bare(object: kube::core::PartialObjectMeta<DynamicObject>) -> DynamicObject {
    DynamicObject { types: object.types, metadata: object.metadata, data: serde_json::json!({}) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(kind: Kind, name: &str, owner: &str) -> Object {
        let owners = json!([{"apiVersion": "v1", "kind": "Any", "name": "any", "uid": owner, "controller": true}]);
        let labels = json!({"aegis.dev/section": "workers", "aegis.dev/role": "mail"});
        let metadata =
            json!({"name": name, "uid": name, "labels": labels, "ownerReferences": if owner.is_empty() { json!([]) } else { owners }});
        Object::of(kind, &serde_json::from_value(json!({"metadata": metadata})).unwrap())
    }

    #[test]
    fn metadata_alone_is_an_object_too() {
        let metadata = json!({"metadata": {"name": "password", "labels": {"aegis.dev/role": "db"}}});
        let object = bare(serde_json::from_value(metadata).unwrap());
        assert_eq!(json!(object)["metadata"]["name"], "password");
        assert_eq!(Object::of(Kind::of::<Deployment>(), &object).role, "db");
    }

    #[test]
    fn what_has_no_owner_among_them_stands_at_the_top() {
        let app = serde_json::from_value(json!({"metadata": {"name": "shop", "uid": "app"}})).unwrap();
        let all = vec![
            object(Kind::of::<Deployment>(), "a", "app"),
            object(Kind::of::<ReplicaSet>(), "b", "a"),
            object(Kind::of::<PersistentVolumeClaim>(), "kept", ""),
        ];
        let objects = Objects { app, all, hidden: vec![] };
        assert_eq!(objects.roots().map(Object::title).collect::<Vec<_>>(), ["Deployment/a", "PersistentVolumeClaim/kept"]);
        assert_eq!(objects.below("a").map(Object::title).collect::<Vec<_>>(), ["ReplicaSet/b"]);
        assert_eq!(objects.all[0].part(), "workers/mail");
    }
}
