//! The container engine under the cluster: Docker or Podman, whichever answers. It knows their commands, not kind's.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use serde::Deserialize;

use crate::failure::Failure;
use crate::process::{self, SHORT};

const NO_ENGINE: &str = "start one: `make docker` (tests/kubernetes/docker up) starts Debian's Docker here; \
                         elsewhere install Docker or Podman";

/// An engine that has answered.
#[derive(Debug, Clone)]
pub struct Engine {
    /// `docker` or `podman`.
    pub name: &'static str,
    /// Its version.
    pub version: String,
    /// What programs need in their environment to reach it.
    pub address: Option<(&'static str, String)>,
    path: PathBuf,
}

impl Engine {
    /// The first engine that answers; Docker before Podman, as kind chooses.
    pub fn answering() -> Result<Self, Failure> {
        let mut refusals = Vec::new();
        for name in ["docker", "podman"] {
            match Self::named(name) {
                Ok(engine) => return Ok(engine),
                Err(refusal) => refusals.push(format!("{name}: {}", refusal.why)),
            }
        }
        Err(Failure::new("no container engine answers", refusals.join("; "), NO_ENGINE))
    }

    /// This engine, when it is installed and answers: where the environment points, else our own.
    pub fn named(name: &'static str) -> Result<Self, Failure> {
        let refused = |why: &str| Failure::new(format_args!("{name} does not answer"), why, NO_ENGINE);
        let path = process::find(name).ok_or_else(|| refused("not installed"))?;
        let mut engine = Self { name, version: String::new(), address: None, path };
        let mut answer = engine.greet()?;
        if let (Err(_), Some(address)) = (&answer, own_docker(name)) {
            engine.address = Some(("DOCKER_HOST", address));
            answer = engine.greet()?;
        }
        engine.version = answer.map_err(|why| refused(&why))?;
        Ok(engine)
    }

    /// The version, or the refusal.
    fn greet(&self) -> Result<Result<String, String>, Failure> {
        let format = if self.name == "docker" { "{{.Server.Version}}" } else { "{{.Client.Version}}" };
        let finished = process::finish(&mut self.command(["version", "--format", format]), SHORT)?;
        let version = finished.stdout.trim();
        if finished.success && !version.is_empty() { Ok(Ok(version.to_owned())) } else { Ok(Err(process::tail(&finished.stderr, 1))) }
    }

    pub fn command<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = process::command(&self.path);
        command.args(args).envs(self.address.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs a short command and returns its stdout.
    pub fn ask<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Result<String, Failure> {
        let fix = format!("see that {} works: `{} info`", self.name, self.name);
        process::stdout(&mut self.command(args), SHORT, &fix)
    }

    /// The image's ID without its `sha256:`, or nothing when the engine does not have it.
    pub fn image_id(&self, image: &str) -> Result<Option<String>, Failure> {
        let mut command = self.command(["image", "inspect", "--format", "{{.Id}}", image]);
        let finished = process::finish(&mut command, SHORT)?;
        let id = finished.stdout.trim().trim_start_matches("sha256:").to_owned();
        Ok(finished.success.then_some(id))
    }

    /// What an image runs by itself: its entrypoint and its command.
    pub fn runs(&self, image: &str) -> Result<(Vec<String>, Vec<String>), Failure> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Config {
            entrypoint: Option<Vec<String>>,
            cmd: Option<Vec<String>>,
        }
        let said = self.ask(["image", "inspect", "--format", "{{json .Config}}", image])?;
        let config: Config =
            serde_json::from_str(&said).map_err(|error| Failure::new(format_args!("reading image {image}"), error, "update the engine"))?;
        Ok((config.entrypoint.unwrap_or_default(), config.cmd.unwrap_or_default()))
    }

    /// Where the engine stores images and containers, on its own machine.
    pub fn storage(&self) -> Result<String, Failure> {
        let format = if self.name == "docker" { "{{.DockerRootDir}}" } else { "{{.Store.GraphRoot}}" };
        Ok(self.ask(["info", "--format", format])?.trim().to_owned())
    }
}

/// The engine that tests/kubernetes/docker starts listens apart from the machine's own.
fn own_docker(name: &str) -> Option<String> {
    let folder = env::var_os("AEGIS_RUN").map_or_else(|| PathBuf::from("/run/aegis"), PathBuf::from);
    let socket = folder.join("docker.sock");
    let chosen = env::var_os("DOCKER_HOST").is_some();
    (name == "docker" && !chosen && socket.exists()).then(|| format!("unix://{}", socket.display()))
}
