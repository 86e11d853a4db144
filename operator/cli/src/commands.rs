//! From a parsed command to what it means.

mod children;
mod cluster;
mod completion;
mod delete;
mod deploy;
mod dev;
mod diff;
mod doctor;
mod events;
mod exec;
mod explain;
mod generate;
mod image;
mod import;
mod init;
mod logs;
mod man;
mod manifest;
mod open;
mod plan;
mod publish;
mod queue;
mod render;
mod rollout;
mod run;
mod scale;
mod schedule;
pub mod status;
mod support_bundle;
mod suspend;
mod top;
mod tree;
mod update;
mod validate;
mod version;

use std::process::ExitCode;

use crate::args::apps::{Auth, Rollout};
use crate::args::{Cluster, Command, Image};
use crate::failure::Failures;
use crate::output::Output;

/// Runs it. A command that ends well may still answer no, by its exit code.
pub fn run(command: Command, output: &Output) -> Result<ExitCode, Failures> {
    match command {
        Command::Status(args) => status::run(&args, output)?,
        Command::Doctor(args) => return doctor::run(&args, output),
        Command::SupportBundle(args) => support_bundle::run(&args, output)?,
        Command::Tree(args) => tree::run(&args, output)?,
        Command::Top(args) => top::run(&args, output)?,
        Command::Logs(args) => logs::run(&args, output)?,
        Command::Events(args) => events::run(&args, output)?,
        Command::Exec(args) => return exec::run(&args, output),
        Command::Open(args) => open::run(&args, output)?,
        Command::Rollout(Rollout::History(args)) => rollout::history(&args, output)?,
        Command::Rollout(Rollout::Status(args)) => status::rollout(&args, output)?,
        Command::Rollout(Rollout::Undo(args)) => rollout::undo(&args, output)?,
        Command::Rollout(Rollout::Retry(args)) => rollout::retry(&args, output)?,
        Command::Rollout(Rollout::Restart(args)) => rollout::restart(&args, output)?,
        Command::Deploy(args) => deploy::run(&args, output)?,
        Command::Diff(args) => return Ok(diff::run(&args, output)),
        Command::Plan(args) => plan::run(&args, output)?,
        Command::Scale(args) => scale::run(&args, output)?,
        Command::Delete(args) => delete::run(&args, output)?,
        Command::Suspend(args) => suspend::suspend(&args, output)?,
        Command::Resume(args) => suspend::resume(&args, output)?,
        Command::Run(args) => return run::run(&args, output),
        Command::Queue(args) => queue::run(&args, output)?,
        Command::Schedule(args) => return schedule::run(&args, output),
        Command::Auth(Auth::Rotate(args)) => rollout::rotate(&args, output)?,
        Command::Validate(args) => return Ok(validate::run(&args, output)),
        Command::Render(args) => render::run(&args, output)?,
        Command::Publish(args) => publish::run(&args, output)?,
        Command::Children(args) => return Ok(children::run(&args, output)),
        Command::Explain(args) => explain::run(&args, output)?,
        Command::Version(args) => version::run(&args, output)?,
        Command::Completion(args) => completion::run(&args, output),
        Command::Man(args) => man::run(&args, output)?,
        Command::Init(args) => init::run(&args, output)?,
        Command::Import(args) => import::run(&args, output)?,
        Command::Generate(args) => generate::run(&args, output)?,
        Command::Update(args) => update::run(&args, output)?,
        Command::Manifest(args) => return manifest::run(&args, output),
        Command::Dev(args) => dev::run(&args, output)?,
        Command::Cluster(Cluster::Up(args)) => cluster::up::run(args, output)?,
        Command::Cluster(Cluster::Down(args)) => cluster::down::run(&args, output)?,
        Command::Cluster(Cluster::Status(args)) => cluster::status::run(&args, output)?,
        Command::Cluster(Cluster::Kubeconfig(args)) => cluster::kubeconfig::run(&args, output)?,
        Command::Cluster(Cluster::Load(args)) => cluster::load::run(&args, output)?,
        Command::Image(Image::Build(args)) => image::build::run(&args, output)?,
    }
    Ok(ExitCode::SUCCESS)
}
