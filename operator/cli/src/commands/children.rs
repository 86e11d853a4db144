//! `children`: what AegisApps become: the operator's own table, or the objects of one app in a file.

use std::path::Path;
use std::process::ExitCode;

use aegis_crds::AegisApp;
use aegis_plan::child::Child;
use aegis_plan::children::CHILDREN;
use aegis_plan::{Facts, Planned, accept, everything};
use kube::ResourceExt;
use serde_json::{Value, json};

use super::render;
use super::validate::UNREADABLE;
use crate::args::apps::Children;
use crate::args::look::NamesFormat;
use crate::output::Output;
use crate::table::Table;
use crate::written::{Reading, apps};

/// Version of the printed JSON.
const VERSION: u8 = 1;

pub fn run(args: &Children, output: &Output) -> ExitCode {
    match &args.file {
        None => {
            let all: Vec<Value> = CHILDREN.iter().map(|child| child_data(*child)).collect();
            let told = || match args.output {
                NamesFormat::Name => CHILDREN.iter().map(|child| child.kind().kind).collect::<Vec<_>>().join("\n"),
                _ => table(),
            };
            output.data(args.output.written(&json!({"version": VERSION, "children": all})).unwrap_or_else(told));
            ExitCode::SUCCESS
        }
        Some(file) => of_file(file, args.output, output),
    }
}

fn child_data(child: &dyn Child) -> Value {
    json!({"section": child.section(), "kind": child.kind().kind, "purpose": child.purpose(), "stage": stage(child), "ownedBy": child.owned_by()})
}

/// Every child an app can have, as Markdown.
fn table() -> String {
    let rows = CHILDREN.iter().map(|child| {
        let cells = [child.section(), child.kind().kind, child.purpose(), stage(*child), child.owned_by()];
        format!("| {} |", cells.join(" | "))
    });
    let head = ["| section | kind | what for | from stage | owned by |", "|---|---|---|---|---|"].map(str::to_owned);
    head.into_iter().chain(rows).collect::<Vec<_>>().join("\n")
}

fn stage(child: &dyn Child) -> &'static str {
    use aegis_plan::Stage::{Migrate, Pause, Prepare, Quiesce, Resume, Serve, Settled, Work};
    match child.stage() {
        Prepare => "prepare",
        Quiesce => "quiesce",
        Migrate => "migrate",
        Pause => "pause",
        Work => "work",
        Serve => "serve",
        Resume => "resume",
        Settled => "settled",
    }
}

fn of_file(file: &Path, format: NamesFormat, output: &Output) -> ExitCode {
    let apps = match apps(&[file.to_owned()], &Reading::default()) {
        Ok(apps) => apps,
        Err(failures) => {
            output.failures(&failures);
            return if file.exists() || file == Path::new("-") { ExitCode::FAILURE } else { ExitCode::from(UNREADABLE) };
        }
    };
    let planned = |app: &AegisApp| accept(app, &Facts::default()).app.as_ref().map(everything).unwrap_or_default();
    match format {
        NamesFormat::Table => {
            for app in apps {
                output.note(format_args!("AegisApp {} becomes:", app.name_any()));
                let row = |child: &Planned| [child.section.into(), child.kind.kind.into(), child.name.clone().into()];
                let rows = planned(&app).iter().map(row).collect();
                output.data(Table { header: ["SECTION", "KIND", "NAME"], rows }.text(&output.data_page));
            }
        }
        NamesFormat::Name => {
            let bodies = apps.iter().flat_map(planned).map(|child| render::name(&child.body.value()));
            output.data(bodies.collect::<Vec<_>>().join("\n"));
        }
        format => {
            let one = |child: &Planned| json!({"section": child.section, "kind": child.kind.kind, "name": child.name});
            let of = |app: &AegisApp| json!({"name": app.name_any(), "objects": planned(app).iter().map(one).collect::<Vec<_>>()});
            let data = json!({"version": VERSION, "apps": apps.iter().map(of).collect::<Vec<_>>()});
            output.data(format.written(&data).unwrap_or_default());
        }
    }
    ExitCode::SUCCESS
}
