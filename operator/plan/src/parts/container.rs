//! The container of a role: its process, its limits, its mounts and how it is stopped.

use k8s_openapi::api::core::v1::{
    Capabilities, Container, ExecAction, Lifecycle, LifecycleHandler, Probe, ResourceRequirements, SeccompProfile, SecurityContext,
    SleepAction, VolumeMount,
};

use super::{auth, dev, environment, telemetry};
use crate::{
    App,
    app::{Role, Security, Stop},
    names,
};
use aegis_crds::role::{ExecProbe, Resources, Signal};

/// The container, without probes and ports.
pub(crate) fn container(app: &App, role: &Role) -> Container {
    let container = Container {
        name: names::CONTAINER.into(),
        image: Some(app.image.reference.clone()),
        image_pull_policy: Some(app.image.pull_policy.into()),
        command: texts(&role.command),
        args: texts(&role.args),
        env: Some(environment::variables(app, role)),
        env_from: environment::sources(app, role),
        ports: telemetry::port(app, role),
        resources: resources(&role.resources),
        lifecycle: lifecycle(role.stop),
        security_context: security(&app.security),
        volume_mounts: Some(mounts(app, role)),
        ..Default::default()
    };
    dev::reloading(app, role, container)
}

/// What a container may do; None leaves all to the image.
pub(crate) fn security(security: &Security) -> Option<SecurityContext> {
    let hardened = SecurityContext {
        allow_privilege_escalation: Some(false),
        capabilities: Some(Capabilities { drop: Some(vec!["ALL".into()]), ..Default::default() }),
        read_only_root_filesystem: Some(true),
        run_as_non_root: Some(true),
        seccomp_profile: Some(SeccompProfile { type_: "RuntimeDefault".into(), ..Default::default() }),
        ..Default::default()
    };
    let limits = if security.is_restricted { hardened } else { SecurityContext::default() };
    let context = SecurityContext { run_as_user: security.user, run_as_group: security.user, ..limits };
    (context != SecurityContext::default()).then_some(context)
}

/// A probe by a command.
pub(crate) fn exec(probe: &ExecProbe) -> Probe {
    Probe {
        exec: Some(ExecAction { command: texts(&probe.exec) }),
        timeout_seconds: Some(probe.timeout_seconds.unwrap_or(5)),
        period_seconds: Some(probe.period_seconds.unwrap_or(30)),
        failure_threshold: Some(3),
        ..Default::default()
    }
}

/// What a container asks of its node.
pub(crate) fn resources(resources: &Resources) -> Option<ResourceRequirements> {
    let list = |list: &std::collections::BTreeMap<_, _>| (!list.is_empty()).then(|| list.clone());
    let (requests, limits) = (list(&resources.requests), list(&resources.limits));
    (requests.is_some() || limits.is_some()).then(|| ResourceRequirements { requests, limits, ..Default::default() })
}

fn texts(list: &[String]) -> Option<Vec<String>> {
    (!list.is_empty()).then(|| list.iter().map(|text| environment::escaped(text)).collect())
}

/// The wait before the signal, and a signal that Kubernetes does not send itself: pods of such roles do not share
/// their process namespace, so the process is PID 1 and `kill` in a preStop hook reaches it.
fn lifecycle(stop: Stop) -> Option<Lifecycle> {
    let handler = match (stop.signal, stop.delay) {
        (Signal::SIGTERM, 0) => return None,
        (Signal::SIGTERM, delay) => LifecycleHandler { sleep: Some(SleepAction { seconds: delay }), ..Default::default() },
        (signal, delay) => exec_hook(signal, delay, stop.grace.saturating_add(stop.drain)),
    };
    Some(Lifecycle { pre_stop: Some(handler), ..Default::default() })
}

/// Waits after the signal until PID 1 is gone, or the SIGTERM that follows the hook would cut its shutdown short.
fn exec_hook(signal: Signal, delay: i64, grace: i64) -> LifecycleHandler {
    let word = if signal == Signal::SIGINT { "INT" } else { "QUIT" };
    let script =
        format!("sleep {delay}; kill -{word} 1; i=0; while [ $i -lt {grace} ] && kill -0 1 2>/dev/null; do sleep 1; i=$((i+1)); done");
    LifecycleHandler { exec: Some(ExecAction { command: Some(vec!["/bin/sh".into(), "-c".into(), script]) }), ..Default::default() }
}

fn mounts(app: &App, role: &Role) -> Vec<VolumeMount> {
    let mount = |name: String, path: &str| VolumeMount { name, mount_path: path.to_owned(), ..Default::default() };
    let scratch = std::iter::once(mount("tmp".into(), "/tmp"));
    let writable = app.security.writable_paths.iter().enumerate().map(|(i, path)| mount(format!("writable-{i}"), path));
    let volumes = app.volumes_of(&role.name).map(|volume| mount(format!("volume-{}", volume.name), &volume.mount_path));
    let files = app.files_of(&role.name).enumerate().map(|(i, file)| VolumeMount {
        sub_path: Some("file".into()),
        read_only: Some(true),
        ..mount(format!("file-{i}"), &file.mount_path)
    });
    scratch
        .chain(telemetry::shared_mount(role))
        .chain(writable)
        .chain(volumes)
        .chain(files)
        .chain(auth::mounts(app, role))
        .chain(dev::mount(app, role))
        .collect()
}
