//! What there is of an app: what goes with it, and the data that stays. It reads metadata only, so no Secret's value.

use std::fmt::{self, Display};

use aegis_plan::names::APP_LABEL;
use aegis_plan::{Kind, children};
use futures::future::join_all;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::ListParams;
use kube::core::{DynamicObject, PartialObjectMeta};

use crate::commands::status::read::answer;
use crate::connection::Connection;
use crate::failure::Failure;
use crate::refusal;

/// Everything with the app's label, and the app itself.
#[derive(Debug, Default)]
pub struct Remains {
    /// What is owned by the app or is being deleted.
    pub going: Vec<Remaining>,
    /// What nobody owns, as `kind/name`: it holds data.
    pub kept: Vec<String>,
}

/// One object that goes.
#[derive(Debug, PartialEq, Eq)]
pub struct Remaining {
    pub kind: String,
    pub name: String,
    pub finalizers: Vec<String>,
}

impl Display for Remaining {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.name)?;
        if self.finalizers.is_empty() { Ok(()) } else { write!(f, " (held by finalizer {})", self.finalizers.join(", ")) }
    }
}

impl Remains {
    /// How many of which kind, in a line.
    pub fn summary(&self) -> String {
        let mut kinds: Vec<&str> = self.going.iter().map(|one| one.kind.as_str()).collect();
        kinds.sort_unstable();
        let mut counted: Vec<(&str, usize)> = vec![];
        for kind in kinds {
            match counted.last_mut().filter(|(known, _)| *known == kind) {
                Some((_, count)) => *count += 1,
                None => counted.push((kind, 1)),
            }
        }
        counted.iter().map(|(kind, count)| format!("{count} {kind}")).collect::<Vec<_>>().join(", ")
    }

    /// What nobody owns is kept, and what is owned by such goes with it: the Secret of a kept anchor. Owners come first.
    fn add(&mut self, kind: &str, metadata: &ObjectMeta) {
        let name = metadata.name.clone().unwrap_or_default();
        let mut owners = metadata.owner_references.iter().flatten();
        let is_kept = owners.all(|owner| self.kept.contains(&format!("{}/{}", owner.kind.to_lowercase(), owner.name)));
        if is_kept && metadata.deletion_timestamp.is_none() {
            return self.kept.push(format!("{}/{name}", kind.to_lowercase()));
        }
        let finalizers = metadata.finalizers.clone().unwrap_or_default();
        self.going.push(Remaining { kind: kind.to_owned(), name, finalizers });
    }
}

/// What there is of an app now.
pub async fn remains(connection: &Connection, name: &str) -> Result<Remains, Failure> {
    let mut left = Remains::default();
    let app = answer(connection, connection.apps().get_metadata_opt(name)).await?;
    if let Some(app) = app.map_err(|error| refusal::explain(&error, connection))? {
        left.going.push(Remaining { kind: "AegisApp".into(), name: name.into(), finalizers: app.metadata.finalizers.unwrap_or_default() });
    }
    let mut kinds: Vec<Kind> = [Kind::of::<Pod>()].into_iter().chain(children::kinds()).collect();
    // Secrets are owned by ConfigMaps
    kinds.sort_by_key(Kind::is_write_only);
    let found = join_all(kinds.iter().map(|kind| list(connection, *kind, name))).await;
    for (kind, objects) in kinds.iter().zip(found) {
        for object in objects? {
            left.add(kind.kind, &object.metadata);
        }
    }
    Ok(left)
}

/// Objects of a kind with the app's label. A kind that the cluster lacks has none; Secrets may be hidden from who asks.
async fn list(connection: &Connection, kind: Kind, name: &str) -> Result<Vec<PartialObjectMeta<DynamicObject>>, Failure> {
    let params = ListParams::default().labels(&format!("{APP_LABEL}={name}"));
    match answer(connection, connection.kind(kind).list_metadata(&params)).await? {
        Ok(found) => Ok(found.items),
        Err(kube::Error::Api(status)) if status.code == 404 || (status.code == 403 && kind.is_write_only()) => Ok(vec![]),
        Err(error) => Err(refusal::of_change(&error, connection)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_nobody_owns_is_kept_and_the_rest_goes() {
        let mut left = Remains::default();
        let owned = json!([{"apiVersion": "v1", "kind": "AegisApp", "name": "shop", "uid": "1"}]);
        for (kind, metadata) in [
            ("Pod", json!({"name": "a", "ownerReferences": owned})),
            ("Pod", json!({"name": "b", "ownerReferences": owned})),
            ("PersistentVolumeClaim", json!({"name": "kept"})),
            ("ConfigMap", json!({"name": "anchor"})),
            (
                "Secret",
                json!({"name": "password", "ownerReferences": [{"apiVersion": "v1", "kind": "ConfigMap", "name": "anchor", "uid": "2"}]}),
            ),
            ("PersistentVolumeClaim", json!({"name": "going", "deletionTimestamp": "2026-01-01T00:00:00Z", "finalizers": ["x/y"]})),
        ] {
            left.add(kind, &serde_json::from_value(metadata).unwrap());
        }
        assert_eq!(left.summary(), "1 PersistentVolumeClaim, 2 Pod");
        assert_eq!(left.kept, ["persistentvolumeclaim/kept", "configmap/anchor", "secret/password"]);
        assert_eq!(left.going[2].to_string(), "PersistentVolumeClaim going (held by finalizer x/y)");
    }
}
