//! `revisions`: the accepted spec, recorded before anything else is written.

use std::collections::BTreeMap;

use k8s_openapi::{api::apps::v1::ControllerRevision, apimachinery::pkg::runtime::RawExtension};

use crate::{App, names};

pub(super) fn accepted(app: &App) -> Vec<ControllerRevision> {
    let revision = &app.revision;
    let mut metadata = names::metadata(app, &names::part(&app.name, "revision", &revision.hash), "revisions");
    let failed = revision.failed.as_ref().map(|failed| serde_json::to_string(failed).expect("plain data is JSON"));
    let marks = [
        (names::BEHAVIOR_ANNOTATION, Some(revision.behavior.to_string())),
        (names::MIGRATED_ANNOTATION, revision.migrated.clone()),
        (names::HALF_MIGRATED_ANNOTATION, revision.half_migrated.clone()),
        (names::GOOD_ANNOTATION, revision.good.map(|number| number.to_string())),
        (names::FAILED_ANNOTATION, failed),
    ];
    let marks: BTreeMap<_, _> = marks.into_iter().filter_map(|(key, mark)| Some((key.to_owned(), mark?))).collect();
    metadata.annotations = Some(marks);
    vec![ControllerRevision { metadata, revision: revision.number, data: Some(RawExtension(revision.spec.clone())) }]
}
