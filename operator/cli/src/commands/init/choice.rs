//! What somebody wants in an app: by flags, by answers on a terminal, else all of it.

use std::io::{self, BufRead, IsTerminal};

use clap::ValueEnum;
use clap::builder::PossibleValue;
use serde::{Deserialize, Serialize};

use crate::args::init::{Database, Frontend, Init, Scheduler, Tokens, Workers};
use crate::failure::Failure;
use crate::output::Output;

/// One app of all that can be.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Choice {
    pub name: String,
    pub database: Database,
    pub auth: Tokens,
    pub frontend: Frontend,
    pub workers: Workers,
    pub scheduler: Scheduler,
}

impl Choice {
    pub fn of(args: &Init, output: &Output) -> Result<Self, Failure> {
        let asks = !args.yes && io::stdin().is_terminal();
        let database = answered(args.database, asks, "Where is data kept?", output)?;
        // who was not asked cannot have wanted accounts without a place for them
        let auth = match args.auth {
            None if database == Database::None => Tokens::None,
            named => answered(named, asks, "How are users known?", output)?,
        };
        if database == Database::None && auth != Tokens::None {
            let fix = "leave --database none out, or add --auth none";
            return Err(Failure::new("--auth jwt", "accounts are kept in a database, and there is none", fix));
        }
        Ok(Self {
            name: args.name.clone(),
            database,
            auth,
            frontend: answered(args.frontend, asks, "Where do people see it?", output)?,
            workers: answered(args.workers, asks, "What works on queues?", output)?,
            scheduler: answered(args.scheduler, asks, "What starts jobs because time passes?", output)?,
        })
    }

    pub fn has_database(&self) -> bool {
        self.database != Database::None
    }

    pub fn has_auth(&self) -> bool {
        self.auth != Tokens::None
    }

    pub fn has_frontend(&self) -> bool {
        self.frontend != Frontend::None
    }

    /// What works on queues, as its makers write it and as the operator knows it.
    pub fn library(&self) -> &'static str {
        match self.workers {
            Workers::Dramatiq => "Dramatiq",
            Workers::Arq => "Arq",
            Workers::TaskIQ => "TaskIQ",
            Workers::None => "",
        }
    }

    pub fn has_workers(&self) -> bool {
        self.workers != Workers::None
    }

    pub fn has_scheduler(&self) -> bool {
        self.scheduler != Scheduler::None
    }
}

/// What was named; else what a person at a terminal answers; else the first of what there is.
fn answered<T: ValueEnum + Copy>(named: Option<T>, asks: bool, question: &str, output: &Output) -> Result<T, Failure> {
    let variants = T::value_variants();
    if let Some(named) = named {
        return Ok(named);
    }
    if !asks {
        return Ok(variants[0]);
    }
    let values: Vec<PossibleValue> = variants.iter().filter_map(ValueEnum::to_possible_value).collect();
    let lines = values.iter().map(|value| format!("  {:<12} {}\n", value.get_name(), value.get_help().cloned().unwrap_or_default()));
    output.prompt(format_args!("{question}\n{}", lines.collect::<String>()));
    loop {
        output.prompt(format_args!("[{}]: ", values[0].get_name()));
        let mut said = String::new();
        let read = io::stdin().lock().read_line(&mut said);
        if !read.is_ok_and(|length| length > 0) {
            return Err(Failure::new("nothing was written", "the question was not answered", "name the choices, or accept all with --yes"));
        }
        match said.trim() {
            "" => return Ok(variants[0]),
            word => match T::from_str(word, true) {
                Ok(chosen) => return Ok(chosen),
                Err(_) => output.warning(format_args!("{word:?} is none of them")),
            },
        }
    }
}
