//! Flags of the commands about AegisApps, in a cluster and in files.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

/// Which cluster, and where in it.
#[derive(Debug, Clone, clap::Args)]
pub struct Target {
    /// Namespace. Default: the context's own.
    #[arg(long, short)]
    pub namespace: Option<String>,
    /// Kubeconfig. Default: $KUBECONFIG, then ~/.kube/config, then the local cluster's.
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// Context of the kubeconfig. Default: its current one.
    #[arg(long, value_name = "NAME")]
    pub context: Option<String>,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  aegisctl status -A -o wide
  aegisctl status shop -n shop
  aegisctl status shop -n shop --wait 300
  aegisctl status shop -n shop -o json | jq '.components[] | select(.ready < .desired)'

Exit codes: 0 the status was printed (with --wait: the app is ready), 1 it could not be read
(with --wait: it is not ready in time, or a person must act first), 2 wrong command line")]
pub struct Status {
    /// The app. Default: all of the namespace, a line each.
    pub name: Option<String>,
    #[command(flatten)]
    pub target: Target,
    /// The apps of every namespace.
    #[arg(long, short = 'A', conflicts_with_all = ["name", "namespace"])]
    pub all_namespaces: bool,
    /// Wait until the newest spec is ready, with progress on stderr. Ends early when only a person can help.
    #[arg(long, value_name = "SECONDS", requires = "name", conflicts_with = "watch")]
    pub wait: Option<u64>,
    /// Go on, and print again whenever something changes.
    #[arg(long, short)]
    pub watch: bool,
    /// How to print it.
    #[arg(long, short, value_enum, default_value_t = StatusFormat::Table)]
    pub output: StatusFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StatusFormat {
    Table,
    /// A table with release, address and next run too.
    Wide,
    Json,
    Yaml,
    /// Names alone, as kubectl takes them.
    Name,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  aegisctl logs shop -n shop
  aegisctl logs shop api -n shop --follow
  aegisctl logs shop media -n shop --previous --tail 20
  aegisctl logs shop api -n shop --since 15m --no-prefix | jq -rR 'fromjson? | .event'

Lines of several pods come as they are read, each behind its role and its pod. With --follow pods that come later are followed too.
Exit codes: 0 printed, 1 it could not be read or nothing runs, 2 wrong command line")]
pub struct Logs {
    /// The app.
    pub name: String,
    /// api, frontend, scheduler, migration, or the name of a worker, a schedule or a provisioned binding. Default: every role.
    pub role: Option<String>,
    #[command(flatten)]
    pub target: Target,
    /// Go on with what they say from now on, until Ctrl-C.
    #[arg(long, short)]
    pub follow: bool,
    /// How many of the last lines of each pod.
    #[arg(long, value_name = "LINES", default_value_t = 100)]
    pub tail: i64,
    /// Only lines of the last so long: 90s, 15m, 1h30m.
    #[arg(long, value_name = "TIME", value_parser = super::seconds)]
    pub since: Option<i64>,
    /// What the containers said that ran before those that run now.
    #[arg(long, conflicts_with = "follow")]
    pub previous: bool,
    /// Only the lines themselves.
    #[arg(long)]
    pub no_prefix: bool,
}

#[derive(Debug, Subcommand)]
pub enum Rollout {
    /// The specs that were accepted, oldest first, and what each changed.
    History(History),
    /// Wait until the newest spec runs, and say why when it does not.
    Status(RolloutStatus),
    /// Run an earlier release instead of the newest spec, which stays as it is.
    Undo(Undo),
    /// Try the newest spec again as it is: after it gave way, or was undone.
    Retry(Retry),
    /// Replace the pods of a role, or of all, as a release would: in order, and without a gap.
    Restart(Restart),
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kubectl apply -f app.yaml && aegisctl rollout status shop -n shop
  aegisctl rollout status shop -n shop --timeout 900

Tells each change on stderr, and ends early when the release fails or only a person can help.
Exit codes: 0 it runs as asked, 1 it does not (the reason and what to do are on stderr), 2 wrong command line")]
pub struct RolloutStatus {
    /// The app.
    pub name: String,
    #[command(flatten)]
    pub target: Target,
    /// How long to wait.
    #[arg(long, value_name = "SECONDS", default_value_t = 900)]
    pub timeout: u64,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  aegisctl rollout undo shop -n shop
  aegisctl rollout undo shop -n shop --to 3
  aegisctl rollout undo shop -n shop --to 3 --across-migration

It holds until the spec changes, or aegisctl rollout retry. No migration runs: the database stays as it is.
Exit codes: 0 the operator was asked, 1 it was not (the reason and what to do are on stderr), 2 wrong command line")]
pub struct Undo {
    /// The app.
    pub name: String,
    #[command(flatten)]
    pub target: Target,
    /// Which revision to run (aegisctl rollout history). Default: the last one that ran well, besides the newest.
    #[arg(long, value_name = "REVISION")]
    pub to: Option<i64>,
    /// Also past a migration after which older releases may not run (migration.compatibility: StopTheWorld).
    #[arg(long)]
    pub across_migration: bool,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  aegisctl rollout retry shop -n shop && aegisctl rollout status shop -n shop

A migration that failed runs again; one that succeeded does not.
Exit codes: 0 the operator was asked, 1 it was not (the reason and what to do are on stderr), 2 wrong command line")]
pub struct Retry {
    /// The app.
    pub name: String,
    #[command(flatten)]
    pub target: Target,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  aegisctl rollout restart shop -n shop
  aegisctl rollout restart shop media -n shop

Exit codes: 0 the operator was asked, 1 it was not (the reason and what to do are on stderr), 2 wrong command line")]
pub struct Restart {
    /// The app.
    pub name: String,
    /// api, frontend, scheduler, or the name of a worker. Default: all of them.
    pub role: Option<String>,
    #[command(flatten)]
    pub target: Target,
}

/// `auth` and what it can do.
#[derive(Debug, Subcommand)]
pub enum Auth {
    /// Have the next signing key made now. It is published first, and signs once every role can know it.
    Rotate(Rotate),
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  aegisctl auth rotate shop -n shop

No token is refused: the old key stays for spec.auth.jwt.overlap. To have one believed no more:
kubectl delete configmap APP-auth--KID, where KID stands in .status.auth.
Exit codes: 0 asked for, 1 refused (the reason and what to do are on stderr), 2 wrong command line")]
pub struct Rotate {
    /// The app.
    pub name: String,
    #[command(flatten)]
    pub target: Target,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  aegisctl rollout history shop -n shop
  aegisctl rollout history shop -n shop -o json | jq '.revisions[] | select(.serving) | .image'

Exit codes: 0 printed, 1 it could not be read, 2 wrong command line")]
pub struct History {
    /// The app.
    pub name: String,
    #[command(flatten)]
    pub target: Target,
    /// How to print it.
    #[arg(long, short, value_enum, default_value_t = super::Format::Text)]
    pub output: super::Format,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  aegisctl validate app.yaml
  aegisctl validate -f app.yaml
  aegisctl validate deploy/ --quiet
  kubectl kustomize . | aegisctl validate -
  aegisctl validate app.yaml -o json | jq '.problems[].code'

Needs no cluster. Resources of other kinds are passed over.
Exit codes: 0 nothing is wrong (warnings are shown), 1 there are errors, 2 a file cannot be read or the command line is wrong")]
pub struct Validate {
    #[command(flatten)]
    pub paths: super::change::Paths,
    /// How to print the problems.
    #[arg(long, short, value_enum, default_value_t = super::Format::Text)]
    pub output: super::Format,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  aegisctl children
  aegisctl children app.yaml
  aegisctl children app.yaml -o json | jq -r '.apps[].objects[].kind' | sort | uniq -c

Needs no cluster. Exit codes: 0 printed, 1 the app has errors, 2 the file cannot be read or the command line is wrong")]
pub struct Children {
    /// An app: list the objects that it would have. Default: the table of all that apps can have, as Markdown.
    pub file: Option<PathBuf>,
    /// How to print it; a name is kind.group/name, or of the table the kind.
    #[arg(long, short, value_enum, default_value_t = super::look::NamesFormat::Table)]
    pub output: super::look::NamesFormat,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  aegisctl render --env prod
  aegisctl render examples/shop/aegisapp.yaml --children
  aegisctl render examples/shop/aegis_manifest.json --env prod --image shop:1.4.3 | kubectl apply -f -
  aegisctl render app.yaml --children -o name

Needs no cluster. Exit codes: 0 printed, 1 what is written has errors, 2 wrong command line")]
pub struct Render {
    #[command(flatten)]
    pub files: super::change::Files,
    /// Print every object that the operator makes, instead of the app.
    #[arg(long)]
    pub children: bool,
    /// Namespace of apps that name none.
    #[arg(long, short)]
    pub namespace: Option<String>,
    /// How to print it.
    #[arg(long, short, value_enum, default_value_t = RenderFormat::Yaml)]
    pub output: RenderFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RenderFormat {
    Yaml,
    Json,
    Name,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  aegisctl explain
  aegisctl explain MinAboveMax
  aegisctl explain -o json | jq -r '.codes[] | select(.severity == \"Warning\") | .code'

Needs no cluster. Exit codes: 0 printed, 1 there is no such code, 2 wrong command line")]
pub struct Explain {
    /// A problem's code, as status and validate print it. Default: list all.
    pub code: Option<String>,
    /// How to print it.
    #[arg(long, short, value_enum, default_value_t = super::look::NamesFormat::Table)]
    pub output: super::look::NamesFormat,
}
