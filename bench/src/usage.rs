//! What a process uses, as the kernel counts it.
//! Memory is what is resident, shared pages included.

use std::fs;

/// Clock ticks of a second in `/proc`, the same on every Linux that Rust runs on.
const TICKS: f64 = 100.0;

/// What a process uses.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    /// Resident memory, in MiB.
    pub rss: f64,
    /// Most resident memory since the start, in MiB.
    pub peak: f64,
    /// Processor time, in seconds.
    pub cpu: f64,
}

/// What the process of that pid uses.
pub fn of(pid: &str) -> Usage {
    let read = |file: &str| fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap_or_else(|error| panic!("process {pid}: {error}"));
    let status = read("status");
    Usage { rss: mebibytes(&status, "VmRSS:"), peak: mebibytes(&status, "VmHWM:"), cpu: seconds(&read("stat")) }
}

fn mebibytes(status: &str, field: &str) -> f64 {
    let line = status.lines().find_map(|line| line.strip_prefix(field)).expect("the kernel tells it");
    let kibibytes: f64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
    kibibytes / 1024.0
}

/// User and system time: the fields 14 and 15, counted behind the name, which may hold spaces.
fn seconds(stat: &str) -> f64 {
    let (_, behind) = stat.rsplit_once(") ").expect("a name in brackets");
    let ticks = behind.split(' ').skip(11).take(2).map(|field| field.parse::<f64>().expect("a number"));
    ticks.sum::<f64>() / TICKS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_process_uses_memory_and_time() {
        let pid = std::process::id().to_string();
        let before = of(&pid);
        let started = std::time::Instant::now();
        while of(&pid).cpu < before.cpu + 0.05 {
            assert!(started.elapsed().as_secs() < 20, "no processor time is counted");
        }
        assert!(before.rss > 1.0 && before.peak >= before.rss, "{before:?}");
    }

    #[test]
    fn a_name_with_spaces_and_brackets_moves_no_field() {
        let stat = "7 (a b) c) S 1 7 7 0 -1 4194304 100 0 0 0 150 50 0 0 20 0 1 0 1 1 1";
        assert!((seconds(stat) - 2.0).abs() < 1e-9);
    }
}
