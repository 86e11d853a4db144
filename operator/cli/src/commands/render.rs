//! `render`: the app that a file says, or every object that the operator makes of it. It is the operator's own plan, so what is
//! printed is what a cluster gets; it asks no cluster.

use aegis_crds::AegisApp;
use aegis_plan::{App, Facts, Planned, accept, everything};
use serde_json::{Value, json};

use crate::args::apps::{Render, RenderFormat};
use crate::failure::Failures;
use crate::output::Output;
use crate::written::{Reading, apps};
use crate::yaml;

pub fn run(args: &Render, output: &Output) -> Result<(), Failures> {
    let target =
        Reading { environment: args.files.env.as_deref(), image: args.files.image.as_deref(), namespace: args.namespace.as_deref() };
    let apps = apps(&args.files.paths.all(), &target)?;
    let mut has_secrets = false;
    if args.children {
        let accepted: Vec<App> = apps.iter().filter_map(|app| accept(app, &Facts::default()).app).collect();
        // one at a time: all of them as values are ten times what they are as text
        let objects = accepted.iter().flat_map(everything).map(|planned| {
            has_secrets |= planned.kind.kind == "Secret";
            object(&planned)
        });
        output.data(written(objects, args.output));
    } else {
        output.data(written(apps.iter().map(resource), args.output));
    }
    if has_secrets {
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

fn written(objects: impl Iterator<Item = Value>, format: RenderFormat) -> String {
    let mut text = String::new();
    match format {
        RenderFormat::Yaml => {
            for object in objects {
                text.push_str(if text.is_empty() { "" } else { "---\n" });
                yaml::write(&mut text, &object);
            }
        }
        RenderFormat::Json => {
            let list = json!({"apiVersion": "v1", "kind": "List", "items": objects.collect::<Vec<_>>()});
            text = serde_json::to_string_pretty(&list).expect("an object is writable as JSON");
        }
        RenderFormat::Name => objects.for_each(|object| text.extend([&name(&object), "\n"])),
    }
    text.truncate(text.trim_end().len());
    text
}

/// `kind.group/name`, as kubectl writes it.
pub fn name(object: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (version, kind) = (text(&object["apiVersion"]), text(&object["kind"]).to_lowercase());
    let group = version.split_once('/').map(|(group, _)| format!(".{group}")).unwrap_or_default();
    format!("{kind}{group}/{}", text(&object["metadata"]["name"]))
}
