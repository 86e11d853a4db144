//! Every name, label and annotation, and how long each may be.
//! A double hyphen parts an app's name from a part's, and no name may hold one, so children of two apps never meet.

use std::collections::BTreeMap;

use kube_core::ObjectMeta;
use serde_json::json;

use crate::{App, app::Role, canonical};

/// Field manager of everything but replicas.
pub const MANAGER: &str = "aegis";
/// Field manager of replicas.
pub const SIZE_MANAGER: &str = "aegis-size";

/// Volume of the source that a developer sends into a role's pods.
pub const SOURCE: &str = "source";

/// Section and role of the agent, which no spec names.
pub const AGENT: &str = "agent";
/// Port of the agent's numbers.
pub const AGENT_PORT: u16 = 8081;
/// Path of the agent's numbers.
pub const AGENT_METRICS: &str = "/metrics";

/// Label with the app's name, on every child and pod.
pub const APP_LABEL: &str = "aegis.dev/app";
/// Label with the role's name, on its pods and objects.
pub const ROLE_LABEL: &str = "aegis.dev/role";
/// Label with the section of the spec, on every child and pod.
pub const SECTION_LABEL: &str = "aegis.dev/section";
/// Label of pods that people run beside an app by hand; its value is the app's name.
pub const RUN_LABEL: &str = "aegis.dev/run";
/// Label of a namespace from which every app is reached: `gateway` or `prometheus`.
pub const ACCESS_LABEL: &str = "aegis.dev/access";
/// Label of every namespace: its name.
pub const NAMESPACE_LABEL: &str = "kubernetes.io/metadata.name";
/// Label that says who manages an object.
pub const MANAGED_BY_LABEL: &str = "app.kubernetes.io/managed-by";
/// Label by which an object is given to the app of that name. Only who may edit the object can set it.
pub const ADOPT_LABEL: &str = "aegis.dev/adopt";
/// Annotation on the anchor of a generated Secret: its key.
pub const KEY_ANNOTATION: &str = "aegis.dev/key";
/// On an anchor of a provisioned service: what that service is. Its data can be read by no other.
pub const TYPE_ANNOTATION: &str = "aegis.dev/type";
/// Annotation on the anchor of a signing key: its public half, a JSON Web Key.
pub const JWK_ANNOTATION: &str = "aegis.dev/jwk";
/// Annotation on the anchor of a signing key: when the key was made.
pub const MADE_ANNOTATION: &str = "aegis.dev/made";
/// Annotation of the app that asks for another signing key, by a word that was never said before; and on the anchor of a key,
/// the word that it was made for.
pub const ROTATE_ANNOTATION: &str = "aegis.dev/rotate";
/// Annotation on the ConfigMap of the public keys: their ids.
pub const KIDS_ANNOTATION: &str = "aegis.dev/kids";
/// Annotation in the api's pod template: the id of the key that signs.
pub const KID_ANNOTATION: &str = "aegis.dev/kid";
/// Annotation on a revision: the migration inputs that succeeded under it.
pub const MIGRATED_ANNOTATION: &str = "aegis.dev/migrated";
/// Annotation on a revision: the migration inputs that failed under it when they may have changed the database.
pub const HALF_MIGRATED_ANNOTATION: &str = "aegis.dev/half-migrated";
/// Annotation on a revision: the behavior that renders it.
pub const BEHAVIOR_ANNOTATION: &str = "aegis.dev/behavior";
/// Annotation on a revision: its number when all its roles last ran.
pub const GOOD_ANNOTATION: &str = "aegis.dev/good";
/// Annotation on a revision: why it gave way to another.
pub const FAILED_ANNOTATION: &str = "aegis.dev/failed";
/// Annotation in a role's pod template: the digest of all the rest of it.
pub const TEMPLATE_ANNOTATION: &str = "aegis.dev/template";
/// Annotation in a role's pod template: the word of the last restart that was asked for.
pub const RESTARTED_ANNOTATION: &str = "aegis.dev/restarted";
/// Start of the app's annotations that ask for a restart of a role, whose name follows.
pub const RESTART_ANNOTATION: &str = "aegis.dev/restart.";
/// Annotation of the app that asks for another try of the spec of that hash: `<hash>/<word>`.
pub const RETRY_ANNOTATION: &str = "aegis.dev/retry";
/// Annotation of the app that asks to run another release instead of the spec of that hash: `<hash>/<hash>`, and
/// `/across-migration` where the user said so.
pub const UNDO_ANNOTATION: &str = "aegis.dev/undo";

