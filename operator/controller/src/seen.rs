//! From an object of the API server to what the plan calls `Seen`, and the digest of the operator's own fields.
//! It fetches nothing.

mod routes;

use std::collections::BTreeMap;

use aegis_plan::{
    Key, Kind, Seen, canonical,
    child::SIZED_KINDS,
    facts::{ClaimSeen, CronJobSeen, Detail, Fields, JobSeen, RevisionSeen, WorkloadSeen},
    names::{ADOPT_LABEL, APP_LABEL, KID_ANNOTATION, MANAGER, RESTARTED_ANNOTATION, TEMPLATE_ANNOTATION},
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ManagedFieldsEntry, ObjectMeta};
use serde_json::{Value, json};

use crate::{
    lean::{Condition, Lean},
    place::{APP, AppKey},
    rivals,
};

/// Whether judging a kind needs more than its metadata.
pub fn is_detailed(kind: &Kind) -> bool {
    SIZED_KINDS.contains(&kind.kind)
        || ["Job", "CronJob", "PersistentVolumeClaim", "ControllerRevision", "Pod"].contains(&kind.kind)
        || routes::KINDS.contains(&kind.kind)
}

/// The app that a child belongs to: its owner, or without one its label, or the app that it is given to. What a child's own controller makes,
/// like the revisions of a StatefulSet, has the child's labels but is no child; the runs of a schedule are seen all the same.
pub fn home(metadata: &ObjectMeta) -> Option<AppKey> {
    if metadata.owner_references.iter().flatten().any(|owner| owner.kind == "CronJob") {
        return labelled(metadata);
    }
    if metadata.owner_references.as_ref().is_none_or(Vec::is_empty) {
        return labelled(metadata).or_else(|| named_by(metadata, ADOPT_LABEL));
    }
    Some(AppKey { namespace: metadata.namespace.clone()?, name: owner(metadata)?.to_owned() })
}

/// Name of the app that owns an object.
pub fn owner(metadata: &ObjectMeta) -> Option<&str> {
    let owner = metadata.owner_references.iter().flatten().find(|owner| owner.kind == APP.kind)?;
    Some(&owner.name)
}

/// The app whose label an object has.
pub fn labelled(metadata: &ObjectMeta) -> Option<AppKey> {
    named_by(metadata, APP_LABEL)
}

/// The app that a label names.
fn named_by(metadata: &ObjectMeta, label: &str) -> Option<AppKey> {
    let name = metadata.labels.as_ref()?.get(label)?;
    Some(AppKey { namespace: metadata.namespace.clone()?, name: name.clone() })
}

/// A child as the plan sees it.
pub fn seen(kind: &Kind, lean: Lean) -> Seen {
    let detail = detail(kind, &lean);
    let metadata = lean.metadata;
    Seen {
        key: Key { kind: kind.kind.to_owned(), name: metadata.name.unwrap_or_default() },
        uid: metadata.uid.unwrap_or_default(),
        resource_version: metadata.resource_version.unwrap_or_default(),
        owners: metadata.owner_references.into_iter().flatten().map(|owner| owner.uid).collect(),
        labels: metadata.labels.unwrap_or_default(),
        annotations: ours(metadata.annotations.unwrap_or_default()),
        deleting: metadata.deletion_timestamp.is_some(),
        fields: metadata.managed_fields.as_deref().and_then(fields),
        rivals: metadata.managed_fields.as_deref().map(rivals::rivals).unwrap_or_default(),
        detail,
    }
}

/// Annotations of the operator's own group.
pub fn ours(mut annotations: BTreeMap<String, String>) -> BTreeMap<String, String> {
    annotations.retain(|key, _| key.split_once('/').is_some_and(|(prefix, _)| prefix == aegis_crds::GROUP));
    annotations
}

/// The operator's own entry: the one of an apply; or one that is not an apply's yet, of the create or of a repair.
fn fields(entries: &[ManagedFieldsEntry]) -> Option<Fields> {
    let entry = own_entry(entries, "Update").or_else(|| own_entry(entries, "Apply"))?;
    let (_, entry) = entry;
    let operation = entry.operation.as_deref().unwrap_or_default();
    let content = entry.fields_v1.as_ref().map_or(Value::Null, |fields| without_replicas(fields.0.clone()));
    // values are not in the entry: its time tells that one of our own edits changed some, as when its record was lost
    Some(Fields { is_update: operation == "Update", digest: canonical::digest(&json!([operation, entry.time, content])) })
}

