//! What secrets look like in a text: keys of well-known services, tokens, passwords in addresses, and what follows a telling word.

use std::sync::LazyLock;

use regex_lite::{Captures, Regex};

use super::BLACK;

/// Words that tell a secret in what programs say.
const WORD: &str = r"(?:pass(?:word|wd|phrase|code)s?|pwd|secrets?|tokens?|api[_.-]?keys?|[a-z0-9]+[_.-]keys?|(?:private|access|signing|encryption|auth|service|master|session|secret)keys?|credentials?|dsn|signature)";

/// Secrets by themselves.
static WHOLE: LazyLock<Regex> = LazyLock::new(|| {
    let known = [
        // one that ends in a part of the log that is not there ends with the text
        r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----(?s:.*?)(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|$)",
        // and one that began there begins with its lines
        r"[A-Za-z0-9+/=\r\n]{40,}-----END [A-Z0-9 ]*PRIVATE KEY-----",
        r"\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*)?",
        r"\b(?:AKIA|ASIA)[0-9A-Z]{16}",
        r"\bgh[pousr]_[A-Za-z0-9]{20,}",
        r"\bgithub_pat_[A-Za-z0-9_]{20,}",
        r"\bglpat-[A-Za-z0-9_-]{16,}",
        r"\bxox[abeoprs]-[A-Za-z0-9-]{8,}",
        r"\b(?:sk|rk|pk|whsec)_(?:(?:live|test)_)?[A-Za-z0-9]{16,}",
        r"\bsk-[A-Za-z0-9_-]{16,}",
        r"\bpylf_v[0-9]+_[A-Za-z0-9_]{16,}",
        r"\bAIza[0-9A-Za-z_-]{30,}",
        r"\bya29\.[0-9A-Za-z_-]{20,}",
        r"\bSG\.[0-9A-Za-z_-]{16,}\.[0-9A-Za-z_-]{16,}",
        r"\bhv[sb]\.[0-9A-Za-z_-]{20,}",
        r"\b(?:npm|dckr_pat|pypi|dop_v1|shpat)[_-][0-9A-Za-z_-]{20,}",
        r"\bAGE-SECRET-KEY-1[0-9A-Z]{20,}",
    ];
    regex(&known.join("|"))
});

/// What stands before a secret, which stays, the secret, and what ends it.
static AFTER: LazyLock<[(Regex, &str); 6]> = LazyLock::new(|| {
    [
        // a password in an address, however many signs it has that should have been escaped; and a user that is all there is
        (regex(r#"([A-Za-z][A-Za-z0-9+.-]*://[^\s"'<>/@:]*:)[^\s"'<>]*@"#), "@"),
        (regex(r#"([A-Za-z][A-Za-z0-9+.-]*://)[^\s"'<>/@:]+@"#), "@"),
        // headers, up to the end of the text that they stand in
        (regex(r#"(?i)((?:proxy-)?authorization(?:\\*["'])?[ \t]*(?:[:=]|=>)[ \t]*(?:\\*["'])?)[^"'\\\r\n]+"#), ""),
        (regex(r#"(?i)((?:set-)?cookie(?:\\*["'])?[ \t]*(?:[:=]|=>)[ \t]*(?:\\*["'])?)[^"'\\\r\n]+"#), ""),
        (regex(r"(?i)(\b(?:bearer|basic)[ \t]+)[A-Za-z0-9._~+/=-]{8,}"), ""),
        (regex(r#"(?i)([?&](?:key|sig|code|auth|x-amz-[a-z-]+)=)[^&\s"'<>]+"#), ""),
    ]
});

/// Where settings stand that have no quotes: a line of an environment, and the next word of a command line.
static BARE: LazyLock<[Regex; 2]> = LazyLock::new(|| {
    [
        regex(&format!(r"(?im)^([ \t]*(?:export[ \t]+)?[a-z0-9_]*{WORD}[a-z0-9_]*=).+$")),
        regex(&format!(r#"(?i)(--?[a-z0-9_.-]*{WORD}[a-z0-9_.-]*[ \t]+)[^\s"'-][^\s"']*"#)),
    ]
});

/// A telling name, what sets it, and the value with its quotes.
static SETTING: LazyLock<Regex> = LazyLock::new(|| {
    let quoted = r#""(?:[^"\\\r\n]|\\.)*"|'(?:[^'\\\r\n]|\\.)*'|\\+"[^"\r\n]*"|\\+'[^'\r\n]*'"#;
    // one whose end is in another line, and one without quotes
    let bare = r#"\\*["'][^"'\r\n]+|[^\s,;&"'}\])]+"#;
    regex(&format!(r#"(?i)([a-z0-9_.-]*{WORD}[a-z0-9_.-]*(?:\\*["'])?[ \t]*(?:=>|:=|[:=])[ \t]*)({quoted}|{bare})"#))
});

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("it is well formed")
}

/// Without what is secret by its shape.
pub fn without(text: &str) -> String {
    let text = WHOLE.replace_all(text, BLACK).into_owned();
    AFTER.iter().fold(text, |text, (shape, end)| shape.replace_all(&text, format!("${{1}}{BLACK}{end}")).into_owned())
}

/// Without that, and without the values of what has a secret's name.
pub fn without_settings(text: &str) -> String {
    let text = BARE.iter().fold(without(text), |text, shape| shape.replace_all(&text, format!("${{1}}{BLACK}")).into_owned());
    SETTING.replace_all(&text, |found: &Captures<'_>| format!("{}{}", &found[1], quoted(&found[2]))).into_owned()
}

/// The same quotes around nothing secret, so that what could be read by a program still can.
fn quoted(value: &str) -> String {
    let is_quote = |c: char| c == '"' || c == '\'' || c == '\\';
    let start = value.len() - value.trim_start_matches(is_quote).len();
    let end = value.trim_end_matches(is_quote).len().max(start);
    format!("{}{BLACK}{}", &value[..start], &value[end..])
}
