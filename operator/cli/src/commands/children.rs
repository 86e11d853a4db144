//! `children`: what AegisApps become: the operator's own table, or the objects of one app in a file.

use std::path::Path;
use std::process::ExitCode;

use aegis_plan::child::Child;
use aegis_plan::children::CHILDREN;
use aegis_plan::{Facts, accept, everything};
use kube::ResourceExt;

use super::validate::UNREADABLE;
use crate::args::apps::Children;
use crate::output::Output;
use crate::table::Table;
use crate::written::{Reading, apps};

pub fn run(args: &Children, output: &Output) -> ExitCode {
    match &args.file {
        None => {
            output.data(table());
            ExitCode::SUCCESS
        }
        Some(file) => of_file(file, output),
    }
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

fn of_file(file: &Path, output: &Output) -> ExitCode {
    let apps = match apps(&[file.to_owned()], &Reading::default()) {
        Ok(apps) => apps,
        Err(failures) => {
            output.failures(&failures);
            return if file.exists() || file == Path::new("-") { ExitCode::FAILURE } else { ExitCode::from(UNREADABLE) };
        }
    };
    for app in apps {
        output.note(format_args!("AegisApp {} becomes:", app.name_any()));
        let accepted = accept(&app, &Facts::default());
        let planned = accepted.app.as_ref().map(everything).unwrap_or_default();
        let rows = planned.iter().map(|child| [child.section.into(), child.kind.kind.into(), child.name.clone().into()]).collect();
        output.data(Table { header: ["SECTION", "KIND", "NAME"], rows }.text(&output.data_page));
    }
    ExitCode::SUCCESS
}