/// Annotation on a migration's Job: the inputs it runs with.
pub const INPUTS_ANNOTATION: &str = "aegis.dev/inputs";
/// Annotation on a migration's Job: the number of the revision that it was made for.
pub const REVISION_ANNOTATION: &str = "aegis.dev/revision";

/// Sections whose processes run on and on.
pub const ROLES: [&str; 4] = ["workers", "api", "frontend", "scheduler"];

/// Longest name of a StatefulSet or CronJob: its pods' names and labels add up to eleven characters.
pub const LONG_SUFFIX_LIMIT: usize = 52;
/// Longest name of anything else: a DNS label.
pub const LABEL_LIMIT: usize = 63;

/// Name of the port of roles that serve nothing but metrics.
pub const METRICS_PORT: &str = "metrics";
/// Folder in which the processes of one pod add up what they count.
pub const METRICS_FOLDER: &str = "/run/aegis/metrics";
/// Longest name of what makes no pods and no addresses: a DNS name.
pub const OBJECT_LIMIT: usize = 253;

/// Starts of annotations that no route may set: the operator's own, and Traefik's by which requests are let through.
pub const OWN_ANNOTATIONS: [&str; 2] = ["aegis.dev/", "traefik.ingress.kubernetes.io/router.middlewares"];

/// Container of a role's pods, and of a provisioned service's.
pub const CONTAINER: &str = "app";

/// Digest of what the app's annotations ask for, by which it is known whether the operator has looked at it.
pub fn requests(annotations: &BTreeMap<String, String>) -> Option<String> {
    let is_request =
        |key: &str| [RETRY_ANNOTATION, UNDO_ANNOTATION, ROTATE_ANNOTATION].contains(&key) || key.starts_with(RESTART_ANNOTATION);
    let requests: BTreeMap<_, _> = annotations.iter().filter(|(key, _)| is_request(key)).collect();
    (!requests.is_empty()).then(|| canonical::digest(&json!(requests)))
}

/// Selects everything the operator manages.
pub fn selector() -> String {
    format!("{MANAGED_BY_LABEL}={MANAGER}")
}

/// Whether the operator manages the object with these labels.
pub fn is_managed(labels: &BTreeMap<String, String>) -> bool {
    labels.get(MANAGED_BY_LABEL).is_some_and(|by| by == MANAGER)
}

/// Name of something an app has one of: `shop-api`.
pub fn single(app: &str, kind: &str) -> String {
    format!("{app}-{kind}")
}

/// Name of something an app has several of: `shop-worker--media`.
pub fn part(app: &str, kind: &str, name: &str) -> String {
    format!("{app}-{kind}--{name}")
}

/// Metadata of a child of a section.
pub fn metadata(app: &App, name: &str, section: &str) -> ObjectMeta {
    ObjectMeta {
        name: Some(name.to_owned()),
        namespace: Some(app.namespace.clone()),
        labels: Some(labels(&app.name, section)),
        ..Default::default()
    }
}

/// Metadata of a child of a role.
pub fn role_metadata(app: &App, role: &Role, name: &str) -> ObjectMeta {
    let mut metadata = metadata(app, name, role.section);
    metadata.labels.get_or_insert_default().insert(ROLE_LABEL.into(), role.name.clone());
    metadata
}

/// Labels that select the pods of a role; they never change.
pub fn pod_selector(app: &str, section: &str, role: &str) -> BTreeMap<String, String> {
    [(APP_LABEL, app), (SECTION_LABEL, section), (ROLE_LABEL, role)].map(|(key, value)| (key.to_owned(), value.to_owned())).into()
}

/// The labels of every child: never the resource's own, nor `app.kubernetes.io/instance`, by which GitOps tools would adopt and prune them.
pub fn labels(app: &str, section: &str) -> BTreeMap<String, String> {
    [(APP_LABEL, app), (SECTION_LABEL, section), ("app.kubernetes.io/name", app), (MANAGED_BY_LABEL, MANAGER)]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into()
}
