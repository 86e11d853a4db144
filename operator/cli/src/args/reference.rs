//! docs/reference/aegisctl.md: every command with its flags, its examples and its exit codes, as its own help says them.

use std::{env, fs, path::Path};

use clap::{Arg, Command, CommandFactory};

use super::Args;

/// The page, made of the commands.
fn page() -> String {
    let mut lines = vec![
        "# aegisctl".to_owned(),
        String::new(),
        "Every command, made of its own help (`make generate`). Data goes to stdout, talk to stderr; `--quiet` leaves only data and errors.".to_owned(),
        "As `kubectl-aegis` on PATH it is `kubectl aegis`.".to_owned(),
    ];
    let mut root = Args::command();
    root.build();
    for command in root.get_subcommands().filter(|command| command.get_name() != "help") {
        tell(command, "aegisctl", &mut lines);
    }
    lines.join("\n") + "\n"
}

fn tell(command: &Command, before: &str, lines: &mut Vec<String>) {
    let name = format!("{before} {}", command.get_name());
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    lines.extend([String::new(), format!("## {name}"), String::new(), format!("{about}.")]);
    let arguments: Vec<&Arg> = command.get_arguments().filter(|argument| !is_everywhere(argument)).collect();
    if !arguments.is_empty() {
        lines.extend([String::new(), "| argument | meaning |".to_owned(), "|---|---|".to_owned()]);
        lines.extend(arguments.iter().map(|argument| format!("| {} | {} |", spelt(argument), meaning(argument))));
    }
    if let Some(help) = command.get_after_help() {
        lines.extend([String::new(), "```text".to_owned(), help.to_string(), "```".to_owned()]);
    }
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        tell(below, &name, lines);
    }
}

/// Told once, above.
fn is_everywhere(argument: &Arg) -> bool {
    ["help", "version", "quiet"].contains(&argument.get_id().as_str())
}

fn spelt(argument: &Arg) -> String {
    let value = argument.get_value_names().filter(|_| argument.get_action().takes_values()).map(|names| names.join(" "));
    let word = |name: String| format!("`{name}{}`", value.as_ref().map(|value| format!(" {value}")).unwrap_or_default());
    let names = [argument.get_short().map(|short| format!("-{short}")), argument.get_long().map(|long| format!("--{long}"))];
    let names: Vec<String> = names.into_iter().flatten().collect();
    if names.is_empty() { format!("`{}`", value.unwrap_or_default()) } else { word(names.join("`, `")) }
}

fn meaning(argument: &Arg) -> String {
    let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
    let words: Vec<String> = argument.get_possible_values().iter().map(|value| format!("`{}`", value.get_name())).collect();
    let is_choice = argument.get_action().takes_values() && !words.is_empty();
    let defaults: Vec<String> = argument.get_default_values().iter().map(|value| format!("`{}`", value.to_string_lossy())).collect();
    let said = [
        Some(format!("{}.", help.trim_end_matches('.'))),
        is_choice.then(|| format!("One of {}.", words.join(", "))),
        (argument.get_action().takes_values() && !defaults.is_empty()).then(|| format!("Default: {}.", defaults.join(", "))),
        argument.is_required_set().then(|| "Required.".to_owned()),
    ];
    said.into_iter().flatten().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

#[test]
fn the_reference_of_the_commands_is_as_generated() {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/aegisctl.md");
    if env::var_os("AEGIS_BLESS").is_some() {
        fs::write(&place, page()).unwrap();
    }
    assert!(
        fs::read_to_string(&place).unwrap_or_default() == page(),
        "docs/reference/aegisctl.md is not what the commands say: make generate"
    );
}
