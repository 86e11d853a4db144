//! JSON values as Python's pickle, protocol 3: what arq reads when no other serializer was chosen.
//! It writes data only, never anything that runs.

use serde_json::{Map, Value};

/// A whole pickle with one value in it.
pub fn pickle(value: &Item) -> Vec<u8> {
    let mut out = vec![0x80, 3];
    write(value, &mut out);
    out.push(b'.');
    out
}

/// What can be pickled.
pub enum Item<'a> {
    /// A tuple of JSON values.
    Tuple(&'a [Value]),
    /// A dictionary with JSON values.
    Object(&'a Map<String, Value>),
    /// A dictionary.
    Fields(&'a [(&'a str, Item<'a>)]),
    /// An integer.
    Int(i64),
    /// A text.
    Text(&'a str),
    /// None.
    None,
}

fn write(item: &Item, out: &mut Vec<u8>) {
    match item {
        Item::Tuple(values) => {
            out.push(b'(');
            values.iter().for_each(|value| json(value, out));
            out.push(b't');
        }
        Item::Object(map) => object(map, out),
        Item::Fields(fields) => {
            out.extend(b"}(");
            for (name, value) in *fields {
                text(name, out);
                write(value, out);
            }
            out.push(b'u');
        }
        Item::Int(number) => int(i128::from(*number), out),
        Item::Text(words) => text(words, out),
        Item::None => out.push(b'N'),
    }
}

fn json(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.push(b'N'),
        Value::Bool(true) => out.push(0x88),
        Value::Bool(false) => out.push(0x89),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(whole), _) => int(whole.into(), out),
            (None, Some(whole)) => int(whole.into(), out),
            (None, None) => {
                out.push(b'G');
                out.extend(number.as_f64().unwrap_or(f64::NAN).to_be_bytes());
            }
        },
        Value::String(words) => text(words, out),
        Value::Array(values) => {
            out.extend(b"](");
            values.iter().for_each(|value| json(value, out));
            out.push(b'e');
        }
        Value::Object(map) => object(map, out),
    }
}

fn object(map: &Map<String, Value>, out: &mut Vec<u8>) {
    out.extend(b"}(");
    for (name, value) in map {
        text(name, out);
        json(value, out);
    }
    out.push(b'u');
}

/// LONG1: little-endian two's complement, wide enough for every 64-bit number with or without a sign.
fn int(number: i128, out: &mut Vec<u8>) {
    out.extend([0x8a, 9]);
    out.extend(&number.to_le_bytes()[..9]);
}

fn text(words: &str, out: &mut Vec<u8>) {
    let length = u32::try_from(words.len()).expect("a request is far below 4 GiB");
    out.push(b'X');
    out.extend(length.to_le_bytes());
    out.extend(words.as_bytes());
}
