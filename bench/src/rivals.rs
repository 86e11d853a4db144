//! What users have without an operator: `kubectl apply --server-side` of the same children.
//! Owners are left out, for there is no app to own them.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use aegis_tests::server::{bound::ends_with_us, install};
use serde_json::json;

use crate::{
    app::{self, Name},
    lab::Lab,
    recording::Recording,
};

/// Apps that are applied one by one: each takes as long as the first.
const ONE_BY_ONE: usize = 40;

/// One file with the children of all apps. Returns children per second.
pub async fn at_once(folder: &Path, recording: &Recording, apps: usize) -> f64 {
    rate(folder, recording, &app::names(0, apps), apps).await
}

/// One file and one call per app, one after the other. Returns children per second.
pub async fn one_by_one(folder: &Path, recording: &Recording, apps: usize) -> f64 {
    rate(folder, recording, &app::names(0, apps.min(ONE_BY_ONE)), 1).await
}

async fn rate(folder: &Path, recording: &Recording, names: &[Name], per_file: usize) -> f64 {
    let lab = Lab::still(folder).await;
    lab.namespaces(names).await;
    let files: Vec<PathBuf> = names.chunks(per_file).map(|names| file(&lab.plane.folder, recording, names)).collect();
    let children = crate::floor::count(names.len() * app::children().values().sum::<usize>());
    let kubectl = PathBuf::from(install::tool("kubectl").get_program());
    let started = Instant::now();
    for file in &files {
        apply(&lab, &kubectl, file);
    }
    let rate = children / started.elapsed().as_secs_f64();
    lab.close();
    rate
}

fn file(folder: &Path, recording: &Recording, names: &[Name]) -> PathBuf {
    let path = folder.join(format!("{}.json", names.first().expect("a file has apps").name));
    let items: Vec<_> = names.iter().flat_map(|name| recording.children(name)).collect();
    let list = json!({"apiVersion": "v1", "kind": "List", "items": items});
    fs::write(&path, list.to_string()).expect("a file can be written");
    path
}

fn apply(lab: &Lab, kubectl: &Path, file: &Path) {
    let cache = lab.plane.folder.join("kubectl-cache");
    let output = ends_with_us(kubectl)
        .args(["apply", "--server-side", "--filename"])
        .arg(file)
        .arg("--cache-dir")
        .arg(cache)
        .env("KUBECONFIG", lab.kubeconfig())
        .output()
        .expect("kubectl can be run");
    assert!(output.status.success(), "kubectl apply: {}", String::from_utf8_lossy(&output.stderr));
}
