//! The images a Dockerfile starts from. Pure: text and build arguments in, references out; it does not build.

use std::collections::{BTreeMap, BTreeSet};

use crate::failure::Failure;

/// An image that must be there before the build begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    pub image: String,
    /// The line of the first instruction that names it, counted from 1.
    pub line: usize,
}

/// Every image named by FROM or COPY --from that is not a stage of the file, each once.
pub fn bases(text: &str, build_args: &BTreeMap<String, String>) -> Result<Vec<Base>, Failure> {
    let mut reader = Reader { build_args, globals: BTreeMap::new(), stages: BTreeSet::new(), bases: Vec::new() };
    for (line, instruction) in instructions(text) {
        reader.read(line, &instruction)?;
    }
    if reader.bases.is_empty() && reader.stages.is_empty() {
        return Err(Failure::new("the Dockerfile has no FROM", "a build starts from an image", "begin it with FROM"));
    }
    Ok(reader.bases)
}

/// Whether an instruction needs BuildKit's mounts, which Docker's classic builder refuses half-way.
pub fn has_mounts(text: &str) -> bool {
    let mounts = |instruction: &str| {
        let mut words = instruction.split_whitespace();
        let runs = words.next().is_some_and(|word| word.eq_ignore_ascii_case("RUN"));
        runs && words.take_while(|word| word.starts_with("--")).any(|word| word.starts_with("--mount="))
    };
    instructions(text).iter().any(|(_, instruction)| mounts(instruction))
}

struct Reader<'a> {
    build_args: &'a BTreeMap<String, String>,
    /// The ARGs before the first FROM: the only ones that a FROM may use.
    globals: BTreeMap<String, String>,
    /// Names and numbers of the stages so far.
    stages: BTreeSet<String>,
    bases: Vec<Base>,
}

impl Reader<'_> {
    fn read(&mut self, line: usize, instruction: &str) -> Result<(), Failure> {
        let mut words = instruction.split_whitespace();
        match words.next().unwrap_or_default().to_ascii_uppercase().as_str() {
            "ARG" if self.stages.is_empty() => {
                words.for_each(|word| self.arg(word));
                Ok(())
            }
            "FROM" => self.from(line, &words.collect::<Vec<_>>()),
            "COPY" | "ADD" => {
                if let Some(image) = words.find_map(|word| word.strip_prefix("--from=")) {
                    self.need(line, image.to_owned());
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn arg(&mut self, word: &str) {
        let (key, default) = word.split_once('=').map_or((word, None), |(key, value)| (key, Some(value)));
        let given = self.build_args.get(key).map(String::as_str);
        if let Some(value) = given.or(default) {
            self.globals.insert(key.to_owned(), value.trim_matches(['"', '\'']).to_owned());
        }
    }

    fn from(&mut self, line: usize, words: &[&str]) -> Result<(), Failure> {
        let words: Vec<&str> = words.iter().copied().filter(|word| !word.starts_with("--")).collect();
        let Some(written) = words.first() else {
            return Err(unclear(line, "FROM names no image", "write FROM image:tag"));
        };
        let image = substitute(written, &self.globals).map_err(|key| {
            let why = format!("FROM {written} uses {key}, which has no value");
            unclear(line, &why, &format!("pass --build-arg {key}=..., or give it a default before the first FROM"))
        })?;
        self.need(line, image);
        let number = self.stages.iter().filter(|stage| stage.parse::<usize>().is_ok()).count();
        self.stages.insert(number.to_string());
        if let [_, keyword, name] = words[..]
            && keyword.eq_ignore_ascii_case("as")
        {
            self.stages.insert(name.to_ascii_lowercase());
        }
        Ok(())
    }

    fn need(&mut self, line: usize, image: String) {
        let known =
            self.stages.contains(&image.to_ascii_lowercase()) || image == "scratch" || self.bases.iter().any(|base| base.image == image);
        if !known {
            self.bases.push(Base { image, line });
        }
    }
}

/// `$KEY`, `${KEY}`, `${KEY:-default}` and `${KEY-default}`; `Err` names a key without a value.
fn substitute(text: &str, values: &BTreeMap<String, String>) -> Result<String, String> {
    let Some((before, after)) = text.split_once('$') else {
        return Ok(text.to_owned());
    };
    let (key, default, rest) = match after.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
        Some((inner, rest)) => match inner.split_once('-') {
            Some((key, default)) => (key.trim_end_matches(':'), Some(default), rest),
            None => (inner, None, rest),
        },
        None => {
            let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
            (&after[..end], None, &after[end..])
        }
    };
    let value = values.get(key).map(String::as_str).filter(|value| !value.is_empty()).or(default);
    let value = value.ok_or_else(|| key.to_owned())?;
    Ok(format!("{before}{value}{}", substitute(rest, values)?))
}

/// Instructions with the line they begin at: comments dropped, continued lines joined, here-documents skipped.
fn instructions(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut lines = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
    while let Some((number, first)) = lines.next() {
        if first.is_empty() || first.starts_with('#') {
            continue;
        }
        let mut instruction = first.to_owned();
        while let Some(unfinished) = instruction.strip_suffix('\\') {
            instruction = format!("{unfinished} ");
            match lines.find(|(_, line)| !line.starts_with('#')) {
                Some((_, next)) => instruction.push_str(next),
                None => break,
            }
        }
        if let Some(end) = here_document(&instruction) {
            lines.find(|(_, line)| *line == end);
        }
        found.push((number, instruction));
    }
    found
}

/// The word that ends a `<<WORD` here-document.
fn here_document(instruction: &str) -> Option<String> {
    let takes =
        ["RUN", "COPY", "ADD"].iter().any(|name| instruction.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name)));
    let (_, after) = instruction.split_once("<<").filter(|_| takes)?;
    let word = after.trim_start_matches('-').split_whitespace().next()?;
    let word = word.trim_matches(['"', '\'']);
    word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_').then(|| word.to_owned())
}

