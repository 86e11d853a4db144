//! `tree`: every object of an app, below what it goes with. It changes nothing.

use kube::ResourceExt;
use serde::Serialize;
use serde_json::{Value, json};

use super::status::report::Report;
use crate::age::age;
use crate::args::look::{NamesFormat, Tree};
use crate::connection::{self, Connection};
use crate::failure::Failure;
use crate::objects::{Health, Object, Objects};
use crate::output::Output;
use crate::page::{Colour, Page};

/// Version of the printed JSON and YAML.
const VERSION: u8 = 1;

/// One object as `-o json` prints it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Branch {
    kind: &'static str,
    name: String,
    section: String,
    role: String,
    created: String,
    health: String,
    state: String,
    ready: Option<i64>,
    desired: Option<i64>,
    children: Vec<Branch>,
}

pub fn run(args: &Tree, output: &Output) -> Result<(), Failure> {
    let objects = connection::block_on(async {
        let connection = Connection::open(&args.target).await?;
        Objects::of(&connection, &args.name).await
    })??;
    let branches: Vec<Branch> = objects.roots().filter_map(|object| branch(&objects, object)).collect();
    let data = match (args.output.written(&report(&objects, &branches)), args.output) {
        (Some(data), _) => data,
        (None, NamesFormat::Name) => names(&objects).join("\n"),
        (None, _) => lines(&objects, &branches, &output.data_page)?.join("\n"),
    };
    output.data(data.trim_end());
    for kind in &objects.hidden {
        output.warning(format_args!("you may not list {kind}: those of the app are left out"));
    }
    let namespace = objects.app.namespace().unwrap_or_default();
    match first_bad(&branches) {
        Some(bad) if bad.kind == "Pod" => output.note(format_args!("Next: kubectl -n {namespace} describe pod {}", bad.name)),
        _ => output.note(format_args!("Next: aegisctl status {} -n {namespace}", args.name)),
    }
    Ok(())
}

fn report(objects: &Objects, branches: &[Branch]) -> Value {
    json!({"version": VERSION, "name": objects.app.name_any(), "namespace": objects.app.namespace(), "objects": branches})
}

/// An object with what is below it. What an earlier release left at zero says nothing.
fn branch(objects: &Objects, object: &Object) -> Option<Branch> {
    let children: Vec<Branch> = objects.below(&object.uid).filter_map(|below| branch(objects, below)).collect();
    let is_left_over = object.kind.kind == "ReplicaSet" && object.state.count == Some((0, 0)) && children.is_empty();
    (!is_left_over).then(|| Branch {
        kind: object.kind.kind,
        name: object.name.clone(),
        section: object.section.clone(),
        role: object.role.clone(),
        created: object.created.clone(),
        health: format!("{:?}", object.state.health),
        state: object.state.word.clone(),
        ready: object.state.count.map(|(ready, _)| ready),
        desired: object.state.count.map(|(_, desired)| desired),
        children,
    })
}

fn first_bad(branches: &[Branch]) -> Option<&Branch> {
    let bad = format!("{:?}", Health::Bad);
    branches.iter().find_map(|branch| first_bad(&branch.children).or((branch.health == bad).then_some(branch)))
}

/// The app, its parts, and their objects.
fn lines(objects: &Objects, branches: &[Branch], page: &Page) -> Result<Vec<String>, Failure> {
    let report = Report::of(&objects.app)?;
    let colour = super::status::one::colour(report.state);
    let mut lines = vec![format!("AegisApp/{}  {}", report.name, page.paint(colour, &report.reason))];
    let mut parts: Vec<&str> = vec![];
    let of = |branch: &Branch| if branch.section.is_empty() { "other".to_owned() } else { part(branch) };
    let names: Vec<String> = branches.iter().map(of).collect();
    for name in &names {
        if !parts.contains(&name.as_str()) {
            parts.push(name);
        }
    }
    for (i, part) in parts.iter().enumerate() {
        let (knot, indent) = knots(i + 1 == parts.len());
        lines.push(format!("{knot}{}", page.paint(Colour::Bold, part)));
        let own: Vec<&Branch> = branches.iter().zip(&names).filter(|(_, name)| name == part).map(|(branch, _)| branch).collect();
        draw(&own, indent, page, &mut lines);
    }
    Ok(lines)
}

fn part(branch: &Branch) -> String {
    if branch.role.is_empty() || branch.role == branch.section {
        branch.section.clone()
    } else {
        format!("{}/{}", branch.section, branch.role)
    }
}

fn draw(branches: &[&Branch], indent: &str, page: &Page, lines: &mut Vec<String>) {
    for (i, branch) in branches.iter().enumerate() {
        let (knot, more) = knots(i + 1 == branches.len());
        let colour = match branch.health.as_str() {
            "Bad" => Colour::Red,
            "Moving" => Colour::Yellow,
            _ => Colour::Green,
        };
        let count = branch.ready.zip(branch.desired).map(|(ready, desired)| format!("{ready}/{desired}")).unwrap_or_default();
        let state = [count.as_str(), branch.state.as_str()].join(" ").trim().to_owned();
        let state = if state.is_empty() { state } else { format!("  {}", page.paint(colour, &state)) };
        let age = page.paint(Colour::Faint, &age(&branch.created));
        lines.push(format!("{indent}{knot}{}/{}{state}  {age}", branch.kind, branch.name).trim_end().to_owned());
        draw(&branch.children.iter().collect::<Vec<_>>(), &format!("{indent}{more}"), page, lines);
    }
}

/// What stands before a branch, and before what is below it.
fn knots(is_last: bool) -> (&'static str, &'static str) {
    if is_last { ("└─ ", "   ") } else { ("├─ ", "│  ") }
}

/// `kind.group/name`, as kubectl writes it.
fn names(objects: &Objects) -> Vec<String> {
    let name = |object: &Object| {
        let group = if object.kind.group.is_empty() { String::new() } else { format!(".{}", object.kind.group) };
        format!("{}{group}/{}", object.kind.kind.to_lowercase(), object.name)
    };
    objects.all.iter().map(name).collect()
}
