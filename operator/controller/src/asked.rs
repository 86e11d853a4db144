//! An AegisApp as it is stored, decoded no further than any JSON object, so that a broken one disturbs no other.
//! It does not judge the spec.

use aegis_crds::{AegisApp, AegisAppSpec, AegisAppStatus};
use k8s_openapi::{api::core::v1::ObjectReference, apimachinery::pkg::apis::meta::v1::ObjectMeta};
use serde::Deserialize;
use serde_json::Value;

use crate::place::{APP, AppKey};

/// What `kubectl apply` leaves behind: as large as the spec, and of no use here.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// An AegisApp, undecoded.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    pub metadata: ObjectMeta,
    pub spec: Value,
    pub status: Value,
}

impl Asked {
    /// The same without what nobody reads.
    pub fn trimmed(mut self) -> Self {
        self.metadata.managed_fields = None;
        if let Some(annotations) = &mut self.metadata.annotations {
            annotations.remove(LAST_APPLIED);
        }
        self
    }

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
        AegisAppStatus::deserialize(&self.status).unwrap_or_default()
    }

    /// The typed resource, or the path of the field that does not fit and why.
    pub fn decode(&self) -> Result<AegisApp, Misfit> {
        let spec: AegisAppSpec = serde_path_to_error::deserialize(&self.spec).map_err(|error| Misfit {
            path: match error.path().to_string().as_str() {
                "." => "spec".to_owned(),
                path => format!("spec.{path}"),
            },
            message: error.inner().to_string(),
        })?;
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
        let asked = Asked { spec: json!({"image": "x", "workers": [{"name": "media", "replicas": 3}]}), ..Default::default() };
        let misfit = asked.decode().unwrap_err();
        assert_eq!(misfit.path, "spec.workers[0].replicas");
    }

    #[test]
    fn an_unreadable_status_counts_as_none() {
        let asked = Asked { status: json!({"inventory": 5}), ..Default::default() };
        assert_eq!(asked.status(), AegisAppStatus::default());
    }
}
