//! `children`: what AegisApps become: the operator's own table, or the objects of one app in a file.

use std::path::Path;
use std::process::ExitCode;

use aegis_plan::child::Child;
use aegis_plan::children::CHILDREN;
use aegis_plan::{Facts, accept, everything};

use super::validate::UNREADABLE;
use crate::args::apps::Children;
use crate::check::source::{Source, sources};
use crate::check::{Checked, check};
use crate::failure::{Failure, Failures};
use crate::output::Output;
use crate::table::Table;

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
    let sources = match sources(&[file.to_owned()]) {
        Ok(sources) => sources,
        Err(failures) => {
            output.failures(&Failures(failures));
            return ExitCode::from(UNREADABLE);
        }
    };
    let all: Vec<(&Source, Checked)> = sources.iter().map(|source| (source, check(source))).collect();
    let failures = refusals(&all, file);
    if !failures.is_empty() {
        output.failures(&Failures(failures));
        return ExitCode::FAILURE;
    }
    for checkup in all.iter().flat_map(|(_, checked)| &checked.apps) {
        output.note(format_args!("AegisApp {} becomes:", checkup.name));
        let accepted = accept(&checkup.app, &Facts::default());
        let planned = accepted.app.as_ref().map(everything).unwrap_or_default();
        let rows = planned.iter().map(|child| [child.section.into(), child.kind.kind.into(), child.name.clone().into()]).collect();
        output.data(Table { header: ["SECTION", "KIND", "NAME"], rows }.text(&output.data_page));
    }
    ExitCode::SUCCESS
}

/// Why nothing can be listed.
fn refusals(all: &[(&Source, Checked)], file: &Path) -> Vec<Failure> {
    let of = |(source, checked): &(&Source, Checked)| {
        let errors = checked.all().filter(|(_, problem)| problem.is_error());
        let failure = |(mark, problem): &(aegis_check::yaml::Mark, aegis_plan::Problem)| {
            Failure::new(
                format_args!("{}:{}: {} at {}", source.name, mark.line, problem.code.name, problem.path),
                &problem.message,
                &problem.fix,
            )
        };
        errors.map(failure).collect::<Vec<_>>()
    };
    let failures: Vec<Failure> = all.iter().flat_map(of).collect();
    if failures.is_empty() && all.iter().all(|(_, checked)| checked.apps.is_empty()) {
        let fix = "name a file with kind: AegisApp; or see what apps can have: aegisctl children";
        return vec![Failure::new(format_args!("{}", file.display()), "it holds no AegisApp", fix)];
    }
    failures
}
