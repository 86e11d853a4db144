//! Flags of `dev`.

use std::path::PathBuf;

use crate::builder::BuildArg;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  aegisctl dev
  aegisctl dev examples/shop --env dev -n shop
  aegisctl dev -f deploy/app.yaml --rebuild

It builds the folder's image, loads it into the local cluster, and runs it there by the app's spec.dev: of an app that is not there yet,
one is made as the file says; of one that somebody else applies, the rest of the spec stays as it is. Then it prints what every role says.
A changed file is sent into the pods, whose processes begin again over it; nothing else is replaced. An image is built, and rolled
out, when what it is made of changes: the Dockerfile, a list of dependencies, a migration. Files that .gitignore names are not sent.
Ctrl-C ends it, and the app runs as the rest of its spec says. So it does too when this program is lost and cannot go on renewing.
Exit codes: 0 ended by Ctrl-C, 1 it could not begin or go on (the reason and what to do are on stderr), 2 wrong command line")]
pub struct Dev {
    /// The project: what the Dockerfile copies, and what is sent.
    #[arg(default_value = ".")]
    pub folder: PathBuf,
    /// A file with the app, or its manifest. Default: the folder's aegis_manifest.json.
    #[arg(long, short, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Environment of a manifest. Default: dev, where it has one.
    #[arg(long, value_name = "NAME")]
    pub env: Option<String>,
    /// Namespace; it is made where it is missing. Default: the file's own, then the context's.
    #[arg(long, short)]
    pub namespace: Option<String>,
    /// The local cluster (aegisctl cluster up).
    #[arg(long, value_name = "NAME", default_value = "aegis", value_parser = crate::kind::cluster_name)]
    pub cluster: String,
    /// The Dockerfile. Default: the one in the folder.
    #[arg(long, value_name = "FILE")]
    pub dockerfile: Option<PathBuf>,
    /// A value for an ARG of the Dockerfile. Can be repeated.
    #[arg(long = "build-arg", value_name = "KEY=VALUE")]
    pub build_args: Vec<BuildArg>,
    /// Build an image at every change, and send nothing: for images without a python3.
    #[arg(long)]
    pub rebuild: bool,
    /// Go on where somebody else develops on the same app: what runs for them ends.
    #[arg(long)]
    pub take_over: bool,
    /// How long it holds when this program is lost. It is renewed in a third of that time.
    #[arg(long, value_name = "SECONDS", default_value_t = 600, value_parser = clap::value_parser!(i64).range(15..=86_400))]
    pub lease: i64,
}
