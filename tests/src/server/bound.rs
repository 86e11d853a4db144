//! Processes that never outlive this one, however it ends.
//! It knows none of them.

use std::{path::Path, process::Command};

/// A command that the kernel kills when the thread that starts it is gone: start it from the main thread.
pub fn ends_with_us(binary: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--"]).arg(binary);
    command
}
