//! `cluster kubeconfig`: where the cluster's kubeconfig is, or what it says.

use std::fs;

use crate::args::Kubeconfig;
use crate::failure::Failure;
use crate::kind;
use crate::output::Output;

pub fn run(args: &Kubeconfig, output: &Output) -> Result<(), Failure> {
    let path = kind::kubeconfig(&args.cluster.name);
    let content = fs::read_to_string(&path).map_err(|_| super::absent(&args.cluster.name))?;
    if args.raw {
        output.data(content.trim_end());
    } else {
        output.data(path.display());
    }
    Ok(())
}
