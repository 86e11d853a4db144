//! Disk and memory for a cluster. The engine says where it stores; a remote engine's disk is not measured.

use std::fs;
use std::path::Path;

use crate::engine::Engine;
use crate::failure::Failure;
use crate::process::{self, SHORT};

const GIB: u64 = 1 << 30;
/// Node image, the app's images and their unpacked copies in the node.
const DISK: u64 = 5 * GIB;
/// A control plane takes about half a GiB; an app with its database and queue about one.
const MEMORY: u64 = 2 * GIB;

pub fn disk(engine: &Engine) -> Result<(), Failure> {
    let root = engine.storage()?;
    let Some(df) = process::find("df").filter(|_| Path::new(&root).exists()) else {
        return Ok(());
    };
    let said = process::finish(process::command(&df).args(["-Pk", &root]), SHORT)?.stdout;
    match free_bytes(&said) {
        Some(free) if free < DISK => Err(Failure::new(
            format_args!("disk: {:.1} GiB free at {root}, 5 GiB needed", gib(free)),
            format_args!("{} stores images and containers there", engine.name),
            format_args!("free some: `{} system prune` removes what nothing uses", engine.name),
        )),
        _ => Ok(()),
    }
}

pub fn memory() -> Result<(), Failure> {
    let told = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    match available_bytes(&told) {
        Some(available) if available < MEMORY => Err(Failure::new(
            format_args!("memory: {:.1} GiB available, 2 GiB needed", gib(available)),
            "a control plane and an app with its database do not fit",
            "close something that uses memory, or delete another cluster (`kind get clusters`)",
        )),
        _ => Ok(()),
    }
}

/// The fourth column of POSIX `df -Pk`, in KiB.
fn free_bytes(df: &str) -> Option<u64> {
    let kib: u64 = df.lines().last()?.split_whitespace().nth(3)?.parse().ok()?;
    Some(kib * 1024)
}

fn available_bytes(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib * 1024)
}

#[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
fn gib(bytes: u64) -> f64 {
    bytes as f64 / GIB as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn df_and_meminfo_are_read_in_kib() {
        let df = "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/vda 100 40 60 40% /\n";
        assert_eq!(free_bytes(df), Some(60 * 1024));
        assert_eq!(available_bytes("MemTotal: 9 kB\nMemAvailable:   7 kB\n"), Some(7 * 1024));
    }
}
