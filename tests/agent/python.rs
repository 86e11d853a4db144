//! The real libraries: a worker that runs, and a client that sends.
//! What their actors do stands in `workers/`.

use std::{
    fs::File,
    os::unix::process::CommandExt,
    path::PathBuf,
    process::{Child, Command},
};

use aegis_tests::{files::root, server::bound::ends_with_us};

use crate::{places::place, server::Server};

/// A running worker with all its processes.
pub struct Running {
    process: Child,
    log: PathBuf,
}

/// A library and what its worker is started with.
pub struct Library {
    name: &'static str,
    args: &'static [&'static str],
    transport: &'static str,
}

/// Two threads, and so four messages fetched ahead.
pub const DRAMATIQ: Library =
    Library { name: "dramatiq", args: &["dramatiq", "dramatiq_app", "--processes", "1", "--threads", "2"], transport: "" };
/// Two jobs at once.
pub const ARQ: Library = Library { name: "arq", args: &["arq", "arq_app.WorkerSettings"], transport: "" };
/// A stream.
pub const TASKIQ: Library =
    Library { name: "taskiq", args: &["taskiq", "worker", "taskiq_app:broker", "--workers", "1"], transport: "Stream" };
/// A list.
pub const TASKIQ_LIST: Library = Library { transport: "List", ..TASKIQ };

impl Library {
    /// Starts a worker, in a process group of its own.
    pub fn start(&self, server: &Server) -> Running {
        let log = server.folder.join(format!("{}.log", self.name));
        let file = File::create(&log).expect("a log can be written");
        let mut command = self.python(server);
        command.arg("-m").args(self.args).process_group(0);
        command.stdout(file.try_clone().expect("a file can be shared")).stderr(file);
        Running { process: command.spawn().expect("setpriv of util-linux can be run"), log }
    }

    /// Runs a few lines as the app's own code would.
    pub fn send(&self, server: &Server, code: &str) {
        let done = self.python(server).args(["-c", code]).output().expect("setpriv of util-linux can be run");
        assert!(done.status.success(), "{code}\n{}", String::from_utf8_lossy(&done.stderr));
    }

    fn python(&self, server: &Server) -> Command {
        let mut command = ends_with_us(&place(self.name).join("bin/python"));
        command.current_dir(root().join("tests/agent/workers"));
        command.env("REDIS_URL", server.uri()).env("TRANSPORT", self.transport).env("PYTHONDONTWRITEBYTECODE", "1");
        command
    }
}

impl Running {
    /// Ends all its processes, as a lost node does.
    pub fn kill(&mut self) {
        drop(Command::new("kill").args(["-KILL", "--", &format!("-{}", self.process.id())]).output());
        self.process.wait().expect("it is our child");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            eprintln!("--- worker\n{}", std::fs::read_to_string(&self.log).unwrap_or_default());
        }
    }
}