fn unclear(line: usize, why: &str, fix: &str) -> Failure {
    Failure::new(format_args!("Dockerfile line {line}"), why, fix)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn images(text: &str, args: &[(&str, &str)]) -> Vec<String> {
        let args = args.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        bases(text, &args).unwrap().into_iter().map(|base| base.image).collect()
    }

    #[test]
    fn stages_and_scratch_are_no_bases() {
        let text = "FROM python:3.11-slim AS build\nRUN true\nFROM scratch\nCOPY --from=build /a /a\n\
                    COPY --from=0 /b /b\nFROM Build\nCOPY --from=redis:7 /c /c\n";
        assert_eq!(images(text, &[]), ["python:3.11-slim", "redis:7"]);
    }

    #[test]
    fn arguments_are_substituted() {
        let text = "ARG V=3.11\nARG KIND\nFROM --platform=$BUILDPLATFORM python:${V}-${KIND:-slim}\n";
        assert_eq!(images(text, &[]), ["python:3.11-slim"]);
        assert_eq!(images(text, &[("V", "3.12"), ("KIND", "bookworm")]), ["python:3.12-bookworm"]);
        assert_eq!(images("ARG V=\"12\"\nFROM debian:$V\n", &[]), ["debian:12"]);
    }

    #[test]
    fn an_argument_of_a_stage_is_not_global() {
        let text = "FROM debian:12\nARG V=1\nFROM debian:$V\n";
        let failure = bases(text, &BTreeMap::new()).unwrap_err();
        assert_eq!(failure.what, "Dockerfile line 3");
        assert!(failure.fix.contains("--build-arg V="));
    }

    #[test]
    fn comments_continuations_and_here_documents_hide_nothing_and_add_nothing() {
        let text = "# FROM a\nFROM \\\n  # why\n  debian:12\nRUN <<EOF\nFROM b\nEOF\nRUN echo \\\n  FROM c\n";
        assert_eq!(images(text, &[]), ["debian:12"]);
    }

    #[test]
    fn mounts_are_flags_of_run() {
        assert!(has_mounts("FROM a\nRUN --network=none --mount=type=cache,target=/x true\n"));
        assert!(!has_mounts("FROM a\nRUN echo --mount=x\n# RUN --mount=x\n"));
    }

    #[test]
    fn a_file_without_from_is_refused() {
        assert!(bases("RUN true\n", &BTreeMap::new()).is_err());
    }
}
