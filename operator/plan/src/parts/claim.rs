//! A named claim for storage: never owned while its policy is Retain.

use aegis_crds::{bindings::DeletionPolicy, volumes::AccessMode};
use k8s_openapi::api::core::v1::{PersistentVolumeClaim, PersistentVolumeClaimSpec, VolumeResourceRequirements};

use crate::{App, app::Claim, names};

/// The claim of a section.
pub(crate) fn claim(app: &App, section: &str, claim: &Claim) -> PersistentVolumeClaim {
    PersistentVolumeClaim {
        metadata: names::metadata(app, &claim.object, section),
        spec: Some(PersistentVolumeClaimSpec {
            access_modes: Some(vec![mode(claim.access).into()]),
            resources: Some(VolumeResourceRequirements {
                requests: Some([("storage".to_owned(), claim.size.clone())].into()),
                ..Default::default()
            }),
            storage_class_name: claim.class.clone(),
            ..Default::default()
        }),
        ..Default::default()
    }
}

/// An access mode in Kubernetes' word.
pub(crate) fn mode(access: AccessMode) -> &'static str {
    match access {
        AccessMode::ReadWriteOnce => "ReadWriteOnce",
        AccessMode::ReadWriteMany => "ReadWriteMany",
    }
}

/// Whether the app may take the data with it.
pub(crate) fn is_owned(claim: &Claim) -> bool {
    claim.policy == DeletionPolicy::Delete
}
