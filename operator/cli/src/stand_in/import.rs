//! Turns an archive of a root file system into an image of the builder. It does not make the archive.

use std::path::Path;
use std::process::Command;

use super::family::Family;
use super::trust::BUNDLE;
use super::{KEY, LABEL};
use crate::builder::Builder;
use crate::failure::Failure;
use crate::process::{self, LONG, SHORT};
use crate::reference;

/// Python's and others' ways to find certificate authorities, which do not all look where Debian keeps them.
const AUTHORITIES: [&str; 5] = ["SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"];
const PATH: &str = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const FIX: &str = "see that the builder's disk is not full";

pub fn import(builder: &Builder, image: &str, family: &Family, key: &str, archive: &Path) -> Result<(), Failure> {
    match builder {
        Builder::Engine(engine) => {
            let mut command = engine.command(["import"]);
            for change in changes(family, key) {
                command.args(["--change", &change]);
            }
            run(command.arg(archive).arg(image)).map(drop)
        }
        Builder::Buildah(_) => with_buildah(builder, image, family, key, archive),
    }
}

/// buildah has no import: a container from nothing, the archive unpacked into it, committed.
fn with_buildah(builder: &Builder, image: &str, family: &Family, key: &str, archive: &Path) -> Result<(), Failure> {
    let container = run(&mut builder.command(&["from", "scratch"]))?;
    let container = container.trim();
    let filled = fill(builder, container, image, family, key, archive);
    run(&mut builder.command(&["rm", container]))?;
    filled
}

fn fill(builder: &Builder, container: &str, image: &str, family: &Family, key: &str, archive: &Path) -> Result<(), Failure> {
    run(builder.command(&["add", "--quiet", container]).arg(archive).arg("/"))?;
    let mut command = builder.command(&["config", "--cmd", family.command]);
    for variable in environment() {
        command.args(["--env", &variable]);
    }
    for label in labels(key) {
        command.args(["--label", &label]);
    }
    run(command.arg(container))?;
    run(&mut builder.command(&["commit", "--quiet", container, &reference::full(image)])).map(drop)
}

fn changes(family: &Family, key: &str) -> Vec<String> {
    let environment = environment().map(|variable| format!("ENV {variable}"));
    let labels = labels(key).map(|label| format!("LABEL {label}"));
    environment.chain(labels).chain([format!("CMD {}", family.command)]).collect()
}

fn environment() -> impl Iterator<Item = String> {
    let authorities = AUTHORITIES.iter().map(|name| format!("{name}=/{BUNDLE}"));
    [PATH.to_owned()].into_iter().chain(authorities)
}

fn labels(key: &str) -> impl Iterator<Item = String> {
    [format!("{LABEL}=true"), format!("{KEY}={key}")].into_iter()
}

fn run(command: &mut Command) -> Result<String, Failure> {
    let limit = if command.get_args().any(|arg| arg == "rm") { SHORT } else { LONG };
    process::stdout(command, limit, FIX)
}
