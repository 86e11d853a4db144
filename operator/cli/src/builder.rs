//! What builds images here: Docker, Podman or buildah, behind one set of verbs. It does not choose bases.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::str::FromStr;

use serde_json::Value;

use crate::args::Tool;
use crate::engine::Engine;
use crate::failure::Failure;
use crate::output::Output;
use crate::process::{self, LONG, SHORT};

/// A builder that has answered.
pub enum Builder {
    /// Docker or Podman; they share a command line.
    Engine(Engine),
    Buildah(PathBuf),
}

/// `KEY=VALUE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildArg {
    pub key: String,
    pub value: String,
}

impl FromStr for BuildArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((key, value)) if !key.is_empty() => Ok(Self { key: key.to_owned(), value: value.to_owned() }),
            _ => Err("write KEY=VALUE".to_owned()),
        }
    }
}

/// One build.
pub struct Job<'a> {
    pub tag: &'a str,
    pub file: &'a Path,
    pub context: &'a Path,
    pub args: &'a [BuildArg],
    /// Container networks may be cut off from the outside where a base had to be made here.
    pub host_network: bool,
    /// The Dockerfile has `RUN --mount`.
    pub mounts: bool,
}

impl Builder {
    /// The wanted builder, or the first that answers.
    pub fn find(wanted: Option<Tool>) -> Result<Self, Failure> {
        match wanted {
            Some(Tool::Docker) => Engine::named("docker").map(Self::Engine),
            Some(Tool::Podman) => Engine::named("podman").map(Self::Engine),
            Some(Tool::Buildah) => buildah().map(Self::Buildah),
            None => match Engine::answering() {
                Ok(engine) => Ok(Self::Engine(engine)),
                Err(failure) => buildah()
                    .map(Self::Buildah)
                    .map_err(|none| Failure::new("nothing here can build an image", format!("{}; {}", failure.why, none.why), failure.fix)),
            },
        }
    }

    pub fn name(&self) -> &str {
        match self {
            Self::Engine(engine) => engine.name,
            Self::Buildah(_) => "buildah",
        }
    }

    /// The image's labels, or nothing when it is not here.
    pub fn labels(&self, image: &str) -> Result<Option<BTreeMap<String, String>>, Failure> {
        let mut command = match self {
            Self::Engine(engine) => engine.command(["image", "inspect", "--format", "{{json .Config.Labels}}", image]),
            // Its templates cannot write JSON; the whole answer can be read.
            Self::Buildah(path) => buildah_command(path, &["inspect", "--type", "image", image]),
        };
        let finished = process::finish(&mut command, SHORT)?;
        let said: Value = serde_json::from_str(&finished.stdout).unwrap_or_default();
        let labels = said.pointer("/OCIv1/config/Labels").unwrap_or(&said);
        // An image without labels says `null`.
        let labels = serde_json::from_value(labels.clone()).unwrap_or_default();
        Ok(finished.success.then_some(labels))
    }

    /// The image's ID without its `sha256:`.
    pub fn id(&self, image: &str) -> Result<String, Failure> {
        let missing = || Failure::new(format_args!("image {image}"), "it is gone after the build", "build again");
        match self {
            Self::Engine(engine) => engine.image_id(image)?.ok_or_else(missing),
            Self::Buildah(path) => {
                let mut command = buildah_command(path, &["images", "--no-trunc", "--quiet", image]);
                let said = process::stdout(&mut command, SHORT, "run it by hand")?;
                said.lines().next().map(|id| id.trim_start_matches("sha256:").to_owned()).ok_or_else(missing)
            }
        }
    }

    /// Pulls; `Err` holds the registry's refusal.
    pub fn pull(&self, image: &str) -> Result<(), Failure> {
        let mut command = self.command(&["pull", "--quiet", image]);
        process::stdout(&mut command, LONG, "see that the registry has it and lets you in").map(drop)
    }

    pub fn tag(&self, image: &str, name: &str) -> Result<(), Failure> {
        process::stdout(&mut self.command(&["tag", image, name]), SHORT, "correct the name").map(drop)
    }

    /// Builds, with the builder's talk on stderr; with `--quiet` only a failed build's last words are shown.
    pub fn build(&self, job: &Job<'_>, output: &Output) -> Result<(), Failure> {
        let mut command = match self {
            Self::Engine(_) => self.command(&["build"]),
            // A chroot needs no privileges that a container on this machine may lack.
            Self::Buildah(_) => self.command(&["bud", "--isolation", "chroot", "--pull=never", "--layers"]),
        };
        if self.name() == "docker" {
            let buildkit = self.has_buildkit()?;
            if job.mounts && !buildkit {
                return Err(needs_buildkit(job.file));
            }
            command.env("DOCKER_BUILDKIT", if buildkit { "1" } else { "0" });
        }
        if job.host_network {
            command.args(["--network", "host"]);
        }
        for BuildArg { key, value } in job.args {
            command.args(["--build-arg", &format!("{key}={value}")]);
        }
        command.args(["--tag", job.tag]).arg("--file").arg(job.file).arg(job.context);
        run(&mut command, output)
    }

    /// Docker's command line needs a plugin for it; without, the classic builder serves.
    fn has_buildkit(&self) -> Result<bool, Failure> {
        Ok(process::finish(&mut self.command(&["buildx", "version"]), SHORT)?.success)
    }

    pub fn command(&self, args: &[&str]) -> Command {
        match self {
            Self::Engine(engine) => engine.command(args.iter().copied()),
            Self::Buildah(path) => buildah_command(path, args),
        }
    }
}

fn needs_buildkit(file: &Path) -> Failure {
    Failure::new(
        format_args!("{} uses RUN --mount", file.display()),
        "docker has only its classic builder here, which does not know it",
        "build with Podman or buildah (--with buildah), install Docker's buildx plugin, or take the --mount out",
    )
}

fn run(command: &mut Command, output: &Output) -> Result<(), Failure> {
    const FIX: &str = "correct the Dockerfile's instruction that failed, shown above";
    if output.is_quiet() {
        return process::stdout(command, LONG, "correct the instruction that failed").map(drop);
    }
    let status = process::spawn(command.stdout(output.talk()).stderr(output.talk()))?.wait();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failure::new(process::line(command), status, FIX)),
        Err(error) => Err(Failure::new(process::line(command), error, FIX)),
    }
}

fn buildah() -> Result<PathBuf, Failure> {
    process::find("buildah")
        .ok_or_else(|| Failure::new("buildah is missing", "buildah: not installed", "install it: apt-get install buildah"))
}

fn buildah_command(path: &Path, args: &[&str]) -> Command {
    let mut command = process::command(path);
    command.args(args);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn build_arguments_have_a_key() {
        assert_eq!("A=b=c".parse(), Ok(BuildArg { key: "A".to_owned(), value: "b=c".to_owned() }));
        assert!("A".parse::<BuildArg>().is_err());
        assert!("=b".parse::<BuildArg>().is_err());
    }
}
