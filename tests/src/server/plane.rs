//! One bare control plane, and the guard that ends it however this process ends.
//! What it consists of is the business of `tests/kubernetes/control-plane`.

use std::{
    fs,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{self, Child, Command, Stdio},
};

/// A running control plane.
pub struct Plane {
    /// Its folder, with its logs.
    pub folder: PathBuf,
    guard: Child,
}

impl Plane {
    /// Starts it in a folder of its own below `all`, which `name` and this process tell from others.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn up(all: &Path, name: &str) -> Self {
        forget_ended(all, name);
        let folder = all.join(format!("{name}-{}", process::id()));
        let guard = guard(&folder);
        let plane = Self { folder, guard };
        let output = script("up", &plane.folder).arg("--no-scheduler").stderr(Stdio::inherit()).output().expect("control-plane can be run");
        assert!(output.status.success(), "control-plane up: {}", output.status);
        plane
    }

    /// Path of its kubeconfig.
    pub fn kubeconfig(&self) -> PathBuf {
        self.folder.join("kubeconfig")
    }

    /// Path of its record of all requests.
    pub fn audit_log(&self) -> PathBuf {
        self.folder.join("audit.log")
    }

    /// Freezes its API server until what is returned is dropped.
    pub fn freeze(&self) -> Frozen {
        self.freeze_part("kube-apiserver")
    }

    /// Freezes its controllers until what is returned is dropped: only what is asked for happens then.
    pub fn freeze_controllers(&self) -> Frozen {
        self.freeze_part("kube-controller-manager")
    }

    /// Pid of one of its parts.
    ///
    /// # Panics
    /// When it has no such part.
    pub fn pid(&self, part: &str) -> String {
        let pid = fs::read_to_string(self.folder.join(format!("{part}.pid"))).expect("control-plane records it");
        pid.trim().to_owned()
    }

    fn freeze_part(&self, part: &str) -> Frozen {
        let frozen = Frozen { pid: self.pid(part) };
        frozen.signal("-STOP");
        frozen
    }
}

/// A part that does nothing.
pub struct Frozen {
    pid: String,
}

impl Frozen {
    fn signal(&self, name: &str) {
        assert!(Command::new("kill").args([name, &self.pid]).status().expect("kill can be run").success(), "kill {name} {}", self.pid);
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        self.signal("-CONT");
    }
}

impl Drop for Plane {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        self.guard.wait().expect("the guard can be waited for");
    }
}

/// A process that ends the control plane as soon as this one is gone, also by SIGKILL. A terminal's Ctrl-C does not reach it.
fn guard(folder: &Path) -> Child {
    let mut down = script("down", folder);
    let words: Vec<_> = std::iter::once(down.get_program().to_owned()).chain(down.get_args().map(ToOwned::to_owned)).collect();
    down = Command::new("bash");
    down.args(["-c", "read -r _; exec \"$@\"", "guard"]).args(words).stdin(Stdio::piped()).process_group(0);
    down.spawn().expect("bash can be run")
}

fn script(command: &str, folder: &Path) -> Command {
    let mut script = Command::new(crate::files::root().join("tests/kubernetes/control-plane"));
    script.arg(command).arg(folder);
    script
}

/// Removes what earlier runs left to be read, and what one left running that was killed before it had begun.
fn forget_ended(all: &Path, name: &str) {
    for entry in fs::read_dir(all).into_iter().flatten().flatten() {
        let folder = entry.file_name().into_string().unwrap_or_default();
        let pid = folder.strip_prefix(name).and_then(|rest| rest.strip_prefix('-'));
        let has_ended = pid.is_some_and(|pid| !Path::new("/proc").join(pid).exists());
        if has_ended {
            script("down", &entry.path()).status().expect("control-plane can be run");
            fs::remove_dir_all(entry.path()).expect("a folder of ours can be removed");
        }
    }
}
