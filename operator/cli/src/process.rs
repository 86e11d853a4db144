//! Finds and runs other programs, and turns what they said into a `Failure`. It does not know what they mean.

use std::env;
use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::cache;
use crate::failure::Failure;

/// For programs that answer from what they know.
pub const SHORT: Duration = Duration::from_secs(20);
/// For programs that build, copy or wait.
pub const LONG: Duration = Duration::from_secs(30 * 60);

/// What a program left behind.
pub struct Finished {
    pub success: bool,
    pub stdout: String,
    pub stderr: String,
}

/// The program's path: the project's own pinned copy first, then PATH, then the folders that
/// hold system programs but are not on every user's PATH.
pub fn find(name: &str) -> Option<PathBuf> {
    env::split_paths(&search_path()).map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// A command that finds the same programs as we do.
pub fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.env("PATH", search_path()).stdin(Stdio::null());
    command
}

fn search_path() -> OsString {
    let inherited = env::var_os("PATH").unwrap_or_default();
    let system = ["/usr/sbin", "/sbin"].map(PathBuf::from);
    let folders = [cache::programs()].into_iter().chain(env::split_paths(&inherited)).chain(system);
    env::join_paths(folders).unwrap_or(inherited)
}

/// Runs to the end and keeps both streams; `Err` when it cannot start or takes longer than `limit`.
pub fn finish(command: &mut Command, limit: Duration) -> Result<Finished, Failure> {
    finish_with(command, "", limit)
}

/// As `finish`, with text for the program's stdin.
pub fn finish_with(command: &mut Command, input: &str, limit: Duration) -> Result<Finished, Failure> {
    if !input.is_empty() {
        command.stdin(Stdio::piped());
    }
    let mut child = spawn(command.stdout(Stdio::piped()).stderr(Stdio::piped()))?;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    thread::scope(|scope| {
        // A program that ends without reading its input shows in its exit code, not here.
        scope.spawn(move || stdin.map(|mut pipe| pipe.write_all(input.as_bytes())));
        let stdout = scope.spawn(move || text(stdout));
        let stderr = scope.spawn(move || text(stderr));
        let success = wait(&mut child, limit);
        let finished = |success| Finished { success, stdout: stdout.join().unwrap_or_default(), stderr: stderr.join().unwrap_or_default() };
        match success {
            Some(success) => Ok(finished(success)),
            None => Err(overdue(command, limit)),
        }
    })
}

/// The program's stdout; `Err` with its stderr when it fails.
pub fn stdout(command: &mut Command, limit: Duration, fix: &str) -> Result<String, Failure> {
    let finished = finish(command, limit)?;
    if finished.success { Ok(finished.stdout) } else { Err(Failure::new(line(command), last_words(&finished), fix)) }
}

/// Starts the program; the failure says which one could not start.
pub fn spawn(command: &mut Command) -> Result<Child, Failure> {
    command.spawn().map_err(|error| {
        Failure::new(
            format_args!("starting {}", command.get_program().display()),
            error,
            "check that the program is installed and executable",
        )
    })
}

/// The command as one would type it, for messages.
pub fn line(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = std::iter::once(program).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// The end of what a program said: stderr, or stdout when it kept stderr empty.
pub fn last_words(finished: &Finished) -> String {
    let said = if finished.stderr.trim().is_empty() { &finished.stdout } else { &finished.stderr };
    tail(said, 12)
}

/// The last `count` lines that say something.
pub fn tail(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

fn text(pipe: Option<impl Read>) -> String {
    let mut bytes = Vec::new();
    // What was read before a broken pipe is still worth showing.
    let _broken = pipe.map(|mut pipe| pipe.read_to_end(&mut bytes));
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Whether it ended well; `None` when it had to be killed after `limit`.
fn wait(child: &mut Child, limit: Duration) -> Option<bool> {
    let deadline = Instant::now() + limit;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status.success()),
            Ok(None) if Instant::now() < deadline => thread::sleep(Duration::from_millis(5)),
            Ok(None) | Err(_) => {
                let _gone = child.kill().and_then(|()| child.wait());
                return None;
            }
        }
    }
}

fn overdue(command: &Command, limit: Duration) -> Failure {
    Failure::new(line(command), format_args!("no answer within {} s", limit.as_secs()), "run it by hand to see what it waits for")
}
