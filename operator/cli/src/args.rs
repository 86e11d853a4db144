//! Every command and flag. It says how they parse and what their help says, not what they do.

pub mod apps;
pub mod change;
pub mod dev;
pub mod doctor;
#[cfg(test)]
mod examples;
pub mod generate;
pub mod import;
pub mod init;
pub mod look;
pub mod manifest;
pub mod publish;
pub mod queue;
#[cfg(test)]
mod reference;
pub mod schedule;
pub mod update;

use std::path::PathBuf;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use serde::Serialize;

pub use apps::Target;

use crate::builder::BuildArg;
use crate::kind::port::PortMapping;

/// Aegis by hand: local clusters, images, and a look at what the operator does.
#[derive(Debug, Parser)]
#[command(
    name = "aegisctl",
    version,
    after_help = "Examples:
  aegisctl cluster up
  aegisctl image build -t shop:dev examples/shop
  aegisctl validate examples/shop
  aegisctl status shop -n shop

Exit codes: 0 done, 1 failed (the reason and what to do are on stderr), 2 wrong command line"
)]
pub struct Args {
    /// Print only data and errors.
    #[arg(long, short, global = true)]
    pub quiet: bool,
    #[command(subcommand)]
    pub command: Command,
}

/// Reads the command line. Called as `kubectl-aegis`, kubectl finds us as a command of its own, and help says so.
pub fn read() -> Args {
    let called = std::env::args_os().next().map(PathBuf::from);
    let is_plugin = called.is_some_and(|path| path.file_stem().is_some_and(|name| name == "kubectl-aegis"));
    let command = if is_plugin { Args::command().bin_name("kubectl aegis") } else { Args::command() };
    let mut matches = command.get_matches();
    Args::from_arg_matches_mut(&mut matches).unwrap_or_else(|error| error.exit())
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// What runs, what does not, and why.
    Status(apps::Status),
    /// Why an app is not Ready, with cause and cure; or whether a cluster can take the operator.
    Doctor(doctor::Doctor),
    /// What somebody needs who is to help, in one archive, without secrets.
    SupportBundle(doctor::SupportBundle),
    /// Every object of an app, below what it goes with.
    Tree(look::Tree),
    /// What each role of an app uses, and how its work stands, as it changes.
    Top(look::Top),
    /// What the pods of an app say, of every role or of one.
    Logs(apps::Logs),
    /// What the cluster says of an app and of all its objects.
    Events(look::Events),
    /// Run a command in a pod that a role has.
    Exec(look::Exec),
    /// The address of an app, in a browser, or a loopback port to one of its pods.
    Open(look::Open),
    /// The releases of an app: follow one, list them, go back, try again, restart.
    #[command(
        subcommand,
        after_help = "Examples:\n  aegisctl rollout status shop -n shop\n  aegisctl rollout history shop -n shop\n  aegisctl rollout undo shop -n shop --to 3"
    )]
    Rollout(apps::Rollout),
    /// Apply a new image or files, and follow them until they run.
    Deploy(change::Deploy),
    /// Show what an apply of files would change in the resource, as the server says it.
    Diff(change::Diff),
    /// Show what the operator would do after an apply of files: what restarts, what goes, which data is at risk.
    Plan(change::Plan),
    /// Change how many pods a role has.
    Scale(change::Scale),
    /// Bring every role to zero; data and configuration stay.
    Suspend(change::Switch),
    /// End what suspend began.
    Resume(change::Switch),
    /// Delete an app, and wait until nothing of it remains but its data.
    Delete(change::Delete),
    /// Run a command once, in the context that a role of the app has now.
    Run(change::Run),
    /// The work in an app's queues, and what becomes of messages that were given up.
    #[command(subcommand, after_help = "Examples:\n  aegisctl queue list shop -n shop\n  aegisctl queue retry shop orders -n shop")]
    Queue(queue::Queue),
    /// When an app's schedules run and ran; one run now, or none for a while.
    #[command(
        subcommand,
        after_help = "Examples:\n  aegisctl schedule list shop -n shop\n  aegisctl schedule run shop nightly -n shop\n  aegisctl schedule pause shop nightly -n shop"
    )]
    Schedule(schedule::Schedule),
    /// The keys of an app's tokens.
    #[command(subcommand, after_help = "Examples:\n  aegisctl auth rotate shop -n shop")]
    Auth(apps::Auth),
    /// Find everything wrong with AegisApps and manifests in files, without a cluster.
    Validate(apps::Validate),
    /// Print the app that a file or a manifest says, or all that the operator makes of it, without a cluster.
    Render(apps::Render),
    /// Put a manifest into S3 under its digest, and print the reference by which an AegisApp takes it from there.
    Publish(publish::Publish),
    /// What an AegisApp becomes: the objects that the operator makes.
    Children(apps::Children),
    /// What a problem's code means, and how to cure it.
    Explain(apps::Explain),
    /// The versions of this program, the operator, the AegisApp and the cluster.
    Version(look::Version),
    /// Print a script by which a shell completes commands and flags.
    Completion(Completion),
    /// The manual: a page of it, or all pages into a folder.
    Man(Man),
    /// Begin an app: a whole Aegis Stack project in a folder, that runs, is tested, and deploys.
    Init(init::Init),
    /// Take an app of the aegis-stack package over: write its manifest and its AegisApp.
    Import(import::Import),
    /// Add a part to an app that init began: its code, its test and its entry in the manifest.
    Generate(generate::Generate),
    /// Bring what init wrote up to what it writes now, and keep what you have made of it.
    Update(update::Update),
    /// What the manifest says beside what the code says.
    #[command(subcommand, after_help = "Examples:\n  aegisctl manifest check\n  aegisctl manifest sync --dry-run")]
    Manifest(manifest::Manifest),
    /// Run a folder on the local cluster while you work on it: changes run within seconds, and every role's log is shown.
    Dev(dev::Dev),
    /// A local Kubernetes cluster, made by kind.
    #[command(subcommand, after_help = "Examples:\n  aegisctl cluster up --nodes 2\n  aegisctl cluster down")]
    Cluster(Cluster),
    /// Container images.
    #[command(subcommand, after_help = "Examples:\n  aegisctl image build -t shop:dev examples/shop")]
    Image(Image),
}

