//! The Pod Security Standard `restricted`, as Kubernetes publishes it, for a pod's spec.
//! Controls of Windows and of user namespaces are left out: no field of ours reaches them.

use k8s_openapi::api::core::v1::{Container, PodSpec, SecurityContext};
use serde_json::Value;

/// Volume types that `restricted` allows.
const VOLUMES: [&str; 8] = ["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"];
/// Capabilities that may be added although all are dropped.
const CAPABILITIES: [&str; 1] = ["NET_BIND_SERVICE"];

/// Everything in which a pod breaks `restricted`; `baseline` is a part of it.
pub fn restricted(pod: &PodSpec) -> Vec<String> {
    let mut broken = host(pod);
    broken.extend(volumes(pod));
    let containers = pod.containers.iter().chain(pod.init_containers.iter().flatten());
    for container in containers {
        let found = container_rules(pod, container);
        broken.extend(found.into_iter().map(|rule| format!("container {}: {rule}", container.name)));
    }
    broken
}

fn host(pod: &PodSpec) -> Vec<String> {
    let context = pod.security_context.clone().unwrap_or_default();
    let rules = [
        (pod.host_network == Some(true), "hostNetwork"),
        (pod.host_pid == Some(true), "hostPID"),
        (pod.host_ipc == Some(true), "hostIPC"),
        (context.sysctls.is_some_and(|sysctls| !sysctls.is_empty()), "sysctls"),
        (context.run_as_user == Some(0), "runAsUser 0"),
        (context.se_linux_options.is_some(), "seLinuxOptions"),
        (context.app_armor_profile.is_some_and(|profile| profile.type_ == "Unconfined"), "AppArmor Unconfined"),
    ];
    rules.into_iter().filter(|(is_broken, _)| *is_broken).map(|(_, rule)| rule.to_owned()).collect()
}

fn volumes(pod: &PodSpec) -> Vec<String> {
    let types = |volume| match serde_json::to_value(volume).expect("a volume is JSON") {
        Value::Object(fields) => fields.keys().filter(|key| *key != "name").cloned().collect::<Vec<_>>(),
        _ => vec![],
    };
    let all = pod.volumes.iter().flatten().flat_map(types);
    all.filter(|kind| !VOLUMES.contains(&kind.as_str())).map(|kind| format!("volume type {kind}")).collect()
}

fn container_rules(pod: &PodSpec, container: &Container) -> Vec<&'static str> {
    let shared = pod.security_context.clone().unwrap_or_default();
    let own = container.security_context.clone().unwrap_or_default();
    let seccomp = own.seccomp_profile.as_ref().or(shared.seccomp_profile.as_ref());
    let ports = container.ports.iter().flatten();
    let rules = [
        (own.privileged == Some(true), "privileged"),
        (own.allow_privilege_escalation != Some(false), "allowPrivilegeEscalation is not false"),
        (own.run_as_non_root.or(shared.run_as_non_root) != Some(true), "runAsNonRoot is not true"),
        (own.run_as_user == Some(0), "runAsUser 0"),
        (!seccomp.is_some_and(|profile| ["RuntimeDefault", "Localhost"].contains(&profile.type_.as_str())), "no seccomp profile"),
        (!drops_all(&own), "capabilities are not dropped"),
        (adds_more(&own), "capabilities are added"),
        (ports.clone().any(|port| port.host_port.is_some_and(|port| port != 0)), "hostPort"),
        (own.proc_mount.as_ref().is_some_and(|mount| mount != "Default"), "procMount"),
        (own.se_linux_options.is_some(), "seLinuxOptions"),
        (own.app_armor_profile.as_ref().is_some_and(|profile| profile.type_ == "Unconfined"), "AppArmor Unconfined"),
    ];
    rules.into_iter().filter(|(is_broken, _)| *is_broken).map(|(_, rule)| rule).collect()
}

fn drops_all(context: &SecurityContext) -> bool {
    let dropped = context.capabilities.as_ref().and_then(|capabilities| capabilities.drop.as_ref());
    dropped.is_some_and(|dropped| dropped.iter().any(|capability| capability == "ALL"))
}

fn adds_more(context: &SecurityContext) -> bool {
    let added = context.capabilities.iter().filter_map(|capabilities| capabilities.add.as_ref()).flatten();
    added.into_iter().any(|capability| !CAPABILITIES.contains(&capability.as_str()))
}
