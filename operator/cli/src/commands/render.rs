//! `render`: the app that a file says, or every object that the operator makes of it. It is the operator's own plan, so what is
//! printed is what a cluster gets; it asks no cluster.

use aegis_crds::AegisApp;
use aegis_plan::{App, Facts, Planned, accept, everything};
use serde_json::{Value, json};

use crate::args::apps::{Render, RenderFormat};
use crate::failure::Failures;
use crate::output::Output;
use crate::written::{Reading, apps};

pub fn run(args: &Render, output: &Output) -> Result<(), Failures> {
    let target =
        Reading { environment: args.files.env.as_deref(), image: args.files.image.as_deref(), namespace: args.namespace.as_deref() };
    let apps = apps(&args.files.paths.all(), &target)?;
    let objects: Vec<Value> = if args.children { apps.iter().flat_map(children).collect() } else { apps.iter().map(resource).collect() };
    output.data(written(&objects, args.output));
    if args.children && objects.iter().any(|object| object["kind"] == "Secret") {
        output.note(
            "Secrets are shown without their values, which only the cluster knows; a digest of the app's uid ends their names there.",
        );
    }
    Ok(())
}

/// The resource without what only a server writes.
fn resource(app: &AegisApp) -> Value {
    let mut resource = json!(app);
    resource.as_object_mut().expect("an app is an object").remove("status");
    resource
}

/// Every object of the app, in the order in which they are applied.
pub fn children(app: &AegisApp) -> Vec<Value> {
    let accepted = accept(app, &Facts::default());
    accepted.app.as_ref().map(objects).unwrap_or_default()
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

fn written(objects: &[Value], format: RenderFormat) -> String {
    match format {
        RenderFormat::Yaml => {
            let texts = objects.iter().map(|object| serde_yaml::to_string(object).expect("an object is writable as YAML"));
            texts.collect::<Vec<_>>().join("---\n").trim_end().to_owned()
        }
        RenderFormat::Json => {
            let list = json!({"apiVersion": "v1", "kind": "List", "items": objects});
            serde_json::to_string_pretty(&list).expect("an object is writable as JSON")
        }
        RenderFormat::Name => objects.iter().map(name).collect::<Vec<_>>().join("\n"),
    }
}

/// `kind.group/name`, as kubectl writes it.
pub fn name(object: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (version, kind) = (text(&object["apiVersion"]), text(&object["kind"]).to_lowercase());
    let group = version.split_once('/').map(|(group, _)| format!(".{group}")).unwrap_or_default();
    format!("{kind}{group}/{}", text(&object["metadata"]["name"]))
}
