//! What kind's nodes need of the kernel. Machines without /proc run containers in a VM of their own and pass.

use std::fs;
use std::path::Path;

use crate::failure::Failure;
use crate::process::{self, SHORT};

/// containerd in the node unpacks images with overlayfs.
pub fn overlay() -> Result<(), Failure> {
    match fs::read_to_string("/proc/filesystems") {
        Ok(known) if !has_word(&known, "overlay") && !module("overlay") => {
            Err(Failure::new("kernel: no overlay file system", "/proc/filesystems does not name it", "as root: modprobe overlay"))
        }
        _ => Ok(()),
    }
}

/// The kubelet limits pods through these.
pub fn controllers() -> Result<(), Failure> {
    // cgroup v2 lists them in one file; v1 has one line each, with `enabled` last.
    let unified = fs::read_to_string("/sys/fs/cgroup/cgroup.controllers").ok();
    let Some(known) = unified.or_else(|| fs::read_to_string("/proc/cgroups").ok().map(|v1| enabled(&v1))) else {
        return Ok(());
    };
    let missing: Vec<&str> = ["cpu", "memory", "pids"].into_iter().filter(|name| !has_word(&known, name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Failure::new(
        format_args!("kernel: no cgroup controller {}", missing.join(", ")),
        "neither cgroup v2 nor v1 offers it",
        "enable it on the kernel command line, such as cgroup_enable=memory, and reboot",
    ))
}

/// Without it a pod cannot reach a Service that is backed by a pod of the same node's bridge.
pub fn bridge_netfilter() -> Result<(), Failure> {
    let linux = Path::new("/proc/sys/net").exists();
    if !linux || Path::new("/proc/sys/net/bridge").exists() || module("br_netfilter") {
        return Ok(());
    }
    Err(Failure::new("kernel: bridged packets do not pass iptables", "/proc/sys/net/bridge is missing", "as root: modprobe br_netfilter"))
}

/// Whether the module is there to be loaded when first used.
fn module(name: &str) -> bool {
    let Some(modprobe) = process::find("modprobe") else {
        return false;
    };
    let mut command = process::command(&modprobe);
    command.args(["--dry-run", "--quiet", name]);
    process::finish(&mut command, SHORT).is_ok_and(|finished| finished.success)
}

fn enabled(v1: &str) -> String {
    let lines = v1.lines().filter(|line| !line.starts_with('#') && line.ends_with('1'));
    lines.filter_map(|line| line.split_whitespace().next()).collect::<Vec<_>>().join(" ")
}

fn has_word(text: &str, word: &str) -> bool {
    text.split_whitespace().any(|found| found == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_enabled_controllers_count() {
        let v1 = "#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpu\t1\t1\t1\nmemory\t0\t1\t0\npids\t2\t1\t1\n";
        assert_eq!(enabled(v1), "cpu pids");
    }
}
