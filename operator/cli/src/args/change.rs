//! Flags of the commands that change an app, or run something beside it.

use std::path::PathBuf;

use super::Target;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  aegisctl deploy shop --image ghcr.io/acme/shop:1.4.3 -n shop
  aegisctl deploy -f app.yaml -n shop
  aegisctl deploy -f aegis_manifest.json --env prod --image ghcr.io/acme/shop:1.4.3 -n shop
  aegisctl deploy -f app.yaml -n shop --plan 5f0c1a77de
  kubectl kustomize . | aegisctl deploy -f -

Files are checked as by aegisctl validate, and applied as by kubectl apply --server-side. A release that fails ends it at once;
the operator has gone back to the one before by then, or says why it cannot.
Exit codes: 0 it runs as asked, 1 it does not (the reason and what to do are on stderr), 2 wrong command line")]
pub struct Deploy {
    /// The app that gets another image.
    #[arg(requires = "image", required_unless_present = "files", conflicts_with = "files")]
    pub name: Option<String>,
    /// The image: of the app that is named, or instead of the one that the file names.
    #[arg(long)]
    pub image: Option<String>,
    /// YAML or JSON files of apps or manifests, folders of them, or - for stdin.
    #[arg(long = "file", short, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Environment of a manifest. Default: none; its components are taken as they are.
    #[arg(long, value_name = "NAME", requires = "files")]
    pub env: Option<String>,
    /// Set also the fields that somebody else has set, and take them over.
    #[arg(long, requires = "files")]
    pub force_conflicts: bool,
    /// How long to wait, for each app.
    #[arg(long, value_name = "SECONDS", default_value_t = 900)]
    pub timeout: u64,
    /// Go on only if what would happen is this plan, by the digest that aegisctl plan printed.
    #[arg(long, value_name = "DIGEST", requires = "files")]
    pub plan: Option<String>,
    #[command(flatten)]
    pub target: Target,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  aegisctl delete shop -n shop
  aegisctl delete shop -n shop --yes --wait 300

It waits until nothing remains but data whose deletionPolicy is Retain, which is named; an app of this name finds it again.
Exit codes: 0 nothing else remains, 1 refused, not confirmed or something remains (it is named), 2 wrong command line")]
pub struct Delete {
    /// The app.
    pub name: String,
    #[command(flatten)]
    pub target: Target,
    /// Do not ask. Needed where nobody is at a terminal.
    #[arg(long, short)]
    pub yes: bool,
    /// How long to wait until it is gone.
    #[arg(long, value_name = "SECONDS", default_value_t = 180)]
    pub wait: u64,
}

/// Where apps are written: as arguments, or after -f as kubectl has it.
#[derive(Debug, clap::Args)]
pub struct Paths {
    /// YAML or JSON files with AegisApps or manifests, folders of them, or - for stdin. Default: aegis_manifest.json.
    #[arg(value_name = "FILE")]
    arguments: Vec<PathBuf>,
    /// The same, as kubectl has it. Can be repeated.
    #[arg(long = "file", short, value_name = "FILE")]
    flags: Vec<PathBuf>,
}

impl Paths {
    /// All of them, in that order.
    pub fn all(&self) -> Vec<PathBuf> {
        let named: Vec<PathBuf> = self.arguments.iter().chain(&self.flags).cloned().collect();
        if named.is_empty() { vec![aegis_crds::manifest::FILE.into()] } else { named }
    }
}

/// Files of apps, and what is taken of manifests.
#[derive(Debug, clap::Args)]
pub struct Files {
    #[command(flatten)]
    pub paths: Paths,
    /// Environment of a manifest. Default: none; its components are taken as they are.
    #[arg(long, value_name = "NAME")]
    pub env: Option<String>,
    /// Image instead of the one that is written.
    #[arg(long, value_name = "IMAGE")]
    pub image: Option<String>,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  aegisctl diff -f app.yaml -n shop
  aegisctl diff examples/shop/aegis_manifest.json --env prod -n shop
  aegisctl diff app.yaml -n shop --exit-code
  aegisctl diff app.yaml -n shop --children

It is the server's own answer to a dry run of what deploy would apply; nothing is changed. With --children, what the operator of
this version makes of that answer, beside what it makes of the resource as it is.
Exit codes: 0 printed (with --exit-code: nothing would change), 1 with --exit-code: something would, 2 it could not be made, or
wrong command line")]
pub struct Diff {
    #[command(flatten)]
    pub files: Files,
    /// Show the objects that the operator would make otherwise, instead of the resource.
    #[arg(long)]
    pub children: bool,
    /// End with 1 when something would change.
    #[arg(long)]
    pub exit_code: bool,
    #[command(flatten)]
    pub target: Target,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  aegisctl plan -f app.yaml -n shop
  aegisctl plan examples/shop/aegis_manifest.json --env prod -n shop
  aegisctl plan app.yaml -n shop -o json | jq '.apps[].restarts'
  aegisctl deploy -f app.yaml -n shop --plan 5f0c1a77de

Nothing is changed. The digest is of what is asked for and of what is there now: deploy --plan refuses when either moved.
Exit codes: 0 printed, 1 it could not be made, or the operator would refuse it, 2 wrong command line")]
pub struct Plan {
    #[command(flatten)]
    pub files: Files,
    #[command(flatten)]
    pub target: Target,
    /// How to print it.
    #[arg(long, short, value_enum, default_value_t = crate::args::Format::Text)]
    pub output: crate::args::Format,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  aegisctl suspend shop -n shop
  aegisctl resume shop -n shop --wait 120

Suspended, every role stands at zero and schedules are silent; data and configuration are kept.
Exit codes: 0 changed, or so already, 1 refused (with --wait: not there in time), 2 wrong command line")]
pub struct Switch {
    /// The app.
    pub name: String,
    #[command(flatten)]
    pub target: Target,
    /// Wait until it is so, with progress on stderr.
    #[arg(long, value_name = "SECONDS")]
    pub wait: Option<u64>,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  aegisctl scale shop api --replicas 3 -n shop
  aegisctl scale shop orders --min 0 --max 10 -n shop --wait 120

It changes spec.<role>.replicas. An app that a pipeline applies is better changed there: a warning says so.
Exit codes: 0 changed, or so already, 1 refused (with --wait: not there in time), 2 wrong command line")]
pub struct Scale {
    /// The app.
    pub name: String,
    /// api, frontend, or the name of a worker pool.
    pub role: String,
    #[command(flatten)]
    pub bounds: Bounds,
    #[command(flatten)]
    pub target: Target,
    /// Wait until it is so, with progress on stderr.
    #[arg(long, value_name = "SECONDS")]
    pub wait: Option<u64>,
}

/// How many pods.
#[derive(Debug, Clone, Copy, clap::Args)]
#[group(required = true, multiple = true)]
pub struct Bounds {
    /// So many pods, always.
    #[arg(long, value_name = "COUNT", conflicts_with_all = ["min", "max"])]
    pub replicas: Option<i32>,
    /// Fewest pods; the most stay as they are.
    #[arg(long, value_name = "COUNT")]
    pub min: Option<i32>,
    /// Most pods; the fewest stay as they are.
    #[arg(long, value_name = "COUNT")]
    pub max: Option<i32>,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  aegisctl run shop -n shop -- manage reindex
  aegisctl run shop -n shop --role orders --deadline 7200 --command -- python -m shop.repair
  aegisctl run shop -n shop --detach -- migrate --check

It runs once, as a Job with the image, environment, files and volumes that the role has now, and prints what it prints.
Ctrl-C ends it. The Job and its log stay for an hour.
Exit codes: that of what ran; 1 when it could not run, 2 wrong command line, 130 ended by Ctrl-C")]
pub struct Run {
    /// The app.
    pub name: String,
    #[command(flatten)]
    pub target: Target,
    /// Whose context it runs in: api, frontend, scheduler, or the name of a worker pool.
    #[arg(long, default_value = "api")]
    pub role: String,
    /// Seconds until it is ended and counts as failed.
    #[arg(long, value_name = "SECONDS", default_value_t = 3600, value_parser = clap::value_parser!(i64).range(1..=604_800))]
    pub deadline: i64,
    /// Take the words for the command, in place of the image's own; otherwise they are its arguments.
    #[arg(long)]
    pub command: bool,
    /// Print the Job's name and do not wait for it.
    #[arg(long, short)]
    pub detach: bool,
    /// What runs.
    #[arg(last = true, required = true, value_name = "WORDS")]
    pub words: Vec<String>,
}
