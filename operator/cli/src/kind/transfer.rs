//! Copies local images into nodes: what a node has is skipped, the rest goes in one stream to all. It builds nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read, Write};
use std::process::{Child, ChildStdin, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::engine::Engine;
use crate::failure::Failure;
use crate::process::{self, SHORT};
use crate::reference;

const IMPORT: [&str; 8] = ["ctr", "--namespace=k8s.io", "images", "import", "--all-platforms", "--digests", "--snapshotter=overlayfs", "-"];

/// About a second when idle.
const STORE_STARTS: Duration = Duration::from_secs(60);

/// What was done for each image.
#[derive(Debug, Default)]
pub struct Loaded {
    pub copied: Vec<String>,
    pub present: Vec<String>,
}

/// A local image by full name, and its ID.
type Images = BTreeMap<String, String>;

/// Makes every node have every image.
pub fn load(engine: &Engine, nodes: &[String], images: &[String]) -> Result<Loaded, Failure> {
    let wanted = local(engine, images)?;
    let mut missing = BTreeSet::new();
    let mut behind = Vec::new();
    for node in nodes {
        let lacking = lacking(engine, node, &wanted)?;
        if !lacking.is_empty() {
            behind.push(node.as_str());
            missing.extend(lacking);
        }
    }
    if !missing.is_empty() {
        copy(engine, &behind, &missing)?;
    }
    let (copied, present) = wanted.into_keys().partition(|image| missing.contains(image));
    Ok(Loaded { copied, present })
}

/// A node's container starts before its image store does; waits until that answers.
pub fn await_stores(engine: &Engine, nodes: &[String]) -> Result<(), Failure> {
    let deadline = Instant::now() + STORE_STARTS;
    for node in nodes {
        while let Err(failure) = listed(engine, node) {
            if Instant::now() >= deadline {
                return Err(failure);
            }
            thread::sleep(Duration::from_millis(100));
        }
    }
    Ok(())
}

/// Whether the engine has every image, known before a long step instead of after it.
pub fn check(engine: &Engine, images: &[String]) -> Result<(), Failure> {
    local(engine, images).map(drop)
}

/// How many images a node has.
pub fn count(engine: &Engine, node: &str) -> Result<usize, Failure> {
    Ok(listed(engine, node)?.len())
}

fn local(engine: &Engine, images: &[String]) -> Result<Images, Failure> {
    let found = images.iter().map(|image| match engine.image_id(image)? {
        Some(id) => Ok((reference::full(image), id)),
        None => Err(Failure::new(
            format_args!("image {image}"),
            format_args!("{} does not have it", engine.name),
            format_args!("build it (`aegisctl image build -t {image} .`) or correct the name"),
        )),
    });
    found.collect()
}

#[derive(Deserialize)]
struct Listing {
    images: Vec<Listed>,
}

/// An image as the node's runtime lists it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    id: String,
    #[serde(default)]
    repo_tags: Vec<String>,
}

fn listed(engine: &Engine, node: &str) -> Result<Vec<Listed>, Failure> {
    let said = engine.ask(["exec", node, "crictl", "images", "--output", "json"])?;
    let listing: Listing = serde_json::from_str(&said)
        .map_err(|error| Failure::new(format_args!("reading the images of node {node}"), error, "recreate the cluster"))?;
    Ok(listing.images)
}

/// The wanted images that the node lacks; one that it has under another name is named there, not copied.
fn lacking(engine: &Engine, node: &str, wanted: &Images) -> Result<Vec<String>, Failure> {
    let listed = listed(engine, node)?;
    let mut lacking = Vec::new();
    for (name, id) in wanted {
        let content = format!("sha256:{id}");
        match listed.iter().find(|image| image.id == content) {
            Some(image) if image.repo_tags.contains(name) => {}
            Some(_) if name_there(engine, node, &content, name)? => {}
            _ => lacking.push(name.clone()),
        }
    }
    Ok(lacking)
}

fn name_there(engine: &Engine, node: &str, id: &str, name: &str) -> Result<bool, Failure> {
    let tag = ["exec", node, "ctr", "--namespace=k8s.io", "images", "tag", "--force", id, name];
    Ok(process::finish(&mut engine.command(tag), SHORT)?.success)
}

/// One archive with all images, so that shared layers travel once, to all nodes at once.
fn copy(engine: &Engine, nodes: &[&str], images: &BTreeSet<String>) -> Result<(), Failure> {
    let mut save = engine.command(["save"]);
    if engine.name == "podman" {
        save.arg("--multi-image-archive");
    }
    let mut source = process::spawn(save.args(images).stdout(Stdio::piped()).stderr(Stdio::piped()))?;
    let mut imports = Vec::new();
    for node in nodes {
        let mut import = engine.command(["exec", "--interactive", node].into_iter().chain(IMPORT));
        import.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        imports.push(process::spawn(&mut import)?);
    }
    let pipes: Vec<ChildStdin> = imports.iter_mut().filter_map(|import| import.stdin.take()).collect();
    let sent = source.stdout.take().map_or(Ok(()), |archive| fan_out(archive, pipes));
    let saved = ended(source, engine.name);
    // Every child is waited for before the first failure is returned.
    let imported: Vec<_> = imports.into_iter().zip(nodes).map(|(import, node)| ended(import, node)).collect();
    let imported = imported.into_iter().collect::<Result<(), Failure>>();
    // A node that dies breaks the pipe, which fails the other side too: the cause comes first.
    if sent.is_err() { imported.and(saved) } else { saved.and(imported) }
}

fn fan_out(mut from: impl Read, mut to: Vec<ChildStdin>) -> io::Result<()> {
    let mut buffer = vec![0; 1 << 20];
    loop {
        let length = from.read(&mut buffer)?;
        if length == 0 {
            return Ok(());
        }
        for pipe in &mut to {
            pipe.write_all(&buffer[..length])?;
        }
    }
}

fn ended(child: Child, place: &str) -> Result<(), Failure> {
    let what = format!("copying images: {place}");
    let fix = "see that the disk is not full and the cluster runs (`aegisctl cluster status`), then load again";
    match child.wait_with_output() {
        Ok(ended) if ended.status.success() => Ok(()),
        Ok(ended) => Err(Failure::new(what, process::tail(&String::from_utf8_lossy(&ended.stderr), 6), fix)),
        Err(error) => Err(Failure::new(what, error, fix)),
    }
}
