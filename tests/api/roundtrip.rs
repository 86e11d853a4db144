//! What the server makes of a planned object is what was planned: applying it once more changes nothing.
//! Otherwise the operator and the server's defaults would never agree.

use aegis_crds::{AegisApp, AegisAppStatus, status::InventoryEntry};
use aegis_plan::{
    Facts, Key, Seen, accept, everything,
    facts::{Detail, RevisionSeen},
};
use serde_json::Value;

use crate::{
    apps,
    cluster::Patch,
    scene::{Scene, tests},
};

tests![the_shop_is_stored_as_planned, every_section_is_stored_as_planned];

async fn the_shop_is_stored_as_planned(scene: Scene) {
    is_stored_as_planned(scene, apps::example("shop")).await;
}

async fn every_section_is_stored_as_planned(scene: Scene) {
    is_stored_as_planned(scene, apps::full()).await;
}

async fn is_stored_as_planned(mut scene: Scene, app: Value) {
    scene.apply(&app).await;
    let stored = scene.runs(app["metadata"]["name"].as_str().expect("a name")).await;
    let planned = planned(&scene, &stored).await;
    let mut faults = vec![];
    for planned in planned.iter().filter(|planned| !planned.kind.is_write_only()) {
        let (kind, name) = (planned.kind.kind, planned.name.as_str());
        let before = without_record(scene.get(kind, name).await);
        let dry = format!("{name}?dryRun=All&fieldValidation=Strict");
        let after = scene.cluster.patch(&scene.namespace, kind, &dry, Patch::Apply("aegis"), &planned.body.value()).await;
        let after = without_record(after.unwrap_or_else(|status| panic!("{kind} {name}: {status}")));
        if before != after {
            faults.push(format!("{kind} {name}: {before:#}\nbecomes {after:#}"));
        }
        let entry = recorded(&stored).into_iter().find(|entry| entry.kind == kind && entry.name == name);
        if entry.map(|entry| entry.hash) != Some(planned.hash.clone()) {
            faults.push(format!("{kind} {name}: the operator planned something else"));
        }
    }
    assert!(faults.is_empty() && planned.len() > 20, "{}", faults.join("\n"));
}

/// The plan of a stored app, with what the cluster remembers of its migration, and the anchors that name its Secrets.
async fn planned(scene: &Scene, stored: &Value) -> Vec<aegis_plan::Planned> {
    let asked: AegisApp = serde_json::from_value(stored.clone()).expect("it has the shape of its schema");
    let status: AegisAppStatus = serde_json::from_value(stored["status"].clone()).expect("a status");
    let revisions = scene.cluster.list(&scene.namespace, "ControllerRevision").await;
    let anchors = scene.cluster.list(&scene.namespace, "ConfigMap").await;
    let children = revisions.iter().filter(|revision| revision["metadata"]["ownerReferences"][0]["kind"] == "AegisApp").map(revision);
    let children = children.chain(anchors.iter().map(|anchor| seen(anchor, "ConfigMap")));
    let facts = Facts { children: children.collect(), status, ..Default::default() };
    everything(&accept(&asked, &facts).app.expect("it is accepted"))
}

fn revision(revision: &Value) -> Seen {
    let number = revision["revision"].as_i64().unwrap_or_default();
    Seen { detail: Detail::Revision(RevisionSeen { number, spec: (&revision["data"]).into() }), ..seen(revision, "ControllerRevision") }
}

fn seen(object: &Value, kind: &str) -> Seen {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let metadata = &object["metadata"];
    let owners = metadata["ownerReferences"].as_array().into_iter().flatten().map(|owner| text(&owner["uid"]));
    Seen {
        key: Key { kind: kind.into(), name: text(&metadata["name"]) },
        uid: text(&metadata["uid"]),
        owners: owners.collect(),
        labels: serde_json::from_value(metadata["labels"].clone()).unwrap_or_default(),
        annotations: serde_json::from_value(metadata["annotations"].clone()).unwrap_or_default(),
        ..Default::default()
    }
}

fn recorded(stored: &Value) -> Vec<InventoryEntry> {
    serde_json::from_value(stored["status"]["inventory"].clone()).expect("an inventory")
}

/// Without who wrote what when, and without what controllers report meanwhile.
fn without_record(mut object: Value) -> Value {
    for part in ["managedFields", "resourceVersion"] {
        object["metadata"][part].take();
    }
    object["status"].take();
    object
}
