//! `dev`: an app on the local cluster that runs what is in a folder, and again whenever that changes. What it is to the operator is one
//! field of the app, which ends by itself; what anybody else writes into the app stays as they write it.

mod field;
mod image;
mod project;
mod send;
mod source;

use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use kube::core::DynamicObject;
use serde_json::{Value, json};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::sleep;

use super::logs;
use super::status::read::{self, answer};
use super::status::report::Report;
use crate::args::Target;
use crate::args::apps::Logs;
use crate::args::dev::Dev;
use crate::connection::{self, Connection};
use crate::failure::{Failure, Failures};
use crate::kind;
use crate::output::Output;
use field::Field;
use image::Image;
use project::Project;
use send::Sent;
use source::{Source, Tree, is_ingredient};

/// Between two looks at the files.
const FILES: Duration = Duration::from_millis(300);
/// Between two looks at the cluster.
const CLUSTER: Duration = Duration::from_secs(1);
/// Files that one message names.
const NAMED: usize = 3;

pub fn run(args: &Dev, output: &Output) -> Result<(), Failures> {
    connection::block_on(develop(args, output))?
}

async fn develop(args: &Dev, output: &Output) -> Result<(), Failures> {
    let project = Project::of(args)?;
    // what is wrong in the files is told before anything is built
    let named = project.app(None)?;
    let tree = Tree::of(&args.folder)?;
    let mut connection = connect(args).await?;
    if let Some(own) = named.namespace() {
        connection.namespace = own;
    }
    let name = named.name_any();
    output.step(format_args!("Building {name} from {}", args.folder.display()));
    let image = tokio::select! {
        image = image::ready(args, &name, output) => image?,
        () = asked_to_end() => return Ok(()),
    };
    let began = Timestamp::now();
    let app = project.put(&connection, &name, &image, output).await?;
    let field = Field::of(&connection, args, &app);
    field.hold(&image).await?;
    if app.data["spec"]["paused"] == json!(true) && field::others(&app).is_empty() {
        project.put(&connection, &name, &image, output).await?;
    }
    output.step(format_args!("{name} in namespace {} runs {} until Ctrl-C", connection.namespace, image.reference));
    let mut work = Work {
        project: &project,
        connection: &connection,
        field: &field,
        name: &name,
        output,
        image,
        held: Some(Instant::now()),
        tree,
        told: String::new(),
    };
    let is_meant = |pod: &Pod| {
        send::place(pod).is_some() || pod.creation_timestamp().is_some_and(|time| time.0 >= began - jiff::SignedDuration::from_secs(1))
    };
    let ended = tokio::select! {
        ended = work.go_on() => ended,
        () = hear(&connection, &name, &is_meant, output) => Ok(()),
        () = asked_to_end() => Ok(()),
    };
    let settled = project.settle(&connection, &name, &work.image).await;
    let released = field.release().await;
    ended?;
    settled?;
    released?;
    output.note(format_args!("{name} runs as its spec says again. What it does: aegisctl status {name} -n {}", connection.namespace));
    Ok(())
}

/// A client of the local cluster, and of no other.
async fn connect(args: &Dev) -> Result<Connection, Failure> {
    let kubeconfig = kind::kubeconfig(&args.cluster);
    if !kubeconfig.is_file() {
        let fix = format!(
            "make it: aegisctl cluster up --name {0}; then install the operator: helm install aegis charts/aegis -n aegis-system",
            args.cluster
        );
        return Err(Failure::new(format_args!("there is no local cluster {}", args.cluster), "dev runs on a local cluster alone", fix));
    }
    Connection::open(&Target { namespace: args.namespace.clone(), kubeconfig: Some(kubeconfig), context: None }).await
}

/// How long a lease is left alone.
fn renewal(args: &Dev) -> Duration {
    Duration::from_secs(args.lease.unsigned_abs() / 3)
}

/// Ctrl-C, or the same from a program.
async fn asked_to_end() {
    let mut terminated = signal(SignalKind::terminate()).expect("a signal can be listened to");
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminated.recv() => {}
    }
}

/// Prints what every role says, for ever: where the cluster is lost for a while, from a little before on.
async fn hear(connection: &Connection, name: &str, is_meant: &dyn Fn(&Pod) -> bool, output: &Output) {
    let target = Target { namespace: None, kubeconfig: None, context: None };
    let mut args =
        Logs { name: name.to_owned(), role: None, target, follow: true, tail: 100, since: None, previous: false, no_prefix: false };
    while logs::followed(connection, &args, is_meant, true, output).await.is_err() {
        sleep(CLUSTER).await;
        args.since = Some(5);
    }
}

/// What goes on until it is ended.
struct Work<'a> {
    project: &'a Project<'a>,
    connection: &'a Connection,
    field: &'a Field<'a>,
    name: &'a str,
    output: &'a Output,
    image: Image,
    /// When the field was set last; not yet for a new image.
    held: Option<Instant>,
    /// The files as they were looked at last.
    tree: Tree,
    /// What was told of the app last.
    told: String,
}