#[derive(Debug, Subcommand)]
pub enum Cluster {
    /// Create the cluster, or keep the one that is there. Prints the kubeconfig's path.
    Up(Up),
    /// Delete the cluster and everything that was made for it.
    #[command(after_help = "Examples:\n  aegisctl cluster down\n  aegisctl cluster down --name other")]
    Down(Named),
    /// Nodes, version, ports, images and age.
    Status(Status),
    /// Print the path of the cluster's kubeconfig.
    Kubeconfig(Kubeconfig),
    /// Copy local images into the cluster's nodes; images that are there already are skipped.
    Load(Load),
}

#[derive(Debug, clap::Args)]
pub struct Named {
    /// The cluster's name.
    #[arg(long, default_value = "aegis", value_parser = crate::kind::cluster_name)]
    pub name: String,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  aegisctl cluster up
  aegisctl cluster up --nodes 2 --port 8080:30080 --port 8081:30081
  aegisctl cluster up --load shop:dev
  export KUBECONFIG=$(aegisctl cluster up)")]
pub struct Up {
    #[command(flatten)]
    pub cluster: Named,
    /// How many nodes; the first one is the control plane and runs pods too when it is alone.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=9))]
    pub nodes: u8,
    /// Let 127.0.0.1:HOST answer for the Service with this NodePort. Can be repeated.
    #[arg(long = "port", value_name = "HOST:NODEPORT", default_value = "8080:30080")]
    pub ports: Vec<PortMapping>,
    /// The nodes' image. Default: the newest local aegis.local/node, else kind's own.
    #[arg(long, value_name = "IMAGE")]
    pub node_image: Option<String>,
    /// How long the cluster may take to become ready once it is created.
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    pub wait: u64,
    /// Copy these local images into the nodes while Kubernetes starts.
    #[arg(long, value_name = "IMAGE", num_args = 1..)]
    pub load: Vec<String>,
    /// Record requests by this audit policy, in audit/audit.log beside the kubeconfig.
    #[arg(long, value_name = "FILE")]
    pub audit_policy: Option<PathBuf>,
    /// Also add the cluster to your own kubeconfig and make it current.
    #[arg(long)]
    pub merge_kubeconfig: bool,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  aegisctl cluster status\n  aegisctl cluster status -o json | jq .nodes")]
pub struct Status {
    #[command(flatten)]
    pub cluster: Named,
    /// How to print it.
    #[arg(long, short, value_enum, default_value_t = Format::Text)]
    pub output: Format,
}

/// Parses a length of time that is not over already, as kubectl has it: 90s, 15m, 1h30m. In seconds.
pub fn seconds(text: &str) -> Result<i64, String> {
    let length = text.parse::<jiff::SignedDuration>().map(|length| length.as_secs());
    length.ok().filter(|seconds| *seconds > 0).ok_or_else(|| "write a length of time, such as 90s, 15m or 1h30m".to_owned())
}

/// How data is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[value(alias = "table")]
    Text,
    Json,
    Yaml,
}

impl Format {
    /// The data as programs read it; nothing where people do.
    pub fn written(self, data: &impl Serialize) -> Option<String> {
        let text = match self {
            Self::Text => return None,
            Self::Json => serde_json::to_string_pretty(data).expect("plain data is writable"),
            Self::Yaml => crate::yaml::text(data),
        };
        Some(text.trim_end().to_owned())
    }
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  export KUBECONFIG=$(aegisctl cluster kubeconfig)
  aegisctl cluster kubeconfig --raw > kubeconfig.yaml")]
pub struct Kubeconfig {
    #[command(flatten)]
    pub cluster: Named,
    /// Print the content instead of the path.
    #[arg(long)]
    pub raw: bool,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  aegisctl cluster load shop:dev aegis-operator:dev")]
pub struct Load {
    #[command(flatten)]
    pub cluster: Named,
    /// Images of the local engine.
    #[arg(required = true, value_name = "IMAGE")]
    pub images: Vec<String>,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  source <(aegisctl completion bash)
  aegisctl completion zsh > \"${fpath[1]}/_aegisctl\"
  aegisctl completion fish > ~/.config/fish/completions/aegisctl.fish")]
pub struct Completion {
    /// Which shell.
    #[arg(value_enum)]
    pub shell: Shell,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  aegisctl man | man -l -
  aegisctl man rollout undo | man -l -
  aegisctl man --into /usr/local/share/man/man1

Exit codes: 0 printed, 1 there is no such command or folder, 2 wrong command line")]
pub struct Man {
    /// The command whose page is meant. Default: aegisctl itself.
    pub command: Vec<String>,
    /// Write the pages of all commands into this folder, which is made where it is missing.
    #[arg(long, value_name = "FOLDER", conflicts_with = "command")]
    pub into: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum Image {
    /// Build an image from a Dockerfile; prints its reference.
    Build(Build),
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  aegisctl image build -t shop:dev examples/shop
  aegisctl image build -t shop -f docker/Dockerfile --build-arg EXTRAS=dev --tag-by-content .

A base that is neither local nor in reach of a registry is made here from Debian packages,
under the same name and with the label aegis.dev/stand-in=true.")]
pub struct Build {
    /// The image's name, and its tag (latest when left out).
    #[arg(long, short, value_name = "NAME[:TAG]", value_parser = crate::reference::new_name)]
    pub tag: String,
    /// The Dockerfile. Default: the one in the context.
    #[arg(long, short, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// A value for an ARG of the Dockerfile. Can be repeated.
    #[arg(long = "build-arg", value_name = "KEY=VALUE")]
    pub build_args: Vec<BuildArg>,
    /// Also tag the image with the first 12 hex digits of its ID, and print that reference.
    #[arg(long)]
    pub tag_by_content: bool,
    /// What builds. Default: the first of docker, podman and buildah that works.
    #[arg(long, value_enum)]
    pub with: Option<Tool>,
    /// The folder whose files the Dockerfile copies.
    #[arg(default_value = ".")]
    pub context: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Tool {
    Docker,
    Podman,
    Buildah,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Args::command().debug_assert();
    }

    #[test]
    fn every_command_shows_an_example() {
        let mut commands = vec![Args::command()];
        while let Some(command) = commands.pop() {
            commands.extend(command.get_subcommands().filter(|sub| sub.get_name() != "help").cloned());
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains("Examples:"), "{} has no example", command.get_name());
        }
    }

    #[test]
    fn a_file_is_named_plainly_or_as_kubectl_has_it() {
        let files = |line: &str| match Args::try_parse_from(line.split(' ')).expect("it parses").command {
            Command::Validate(args) => args.paths.all(),
            Command::Render(args) => args.files.paths.all(),
            Command::Diff(args) => args.files.paths.all(),
            Command::Plan(args) => args.files.paths.all(),
            other => panic!("{other:?}"),
        };
        for command in ["validate", "render", "diff", "plan"] {
            let named = [PathBuf::from("a.yaml"), PathBuf::from("b")];
            for words in ["a.yaml b", "-f a.yaml -f b", "--file=a.yaml --file b", "a.yaml -f b"] {
                assert_eq!(files(&format!("aegisctl {command} {words}")), named, "{command} {words}");
            }
            assert_eq!(files(&format!("aegisctl {command}")), [PathBuf::from("aegis_manifest.json")], "{command}");
        }
    }

    #[test]
    fn a_length_of_time_is_written_as_kubectl_has_it() {
        assert_eq!(["90s", "15m", "1h30m", "24h"].map(|text| seconds(text).unwrap_or_default()), [90, 900, 5400, 86_400]);
        for wrong in ["", "5", "-1h", "0s", "soon"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_mistyped_command_is_met_with_a_suggestion() {
        let error = Args::try_parse_from(["aegisctl", "clutser", "up"]).unwrap_err();
        assert!(error.to_string().contains("'cluster'"), "{error}");
        assert_eq!(error.exit_code(), 2);
    }
}
