//! From a parsed command to what it means.

mod cluster;
mod image;

use crate::args::{Cluster, Command, Image};
use crate::failure::Failures;
use crate::output::Output;

pub fn run(command: Command, output: &Output) -> Result<(), Failures> {
    match command {
        Command::Cluster(Cluster::Up(args)) => cluster::up::run(args, output),
        Command::Cluster(Cluster::Down(args)) => Ok(cluster::down::run(&args, output)?),
        Command::Cluster(Cluster::Status(args)) => Ok(cluster::status::run(&args, output)?),
        Command::Cluster(Cluster::Kubeconfig(args)) => Ok(cluster::kubeconfig::run(&args, output)?),
        Command::Cluster(Cluster::Load(args)) => Ok(cluster::load::run(&args, output)?),
        Command::Image(Image::Build(args)) => Ok(image::build::run(&args, output)?),
    }
}
