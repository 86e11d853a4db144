//! `revisions`: the accepted spec, recorded before anything else is written.

use std::collections::BTreeMap;

use k8s_openapi::{api::apps::v1::ControllerRevision, apimachinery::pkg::runtime::RawExtension};

use crate::{App, names};

pub(super) fn accepted(app: &App) -> Vec<ControllerRevision> {
    let mut metadata = names::metadata(app, &names::part(&app.name, "revision", &app.revision.hash), "revisions");
    metadata.annotations =
        app.revision.migrated.as_ref().map(|inputs| BTreeMap::from([(names::MIGRATED_ANNOTATION.into(), inputs.clone())]));
    vec![ControllerRevision { metadata, revision: app.revision.number, data: Some(RawExtension(app.revision.spec.clone())) }]
}
