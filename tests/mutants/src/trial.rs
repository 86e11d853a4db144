//! Runs each mutant against the cases that come to its place, until one fails.
//! One process per mutant: it may panic, and one that does not end has failed too.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
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
    let trial = Trial { built, reached: reached(built, &cases)?, cases, holders: Mutex::default() };
    let held = side_by_side(&built.mutants, |mutant| trial.is_held(mutant).map_err(|error| format!("{mutant}: {error}")))?;
    Ok(built.mutants.iter().zip(held).filter(|(_, held)| !held).map(|(mutant, _)| mutant.clone()).collect())
}

/// The folders of the cases.
fn cases() -> Vec<PathBuf> {
    let all = below(&root().join("tests/plan")).into_iter().filter(|path| path.ends_with("app.yaml"));
    all.filter_map(|path| Some(path.parent()?.to_owned())).collect()
}

/// For each place, the cases that come to it.
fn reached(built: &Built, cases: &[PathBuf]) -> Result<BTreeMap<usize, BTreeSet<usize>>, String> {
    let places = side_by_side(cases, |case| {
        let file = folder().join(format!("reached-{:?}", thread::current().id()));
        let _ = fs::remove_file(&file);
        let status = Command::new(&built.program).arg(case).env("AEGIS_REACHED", &file).stdout(Stdio::null()).status();
        if !status.is_ok_and(|status| status.success()) {
            return Err(format!("{} fails without any mutant: mend it first", case.display()));
        }
        Ok(fs::read_to_string(&file).unwrap_or_default())
    })?;
    let mut reached: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for (case, places) in places.iter().enumerate() {
        places.lines().filter_map(|place| place.parse().ok()).for_each(|place| {
            reached.entry(place).or_default().insert(case);
        });
    }
    Ok(reached)
}

/// What is known while mutants are tried; cases go by their numbers.
struct Trial<'a> {
    built: &'a Built,
    cases: Vec<PathBuf>,
    reached: BTreeMap<usize, BTreeSet<usize>>,
    /// The places at which each case held a mutant.
    holders: Mutex<BTreeMap<usize, BTreeSet<usize>>>,
}

impl Trial<'_> {
    fn is_held(&self, mutant: &Mutant) -> io::Result<bool> {
        let cases = self.likeliest_first(mutant);
        if cases.is_empty() {
            return Ok(false);
        }
        let mut command = Command::new(&self.built.program);
        command.args(cases.iter().map(|case| &self.cases[*case])).env("AEGIS_MUTANT", mutant.number.to_string());
        let ended = ended(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?)?;
        if let Some(holder) = cases.into_iter().find(|case| self.cases[*case] == Path::new(&ended.said)) {
            self.holders.lock().expect("no worker panics").entry(holder).or_default().insert(mutant.place);
        }
        Ok(!ended.well)
    }

    /// The cases that come to a mutant: those first that have held another at its place, or near it.
    fn likeliest_first(&self, mutant: &Mutant) -> Vec<usize> {
        let mut cases: Vec<usize> = self.reached.get(&mutant.place).into_iter().flatten().copied().collect();
        let holders = self.holders.lock().expect("no worker panics");
        let distance = |case: &usize| holders.get(case).and_then(|places| places.iter().map(|place| place.abs_diff(mutant.place)).min());
        cases.sort_by_key(|case| distance(case).unwrap_or(usize::MAX));
        cases
    }
}

/// How a process ended.
struct Ended {
    well: bool,
    said: String,
}

/// Waits for a process, though not for ever.
fn ended(mut child: Child) -> io::Result<Ended> {
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        if let Some(status) = child.try_wait()? {
            let mut said = String::new();
            child.stdout.take().expect("it is read").read_to_string(&mut said)?;
            return Ok(Ended { well: status.success(), said: said.trim_end().to_owned() });
        }
        thread::sleep(Duration::from_millis(1));
    }
    child.kill()?;
    child.wait()?;
    Ok(Ended { well: false, said: String::new() })
}

/// Does the same with each item, on every core.
fn side_by_side<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> Result<R, String> + Sync) -> Result<Vec<R>, String> {
    let left = Mutex::new(items.iter().enumerate());
    let done = Mutex::new(BTreeMap::new());
    let work = || -> Result<(), String> {
        loop {
            let Some((i, item)) = left.lock().expect("no worker panics").next() else { return Ok(()) };
            let result = work(item)?;
            done.lock().expect("no worker panics").insert(i, result);
        }
    };
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        threads.into_iter().try_for_each(|thread| thread.join().expect("no worker panics"))
    })?;
    Ok(done.into_inner().expect("no worker panics").into_values().collect())
}