/// Replicas are the size manager's: a create holds them too, and scaling must not look like an edit.
fn without_replicas(mut fields: Value) -> Value {
    if let Some(spec) = fields.get_mut("f:spec").and_then(Value::as_object_mut) {
        spec.remove("f:replicas");
    }
    fields
}

/// Index and entry of the operator's main field manager with that operation.
pub fn own_entry<'a>(entries: &'a [ManagedFieldsEntry], operation: &str) -> Option<(usize, &'a ManagedFieldsEntry)> {
    entries.iter().enumerate().find(|(_, entry)| {
        entry.manager.as_deref() == Some(MANAGER)
            && entry.operation.as_deref() == Some(operation)
            && entry.subresource.as_deref().unwrap_or_default().is_empty()
    })
}

fn detail(kind: &Kind, lean: &Lean) -> Detail {
    match kind.kind {
        "Deployment" | "StatefulSet" => Detail::Workload(workload(lean)),
        "Job" => Detail::Job(job(lean)),
        "CronJob" => Detail::CronJob(cron_job(lean)),
        "PersistentVolumeClaim" => Detail::Claim(claim(lean)),
        "ControllerRevision" => Detail::Revision(RevisionSeen {
            number: lean.revision,
            spec: lean.data.as_ref().map(canonical::Text::from).unwrap_or_default(),
        }),
        kind if routes::KINDS.contains(&kind) => Detail::Route(routes::seen(lean)),
        _ => Detail::Plain,
    }
}

fn workload(lean: &Lean) -> WorkloadSeen {
    WorkloadSeen {
        generation: lean.metadata.generation.unwrap_or_default(),
        observed_generation: lean.status.observed_generation,
        replicas: lean.spec.replicas.unwrap_or(1),
        current: lean.status.replicas,
        updated: lean.status.updated_replicas,
        ready: lean.status.ready_replicas,
        image: lean.spec.template.spec.containers.first().map(|container| container.image.clone()).unwrap_or_default(),
        failure: condition(lean, "ReplicaFailure").map(|condition| condition.message.clone()),
        failing_since: condition(lean, "ReplicaFailure").and_then(|condition| condition.since),
        template: template_mark(&lean.spec.template.metadata, TEMPLATE_ANNOTATION),
        restarted: template_mark(&lean.spec.template.metadata, RESTARTED_ANNOTATION),
        kid: template_mark(&lean.spec.template.metadata, KID_ANNOTATION),
        is_overdue: lean.status.conditions.iter().any(|condition| condition.reason == "ProgressDeadlineExceeded"),
    }
}

/// What the operator has written into a pod template, or into a pod made from it.
pub fn template_mark(metadata: &ObjectMeta, key: &str) -> Option<String> {
    metadata.annotations.as_ref()?.get(key).cloned()
}

fn job(lean: &Lean) -> JobSeen {
    JobSeen {
        created: lean.created(),
        active: lean.status.active.as_i64().and_then(|count| i32::try_from(count).ok()).unwrap_or_default(),
        failed: lean.status.failed,
        complete: condition(lean, "Complete").is_some(),
        failure: condition(lean, "Failed").map(|condition| condition.reason.clone()),
    }
}

fn cron_job(lean: &Lean) -> CronJobSeen {
    CronJobSeen {
        created: lean.created(),
        last_schedule: lean.status.last_schedule_time,
        last_success: lean.status.last_successful_time,
        active: lean.status.active.as_array().and_then(|runs| i32::try_from(runs.len()).ok()).unwrap_or_default(),
    }
}

fn claim(lean: &Lean) -> ClaimSeen {
    let request = lean.spec.resources.requests.get("storage").and_then(Value::as_str).unwrap_or_default();
    let own = lean.metadata.managed_fields.as_deref().unwrap_or_default();
    let own = ["Update", "Apply"].iter().filter_map(|operation| own_entry(own, operation));
    ClaimSeen {
        phase: lean.status.phase.clone(),
        request: request.to_owned(),
        modes: lean.spec.access_modes.clone(),
        class: lean.spec.storage_class_name.clone(),
        is_class_ours: own
            .filter_map(|(_, entry)| entry.fields_v1.as_ref())
            .any(|fields| !fields.0["f:spec"]["f:storageClassName"].is_null()),
    }
}

