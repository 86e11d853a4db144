//! How wide and how colourful text may be where it goes. It does not print.

use std::env;
use std::io::IsTerminal;

use terminal_size::{Width, terminal_size_of};

/// Columns where nobody says how many there are.
const COLUMNS: usize = 120;

/// What a stream can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    pub columns: usize,
    pub colour: bool,
    /// A terminal, on which what was drawn can be drawn again.
    pub is_live: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    Plain,
    Faint,
    Bold,
    Red,
    Green,
    Yellow,
    Cyan,
}

impl Page {
    /// What stdout shows.
    pub fn stdout() -> Self {
        Self::of(&std::io::stdout())
    }

    /// What stderr shows.
    pub fn stderr() -> Self {
        Self::of(&std::io::stderr())
    }

    fn of<S: IsTerminal + std::os::fd::AsFd>(stream: &S) -> Self {
        let is_live = stream.is_terminal();
        let no_colour = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let columns = terminal_size_of(stream).map_or(COLUMNS, |(Width(columns), _)| usize::from(columns).max(40));
        Self { columns, colour: is_live && !no_colour, is_live }
    }

    pub fn paint(&self, colour: Colour, text: &str) -> String {
        let code = match colour {
            Colour::Plain => return text.to_owned(),
            Colour::Faint => "2",
            Colour::Bold => "1",
            Colour::Red => "31;1",
            Colour::Green => "32",
            Colour::Yellow => "33",
            Colour::Cyan => "36",
        };
        if self.colour && !text.is_empty() { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// Breaks text at spaces into lines of at most `columns`; a longer word stays whole, so that it can be copied.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is always a line");
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() <= columns {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_spaces_and_long_words_stay_whole() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("see averyveryverylongname now", 8), ["see", "averyveryverylongname", "now"]);
        assert_eq!(wrap("", 8), [""]);
    }
}
