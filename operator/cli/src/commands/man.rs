//! `man`: the manual, made from the same words as `--help`.

use std::fs;

use aegis_plan::nearest::nearest;
use clap::{Command, CommandFactory};
use clap_mangen::{Man, generate_to};

use crate::args::{self, Args};
use crate::failure::Failure;
use crate::output::Output;

pub fn run(args: &args::Man, output: &Output) -> Result<(), Failure> {
    let mut all = Args::command();
    all.build();
    let Some(folder) = &args.into else {
        let mut page = vec![];
        let written = Man::new(find(&all, &args.command)?.clone()).render(&mut page);
        written.expect("memory can be written");
        output.data(String::from_utf8_lossy(&page).trim_end());
        return Ok(());
    };
    let fix = "name a folder that you may write to: aegisctl man --into FOLDER";
    let cannot = |error: std::io::Error| Failure::new(format_args!("cannot write the manual into {}", folder.display()), error, fix);
    fs::create_dir_all(folder).map_err(cannot)?;
    generate_to(all, folder).map_err(cannot)
}

/// The command of these words.
fn find<'a>(all: &'a Command, words: &[String]) -> Result<&'a Command, Failure> {
    words.iter().try_fold(all, |command, word| {
        let unknown = || {
            let names: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
            let fix = match nearest(word, names.iter().copied()) {
                Some(meant) => format!("did you mean {meant}?"),
                None => "name one of these, or none".to_owned(),
            };
            let why = if names.is_empty() { "it has none".to_owned() } else { format!("it has {}", names.join(", ")) };
            Failure::new(format_args!("{} has no command {word}", command.get_bin_name().unwrap_or("aegisctl")), why, fix)
        };
        command.find_subcommand(word).ok_or_else(unknown)
    })
}
