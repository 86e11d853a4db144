//! An AegisApp as it is stored, decoded no further than any JSON object, so that a broken one disturbs no other.
//! It does not judge the spec.

use std::collections::{BTreeMap, HashSet};

use aegis_crds::{AegisApp, AegisAppSpec, AegisAppStatus, role::Process};
use aegis_plan::{canonical::Text, facts::Manifest};
use k8s_openapi::{
    api::core::v1::ObjectReference,
    apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time},
};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    place::{APP, AppKey},
    seen,
};

/// An AegisApp, undecoded.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    #[serde(deserialize_with = "metadata")]
    pub metadata: ObjectMeta,
    pub spec: Text,
    pub status: Text,
}

/// What is read of its metadata. The rest is skipped: what managers wrote is larger than the spec, and so is what
/// `kubectl apply` leaves behind.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Read {
    name: Option<String>,
    namespace: Option<String>,
    uid: Option<String>,
    resource_version: Option<String>,
    generation: Option<i64>,
    creation_timestamp: Option<Time>,
    deletion_timestamp: Option<Time>,
    annotations: Option<BTreeMap<String, String>>,
}

/// What is read of a spec for its hosts alone.
#[derive(Default, Deserialize)]
struct Routed {
    #[serde(default)]
    routes: Vec<Hosted>,
}

#[derive(Default, Deserialize)]
struct Hosted {
    #[serde(default)]
    host: String,
}

fn metadata<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ObjectMeta, D::Error> {
    let read = Read::deserialize(deserializer)?;
    Ok(ObjectMeta {
        name: read.name,
        namespace: read.namespace,
        uid: read.uid,
        resource_version: read.resource_version,
        generation: read.generation,
        creation_timestamp: read.creation_timestamp,
        deletion_timestamp: read.deletion_timestamp,
        annotations: read.annotations.map(seen::ours),
        ..Default::default()
    })
}

impl Asked {
    /// Its key.
    pub fn key(&self) -> AppKey {
        AppKey { namespace: self.metadata.namespace.clone().unwrap_or_default(), name: self.metadata.name.clone().unwrap_or_default() }
    }

    /// Its uid.
    pub fn uid(&self) -> &str {
        self.metadata.uid.as_deref().unwrap_or_default()
    }

    /// Whether its deletion has begun.
    pub fn is_deleting(&self) -> bool {
        self.metadata.deletion_timestamp.is_some()
    }

    /// The status as last written; an unreadable one counts as none, and everything is looked at anew.
    pub fn status(&self) -> AegisAppStatus {
        self.status.decode().unwrap_or_default()
    }

    /// Hosts that it asks for, as far as they can be read.
    pub fn hosts(&self) -> HashSet<String> {
        routed(&self.spec)
    }

    /// The typed resource, or the path of the field that does not fit and why.
    pub fn decode(&self) -> Result<AegisApp, Misfit> {
        let misfit = |_| {
            let spec = self.spec.value();
            decoded::<AegisAppSpec>(&spec).map_err(|misfit| deepest(&spec, misfit))
        };
        // where it fails is found a second time, slowly
        let spec = self.spec.decode().or_else(misfit)?;
        Ok(AegisApp { metadata: self.metadata.clone(), spec, status: None })
    }

    /// How events refer to it.
    pub fn reference(&self) -> ObjectReference {
        ObjectReference {
            api_version: Some(APP.api_version()),
            kind: Some(APP.kind.to_owned()),
            name: self.metadata.name.clone(),
            namespace: self.metadata.namespace.clone(),
            uid: self.metadata.uid.clone(),
            resource_version: self.metadata.resource_version.clone(),
            field_path: None,
        }
    }
}

/// Hosts that a manifest asks for.
pub fn hosts(manifest: &Option<Manifest>) -> HashSet<String> {
    match manifest {
        Some(Manifest::Spec(spec)) => routed(spec),
        _ => HashSet::new(),
    }
}

fn routed(spec: &Text) -> HashSet<String> {
    let Routed { routes } = spec.decode().unwrap_or_default();
    routes.into_iter().map(|route| route.host).collect()
}

/// A role's process is flattened into its section, where decoding loses its way: the process alone knows the field.
fn deepest(spec: &Value, misfit: Misfit) -> Misfit {
    let pointer = format!("/{}", misfit.path.replace(['.', '['], "/").replace(']', ""));
    let inner = spec.pointer(&pointer).filter(|value| value.is_object()).and_then(|value| decoded::<Process>(value).err());
    match inner {
        Some(inner) => Misfit { path: format!("spec.{}.{}", misfit.path, inner.path), message: inner.message },
        None if misfit.path == "." => Misfit { path: "spec".to_owned(), ..misfit },
        None => Misfit { path: format!("spec.{}", misfit.path), ..misfit },
    }
}

fn decoded<T: DeserializeOwned>(value: &Value) -> Result<T, Misfit> {
    serde_path_to_error::deserialize(value).map_err(|error| Misfit { path: error.path().to_string(), message: error.inner().to_string() })
}

/// A field that does not have the shape of the schema.
#[derive(Debug)]
pub struct Misfit {
    /// Where.
    pub path: String,
    /// Why.
    pub message: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_misfit_names_its_path() {
        for (spec, path) in [
            (json!({"image": "x", "workers": [{"name": "media", "replicas": 3}]}), "spec.workers[0].replicas"),
            (json!({"image": "x", "scheduler": {"stop": {"graceSeconds": "x"}}}), "spec.scheduler.stop.graceSeconds"),
            (json!({"image": "x", "workers": [{"name": "media", "env": [{"name": 5}]}]}), "spec.workers[0].env[0].name"),
            (json!({"image": "x", "schedules": [{"name": "a", "schedule": "x", "run": {"args": "x"}}]}), "spec.schedules[0].run.args"),
            (json!({"image": 5}), "spec.image"),
            (json!(5), "spec"),
        ] {
            assert_eq!(Asked { spec: (&spec).into(), ..Default::default() }.decode().unwrap_err().path, path);
        }
    }

    #[test]
    fn an_unreadable_status_counts_as_none() {
        let asked = Asked { status: (&json!({"inventory": 5})).into(), ..Default::default() };
        assert_eq!(asked.status(), AegisAppStatus::default());
    }
}
