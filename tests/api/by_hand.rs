//! `aegisctl` as people call it, in the namespace of a scene.

use std::process::{Output, Stdio};

use tokio::process::Command;

use crate::{replica, scene::Scene};

/// What a command said.
pub struct Said {
    /// Whether it ended well.
    pub is_done: bool,
    pub stdout: String,
    pub stderr: String,
}

impl Scene {
    /// `aegisctl` with these words.
    pub async fn aegisctl(&self, words: &[&str]) -> Said {
        let kubeconfig = self.world.plane.kubeconfig();
        let place = ["-n", &self.namespace, "--kubeconfig", &kubeconfig.to_string_lossy()];
        self.aegisctl_alone(&[words, &place].concat(), &[]).await
    }

    /// `aegisctl` with these words and no others, and these variables.
    pub async fn aegisctl_alone(&self, words: &[&str], variables: &[(&str, &str)]) -> Said {
        let mut command = Command::new(replica::binary(&self.world.plane.folder, "aegis-cli", "aegisctl"));
        command.args(words).envs(variables.iter().copied());
        let Output { status, stdout, stderr } = command.stdin(Stdio::null()).output().await.expect("aegisctl can be run");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("aegisctl prints text");
        Said { is_done: status.success(), stdout: text(stdout), stderr: text(stderr) }
    }
}
