//! Where the programs of this suite are: `environment` makes them once, cargo makes the agent.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        LazyLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use crate::files::root;

static ENVIRONMENT: LazyLock<HashMap<String, PathBuf>> = LazyLock::new(|| {
    let made = Command::new(root().join("tests/agent/environment")).output().expect("bash can be run");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let text = String::from_utf8(made.stdout).expect("folders are UTF-8");
    text.lines().filter_map(|line| line.split_once('=')).map(|(name, place)| (name.to_owned(), place.into())).collect()
});

static AGENT: LazyLock<PathBuf> = LazyLock::new(|| {
    let target = root().join("target");
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--package", "aegis-agent", "--bin", "aegis-agent", "--target-dir"]).arg(&target);
    assert!(build.current_dir(root()).status().expect("cargo can be run").success(), "the agent does not build");
    target.join("debug/aegis-agent")
});

/// The folder of redis or of a library's virtual environment.
pub fn place(name: &str) -> &'static Path {
    &ENVIRONMENT[name]
}

/// The agent's binary: as it is built now, or the one that `AEGIS_AGENT` names.
pub fn agent() -> PathBuf {
    std::env::var_os("AEGIS_AGENT").map_or_else(|| AGENT.clone(), PathBuf::from)
}

/// A new folder for one test's files.
pub fn folder() -> PathBuf {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let folder = root().join("target/tmp").join(format!("agent-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    folder
}
