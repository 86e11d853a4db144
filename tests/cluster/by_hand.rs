//! `aegisctl` as people call it, in the namespace of a test.

use std::process::{Output, Stdio};

use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};

use crate::space::Space;

/// What a command said, and how it ended.
pub struct Said {
    /// Its exit code; none when a signal ended it.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Space {
    /// Runs `aegisctl` with these words and this namespace. Its way to the cluster is this suite's own.
    pub async fn aegisctl(&self, words: &[&str]) -> Said {
        said(self.command(words).output().await.expect("aegisctl was built with this suite's cluster"))
    }

    /// The same, with something on its stdin.
    pub async fn fed(&self, words: &[&str], text: &str) -> Said {
        let mut child =
            self.command(words).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it was built");
        child.stdin.take().expect("it is piped").write_all(text.as_bytes()).await.expect("it reads its stdin");
        ended(child).await
    }

    /// Starts it.
    pub fn started(&self, words: &[&str]) -> Child {
        let mut command = self.command(words);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("aegisctl was built with this suite's cluster")
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new("aegisctl");
        let (before, after) = words.split_at(words.iter().position(|word| *word == "--").unwrap_or(words.len()));
        command.args(before).args(["-n", &self.namespace]).args(after).kill_on_drop(true);
        command
    }
}

/// The end of a started one.
pub async fn ended(child: Child) -> Said {
    said(child.wait_with_output().await.expect("its output can be read"))
}

fn said(output: Output) -> Said {
    let text = |bytes| String::from_utf8(bytes).expect("aegisctl prints text");
    Said { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}
