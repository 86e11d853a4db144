//! This process's terminal: its size, and the state in which every key goes through.

use std::io::{IsTerminal, stdin, stdout};

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use terminal_size::{Height, Width, terminal_size};

use crate::failure::Failure;

/// Whether there is one, on both ends.
pub fn is_there() -> bool {
    stdin().is_terminal() && stdout().is_terminal()
}

/// Columns and rows.
pub fn size() -> Option<(u16, u16)> {
    terminal_size().map(|(Width(columns), Height(rows))| (columns, rows))
}

/// Every key goes through, until this is dropped.
pub struct Raw(Termios);

impl Raw {
    pub fn begin() -> Result<Self, Failure> {
        let failed = |error: rustix::io::Errno| Failure::new("the terminal cannot be handed over", error, "leave out -t");
        let before = tcgetattr(stdin()).map_err(failed)?;
        let mut raw = before.clone();
        raw.make_raw();
        tcsetattr(stdin(), OptionalActions::Now, &raw).map_err(failed)?;
        Ok(Self(before))
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        tcsetattr(stdin(), OptionalActions::Now, &self.0).ok();
    }
}
