//! The program around a role's process while somebody develops it, and the one that takes a source, as they run in a pod.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};

/// A folder of its own, which goes with it.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("aegis-reload-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    /// Takes a source of one file, as `aegisctl dev` sends it.
    fn take(&self, name: &str, main: &str) {
        let mut archive = tar::Builder::new(vec![]);
        let mut header = tar::Header::new_gnu();
        header.set_size(main.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, "main.py", main.as_bytes()).unwrap();
        let archive = archive.into_inner().unwrap();
        let length = archive.len().to_string();
        let mut receive = python("src/commands/dev/receive.py").arg(&self.0).args([name, &length]).stdin(Stdio::piped()).spawn().unwrap();
        // one that is there already is not read
        let _ = receive.stdin.take().unwrap().write_all(&archive);
        assert!(receive.wait().unwrap().success());
    }

    /// Begins `python3 main.py` over what comes.
    fn reload(&self) -> Reload {
        let mut command = python("../plan/src/parts/dev.py");
        let mut child = command.arg(&self.0).args(["python3", "main.py"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (out, told) = (BufReader::new(child.stdout.take().unwrap()), BufReader::new(child.stderr.take().unwrap()));
        Reload { child, out, told }
    }

    fn sources(&self) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn python(program: &str) -> Command {
    let mut command = Command::new("python3");
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(program));
    command
}

struct Reload {
    child: Child,
    out: BufReader<ChildStdout>,
    told: BufReader<ChildStderr>,
}

impl Reload {
    /// The next line that the process prints.
    fn says(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }

    /// The next line about it.
    fn is_told(&mut self) -> String {
        let mut line = String::new();
        self.told.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }

    fn signal(&self, name: &str) {
        assert!(Command::new("kill").arg(format!("-{name}")).arg(self.child.id().to_string()).status().unwrap().success());
    }
}

impl Drop for Reload {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const WAITS: &str = "import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: (print('ends', flush=True), sys.exit(7)))
print('runs WORD', flush=True)
time.sleep(1000)
";

#[test]
fn a_process_begins_again_over_each_next_source_and_ends_by_the_signal_with_its_own_code() {
    let place = Place::new("again");
    let mut reload = place.reload();
    assert_eq!(reload.is_told(), "aegis dev: waits for the source");
    place.take("1", &WAITS.replace("WORD", "one"));
    assert_eq!(reload.says(), "runs one");
    place.take("2", &WAITS.replace("WORD", "two"));
    assert_eq!([reload.says(), reload.says()], ["ends", "runs two"]);
    place.take("3", &WAITS.replace("WORD", "three"));
    assert_eq!([reload.says(), reload.says()], ["ends", "runs three"]);
    assert_eq!(place.sources(), ["2", "3", "newest"], "the last but one is gone");
    place.take("2", "what came before comes again as it was");
    assert_eq!([reload.says(), reload.says()], ["ends", "runs two"]);
    reload.signal("TERM");
    assert_eq!(reload.says(), "ends");
    assert_eq!(reload.child.wait().unwrap().code(), Some(7));
}

#[test]
fn a_process_that_does_not_end_is_killed_with_all_that_it_began() {
    let place = Place::new("killed");
    let mut reload = place.reload();
    // the pipe ends when nobody has it any more
    let stubborn = "import signal, subprocess, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(subprocess.Popen(['sleep', '1000']).pid, flush=True)
time.sleep(1000)
";
    place.take("1", stubborn);
    let began = reload.says();
    assert!(Path::new("/proc").join(&began).exists(), "{began}");
    place.take("2", "print('runs', flush=True)");
    assert_eq!(reload.says(), "runs");
    let state = fs::read_to_string(format!("/proc/{began}/stat")).unwrap_or_default();
    assert!(state.is_empty() || state.contains(") Z "), "what it began is gone: {state}");
}

#[test]
fn a_process_that_ends_by_itself_begins_again_after_ever_longer_pauses_or_over_the_next_source() {
    let place = Place::new("ends");
    let mut reload = place.reload();
    reload.is_told();
    place.take("1", "import sys; print('tries', flush=True); sys.exit(3)");
    for pause in [2, 4] {
        assert_eq!(reload.says(), "tries");
        assert_eq!(reload.is_told(), format!("aegis dev: the process ended with 3; it begins again with the next source, or in {pause} s"));
    }
    place.take("2", &WAITS.replace("WORD", "well"));
    assert_eq!(reload.says(), "runs well");
}

#[test]
fn a_signal_before_any_source_ends_it() {
    let place = Place::new("none");
    let mut reload = place.reload();
    reload.is_told();
    reload.signal("TERM");
    assert!(reload.child.wait().unwrap().success());
}
