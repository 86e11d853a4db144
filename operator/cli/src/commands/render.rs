//! `render`: the app that a file says, or every object that the operator makes of it. It is the operator's own plan, so what is
//! printed is what a cluster gets; it asks no cluster.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use aegis_crds::AegisApp;
use aegis_plan::child::Child;
use aegis_plan::children::CHILDREN;
use aegis_plan::{App, Facts, Planned, accept, everything};
use serde_json::{Value, json};

use crate::args::apps::{Render, RenderFormat};
use crate::failure::Failures;
use crate::output::Output;
use crate::written::{Reading, apps};
use crate::yaml;

/// Cores that help at most: there is little to do.
const MOST: usize = 3;

pub fn run(args: &Render, output: &Output) -> Result<(), Failures> {
    let target =
        Reading { environment: args.files.env.as_deref(), image: args.files.image.as_deref(), namespace: args.namespace.as_deref() };
    let files = args.files.paths.all();
    // while the files are read
    let is_manifest = files.iter().any(|file| file.extension().is_some_and(|extension| extension == "json"));
    thread::spawn(move || aegis_check::prepare(is_manifest));
    let apps = apps(&files, &target)?;
    if !args.children {
        let resources = || apps.iter().map(resource);
        output.data(match args.output {
            RenderFormat::Yaml => documents(&resources().map(|app| yaml::text(&app)).collect::<Vec<_>>()),
            RenderFormat::Json => list(&resources().collect::<Vec<_>>()),
            RenderFormat::Name => resources().map(|app| name(&app)).collect::<Vec<_>>().join("\n"),
        });
        return Ok(());
    }
    let accepted: Vec<App> = apps.iter().filter_map(|app| accept(app, &Facts::default()).app).collect();
    output.data(match args.output {
        RenderFormat::Yaml => documents(&each(&accepted, |planned| yaml::text(&object(planned)))),
        RenderFormat::Json => list(&each(&accepted, object)),
        RenderFormat::Name => each(&accepted, |planned| name(&object(planned))).join("\n"),
    });
    if accepted.iter().any(|app| !app.secrets.is_empty() || app.services().next().is_some()) {
        output.note(
            "Secrets are shown without their values, which only the cluster knows; a digest of the app's uid ends their names there.",
        );
    }
    Ok(())
}

/// What is made of every object of the apps, in the order in which they are applied. The cores share the rows of the table, whose
/// numbers put the order back.
fn each<T: Send>(apps: &[App], make: impl Fn(&Planned) -> T + Sync) -> Vec<T> {
    let rows: Vec<(&App, &dyn Child)> = apps.iter().flat_map(|app| CHILDREN.iter().map(move |row| (app, *row))).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let taken = std::iter::from_fn(|| Some(next.fetch_add(1, Ordering::Relaxed)).filter(|number| *number < rows.len()));
        let made = taken.map(|number| (number, rows[number].1.plan(rows[number].0).iter().map(&make).collect::<Vec<T>>()));
        made.collect::<Vec<_>>()
    };
    let others = thread::available_parallelism().map_or(0, |cores| cores.get() - 1).min(MOST);
    let mut made = thread::scope(|scope| {
        let others: Vec<_> = (0..others).map(|_| scope.spawn(work)).collect();
        let mine = work();
        let theirs = others.into_iter().flat_map(|other| other.join().expect("what plans an app does not panic"));
        mine.into_iter().chain(theirs).collect::<Vec<_>>()
    });
    made.sort_by_key(|(number, _)| *number);
    made.into_iter().flat_map(|(_, made)| made).collect()
}

/// The resource without what only a server writes.
fn resource(app: &AegisApp) -> Value {
    let mut resource = json!(app);
    resource.as_object_mut().expect("an app is an object").remove("status");
    resource
}

/// Every object of an app that was accepted.
pub fn objects(app: &App) -> Vec<Value> {
    everything(app).iter().map(object).collect()
}

/// The whole object. Its owner has no uid before it is in a cluster, so none is named.
fn object(planned: &Planned) -> Value {
    let mut object = planned.body.value();
    if let Some(size) = planned.size {
        object["spec"]["replicas"] = json!(size.count());
    }
    let metadata = object["metadata"].as_object_mut().expect("every object has metadata");
    metadata.remove("ownerReferences");
    if metadata.get("namespace").is_some_and(|namespace| namespace == "") {
        metadata.remove("namespace");
    }
    object
}

fn documents(texts: &[String]) -> String {
    texts.join("---\n").trim_end().to_owned()
}

fn list(objects: &[Value]) -> String {
    serde_json::to_string_pretty(&json!({"apiVersion": "v1", "kind": "List", "items": objects})).expect("an object is writable as JSON")
}

/// `kind.group/name`, as kubectl writes it.
pub fn name(object: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (version, kind) = (text(&object["apiVersion"]), text(&object["kind"]).to_lowercase());
    let group = version.split_once('/').map(|(group, _)| format!(".{group}")).unwrap_or_default();
    format!("{kind}{group}/{}", text(&object["metadata"]["name"]))
}
