//! Builds the planner with all its switches, and finds out which mutants do not compile.
//! A round of the compiler refuses many at once; after a few, the rest compiles.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use aegis_tests::files::root;
use serde_json::Value;

use crate::{
    mutant::{Mutant, PLANNER, Source, is_rust},
    switch::{MODULE, Switched, switched},
    wrapper,
};

/// More rounds than the compiler has stages.
const ROUNDS: usize = 20;

/// A program that runs cases, and the mutants that it holds.
pub struct Built {
    /// The program.
    pub program: PathBuf,
    /// What compiles.
    pub mutants: Vec<Mutant>,
}

/// Where everything of this check is kept.
pub fn folder() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from).join("mutants")
}

/// Builds what compiles; `refused` are numbers that are known not to, and those found are added to it.
pub fn build(sources: &[Source], mutants: &[Mutant], refused: &mut BTreeSet<usize>) -> Result<Built, String> {
    for round in 1..=ROUNDS {
        let left: Vec<Mutant> = mutants.iter().filter(|mutant| !refused.contains(&mutant.number)).cloned().collect();
        let arms = write(sources, &left).map_err(|error| format!("{}: {error}", folder().display()))?;
        let output = compile()?;
        if let Some(program) = output.program {
            let kept = folder().join("case");
            fs::copy(&program, &kept).map_err(|error| format!("{}: {error}", program.display()))?;
            return Ok(Built { program: kept, mutants: left });
        }
        let found: BTreeSet<usize> = output.errors.iter().flat_map(|error| accused(error, &arms)).collect();
        eprintln!("round {round}: {} of {} mutants do not compile", found.len(), left.len());
        if found.is_empty() {
            let said = output.errors.iter().filter_map(|error| error["rendered"].as_str()).take(3).collect::<Vec<_>>();
            return Err(format!(
                "the planner with switches does not compile, and no mutant is to blame:\n{}{}",
                said.join("\n"),
                output.other
            ));
        }
        refused.extend(found);
    }
    Err(format!("the compiler still refuses mutants after {ROUNDS} rounds"))
}

type Arms = BTreeMap<PathBuf, Switched>;

/// Writes the planner with its switches; a file that is the same stays as it is, so that nothing is built twice.
fn write(sources: &[Source], mutants: &[Mutant]) -> std::io::Result<Arms> {
    let mut arms = Arms::new();
    for source in sources.iter().filter(|source| !is_rust(&source.path)) {
        write_new(&copied(&source.path), &source.text)?;
    }
    for source in sources.iter().filter(|source| is_rust(&source.path)) {
        let own: Vec<&Mutant> = mutants.iter().filter(|mutant| mutant.file == source.path).collect();
        let mut file = switched(&source.text, &source.places, source.first, &own);
        let path = copied(&source.path);
        if path.ends_with("src/lib.rs") {
            file.text.push_str("\n#[doc(hidden)]\npub mod chosen;\n");
        }
        write_new(&path, &file.text)?;
        arms.insert(path, file);
    }
    write_new(&folder().join("src/chosen.rs"), MODULE)?;
    Ok(arms)
}

fn copied(path: &Path) -> PathBuf {
    folder().join("src").join(path.strip_prefix(PLANNER).unwrap_or(path))
}

fn write_new(path: &Path, text: &str) -> std::io::Result<()> {
    if fs::read_to_string(path).is_ok_and(|known| known == text) {
        return Ok(());
    }
    fs::create_dir_all(path.parent().unwrap_or(path))?;
    fs::write(path, text)
}

#[derive(Default)]
struct Output {
    program: Option<PathBuf>,
    errors: Vec<Value>,
    other: String,
}

fn compile() -> Result<Output, String> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--quiet", "-p", "aegis-mutants", "--bin", "mutants-case", "--message-format=json"]);
    cargo.env("RUSTC_WORKSPACE_WRAPPER", env::current_exe().map_err(|error| error.to_string())?);
    cargo.env(wrapper::SOURCE, folder().join("src/lib.rs")).current_dir(root()).stdin(Stdio::null());
    let said = cargo.output().map_err(|error| format!("cargo: {error}"))?;
    let mut output = Output { other: String::from_utf8_lossy(&said.stderr).into_owned(), ..Output::default() };
    for message in String::from_utf8_lossy(&said.stdout).lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        if message["reason"] == "compiler-message" && message["message"]["level"] == "error" {
            output.errors.push(message["message"].clone());
        }
        if let Some(program) = message["executable"].as_str() {
            output.program = Some(program.into());
        }
    }
    Ok(output)
}

/// The mutants that an error is about: those of its own places, or else of any place that it mentions.
fn accused(error: &Value, arms: &Arms) -> BTreeSet<usize> {
    let spans: Vec<&Value> = error["spans"].as_array().into_iter().flatten().collect();
    let own: BTreeSet<usize> = spans.iter().filter(|span| span["is_primary"] == true).flat_map(|span| beneath(span, arms)).collect();
    if !own.is_empty() {
        return own;
    }
    let children = error["children"].as_array().into_iter().flatten().flat_map(|child| child["spans"].as_array().into_iter().flatten());
    spans.into_iter().chain(children).flat_map(|span| beneath(span, arms)).collect()
}

/// The mutants on the lines of a place, or of the macro call that it is in.
fn beneath(span: &Value, arms: &Arms) -> Vec<usize> {
    let line = |end: &str| span[end].as_u64().and_then(|line| usize::try_from(line).ok()).unwrap_or_default();
    let file = span["file_name"].as_str().and_then(|name| arms.get(Path::new(name)));
    let (from, to) = (line("line_start"), line("line_end"));
    let arms_of = |file: &Switched| -> Vec<usize> {
        file.arms.iter().filter(|(lines, _)| lines.start <= to && from < lines.end).map(|(_, number)| *number).collect()
    };
    let own = file.map(arms_of).unwrap_or_default();
    if own.is_empty() && !span["expansion"].is_null() { beneath(&span["expansion"]["span"], arms) } else { own }
}
