//! Which image the nodes run: the user's, the project's own, or kind's. It does not pull; kind does.

use crate::engine::Engine;
use crate::failure::Failure;
use crate::registry::Registries;

/// Made by tests/kubernetes/node-image where no registry can be reached.
const OURS: &str = "aegis.local/node";
/// What kind 0.33 defaults to.
const STOCK: &str = "kindest/node:v1.37.0@sha256:a1ed56cfb0e7b93589bdf97c8cd566405a265939e3620fc4f5de89adff580ae5";

/// The image to create nodes from.
pub fn choose(engine: &Engine, asked: Option<&str>, registries: &Registries) -> Result<String, Failure> {
    let candidate = match asked {
        Some(asked) => asked.to_owned(),
        None => ours(engine)?.unwrap_or_else(|| STOCK.to_owned()),
    };
    if engine.image_id(&candidate)?.is_some() || registries.can_serve(&candidate) {
        return Ok(candidate);
    }
    Err(Failure::new(
        format_args!("node image {candidate}"),
        format_args!("{} does not have it and its registry does not answer", engine.name),
        "tests/kubernetes/node-image makes one from Go modules and Debian packages; \
         or load one and name it with --node-image",
    ))
}

/// The local image of ours that was made or loaded last.
fn ours(engine: &Engine) -> Result<Option<String>, Failure> {
    let listed = engine.ask(["images", "--format", "{{.Repository}}:{{.Tag}}", OURS])?;
    let names: Vec<&str> = listed.lines().filter(|name| !name.ends_with(":<none>")).collect();
    if names.is_empty() {
        return Ok(None);
    }
    // Reproducible images all claim the same time of creation; Docker also knows when each was tagged here.
    let time = if engine.name == "docker" { "{{.Metadata.LastTagTime}}" } else { "{{.Created}}" };
    let format = format!("{time}\t{{{{index .RepoTags 0}}}}");
    let inspect = ["image", "inspect", "--format", &format];
    Ok(newest(&engine.ask(inspect.into_iter().chain(names))?))
}

/// Lines of a sortable time, a tab and a reference.
fn newest(inspected: &str) -> Option<String> {
    let newest = inspected.lines().max()?;
    newest.split_once('\t').map(|(_, image)| image.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_image_is_taken() {
        let inspected = "2026-01-02 03:04:05.1 +0000 UTC\taegis.local/node:z\n\
                         2026-02-02 03:04:05.1 +0000 UTC\taegis.local/node:a\n";
        assert_eq!(newest(inspected).as_deref(), Some("aegis.local/node:a"));
        assert_eq!(newest(""), None);
    }
}
