//! The pod of a role: its container, its volumes, where it may run and who it is.

use aegis_crds::role::Signal;
use k8s_openapi::{
    api::core::v1::{
        ConfigMapVolumeSource, Container, EmptyDirVolumeSource, KeyToPath, PersistentVolumeClaimVolumeSource, PodSecurityContext, PodSpec,
        PodTemplateSpec, SeccompProfile, SecretVolumeSource, TopologySpreadConstraint, Volume,
    },
    apimachinery::pkg::apis::meta::v1::LabelSelector,
};
use kube_core::ObjectMeta;

use super::{auth, dev, telemetry};
use crate::{
    App,
    app::{Role, Security},
    names,
};

/// The template of a role's pods around its container.
pub(crate) fn template(app: &App, role: &Role, container: Container) -> PodTemplateSpec {
    PodTemplateSpec { metadata: Some(metadata(app, role)), spec: Some(spec(app, role, container)) }
}

/// The same for a Job: failed pods stay to be looked at; the Job's own count makes new ones.
pub(crate) fn never_restarted(mut template: PodTemplateSpec) -> PodTemplateSpec {
    if let Some(spec) = &mut template.spec {
        spec.restart_policy = Some("Never".into());
    }
    template
}

/// The selector of a role's pods.
pub(crate) fn selector(app: &App, role: &Role) -> LabelSelector {
    LabelSelector { match_labels: Some(names::pod_selector(&app.name, role.section, &role.name)), ..Default::default() }
}

/// What a pod may do.
pub(crate) fn security(security: &Security) -> PodSecurityContext {
    PodSecurityContext {
        fs_group: security.user,
        fs_group_change_policy: security.user.map(|_| "OnRootMismatch".into()),
        run_as_non_root: security.is_restricted.then_some(true),
        run_as_user: security.user,
        run_as_group: security.user,
        seccomp_profile: Some(SeccompProfile { type_: "RuntimeDefault".into(), ..Default::default() }),
        ..Default::default()
    }
}

/// User of the images that the operator brings, and limits of their containers.
pub(crate) const OWN: Security = Security { is_restricted: true, user: Some(10001), writable_paths: vec![] };

/// A pod that the operator runs for an app: with the app's identity, and nothing of its settings.
pub(crate) fn own(app: &App, container: Container, volumes: Vec<Volume>) -> PodSpec {
    PodSpec {
        containers: vec![container],
        automount_service_account_token: Some(false),
        service_account_name: Some(app.name.clone()),
        enable_service_links: Some(false),
        security_context: Some(security(&OWN)),
        volumes: Some(volumes),
        ..Default::default()
    }
}

/// A volume that is empty at every start.
pub(crate) fn scratch(name: &str) -> Volume {
    Volume { name: name.to_owned(), empty_dir: Some(EmptyDirVolumeSource::default()), ..Default::default() }
}

/// A volume of a claim.
pub(crate) fn claimed(name: &str, claim: &str) -> Volume {
    let source = PersistentVolumeClaimVolumeSource { claim_name: claim.to_owned(), ..Default::default() };
    Volume { name: name.to_owned(), persistent_volume_claim: Some(source), ..Default::default() }
}

fn metadata(app: &App, role: &Role) -> ObjectMeta {
    let mut labels = role.pod.labels.clone();
    labels.extend(names::labels(&app.name, role.section));
    labels.insert(names::ROLE_LABEL.into(), role.name.clone());
    let mut annotations = telemetry::annotations(app, role);
    annotations.extend(role.pod.annotations.clone());
    if let Some(word) = app.restarts.get(&role.name).filter(|_| names::ROLES.contains(&role.section)) {
        annotations.insert(names::RESTARTED_ANNOTATION.into(), word.clone());
    }
    annotations.extend(auth::kid(app, role).map(|kid| (names::KID_ANNOTATION.to_owned(), kid.to_owned())));
    ObjectMeta { labels: Some(labels), annotations: some(&annotations), ..Default::default() }
}

fn spec(app: &App, role: &Role, container: Container) -> PodSpec {
    PodSpec {
        containers: vec![container],
        service_account_name: Some(app.name.clone()),
        automount_service_account_token: Some(false),
        enable_service_links: Some(false),
        image_pull_secrets: (!app.image.pull_secrets.is_empty()).then(|| app.image.pull_secrets.clone()),
        node_selector: some(&role.pod.node_selector),
        tolerations: (!role.pod.tolerations.is_empty()).then(|| role.pod.tolerations.clone()),
        topology_spread_constraints: role.pod.spread.map(|key| vec![spread(app, role, key)]),
        priority_class_name: role.pod.priority_class.clone(),
        security_context: Some(security(&app.security)),
        // a reaper as PID 1, where the signal is Kubernetes' own
        share_process_namespace: (role.stop.signal == Signal::SIGTERM).then_some(true),
        termination_grace_period_seconds: Some(role.stop.whole()),
        volumes: Some(volumes(app, role)),
        ..Default::default()
    }
}

fn spread(app: &App, role: &Role, key: &str) -> TopologySpreadConstraint {
    TopologySpreadConstraint {
        label_selector: Some(selector(app, role)),
        max_skew: 1,
        topology_key: key.to_owned(),
        when_unsatisfiable: "ScheduleAnyway".into(),
        ..Default::default()
    }
}

fn volumes(app: &App, role: &Role) -> Vec<Volume> {
    let writable = (0..app.security.writable_paths.len()).map(|i| scratch(&format!("writable-{i}")));
    let volumes = app.volumes_of(&role.name).map(|volume| claimed(&format!("volume-{}", volume.name), &volume.claim.object));
    let files = app.files_of(&role.name).enumerate().map(|(i, file)| {
        let items = |key: &str| Some(vec![KeyToPath { key: key.to_owned(), path: "file".into(), ..Default::default() }]);
        Volume {
            name: format!("file-{i}"),
            secret: file.secret.as_ref().map(|source| SecretVolumeSource {
                secret_name: Some(source.name.clone()),
                items: items(&source.key),
                ..Default::default()
            }),
            config_map: file.config_map.as_ref().map(|source| ConfigMapVolumeSource {
                name: source.name.clone(),
                items: items(&source.key),
                ..Default::default()
            }),
            ..Default::default()
        }
    });
    std::iter::once(scratch("tmp"))
        .chain(telemetry::shared(role))
        .chain(writable)
        .chain(volumes)
        .chain(files)
        .chain(auth::volumes(app, role))
        .chain(dev::volume(app, role))
        .collect()
}

fn some(map: &std::collections::BTreeMap<String, String>) -> Option<std::collections::BTreeMap<String, String>> {
    (!map.is_empty()).then(|| map.clone())
}
