//! The only place that prints: data on stdout, talk on stderr. It does not decide what is worth saying.

use std::env;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::process::Stdio;
use std::time::Instant;

use crate::failure::Failures;

/// Where a command speaks, and since when it runs.
pub struct Output {
    quiet: bool,
    colour: bool,
    started: Instant,
}

impl Output {
    pub fn new(quiet: bool) -> Self {
        let no_colour = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self { quiet, colour: io::stderr().is_terminal() && !no_colour, started: Instant::now() }
    }

    /// What the user asked for; a closed pipe (`| head`) is not an error.
    pub fn data(&self, text: impl Display) {
        let _closed = writeln!(io::stdout().lock(), "{text}");
    }

    /// A step begins; the time in front is what has passed since the command started.
    pub fn step(&self, name: impl Display) {
        let elapsed = format!("{:>6.1}s", self.started.elapsed().as_secs_f64());
        self.note(format_args!("{} {name}", self.paint("2", &elapsed)));
    }

    /// Talk that `--quiet` silences.
    pub fn note(&self, text: impl Display) {
        if !self.quiet {
            self.say(text);
        }
    }

    /// Something the user must know although the command goes on.
    pub fn warning(&self, text: impl Display) {
        self.say(format_args!("{} {text}", self.paint("33", "warning:")));
    }

    pub fn failures(&self, failures: &Failures) {
        for failure in &failures.0 {
            self.say(format_args!("{} {failure}", self.paint("31;1", "error:")));
            for line in failure.fix.lines() {
                self.say(format_args!("  {} {line}", self.paint("36", "fix:")));
            }
        }
    }

    /// Where the talk of a program that we run goes.
    pub fn talk(&self) -> Stdio {
        if self.quiet { Stdio::null() } else { Stdio::from(io::stderr()) }
    }

    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    fn say(&self, text: impl Display) {
        let _closed = writeln!(io::stderr().lock(), "{text}");
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}
