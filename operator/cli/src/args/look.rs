//! Flags of the commands that look at what there is of an app, and of those that go into it.

use clap::ValueEnum;
use serde::Serialize;

use super::{Format, Target};

/// How objects are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum NamesFormat {
    Table,
    Json,
    Yaml,
    Name,
}

impl NamesFormat {
    /// The data as programs read it; nothing where people do, or only names are wanted.
    pub fn written(self, data: &impl Serialize) -> Option<String> {
        match self {
            Self::Table | Self::Name => None,
            Self::Json => Format::Json.written(data),
            Self::Yaml => Format::Yaml.written(data),
        }
    }
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  aegisctl tree shop -n shop
  aegisctl tree shop -n shop -o name
  aegisctl tree shop -n shop -o json | jq '.. | objects | select(.health == \"Bad\") | .name'

Each object stands below what it goes with; what goes with nothing is data that outlives the app. Of Secrets, names alone are read.
Exit codes: 0 printed, 1 it could not be read, 2 wrong command line")]
pub struct Tree {
    /// The app.
    pub name: String,
    #[command(flatten)]
    pub target: Target,
    /// How to print it.
    #[arg(long, short, value_enum, default_value_t = NamesFormat::Table)]
    pub output: NamesFormat,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  aegisctl events shop -n shop
  aegisctl events shop api -n shop --types Warning
  aegisctl events shop -n shop --follow

Oldest first. A cluster forgets events, usually after an hour.
Exit codes: 0 printed, 1 it could not be read, 2 wrong command line")]
pub struct Events {
    /// The app.
    pub name: String,
    /// api, frontend, scheduler, migration, or the name of a worker, a schedule or a provisioned binding. Default: every role, and
    /// the app itself.
    pub role: Option<String>,
    #[command(flatten)]
    pub target: Target,
    /// Go on with what happens from now on, until Ctrl-C.
    #[arg(long, short)]
    pub follow: bool,
    /// Only those of this type. Can be repeated.
    #[arg(long, value_name = "TYPE", value_enum)]
    pub types: Vec<EventType>,
    /// How to print them.
    #[arg(long, short, value_enum, default_value_t = Format::Text)]
    pub output: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "PascalCase")]
pub enum EventType {
    Normal,
    Warning,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  aegisctl exec shop -n shop -- env
  aegisctl exec shop media -n shop -it -- sh
  aegisctl exec shop api -n shop --pod shop-api-5d9c7b8f6-x2x4q -- python -V

It runs in the role's own container, of a pod that is ready where there is one. A command of its own pod: aegisctl run.
Exit codes: that of the command; 1 when it could not run, 2 wrong command line")]
pub struct Exec {
    /// The app.
    pub name: String,
    /// api, frontend, scheduler, or the name of a worker or a provisioned binding.
    #[arg(default_value = "api")]
    pub role: String,
    #[command(flatten)]
    pub target: Target,
    /// Pass stdin on to it.
    #[arg(long, short = 'i')]
    pub stdin: bool,
    /// Give it this terminal.
    #[arg(long, short = 't', requires = "stdin")]
    pub tty: bool,
    /// The pod. Default: the youngest that is ready.
    #[arg(long)]
    pub pod: Option<String>,
    /// The command.
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub words: Vec<String>,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  aegisctl open shop -n shop
  aegisctl open shop api -n shop --port 8000
  curl \"$(aegisctl open shop -n shop --url)\"

Where the app has a route, its address is opened in a browser. Where it has none, or a port is asked for, a loopback port leads to a
pod of the role until Ctrl-C, by the way of kubectl port-forward. Without a terminal, nothing but the address is printed.
Exit codes: 0 opened, or ended by Ctrl-C, 1 there is no address and no pod, 2 wrong command line")]
pub struct Open {
    /// The app.
    pub name: String,
    /// api or frontend. Default: frontend where there is one.
    pub role: Option<String>,
    #[command(flatten)]
    pub target: Target,
    /// Print the address, and end. There must be a route.
    #[arg(long, conflicts_with = "port")]
    pub url: bool,
    /// Loopback port that leads to the role.
    #[arg(long, value_name = "PORT")]
    pub port: Option<u16>,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  aegisctl version
  aegisctl version --client
  aegisctl version -o json | jq -r .operators[].image

Exit codes: 0 printed, 1 the cluster could not be asked, 2 wrong command line")]
pub struct Version {
    #[command(flatten)]
    pub target: Target,
    /// Only this program's own; no cluster is asked.
    #[arg(long)]
    pub client: bool,
    /// How to print it.
    #[arg(long, short, value_enum, default_value_t = Format::Text)]
    pub output: Format,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  aegisctl top shop -n shop
  aegisctl top shop -n shop --once
  aegisctl top shop -n shop -o json | jq '.roles[] | {name, memoryBytes}'

It goes on until Ctrl-C on a terminal, and prints once elsewhere. CPU and memory are metrics-server's, which measures every 15 s or
so; the share is of the limits, as far as the role has some.
Exit codes: 0 printed, 1 it could not be read, 2 wrong command line")]
pub struct Top {
    /// The app.
    pub name: String,
    #[command(flatten)]
    pub target: Target,
    /// Print once, also on a terminal.
    #[arg(long)]
    pub once: bool,
    /// Seconds between two looks.
    #[arg(long, value_name = "SECONDS", default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..))]
    pub every: u64,
    /// How to print it.
    #[arg(long, short, value_enum, default_value_t = Format::Text)]
    pub output: Format,
}
