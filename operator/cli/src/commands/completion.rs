//! `completion`: what a shell needs to complete our commands and flags, made from the same words that parse them.

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use crate::args::{self, Args, Completion};
use crate::output::Output;

pub fn run(args: &Completion, output: &Output) {
    let shell = match args.shell {
        args::Shell::Bash => Shell::Bash,
        args::Shell::Zsh => Shell::Zsh,
        args::Shell::Fish => Shell::Fish,
    };
    let mut script = vec![];
    generate(shell, &mut Args::command(), "aegisctl", &mut script);
    output.data(String::from_utf8_lossy(&script).trim_end());
}
