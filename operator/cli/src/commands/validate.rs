//! `validate`: everything wrong with AegisApps in files, as text or JSON. The rules stand in `check`.

use std::process::ExitCode;

use aegis_crds::status::Severity;
use aegis_plan::Problem;
use serde::Serialize;

use crate::args::apps::Validate;
use crate::check::source::{Source, sources};
use crate::check::{Checked, check, codes};
use crate::failure::Failures;
use crate::output::Output;
use crate::page::{Colour, Page, wrap};
use aegis_check::yaml::Mark;

/// Exit code for input that cannot be read.
pub const UNREADABLE: u8 = 2;

/// What was found, as `-o json` prints it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report<'a> {
    version: u8,
    apps: Vec<AppFound<'a>>,
    manifests: Vec<AppFound<'a>>,
    problems: Vec<ProblemFound<'a>>,
}

#[derive(Serialize)]
struct AppFound<'a> {
    file: &'a str,
    name: &'a str,
}

#[derive(Serialize)]
struct ProblemFound<'a> {
    file: &'a str,
    line: usize,
    column: usize,
    code: &'static str,
    severity: Severity,
    path: &'a str,
    message: &'a str,
    fix: &'a str,
}

pub fn run(args: &Validate, output: &Output) -> ExitCode {
    let sources = match sources(&args.paths.all()) {
        Ok(sources) => sources,
        Err(failures) => {
            output.failures(&Failures(failures));
            return ExitCode::from(UNREADABLE);
        }
    };
    let all: Vec<(&Source, Checked)> = sources.iter().map(|source| (source, check(source))).collect();
    match args.output.written(&report(&all)) {
        Some(text) => output.data(text),
        None => all.iter().for_each(|(source, checked)| print(source, checked, output)),
    }
    summary(&all, output);
    if all.iter().any(|(_, checked)| checked.has_errors()) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Every problem of a file as text, in the order of its lines.
fn print(source: &Source, checked: &Checked, output: &Output) {
    let mut problems: Vec<_> = checked.all().collect();
    problems.sort_by_key(|(mark, _)| *mark);
    let told: Vec<usize> = problems.iter().filter(|(_, problem)| *problem.code == codes::SECRET_VALUE).map(|(mark, _)| mark.line).collect();
    for (mark, problem) in problems {
        // the line of a secret would tell it
        let line = source.text.lines().nth(mark.line.saturating_sub(1)).filter(|_| !told.contains(&mark.line));
        output.data(text(source, line, *mark, problem, &output.data_page));
    }
}

/// `file:line:column: error Code at path`, the line itself, what is wrong, and the cure.
fn text(source: &Source, line: Option<&str>, mark: Mark, problem: &Problem, page: &Page) -> String {
    let (word, colour) = match problem.code.severity {
        Severity::Error => ("error", Colour::Red),
        Severity::Warning => ("warning", Colour::Yellow),
        Severity::Info => ("info", Colour::Cyan),
    };
    let place = if problem.path.is_empty() { String::new() } else { format!(" at {}", problem.path) };
    let head = page.paint(colour, &format!("{word} {}", problem.code.name));
    let mut lines = vec![format!("{}:{}:{}: {head}{place}", source.name, mark.line, mark.column)];
    if let Some(line) = line.filter(|line| !line.trim().is_empty()) {
        lines.push(page.paint(Colour::Faint, &format!("  {:>4} | {}", mark.line, around(line, mark.column, page.columns - 10))));
    }
    let indented = |text: &str| wrap(text, page.columns.saturating_sub(2)).into_iter().map(|line| format!("  {line}"));
    lines.extend(indented(&problem.message));
    lines.extend(indented(&format!("fix: {}", problem.fix)));
    lines.join("\n")
}

/// The part of a long line that has the column in it.
fn around(line: &str, column: usize, width: usize) -> String {
    let length = line.chars().count();
    if length <= width {
        return line.to_owned();
    }
    let start = column.saturating_sub(width / 2).min(length - width);
    line.chars().skip(start).take(width).collect()
}

fn report<'a>(all: &'a [(&Source, Checked)]) -> Report<'a> {
    let found = |(source, checked): &'a (&Source, Checked)| {
        checked.all().map(|(mark, problem)| ProblemFound {
            file: &source.name,
            line: mark.line,
            column: mark.column,
            code: problem.code.name,
            severity: problem.code.severity,
            path: &problem.path,
            message: &problem.message,
            fix: &problem.fix,
        })
    };
    let apps = all.iter().flat_map(|(source, checked)| checked.apps.iter().map(|app| AppFound { file: &source.name, name: &app.name }));
    let manifests =
        all.iter().flat_map(|(source, checked)| checked.manifests.iter().map(|found| AppFound { file: &source.name, name: &found.name }));
    Report { version: 1, apps: apps.collect(), manifests: manifests.collect(), problems: all.iter().flat_map(found).collect() }
}

fn summary(all: &[(&Source, Checked)], output: &Output) {
    let others: usize = all.iter().map(|(_, checked)| checked.others.len()).sum();
    let mut kinds: Vec<&str> = all.iter().flat_map(|(_, checked)| checked.others.iter().map(String::as_str)).collect();
    kinds.sort_unstable();
    kinds.dedup();
    if others > 0 {
        output.note(format_args!("passed over {}: {}", counted(others, "other resource"), kinds.join(", ")));
    }
    let apps: Vec<&str> = all.iter().flat_map(|(_, checked)| checked.apps.iter().map(|app| app.name.as_str())).collect();
    let manifests: Vec<&str> = all.iter().flat_map(|(_, checked)| checked.manifests.iter().map(|found| found.name.as_str())).collect();
    let count =
        |severity| all.iter().flat_map(|(_, checked)| checked.all()).filter(|(_, problem)| problem.code.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    if apps.is_empty() && manifests.is_empty() && errors == 0 {
        return output.warning("nothing was checked: there is no AegisApp and no manifest in what was given");
    }
    let verdict = match (errors, warnings) {
        (0, 0) => "nothing is wrong".to_owned(),
        (errors, 0) => counted(errors, "error"),
        (errors, warnings) => format!("{}, {}", counted(errors, "error"), counted(warnings, "warning")),
    };
    let what: Vec<String> = [(apps, "AegisApp"), (manifests, "manifest")].iter().filter_map(|(names, what)| told(names, what)).collect();
    let what = if what.is_empty() { counted(0, "AegisApp") } else { what.join(", ") };
    output.note(format_args!("{what}: {verdict}"));
}

/// How many there are, and what they are called; nothing of none.
fn told(names: &[&str], what: &str) -> Option<String> {
    let called = if (1..=8).contains(&names.len()) { format!(" ({})", names.join(", ")) } else { String::new() };
    (!names.is_empty()).then(|| format!("{}{called}", counted(names.len(), what)))
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
