//! Who listens on a port: a container, else a process. Without the right to look it answers nothing.

use std::fs;
use std::path::Path;

use crate::engine::Engine;

/// `container shop (docker)` or `nginx (process 1234)`.
pub fn of(engine: Option<&Engine>, port: u16) -> Option<String> {
    engine.and_then(|engine| container(engine, port)).or_else(|| process(port))
}

fn container(engine: &Engine, port: u16) -> Option<String> {
    let filter = format!("publish={port}");
    let names = engine.ask(["ps", "--filter", &filter, "--format", "{{.Names}}"]).ok()?;
    names.lines().next().map(|name| format!("container {name} ({})", engine.name))
}

fn process(port: u16) -> Option<String> {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(|path| fs::read_to_string(path).unwrap_or_default());
    let inode = tables.iter().find_map(|table| listener(table, port))?;
    let socket = format!("socket:[{inode}]");
    let processes = fs::read_dir("/proc").ok()?.flatten().map(|entry| entry.path());
    let holder = processes.filter(|path| is_process(path)).find(|path| holds(path, &socket))?;
    let name = fs::read_to_string(holder.join("comm")).ok()?;
    Some(format!("{} (process {})", name.trim(), holder.file_name()?.display()))
}

/// /proc/self and its like are the same processes again, under names that say nothing.
fn is_process(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().iter().all(u8::is_ascii_digit))
}

fn holds(process: &Path, socket: &str) -> bool {
    let descriptors = fs::read_dir(process.join("fd")).into_iter().flatten().flatten();
    descriptors.filter_map(|entry| fs::read_link(entry.path()).ok()).any(|target| target == Path::new(socket))
}

/// The inode of the listening socket: columns are local address (hex, `IP:PORT`), remote, state
/// (0A is LISTEN), and the tenth is the inode.
fn listener(table: &str, port: u16) -> Option<&str> {
    let ending = format!(":{port:04X}");
    table.lines().find_map(|line| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let listens = columns.get(1)?.ends_with(&ending) && columns.get(3) == Some(&"0A");
        listens.then(|| columns.get(9).copied()).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listeners_are_found_by_local_port_and_state() {
        let table = "  sl  local_address rem_address   st\n\
             0: 0100007F:1F90 0100007F:9999 01 00000000:00000000 00:00000000 00000000 0 0 11 1\n\
             1: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 42 1\n";
        assert_eq!(listener(table, 8080), Some("42"));
        assert_eq!(listener(table, 8081), None);
    }
}
