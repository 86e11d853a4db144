//! Volumes and files: sizes, paths of their own, roles that exist, and one writer where there can be only one.

use std::collections::BTreeSet;

use aegis_crds::{
    AegisApp, AegisAppSpec, rules,
    schedules::ConcurrencyPolicy,
    volumes::{AccessMode, Volume},
};

use super::{defaults, names::ROLES, quantity};
use crate::{
    Problem,
    names::METRICS_FOLDER,
    parts::auth::FOLDERS,
    problem::{BAD_PATH, BAD_QUANTITY, DUPLICATE_PATH, FILE_SOURCE, SINGLE_WRITER, UNKNOWN_ROLE},
};

pub(super) fn sizes(asked: &AegisApp) -> Vec<Problem> {
    let spec = &asked.spec;
    let volumes = spec.volumes.iter().enumerate().map(|(i, volume)| (format!("spec.volumes[{i}].size"), &volume.size));
    let bindings =
        spec.bindings.iter().enumerate().filter_map(|(i, binding)| {
            Some((format!("spec.bindings[{i}].provision.storage"), binding.provision.as_ref()?.storage.as_ref()?))
        });
    volumes.chain(bindings).filter_map(|(path, size)| quantity::size_problem(&BAD_QUANTITY, &path, size)).collect()
}

pub(super) fn paths(asked: &AegisApp) -> Vec<Problem> {
    let spec = &asked.spec;
    let mut problems = vec![];
    let mut taken = BTreeSet::from(["/tmp", METRICS_FOLDER]);
    taken.extend(spec.auth.iter().flat_map(|_| FOLDERS));
    for (place, path) in mounts(spec) {
        if !is_path(path) {
            problems.push(Problem::new(&BAD_PATH, place, format!("{path:?}: {}", rules::ABSOLUTE_PATH)));
        } else if !taken.insert(path) {
            problems.push(Problem::new(&DUPLICATE_PATH, place, format!("{path} is mounted already")));
        }
    }
    for (i, file) in spec.files.iter().enumerate().filter(|(_, file)| file.secret.is_some() == file.config_map.is_some()) {
        problems.push(Problem::new(&FILE_SOURCE, format!("spec.files[{i}]"), format!("{} has no single source", file.mount_path)));
    }
    problems
}

pub(super) fn roles(asked: &AegisApp) -> Vec<Problem> {
    let spec = &asked.spec;
    let workers = spec.workers.iter().map(|worker| worker.name.as_str());
    let schedules = spec.schedules.iter().map(|schedule| schedule.name.as_str());
    let known: Vec<&str> = ROLES.into_iter().filter(|role| has_role(spec, role)).chain(workers).chain(schedules).collect();
    let volumes = spec.volumes.iter().enumerate().map(|(i, volume)| (format!("spec.volumes[{i}].roles"), &volume.roles));
    let files = spec.files.iter().enumerate().map(|(i, file)| (format!("spec.files[{i}].roles"), &file.roles));
    let unknown = |(path, roles): (String, &Vec<String>)| {
        let strangers = roles.iter().enumerate().filter(|(_, role)| !known.contains(&role.as_str()));
        let problem = |(i, role): (usize, &String)| {
            Problem::new(&UNKNOWN_ROLE, format!("{path}[{i}]"), format!("the app has no role {role:?}"))
                .fix(format!("Use one of {}.", known.join(", ")))
        };
        strangers.map(problem).collect::<Vec<_>>()
    };
    volumes.chain(files).flat_map(unknown).collect()
}

pub(super) fn writers(asked: &AegisApp) -> Vec<Problem> {
    let spec = &asked.spec;
    let shared = |(i, volume): (usize, &Volume)| {
        let path = format!("spec.volumes[{i}]");
        let roles = defaults::volume_roles(volume, spec);
        // the migration is over before a role starts
        let running: Vec<&String> = roles.iter().filter(|role| *role != "migration").collect();
        let several = running.iter().find(|role| most(spec, role) > 1);
        let message = match (several, running.as_slice()) {
            (Some(role), _) => format!("volume {:?} is ReadWriteOnce, and {role} may have {} pods", volume.name, most(spec, role)),
            (None, [_, _, ..]) => format!(
                "volume {:?} is ReadWriteOnce, and several roles mount it: {}",
                volume.name,
                running.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(", ")
            ),
            _ => return None,
        };
        Some(Problem::new(&SINGLE_WRITER, path, message))
    };
    let single = |(_, volume): &(usize, &Volume)| volume.access_mode.unwrap_or_default() == AccessMode::ReadWriteOnce;
    spec.volumes.iter().enumerate().filter(single).filter_map(shared).collect()
}

/// The migration must run where each volume is that it shares, and two roles may run on two nodes.
pub(super) fn neighbours(asked: &AegisApp) -> Vec<Problem> {
    let spec = &asked.spec;
    let mut first: Option<(&str, String)> = None;
    let mut problems = vec![];
    for (i, volume) in spec.volumes.iter().enumerate() {
        let roles = defaults::volume_roles(volume, spec);
        let is_shared = volume.access_mode.unwrap_or_default() == AccessMode::ReadWriteOnce && roles.iter().any(|role| role == "migration");
        let Some(role) = roles.into_iter().find(|role| is_shared && role != "migration") else { continue };
        match &first {
            None => first = Some((&volume.name, role)),
            Some((_, other)) if *other == role => {}
            Some((name, other)) => problems.push(Problem::new(
                &SINGLE_WRITER,
                format!("spec.volumes[{i}]"),
                format!(
                    "volume {:?} is ReadWriteOnce, and the migration needs it where {role} runs and volume {name:?} where {other} runs, which may be another node",
                    volume.name
                ),
            )),
        }
    }
    problems
}

/// Most pods that a role may have at a time.
fn most(spec: &AegisAppSpec, role: &str) -> i32 {
    if spec.schedules.iter().any(|schedule| schedule.name == role && schedule.concurrency_policy == Some(ConcurrencyPolicy::Allow)) {
        return 2;
    }
    let replicas = match role {
        "api" => spec.api.as_ref().and_then(|api| api.replicas.as_ref()),
        "frontend" => spec.frontend.as_ref().and_then(|frontend| frontend.replicas.as_ref()),
        name => spec.workers.iter().find(|worker| worker.name == name).and_then(|worker| worker.replicas.as_ref()),
    };
    defaults::bounds(replicas).max
}

fn has_role(spec: &AegisAppSpec, role: &str) -> bool {
    match role {
        "frontend" => spec.frontend.is_some(),
        "scheduler" => spec.scheduler.is_some(),
        "migration" => spec.migration.is_some(),
        _ => true,
    }
}

fn mounts(spec: &AegisAppSpec) -> Vec<(String, &str)> {
    let volumes = spec.volumes.iter().enumerate().map(|(i, volume)| (format!("spec.volumes[{i}].mountPath"), volume.mount_path.as_str()));
    let files = spec.files.iter().enumerate().map(|(i, file)| (format!("spec.files[{i}].mountPath"), file.mount_path.as_str()));
    let writable = spec.security.iter().flat_map(|security| &security.writable_paths).enumerate();
    let writable = writable.map(|(i, path)| (format!("spec.security.writablePaths[{i}]"), path.as_str()));
    volumes.chain(files).chain(writable).collect()
}

fn is_path(path: &str) -> bool {
    let is_step = |step: &str| !step.is_empty() && step != "." && !step.starts_with("..");
    path.strip_prefix('/').is_some_and(|rest| rest.split('/').all(is_step)) && !path.contains(':')
}
