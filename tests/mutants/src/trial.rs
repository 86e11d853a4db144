//! Runs each mutant against the cases that come to its place, until one fails.
//! One process per mutant: it may panic, and one that does not end has failed too.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

use aegis_tests::files::{below, root};

use crate::{
    build::{Built, folder},
    mutant::Mutant,
};

/// Longer than all cases take together.
const PATIENCE: Duration = Duration::from_secs(60);

/// The mutants that no case holds.
pub fn survivors(built: &Built) -> Result<Vec<Mutant>, String> {
    let cases = cases();
    let reached = reached(built, &cases)?;
    let left = Mutex::new(built.mutants.iter());
    let survivors = Mutex::new(vec![]);
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let work = || -> Result<(), String> {
        loop {
            let Some(mutant) = left.lock().expect("no worker panics").next() else { return Ok(()) };
            let cases: Vec<&PathBuf> = reached.get(&mutant.place).into_iter().flatten().map(|i| &cases[*i]).collect();
            if !is_held(built, mutant, &cases)? {
                survivors.lock().expect("no worker panics").push(mutant.clone());
            }
        }
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        threads.into_iter().try_for_each(|thread| thread.join().expect("no worker panics"))
    })?;
    let mut survivors = survivors.into_inner().expect("no worker panics");
    survivors.sort_by_key(|mutant| mutant.number);
    Ok(survivors)
}

/// The folders of the cases.
fn cases() -> Vec<PathBuf> {
    let all = below(&root().join("tests/plan")).into_iter().filter(|path| path.ends_with("app.yaml"));
    all.filter_map(|path| Some(path.parent()?.to_owned())).collect()
}

/// For each place, the cases that come to it.
fn reached(built: &Built, cases: &[PathBuf]) -> Result<BTreeMap<usize, BTreeSet<usize>>, String> {
    let mut reached: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    let file = folder().join("reached");
    for (i, case) in cases.iter().enumerate() {
        let _ = fs::remove_file(&file);
        let status = Command::new(&built.program).arg(case).env("AEGIS_REACHED", &file).stdout(Stdio::null()).status();
        if !status.is_ok_and(|status| status.success()) {
            return Err(format!("{} fails without any mutant: mend it first", case.display()));
        }
        let places = fs::read_to_string(&file).unwrap_or_default();
        places.lines().filter_map(|place| place.parse().ok()).for_each(|place| {
            reached.entry(place).or_default().insert(i);
        });
    }
    Ok(reached)
}

fn is_held(built: &Built, mutant: &Mutant, cases: &[&PathBuf]) -> Result<bool, String> {
    if cases.is_empty() {
        return Ok(false);
    }
    let mut command = Command::new(&built.program);
    command.args(cases).env("AEGIS_MUTANT", mutant.number.to_string()).stdout(Stdio::null()).stderr(Stdio::null());
    let child = command.spawn().map_err(|error| format!("{}: {error}", built.program.display()))?;
    ended(child).map_err(|error| format!("{mutant}: {error}"))
}

/// Whether the process fails or does not end.
fn ended(mut child: Child) -> std::io::Result<bool> {
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        if let Some(status) = child.try_wait()? {
            return Ok(!status.success());
        }
        thread::sleep(Duration::from_millis(1));
    }
    child.kill()?;
    child.wait()?;
    Ok(true)
}
