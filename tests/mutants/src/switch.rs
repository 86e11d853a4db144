//! Writes a source file in which every mutant is an arm of a switch at the top of its function, so that one build holds all.
//! `AEGIS_MUTANT` chooses one when the program runs.

use std::ops::Range;

use crate::{
    mutant::Mutant,
    source::{self, Kind, Place},
};

/// What the switches call; it becomes a module of the planner.
pub const MODULE: &str = include_str!("switch/chosen.rs");

/// Opens the right side of a tree of iterators.
const RIGHT: &str = "crate::chosen::Either::Right(";

/// A file with switches.
#[derive(Default)]
pub struct Switched {
    /// Its text.
    pub text: String,
    /// Lines of the text, and the mutant that stands on them.
    pub arms: Vec<(Range<usize>, usize)>,
}

/// The file with a switch for those mutants at each of its places, which are numbered from `first` on.
pub fn switched(text: &str, places: &[Place], first: usize, mutants: &[&Mutant]) -> Switched {
    let mut out = Writer { from: text, at: 0, out: Switched::default() };
    for (i, place) in places.iter().enumerate() {
        let number = first + i;
        let own: Vec<&Mutant> = mutants.iter().copied().filter(|mutant| mutant.place == number).collect();
        match &place.kind {
            Kind::Body { is_opaque } => out.body(place, *is_opaque, number, &own),
            Kind::List(bytes) => out.list(place, bytes, number, &own),
        }
    }
    out.up_to(text.len());
    out.out
}

struct Writer<'t> {
    from: &'t str,
    /// Bytes of `from` that are written.
    at: usize,
    out: Switched,
}

impl Writer<'_> {
    fn body(&mut self, place: &Place, is_opaque: bool, number: usize, mutants: &[&Mutant]) {
        // an opaque type is one type: the whole body and each mutant's are sides of one tree
        let is_split = is_opaque && !mutants.is_empty();
        let side = |i: usize| match (is_split, i + 1 == mutants.len()) {
            (false, _) => (String::new(), String::new()),
            (true, false) => (format!("{}crate::chosen::Either::Left(", RIGHT.repeat(i + 1)), ")".repeat(i + 2)),
            (true, true) => (RIGHT.repeat(i + 1), ")".repeat(i + 1)),
        };
        self.up_to(place.inside.start);
        self.add(&format!(" match crate::chosen::at({number}) {{\n"));
        for (i, mutant) in mutants.iter().enumerate() {
            let rest = source::without(self.from, &place.inside, &mutant.lines);
            let (open, close) = side(i);
            self.arm(mutant, &format!("{} => return {open}{{{rest}}}{close},\n", mutant.number));
        }
        self.add("_ => {}\n}\n");
        // a block of its own: what it declares is not seen by the mutants
        let (open, close) = if is_split { ("crate::chosen::Either::Left({", "})") } else { ("{", "}") };
        self.add(open);
        self.up_to(place.inside.end);
        self.add(close);
    }

    fn list(&mut self, place: &Place, [constant, list, element, value]: &[Range<usize>; 4], number: usize, mutants: &[&Mutant]) {
        self.up_to(constant.start);
        self.add("static");
        self.at = constant.end;
        self.up_to(list.start);
        self.add(&format!("crate::chosen::List<{}>", &self.from[element.clone()]));
        self.at = list.end;
        self.up_to(value.start);
        self.add(&format!("crate::chosen::List({number}, "));
        self.up_to(value.end);
        self.add(", &[\n");
        for mutant in mutants {
            let rest = source::without(self.from, &place.inside, &mutant.lines);
            self.arm(mutant, &format!("({}, &[{rest}]),\n", mutant.number));
        }
        self.add("])");
    }

    fn arm(&mut self, mutant: &Mutant, text: &str) {
        let from = self.line();
        self.add(text);
        self.out.arms.push((from..self.line(), mutant.number));
    }

    /// The line that is being written, counted from one.
    fn line(&self) -> usize {
        self.out.text.matches('\n').count() + 1
    }

    fn up_to(&mut self, end: usize) {
        let text = &self.from[self.at..end];
        self.out.text.push_str(text);
        self.at = end;
    }

    fn add(&mut self, text: &str) {
        self.out.text.push_str(text);
    }
}