impl Work<'_> {
    /// Ends when the app is gone, or somebody else has ended this. A cluster that does not answer is asked again.
    async fn go_on(&mut self) -> Result<(), Failures> {
        let (mut looked, mut is_lost) = (None::<Instant>, false);
        let mut sent = Sent::default();
        let mut source = self.source();
        loop {
            let changed = self.changes().await;
            if !changed.is_empty() {
                self.take(&changed).await;
                source = self.source().or(source);
                looked = None;
            }
            if looked.is_none_or(|looked| looked.elapsed() >= CLUSTER) {
                match self.look(source.as_ref(), &mut sent).await {
                    Ok(()) => is_lost = false,
                    Err(failure) if self.is_over().await => return Err(failure.into()),
                    Err(failure) if !is_lost => {
                        self.output.warning(format_args!("{failure}; trying again"));
                        is_lost = true;
                    }
                    Err(_) => {}
                }
                looked = Some(Instant::now());
            }
            sleep(FILES).await;
        }
    }

    /// Keeps the field, tells how the app stands, and sends what is not there yet.
    async fn look(&mut self, source: Option<&Source>, sent: &mut Sent) -> Result<(), Failure> {
        if self.held.is_none_or(|held| held.elapsed() >= renewal(self.project.args)) {
            self.field.hold(&self.image).await?;
            self.held = Some(Instant::now());
        }
        self.tell().await?;
        let Some(source) = source.filter(|_| !self.project.args.rebuild) else { return Ok(()) };
        let began = Instant::now();
        let roles = sent.send(self.connection, self.name, source, self.output).await?;
        if !roles.is_empty() {
            let took = began.elapsed().as_secs_f32();
            self.output.step(format_args!("{} run over the files as they are ({took:.1} s)", roles.join(", ")));
        }
        Ok(())
    }

    /// Whether the app is gone, or what runs is somebody else's choice; not known of a cluster that does not answer.
    async fn is_over(&self) -> bool {
        let app = answer(self.connection, self.connection.apps().get_opt(self.name)).await;
        // a new image may not be set yet
        let is_ours = |app: &DynamicObject| self.held.is_none() || app.data["spec"]["dev"]["image"] == json!(self.image.reference);
        app.is_ok_and(|app| app.is_ok_and(|app| !app.as_ref().is_some_and(is_ours)))
    }

    /// The files as they were looked at, unless one is being written just now.
    fn source(&self) -> Option<Source> {
        self.tree.source(&self.project.args.folder).ok()
    }

    /// What changed since the last look, once nothing moves any more: editors write several files.
    async fn changes(&mut self) -> Vec<PathBuf> {
        let before = self.tree.clone();
        loop {
            let Ok(now) = Tree::of(&self.project.args.folder) else { return vec![] };
            let is_still = now == self.tree;
            self.tree = now;
            if is_still {
                return self.tree.changed(&before);
            }
            sleep(FILES / 3).await;
        }
    }

    /// Does what a change asks for. What is wrong in a file is told, and mended by its next change.
    async fn take(&mut self, changed: &[PathBuf]) {
        let args = self.project.args;
        let named: Vec<String> = changed.iter().take(NAMED).map(|path| path.display().to_string()).collect();
        let more = changed.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        self.output.step(format_args!("{}{more} changed", named.join(", ")));
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let is_of = |file: &Path| changed.iter().any(|path| real(&args.folder.join(path)) == real(file));
        if is_of(&self.project.file)
            && let Err(failures) = self.project.put(self.connection, self.name, &self.image, self.output).await
        {
            self.output.failures(&failures);
        }
        let is_made_anew = args.rebuild || changed.iter().any(|path| is_ingredient(path)) || args.dockerfile.as_deref().is_some_and(is_of);
        if !is_made_anew {
            return;
        }
        match self.built().await {
            Ok(image) => (self.image, self.held) = (image, None),
            Err(failure) => self.output.failures(&failure.into()),
        }
    }

    /// The next image. Building may take longer than the lease.
    async fn built(&self) -> Result<Image, Failure> {
        let args = self.project.args;
        let mut building = pin!(image::ready(args, self.name, self.output));
        loop {
            tokio::select! {
                built = &mut building => return built,
                // one that fails is tried again by the next look
                () = sleep(renewal(args)) => drop(self.field.hold(&self.image).await),
            }
        }
    }

    /// How the app stands, when that is news. Whoever takes the field out, or sets it to something else, has ended this.
    async fn tell(&mut self) -> Result<(), Failure> {
        let app = read::object(self.connection, self.name).await?;
        if app.data["spec"]["dev"]["image"] != json!(self.image.reference) {
            let why = match &app.data["spec"]["dev"] {
                Value::Null => "spec.dev was taken out".to_owned(),
                dev => format!("spec.dev has image {} now", dev["image"]),
            };
            return Err(Failure::new(format_args!("somebody has ended this for {}", self.name), why, "begin again"));
        }
        let report = Report::of(&app)?;
        let now = format!("{}: {}", report.reason, report.message);
        if report.observed_generation == report.generation && now != self.told {
            self.output.step(format_args!("{}: {now}", self.name));
            self.told = now;
        }
        Ok(())
    }
}
