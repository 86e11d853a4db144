//! Texts over the keys of a Secret: `{key}` stands for a value, `{{` and `}}` for braces.
//! Nothing is filled in here; Kubernetes does that from ordered variables.

/// A parsed text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template(pub(crate) Vec<Piece>);

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Plain text.
    Text(String),
    /// The value of a key.
    Key(String),
}

impl Template {
    /// The keys it names.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Key(key) => Some(key.as_str()),
            Piece::Text(_) => None,
        })
    }
}

/// The text up to the closing brace, and whether there is one.
fn key(rest: &mut impl Iterator<Item = char>) -> (String, bool) {
    let mut key = String::new();
    for c in rest {
        if c == '}' {
            return (key, true);
        }
        key.push(c);
    }
    (key, false)
}

/// Parses a text, or says what is wrong with its braces.
pub(crate) fn parse(text: &str) -> Result<Template, String> {
    let mut pieces = vec![];
    let mut plain = String::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '{' | '}' if rest.peek() == Some(&c) => {
                rest.next();
                plain.push(c);
            }
            '{' => {
                let (key, is_closed) = key(&mut rest);
                if !is_closed {
                    return Err(format!("the brace before {key:?} is never closed; write {{{{ for a brace"));
                }
                if key.is_empty() || !key.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) {
                    return Err(format!("{{{key}}} is not a key in braces; write {{{{ for a brace"));
                }
                if !plain.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut plain)));
                }
                pieces.push(Piece::Key(key));
            }
            '}' => return Err("a closing brace stands alone; write }} for a brace".into()),
            c => plain.push(c),
        }
    }
    if !plain.is_empty() {
        pieces.push(Piece::Text(plain));
    }
    Ok(Template(pieces))
}
