//! The image of a project: built, in the nodes of the local cluster, and what it runs by itself. It rolls nothing out.

use aegis_crds::dev::Reload;

use crate::args::Build;
use crate::args::dev::Dev;
use crate::commands::{cluster, image};
use crate::failure::Failure;
use crate::kind::{found, transfer};
use crate::output::Output;

/// An image that every node has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    pub reference: String,
    pub runs: Reload,
}

/// Builds it and loads it. Others are served meanwhile.
pub async fn ready(args: &Dev, app: &str, output: &Output) -> Result<Image, Failure> {
    let (name, is_quiet) = (args.cluster.clone(), output.is_quiet());
    let build = Build {
        tag: format!("aegis.local/{app}:dev"),
        file: args.dockerfile.clone(),
        build_args: args.build_args.clone(),
        tag_by_content: true,
        with: None,
        context: args.folder.clone(),
    };
    let made = tokio::task::spawn_blocking(move || {
        // its talk is the builder's own, and only shown when it fails
        let reference = image::build::built(&build, &Output::new(true))?;
        let output = Output::new(is_quiet);
        output.step(format_args!("{reference} is built"));
        let (engine, found) = cluster::existing(&name)?;
        transfer::load(&engine, &found::names(&found), std::slice::from_ref(&reference))?;
        output.step(format_args!("{reference} is in {name}"));
        let (entrypoint, command) = engine.runs(&reference)?;
        Ok(Image { reference, runs: Reload { entrypoint, command } })
    });
    made.await.map_err(|error| Failure::new("building the image", error, "run it again; if it stays so, report it"))?
}
