//! The examples of every help: each is a command line that parses, so that what people copy from there is at least understood.

use clap::{CommandFactory, Parser};

use super::Args;

/// The words of each call of `aegisctl` in a line of shell.
fn calls(line: &str) -> Vec<Vec<String>> {
    let starts = line.match_indices("aegisctl ").map(|(start, _)| start);
    let is_call = |start: &usize| *start == 0 || ["$(", "<(", "| ", "&& "].iter().any(|before| line[..*start].ends_with(before));
    starts.filter(is_call).map(|start| words(&line[start..])).collect()
}

/// Words as a shell parts them, to the end of the simple command.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (vec![], None::<String>, None);
    for c in line.chars() {
        match quote {
            Some(end) if c == end => quote = None,
            Some(_) => word.get_or_insert_default().push(c),
            None if c == '\'' || c == '"' => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            None if "|&>;)".contains(c) => break,
            None if c.is_whitespace() => words.extend(word.take()),
            None => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[test]
fn a_line_of_shell_has_its_calls() {
    let words = |line: &str| calls(line).iter().map(|words| words.join("_")).collect::<Vec<_>>();
    assert_eq!(words("aegisctl status -o json | jq '.a | .b'"), ["aegisctl_status_-o_json"]);
    assert_eq!(words("export KUBECONFIG=$(aegisctl cluster up)"), ["aegisctl_cluster_up"]);
    assert_eq!(words("aegisctl run shop -- sh -c 'a; b' > file"), ["aegisctl_run_shop_--_sh_-c_a; b"]);
    assert_eq!(words("kustomize build . | aegisctl deploy -f -"), ["aegisctl_deploy_-f_-"]);
    assert_eq!(words("see aegisctl status"), Vec::<String>::new());
}

#[test]
fn every_example_of_every_help_is_a_command_line() {
    let (mut commands, mut examples) = (vec![Args::command()], 0);
    while let Some(command) = commands.pop() {
        commands.extend(command.get_subcommands().filter(|sub| sub.get_name() != "help").cloned());
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let lines = help.lines().skip_while(|line| *line != "Examples:").skip(1).take_while(|line| line.starts_with("  "));
        for call in lines.flat_map(|line| calls(line.trim())) {
            let parsed = Args::try_parse_from(&call);
            // help and version end by printing, which is what was asked for
            let is_good = parsed.as_ref().map_or_else(|error| error.exit_code() == 0, |_| true);
            assert!(is_good, "{} of {}: {}", call.join(" "), command.get_name(), parsed.unwrap_err());
            examples += 1;
        }
    }
    assert!(examples > 80, "{examples}");
}
