//! `cluster load`: local images into the nodes, and what was done for each.

use crate::args::Load;
use crate::failure::Failure;
use crate::kind::found;
use crate::kind::transfer::{self, Loaded};
use crate::output::Output;

pub fn run(args: &Load, output: &Output) -> Result<(), Failure> {
    let (engine, found) = super::existing(&args.cluster.name)?;
    let nodes = found::names(&found);
    output.step(format_args!("Loading into {}", nodes.join(", ")));
    let loaded = transfer::load(&engine, &nodes, &args.images)?;
    report(&loaded, output);
    Ok(())
}

pub fn report(loaded: &Loaded, output: &Output) {
    for image in &loaded.copied {
        output.step(format_args!("{image} loaded"));
    }
    for image in &loaded.present {
        output.step(format_args!("{image} was there already"));
    }
}
