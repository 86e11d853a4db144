//! A role's container and pod while its process runs over the source that a developer sends: a program around the process, and a
//! volume for the source. Who sends it, and whether `dev` counts, is decided elsewhere.

use aegis_crds::dev::Reload;
use k8s_openapi::api::core::v1::{Container, Probe, Volume, VolumeMount};

use super::{environment::escaped, pod};
use crate::{
    App,
    app::Role,
    names::{self, SOURCE},
};

/// The program around the process.
const RELOAD: &str = include_str!("dev.py");
/// Where it finds the source.
const FOLDER: &str = "/aegis/source";

/// What the image runs by itself, of a role whose process is started again over each next source.
fn reload<'a>(app: &'a App, role: &Role) -> Option<&'a Reload> {
    app.dev.as_ref()?.reload.as_ref().filter(|_| names::ROLES.contains(&role.section))
}

/// The container, with the program around its process.
pub(crate) fn reloading(app: &App, role: &Role, container: Container) -> Container {
    let Some(own) = reload(app, role) else { return container };
    let or = |mine: &[String], other: &[String]| if mine.is_empty() { other.to_vec() } else { mine.to_vec() };
    // a command leaves nothing of the image's own, and arguments replace its command
    let process = match role.command.is_empty() {
        true => [own.entrypoint.clone(), or(&role.args, &own.command)].concat(),
        false => [role.command.clone(), role.args.clone()].concat(),
    };
    let words = |words: &[String]| Some(words.iter().map(|word| escaped(word)).collect());
    let program = ["python3", "-c", RELOAD, FOLDER].map(str::to_owned);
    Container { command: words(&program), args: words(&process), ..container }
}

/// A probe that ends a process which does not answer; one whose source is broken waits for the next.
pub(crate) fn unless_reloading(app: &App, role: &Role, probe: Option<Probe>) -> Option<Probe> {
    probe.filter(|_| reload(app, role).is_none())
}

/// The volume of the source.
pub(crate) fn volume(app: &App, role: &Role) -> Option<Volume> {
    reload(app, role).map(|_| pod::scratch(SOURCE))
}

/// Its place.
pub(crate) fn mount(app: &App, role: &Role) -> Option<VolumeMount> {
    let mount = VolumeMount { name: SOURCE.into(), mount_path: FOLDER.into(), ..Default::default() };
    reload(app, role).map(|_| mount)
}
