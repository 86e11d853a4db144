//! Facts as a cluster would give them: an app that runs as planned, and what differs from that.
//! It decides nothing; names and hashes come from the planner itself.

mod routes;

use aegis_crds::{AegisApp, status::InventoryEntry};
use aegis_plan::{
    App, Facts, Key, Owner, Planned, Seen, accept, everything,
    facts::{ClaimSeen, CronJobSeen, Detail, Fields, JobSeen, RevisionSeen, WorkloadSeen},
    names::{KID_ANNOTATION, RESTARTED_ANNOTATION},
    plan, step,
};
use jiff::Timestamp;
use serde_json::Value;

use crate::keys;

/// Digest of a managedFields entry that nobody has touched.
const UNTOUCHED: &str = "untouched";

/// The moment of every look.
pub fn now() -> Timestamp {
    "2026-01-01T12:00:00Z".parse().expect("a moment")
}

/// Facts of a namespace in which nothing of the app exists.
pub fn empty() -> Facts {
    Facts { now: now(), ..Default::default() }
}

/// Facts after `asked` was applied to a cluster and every controller has done its work.
pub fn applied(asked: &AegisApp, facts: &Facts) -> Facts {
    // the second round records that the migration has succeeded, and that the release runs
    let first = written(asked, facts);
    let mut second = written(asked, &first);
    let accepted = accept(asked, &second);
    let wanted = plan(&accepted, &second).map(|plan| plan.wanted).unwrap_or_default();
    for planned in wanted.iter().filter(|planned| planned.section == "revisions") {
        put(&mut second, accepted.app.as_ref().expect("it was planned"), planned);
    }
    second
}

/// The accepted app.
///
/// # Panics
/// When it is refused.
pub fn accepted(asked: &AegisApp, facts: &Facts) -> App {
    let accepted = accept(asked, facts);
    accepted.app.unwrap_or_else(|| panic!("refused: {:#?}", accepted.problems))
}

fn written(asked: &AegisApp, facts: &Facts) -> Facts {
    let mut facts = facts.clone();
    keys::make_due(&mut facts, asked);
    let app = accepted(asked, &facts);
    // the names of Secrets are known once their anchors are there
    for planned in everything(&app).iter().filter(|planned| planned.kind.kind == "ConfigMap") {
        put(&mut facts, &app, planned);
    }
    let app = accepted(asked, &facts);
    for planned in everything(&app) {
        put(&mut facts, &app, &planned);
    }
    facts.status.release = Some(app.revision.hash);
    facts.status.observed_generation = asked.metadata.generation;
    keys::tell(&mut facts, asked);
    facts
}

/// Puts one planned object into the facts, as applied and settled.
pub fn put(facts: &mut Facts, app: &App, planned: &Planned) {
    let is_it = |kind: &str, name: &str| kind == planned.kind.kind && name == planned.name;
    facts.children.retain(|seen| !is_it(&seen.key.kind, &seen.key.name));
    facts.children.extend(seen(planned, app));
    facts.status.inventory.retain(|entry| !is_it(&entry.kind, &entry.name));
    facts.status.inventory.push(entry(planned));
}

/// A planned object as it is seen; a Secret never is.
fn seen(planned: &Planned, app: &App) -> Option<Seen> {
    let owners = match planned.owner {
        Owner::App => vec![app.uid.clone()],
        Owner::Nobody => vec![],
        Owner::Anchor { .. } => return None,
    };
    let texts = |field: &str| serde_json::from_value(planned.body.value()["metadata"][field].clone()).unwrap_or_default();
    Some(Seen {
        key: Key { kind: planned.kind.kind.into(), name: planned.name.clone() },
        uid: uid(planned),
        resource_version: "1".into(),
        owners,
        labels: texts("labels"),
        annotations: texts("annotations"),
        deleting: false,
        fields: Some(Fields { is_update: false, digest: UNTOUCHED.into() }),
        rivals: vec![],
        detail: detail(planned),
    })
}

/// What the inventory says of a planned object after it was applied.
fn entry(planned: &Planned) -> InventoryEntry {
    InventoryEntry {
        kind: planned.kind.kind.into(),
        name: planned.name.clone(),
        uid: uid(planned),
        hash: planned.hash.clone(),
        fields: (!planned.kind.is_write_only()).then(|| UNTOUCHED.into()),
        size: planned.size.map(step::word),
    }
}

/// A Secret goes by the uid of its anchor.
pub fn uid(planned: &Planned) -> String {
    match &planned.owner {
        Owner::Anchor { name, .. } => format!("ConfigMap/{name}"),
        _ => format!("{}/{}", planned.kind, planned.name),
    }
}

fn detail(planned: &Planned) -> Detail {
    match (planned.kind.kind, planned.size) {
        (_, Some(size)) => Detail::Workload(workload(planned, size.count())),
        ("Job", _) => Detail::Job(JobSeen { complete: true, ..Default::default() }),
        ("CronJob", _) => Detail::CronJob(CronJobSeen { created: now(), ..Default::default() }),
        ("ControllerRevision", _) => Detail::Revision(RevisionSeen {
            number: planned.body.value()["revision"].as_i64().unwrap_or_default(),
            spec: (&planned.body.value()["data"]).into(),
        }),
        ("PersistentVolumeClaim", _) => Detail::Claim(claim(&planned.body.value()["spec"])),
        ("HTTPRoute" | "Ingress" | "SecurityPolicy" | "BackendTrafficPolicy", _) => Detail::Route(routes::taken(&planned.body.value())),
        _ => Detail::Plain,
    }
}

/// A claim as it was asked for, bound, of the cluster's class unless it names one.
fn claim(spec: &Value) -> ClaimSeen {
    let class = spec["storageClassName"].as_str();
    ClaimSeen {
        phase: "Bound".into(),
        request: spec["resources"]["requests"]["storage"].as_str().unwrap_or_default().to_owned(),
        modes: serde_json::from_value(spec["accessModes"].clone()).unwrap_or_default(),
        class: Some(class.unwrap_or("standard").to_owned()),
        is_class_ours: class.is_some(),
    }
}

fn workload(planned: &Planned, replicas: i32) -> WorkloadSeen {
    WorkloadSeen {
        generation: 1,
        observed_generation: 1,
        replicas,
        current: replicas,
        updated: replicas,
        ready: replicas,
        image: image(&planned.body.value()),
        template: planned.template.clone(),
        restarted: mark(&planned.body.value(), RESTARTED_ANNOTATION),
        kid: mark(&planned.body.value(), KID_ANNOTATION),
        ..Default::default()
    }
}

/// What the operator has written into a pod template.
fn mark(body: &Value, annotation: &str) -> Option<String> {
    body["spec"]["template"]["metadata"]["annotations"][annotation].as_str().map(str::to_owned)
}

fn image(body: &Value) -> String {
    body.pointer("/spec/template/spec/containers/0/image").and_then(Value::as_str).unwrap_or_default().to_owned()
}
