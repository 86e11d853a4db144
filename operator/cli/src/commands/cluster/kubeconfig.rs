//! `cluster kubeconfig`: where the cluster's kubeconfig is, or what it says. A lost one is written again.

use std::fs;

use crate::args::Kubeconfig;
use crate::failure::Failure;
use crate::output::Output;
use crate::{cache, kind};

pub fn run(args: &Kubeconfig, output: &Output) -> Result<(), Failure> {
    let name = &args.cluster.name;
    let path = kind::kubeconfig(name);
    if !path.exists() {
        let (engine, _) = super::existing(name)?;
        cache::folder(&cache::cluster(name))?;
        kind::export(&engine, name, Some(&path))?;
    }
    if args.raw {
        let unreadable = |error| Failure::new(path.display(), error, "make the file readable");
        output.data(fs::read_to_string(&path).map_err(unreadable)?.trim_end());
    } else {
        output.data(path.display());
    }
    Ok(())
}
