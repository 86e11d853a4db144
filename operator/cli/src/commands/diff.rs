//! `diff`: what an apply of files would change, as the server itself says it: by a dry run of the very apply that deploy makes.
//! It changes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use aegis_crds::AegisApp;
use aegis_plan::App;
use kube::ResourceExt;
use serde_json::Value;
use similar::TextDiff;

use super::deploy::{Applied, dry_run};
use super::{plan, render};
use crate::args::change::Diff;
use crate::connection::{self, Connection};
use crate::failure::{Failure, Failures};
use crate::output::Output;
use crate::page::{Colour, Page};
use crate::written::{Reading, apps};

/// Exit code of a diff that could not be made.
const FAILED: u8 = 2;
/// Exit code of a difference, where it is asked for.
const DIFFERENT: u8 = 1;

pub fn run(args: &Diff, output: &Output) -> ExitCode {
    match differs(args, output) {
        Ok(true) if args.exit_code => ExitCode::from(DIFFERENT),
        Ok(_) => ExitCode::SUCCESS,
        Err(failures) => {
            output.failures(&failures);
            ExitCode::from(FAILED)
        }
    }
}

fn differs(args: &Diff, output: &Output) -> Result<bool, Failures> {
    let reading =
        Reading { environment: args.files.env.as_deref(), image: args.files.image.as_deref(), namespace: args.target.namespace.as_deref() };
    let apps = apps(&args.files.paths.all(), &reading)?;
    connection::block_on(async {
        let mut connection = Connection::open(&args.target).await?;
        let fallback = connection.namespace.clone();
        let mut has_any = false;
        for app in &apps {
            connection.namespace = app.namespace().unwrap_or_else(|| fallback.clone());
            let applied = dry_run(&connection, app).await?;
            has_any |= if args.children {
                children(&connection, app, &applied, output).await?
            } else {
                resource(&connection, app, &applied, output)
            };
        }
        if !has_any {
            output.note("nothing would change");
        }
        Ok(has_any)
    })?
}

fn resource(connection: &Connection, app: &AegisApp, applied: &Applied, output: &Output) -> bool {
    let before = applied.before.as_ref().map(text).unwrap_or_default();
    let after = text(&applied.after);
    let differs = before != after;
    if differs {
        let name = format!("{}/{}", connection.namespace, app.name_any());
        output.data(unified(&name, &before, &after, &output.data_page));
    }
    differs
}

/// Every object that the operator would make otherwise, or no longer.
async fn children(connection: &Connection, app: &AegisApp, applied: &Applied, output: &Output) -> Result<bool, Failure> {
    let (before, after) = plan::both(connection, &app.name_any(), applied).await?;
    let texts = |app: &App| render::objects(app).iter().map(|object| (render::name(object), text(object))).collect::<BTreeMap<_, _>>();
    let (before, after) = (before.as_ref().map(texts).unwrap_or_default(), texts(&after));
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let of = |texts: &BTreeMap<String, String>, name: &String| texts.get(name).cloned().unwrap_or_default();
    let mut differs = false;
    for name in names {
        let (before, after) = (of(&before, name), of(&after, name));
        if before != after {
            differs = true;
            output.data(unified(name, &before, &after, &output.data_page));
        }
    }
    Ok(differs)
}

/// The object as YAML, without what a server adds to every write.
fn text(object: &Value) -> String {
    let mut object = object.clone();
    object.as_object_mut().expect("an object").remove("status");
    if let Some(metadata) = object["metadata"].as_object_mut() {
        for field in ["managedFields", "resourceVersion", "generation", "uid", "creationTimestamp"] {
            metadata.remove(field);
        }
    }
    crate::yaml::text(&object)
}

fn unified(name: &str, before: &str, after: &str, page: &Page) -> String {
    let diff = TextDiff::from_lines(before, after);
    let text = diff.unified_diff().context_radius(3).header(&format!("{name} in the cluster"), &format!("{name} in the files")).to_string();
    text.lines().map(|line| page.paint(colour(line), line)).collect::<Vec<_>>().join("\n")
}

fn colour(line: &str) -> Colour {
    match line.as_bytes().first() {
        Some(b'+') => Colour::Green,
        Some(b'-') => Colour::Red,
        Some(b'@') => Colour::Cyan,
        _ => Colour::Plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_people_wrote_is_compared() {
        let object = |version: &str, port: i32| {
            json!({"kind": "AegisApp", "metadata": {"name": "shop", "resourceVersion": version, "managedFields": [version], "generation": version,
                "uid": version, "creationTimestamp": version}, "spec": {"api": {"port": port}}, "status": {"url": version}})
        };
        assert_eq!(text(&object("1", 80)), text(&object("2", 80)));
        let page = Page { columns: 80, colour: false, is_live: false };
        let diff = unified("a/shop", &text(&object("1", 80)), &text(&object("2", 81)), &page);
        assert!(diff.starts_with("--- a/shop in the cluster\n+++ a/shop in the files\n@@"), "{diff}");
        assert!(diff.contains("-    port: 80\n+    port: 81"), "{diff}");
    }
}
