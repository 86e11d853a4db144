//! What a part is called: in Python, in a path, in words.

use crate::failure::Failure;

/// So that no line of any part is too long.
const LONGEST: usize = 24;
/// Words of Python, and what the parts call something else.
const TAKEN: [&str; 59] = [
    "and",
    "app",
    "as",
    "assert",
    "async",
    "await",
    "base",
    "break",
    "broker",
    "build",
    "case",
    "class",
    "continue",
    "def",
    "del",
    "dramatiq",
    "elif",
    "else",
    "except",
    "finally",
    "for",
    "from",
    "global",
    "if",
    "import",
    "in",
    "init",
    "is",
    "lambda",
    "list",
    "log",
    "main",
    "mapped",
    "match",
    "none",
    "nonlocal",
    "not",
    "now",
    "of",
    "or",
    "parts",
    "pass",
    "print",
    "raise",
    "return",
    "router",
    "run",
    "select",
    "send",
    "structlog",
    "test",
    "trigger",
    "try",
    "type",
    "user",
    "while",
    "with",
    "worked",
    "yield",
];

/// One name in its forms.
#[derive(Debug)]
pub struct Name {
    /// `send_mail`
    pub module: String,
    /// `send-mail`
    pub path: String,
    /// `send mail`
    pub words: String,
    /// `Send mail`
    pub title: String,
    /// `SendMail`
    pub class: String,
}

impl Name {
    pub fn of(text: &str) -> Result<Self, Failure> {
        let refused =
            |why: &str| Err(Failure::new(format_args!("{text:?} is no name for a part"), why, "choose another, such as send_mail"));
        let steps: Vec<&str> = text.split(['-', '_']).collect();
        let is_step = |step: &&str| !step.is_empty() && step.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        if text.len() > LONGEST || !steps.iter().all(is_step) || !text.starts_with(|first: char| first.is_ascii_lowercase()) {
            return refused(
                "it must be a lower-case letter, then lower-case letters, digits, hyphens or underscores one by one, 24 at most",
            );
        }
        let module = steps.join("_");
        if TAKEN.contains(&module.as_str()) {
            return refused("Python, or every app, means something else by it");
        }
        Ok(Self {
            module,
            path: steps.join("-"),
            words: steps.join(" "),
            title: capital(&steps.join(" ")),
            class: steps.iter().copied().map(capital).collect(),
        })
    }
}

fn capital(text: &str) -> String {
    text[..1].to_ascii_uppercase() + &text[1..]
}
