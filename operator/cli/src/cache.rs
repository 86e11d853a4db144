//! Where what can be made again is kept: binaries, bases, one folder per cluster. It does not fill them.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// `$AEGIS_CACHE`, else `$XDG_CACHE_HOME/aegis`, else `~/.cache/aegis`.
pub fn root() -> PathBuf {
    let set = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("AEGIS_CACHE")
        .or_else(|| Some(set("XDG_CACHE_HOME")?.join("aegis")))
        .or_else(|| Some(env::home_dir()?.join(".cache/aegis")))
        .unwrap_or_else(|| PathBuf::from(".cache/aegis"))
}

/// Programs that the project built or fetched at the versions it pins.
pub fn programs() -> PathBuf {
    root().join("bin")
}

/// Root file systems for bases that no registry could give.
pub fn bases() -> PathBuf {
    root().join("bases")
}

/// What belongs to one cluster: its kubeconfig, its audit log.
pub fn cluster(name: &str) -> PathBuf {
    root().join("clusters").join(name)
}

/// Makes the folder, and its parents.
pub fn folder(path: &Path) -> Result<(), Failure> {
    fs::create_dir_all(path).map_err(|error| unwritable(path, &error))
}

/// The failure for a path in the cache that cannot be written.
pub fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format_args!("writing {}", path.display()), error, "make the folder writable, or point AEGIS_CACHE at one that is")
}
