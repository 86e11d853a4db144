//! Which mutant is chosen, and which places a case comes to.
//! It is put into the planner for the mutation check and into nothing else.

use std::{
    collections::BTreeSet,
    env,
    fs::OpenOptions,
    io::Write,
    ops::Deref,
    sync::{LazyLock, Mutex},
};

static CHOSEN: LazyLock<usize> = LazyLock::new(|| env::var("AEGIS_MUTANT").ok().and_then(|number| number.parse().ok()).unwrap_or(0));
static REACHED: LazyLock<Option<Reached>> = LazyLock::new(|| {
    let file = OpenOptions::new().append(true).create(true).open(env::var_os("AEGIS_REACHED")?).ok()?;
    Some(Mutex::new((BTreeSet::new(), file)))
});

type Reached = Mutex<(BTreeSet<usize>, std::fs::File)>;

/// The mutant, at a place that is now told to be reached.
pub fn at(place: usize) -> usize {
    if let Some(Ok(mut reached)) = REACHED.as_ref().map(Mutex::lock)
        && reached.0.insert(place)
    {
        writeln!(reached.1, "{place}").expect("the file of reached places takes a line");
    }
    *CHOSEN
}

/// A list, and for each of its mutants another.
pub struct List<T: 'static>(pub usize, pub &'static [T], pub &'static [(usize, &'static [T])]);

impl<T> Deref for List<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        let chosen = at(self.0);
        self.2.iter().find(|(number, _)| *number == chosen).map_or(self.1, |(_, list)| list)
    }
}

/// One of two iterators.
pub enum Either<L, R> {
    Left(L),
    Right(R),
}

impl<L: Iterator, R: Iterator<Item = L::Item>> Iterator for Either<L, R> {
    type Item = L::Item;

    fn next(&mut self) -> Option<L::Item> {
        match self {
            Self::Left(left) => left.next(),
            Self::Right(right) => right.next(),
        }
    }
}