/// The condition of that type, if it is true.
fn condition<'a>(lean: &'a Lean, type_: &str) -> Option<&'a Condition> {
    lean.status.conditions.iter().find(|condition| condition.type_ == type_ && condition.status == "True")
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEPLOYMENT: Kind = Kind { group: "apps", version: "v1", kind: "Deployment", plural: "deployments" };

    fn deployment(operation: &str, fields: &Value) -> Seen {
        written(operation, fields, "2026-01-01T00:00:00Z")
    }

    fn written(operation: &str, fields: &Value, time: &str) -> Seen {
        let object = json!({
            "metadata": {"name": "shop-api", "managedFields": [
                {"manager": "kubectl", "operation": operation, "fieldsV1": {"f:x": {}}},
                {"manager": "aegis", "operation": "Update", "subresource": "status", "fieldsV1": {}},
                {"manager": "aegis", "operation": operation, "time": time, "fieldsV1": fields},
            ]},
            "spec": {"replicas": 3, "template": {"spec": {"containers": [{"image": "shop:1"}]}}},
            "status": {"readyReplicas": 2, "conditions": [{"type": "ReplicaFailure", "status": "True", "message": "quota"}]},
        });
        seen(&DEPLOYMENT, serde_json::from_value(object).unwrap())
    }

    #[test]
    fn the_digest_moves_with_our_fields_and_operation_and_not_with_replicas() {
        let digest = |operation, fields| deployment(operation, &fields).fields.unwrap().digest;
        let plain = digest("Apply", json!({"f:spec": {"f:template": {}}}));
        assert_eq!(plain, digest("Apply", json!({"f:spec": {"f:replicas": {}, "f:template": {}}})));
        assert_ne!(plain, digest("Apply", json!({"f:spec": {"f:template": {"f:x": {}}}})));
        assert_ne!(plain, digest("Update", json!({"f:spec": {"f:template": {}}})));
    }

    #[test]
    fn the_digest_moves_with_values_that_we_changed() {
        let digest = |time| written("Apply", &json!({"f:spec": {"f:template": {}}}), time).fields.unwrap().digest;
        assert_ne!(digest("2026-01-01T00:00:00Z"), digest("2026-01-01T00:00:01Z"));
    }

    #[test]
    fn a_create_is_told_from_an_apply() {
        assert!(deployment("Update", &json!({})).fields.unwrap().is_update);
        assert!(!deployment("Apply", &json!({})).fields.unwrap().is_update);
    }

    #[test]
    fn an_update_beside_an_apply_is_still_to_go() {
        let entry = |operation: &str| json!({"manager": "aegis", "operation": operation, "fieldsV1": {"f:spec": {}}});
        let object = json!({"metadata": {"managedFields": [entry("Apply"), entry("Update")]}});
        assert!(seen(&DEPLOYMENT, serde_json::from_value(object).unwrap()).fields.unwrap().is_update);
    }

    #[test]
    fn a_workload_is_reduced_to_what_is_judged() {
        let Detail::Workload(seen) = deployment("Apply", &json!({})).detail else { panic!("not a workload") };
        assert_eq!((seen.replicas, seen.ready, seen.image.as_str()), (3, 2, "shop:1"));
        assert_eq!(seen.failure.as_deref(), Some("quota"));
    }

    #[test]
    fn an_owner_counts_more_than_a_label() {
        let metadata = json!({"namespace": "a", "labels": {"aegis.dev/app": "edited"},
            "ownerReferences": [{"apiVersion": "aegis.dev/v1alpha1", "kind": "AegisApp", "name": "shop", "uid": "1"}]});
        let mut metadata: ObjectMeta = serde_json::from_value(metadata).unwrap();
        assert_eq!(home(&metadata).unwrap().name, "shop");
        metadata.owner_references.as_mut().unwrap()[0].kind = "StatefulSet".into();
        assert_eq!(home(&metadata), None);
        metadata.owner_references.as_mut().unwrap()[0].kind = "CronJob".into();
        assert_eq!(home(&metadata).unwrap().name, "edited", "the run of a schedule");
        metadata.owner_references = None;
        assert_eq!(home(&metadata).unwrap().name, "edited");
    }
}
