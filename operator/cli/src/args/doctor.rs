//! Flags of the command that finds out why something is not as it should be.

use std::path::PathBuf;

use super::Target;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  aegisctl doctor shop -n shop
  aegisctl doctor -A
  aegisctl doctor shop -n shop -o json | jq -r '.apps[].findings[] | [.id, .cure] | @tsv'
  aegisctl doctor --pre

What others follow from comes first. The ids stay the same from version to version: those of problems and states are told by
aegisctl explain and aegisctl status. With --pre it looks at the cluster alone, before the operator is installed there.
Exit codes: 0 nothing is wrong (warnings are shown), 1 something is, or it could not be looked at, 2 wrong command line")]
pub struct Doctor {
    /// The app. Default: all of the namespace.
    pub name: Option<String>,
    #[command(flatten)]
    pub target: Target,
    /// The apps of every namespace.
    #[arg(long, short = 'A', conflicts_with_all = ["name", "namespace"])]
    pub all_namespaces: bool,
    /// Whether the operator can be installed, and what it would lack.
    #[arg(long, conflicts_with_all = ["name", "all_namespaces"])]
    pub pre: bool,
    /// How to print it.
    #[arg(long, short, value_enum, default_value_t = super::Format::Text)]
    pub output: super::Format,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  aegisctl support-bundle shop -n shop
  aegisctl support-bundle -n shop --into shop.tar.gz --since 2h
  aegisctl support-bundle shop -n shop --into - | tar tz

It holds the apps, their objects, events, logs and what aegisctl doctor says, and the operator's log: index.txt in it lists all,
and what could not be read. Secrets are there by name alone; passwords, tokens and keys in texts are blacked out as far as their
shape shows them: look through it before you send it.
Exit codes: 0 written, 1 it was not (the reason and what to do are on stderr), 2 wrong command line")]
pub struct SupportBundle {
    /// The app. Default: all of the namespace.
    pub name: Option<String>,
    #[command(flatten)]
    pub target: Target,
    /// The archive, or - for stdout. Default: aegis-support-NAMESPACE.tar.gz in this folder.
    #[arg(long, value_name = "FILE")]
    pub into: Option<PathBuf>,
    /// Write over a file that is there.
    #[arg(long)]
    pub force: bool,
    /// How many of the last lines of each container.
    #[arg(long, value_name = "LINES", default_value_t = 2000)]
    pub tail: i64,
    /// Only lines and events of the last so long: 90s, 15m, 1h30m. Default: all that there are.
    #[arg(long, value_name = "TIME", value_parser = super::seconds)]
    pub since: Option<i64>,
}
