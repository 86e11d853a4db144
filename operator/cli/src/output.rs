//! The only place that prints: data on stdout, talk on stderr. It does not decide what is worth saying.

use std::fmt::Display;
use std::io::{self, Write};
use std::process::Stdio;
use std::time::Instant;

use crate::failure::Failures;
use crate::page::{Colour, Page};

/// Where a command speaks, and since when it runs.
pub struct Output {
    quiet: bool,
    /// What stdout can show.
    pub data_page: Page,
    /// What stderr can show.
    pub talk_page: Page,
    started: Instant,
}

/// How many lines a block took when it was last drawn; it is drawn over.
#[derive(Default)]
pub struct Block(usize);

impl Output {
    pub fn new(quiet: bool) -> Self {
        Self { quiet, data_page: Page::stdout(), talk_page: Page::stderr(), started: Instant::now() }
    }

    /// What the user asked for; a closed pipe (`| head`) is not an error.
    pub fn data(&self, text: impl Display) {
        let _closed = writeln!(io::stdout().lock(), "{text}");
    }

    /// A step begins; the time in front is what has passed since the command started.
    pub fn step(&self, name: impl Display) {
        let elapsed = format!("{:>6.1}s", self.started.elapsed().as_secs_f64());
        self.note(format_args!("{} {name}", self.talk_page.paint(Colour::Faint, &elapsed)));
    }

    /// Talk that `--quiet` silences.
    pub fn note(&self, text: impl Display) {
        if !self.quiet {
            self.say(text);
        }
    }

    /// Something the user must know although the command goes on.
    pub fn warning(&self, text: impl Display) {
        self.say(format_args!("{} {text}", self.talk_page.paint(Colour::Yellow, "warning:")));
    }

    pub fn failures(&self, failures: &Failures) {
        for failure in &failures.0 {
            self.say(format_args!("{} {failure}", self.talk_page.paint(Colour::Red, "error:")));
            for line in failure.fix.lines() {
                self.say(format_args!("  {} {line}", self.talk_page.paint(Colour::Cyan, "fix:")));
            }
        }
    }

    /// A question, which quiet does not silence; the answer is typed behind it.
    pub fn prompt(&self, text: impl Display) {
        let mut stderr = io::stderr().lock();
        let _closed = write!(stderr, "{text}").and_then(|()| stderr.flush());
    }

    /// Talk that replaces what the block said before; only for terminals.
    pub fn redraw(&self, block: &mut Block, lines: &[String]) {
        if !self.quiet {
            let _closed = write!(io::stderr().lock(), "{}", over(block, lines));
        }
    }

    /// Data on a cleared screen; only for terminals.
    pub fn replace(&self, text: &str) {
        self.data(format_args!("\u{1b}[H\u{1b}[2J{text}"));
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
}

/// Up to the block's first line, everything below cleared, and the new lines.
fn over(block: &mut Block, lines: &[String]) -> String {
    let up = if block.0 > 0 { format!("\u{1b}[{}A\r\u{1b}[J", block.0) } else { String::new() };
    block.0 = lines.len();
    lines.iter().fold(up, |text, line| text + line + "\n")
}
