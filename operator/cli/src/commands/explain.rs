//! `explain`: what a problem's code means and how to cure it. Offline; it does not look at any app.

use std::fmt::Write;

use aegis_plan::{Code, nearest::nearest};
use serde_json::{Value, json};

use crate::args::apps::Explain;
use crate::args::look::NamesFormat;
use crate::check::codes;
use crate::failure::Failure;
use crate::output::Output;
use crate::page::{Colour, Page, wrap};
use crate::table::{Cell, Table};

/// Version of the printed JSON.
const VERSION: u8 = 1;

pub fn run(args: &Explain, output: &Output) -> Result<(), Failure> {
    let all = codes::all();
    let meant: Vec<&Code> = match &args.code {
        None => all,
        Some(word) => match all.iter().find(|code| code.name.eq_ignore_ascii_case(word)) {
            Some(code) => vec![code],
            None => return Err(unknown(word, &all)),
        },
    };
    let told = || match (args.output, meant.as_slice()) {
        (NamesFormat::Name, all) => all.iter().map(|code| code.name).collect::<Vec<_>>().join("\n"),
        (_, [code]) => text(code, &output.data_page),
        (_, all) => list(all, &output.data_page),
    };
    output.data(args.output.written(&data(&meant)).unwrap_or_else(told));
    Ok(())
}

fn data(all: &[&Code]) -> Value {
    let one = |code: &&Code| json!({"code": code.name, "severity": code.severity, "meaning": code.why, "cure": code.cure});
    json!({"version": VERSION, "codes": all.iter().map(one).collect::<Vec<_>>()})
}

fn text(code: &Code, page: &Page) -> String {
    let mut text = format!("{} ({})", page.paint(Colour::Bold, code.name), effect(code));
    for (title, words) in [("What it means", code.why), ("What cures it", code.cure)] {
        let _infallible = write!(text, "\n\n{title}\n  {}", wrap(words, page.columns.min(100) - 2).join("\n  "));
    }
    text
}

fn effect(code: &Code) -> &'static str {
    use aegis_crds::status::Severity::{Error, Info, Warning};
    match code.severity {
        Error => "error: the spec is refused until it is mended; a release that runs goes on",
        Warning => "warning: the spec is accepted, and something will not be as one might think",
        Info => "info: worth knowing",
    }
}

fn list(all: &[&Code], page: &Page) -> String {
    let row = |code: &&Code| {
        let severity = format!("{:?}", code.severity).to_lowercase();
        [Cell(code.name.to_owned(), Colour::Bold), severity.into(), code.why.into()]
    };
    Table { header: ["CODE", "SEVERITY", "WHAT IT MEANS"], rows: all.iter().map(row).collect() }.text(page)
}

fn unknown(word: &str, all: &[&Code]) -> Failure {
    let meant = nearest(word, all.iter().map(|code| code.name));
    let fix = match meant {
        Some(meant) => format!("did you mean {meant}? aegisctl explain {meant}"),
        None => "see all of them: aegisctl explain".to_owned(),
    };
    Failure::new(format_args!("there is no code {word}"), "neither the operator nor aegisctl uses it", fix)
}
