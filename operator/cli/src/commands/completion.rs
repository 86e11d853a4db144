//! `completion`: what a shell needs to complete our commands and flags, made from the same words that parse them.

use clap::CommandFactory;
use clap_complete::generate;

use crate::args::{Args, Completion};
use crate::output::Output;

pub fn run(args: &Completion, output: &Output) {
    let mut script = vec![];
    generate(args.shell, &mut Args::command(), "aegisctl", &mut script);
    output.data(String::from_utf8_lossy(&script).trim_end());
}
