//! Changes of a text of JSON that leave every other character of it as it is.

use serde_json::Value;

/// A step into a value.
#[derive(Debug, Clone, Copy)]
pub enum Step<'a> {
    Key(&'a str),
    Item(usize),
}

/// The text with one more item at the end of the list there; a list that is not there is made. The text must be JSON, and what is on the
/// way to the list must be there.
pub fn with_item(text: &str, way: &[Step], item: &Value) -> String {
    match find(text, way) {
        Some((begin, end)) => with_member(text, begin, end, &pretty(item)),
        None => with_value(text, way, &Value::from(vec![item.clone()])),
    }
}

/// The text without an item of the list there, which must have it.
pub fn without_item(text: &str, list: &[Step], item: usize) -> String {
    let place = |item: usize| find(text, &[list, &[Step::Item(item)]].concat());
    let (begin, end) = place(item).expect("the list has the item");
    if let Some((next, _)) = place(item + 1) {
        return format!("{}{}", &text[..begin], &text[next..]);
    }
    let (first, last) = find(text, list).expect("the list is there");
    match item.checked_sub(1).and_then(place) {
        Some((_, before)) => format!("{}{}", &text[..before], &text[end..]),
        None => format!("{}{}", &text[..=first], &text[last - 1..]),
    }
}

/// The text with another value there; a member that is not there is added to its object, which must be there.
pub fn with_value(text: &str, way: &[Step], value: &Value) -> String {
    match (find(text, way), way.split_last()) {
        (Some((begin, end)), _) => {
            let value = pretty(value).replace('\n', &format!("\n{}", indent(text, begin)));
            format!("{}{value}{}", &text[..begin], &text[end..])
        }
        (None, Some((Step::Key(key), before))) => {
            let (begin, end) = find(text, before).expect("the object is there");
            with_member(text, begin, end, &format!("{}: {}", Value::from(*key), pretty(value)))
        }
        (None, _) => unreachable!("only members are added"),
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).expect("a value is writable")
}

/// A list or object with one more member at its end, as its last one is written.
fn with_member(text: &str, begin: usize, end: usize, member: &str) -> String {
    let inside = text[begin + 1..end - 1].trim_end();
    let after = begin + 1 + inside.len();
    if inside.trim().is_empty() {
        let outer = indent(text, begin);
        let member = member.replace('\n', &format!("\n{outer}  "));
        return format!("{}\n{outer}  {member}\n{outer}{}", &text[..=begin], &text[end - 1..]);
    }
    if text[begin..end].contains('\n') {
        let first = text[begin + 1..].find(|char: char| !char.is_whitespace()).unwrap_or_default() + begin + 1;
        let inner = indent(text, first);
        let member = member.replace('\n', &format!("\n{inner}"));
        return format!("{},\n{inner}{member}{}", &text[..after], &text[after..]);
    }
    let outer = indent(text, begin);
    format!("{}, {}{}", &text[..after], member.replace('\n', &format!("\n{outer}")), &text[after..])
}

/// The white space with which the line of a place begins.
fn indent(text: &str, at: usize) -> &str {
    let line = &text[text[..at].rfind('\n').map_or(0, |end| end + 1)..];
    &line[..line.find(|char: char| !char.is_whitespace()).unwrap_or_default()]
}

/// Where a value begins and ends.
fn find(text: &str, way: &[Step]) -> Option<(usize, usize)> {
    let mut begin = skip(text, 0);
    for step in way {
        let mut at = skip(text, begin + 1);
        let mut count = 0;
        loop {
            if matches!(text.as_bytes()[at], b']' | b'}') {
                return None;
            }
            let key = if text.as_bytes()[begin] == b'{' {
                let end = end(text, at);
                let key: String = serde_json::from_str(&text[at..end]).ok()?;
                at = skip(text, skip(text, end) + 1);
                Some(key)
            } else {
                None
            };
            let is_it = match step {
                Step::Key(wanted) => key.is_some_and(|key| key == *wanted),
                Step::Item(wanted) => key.is_none() && count == *wanted,
            };
            if is_it {
                begin = at;
                break;
            }
            at = skip(text, end(text, at));
            if text.as_bytes()[at] == b',' {
                at = skip(text, at + 1);
            }
            count += 1;
        }
    }
    Some((begin, end(text, begin)))
}

fn skip(text: &str, at: usize) -> usize {
    at + text[at..].find(|char: char| !char.is_whitespace()).unwrap_or(text.len() - at)
}

/// Where the value that begins here ends.
fn end(text: &str, begin: usize) -> usize {
    let (mut depth, mut is_text, mut is_escaped) = (0_usize, false, false);
    for (at, byte) in text.bytes().enumerate().skip(begin) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => is_text = !is_text,
            _ if is_text => {}
            b'[' | b'{' => depth += 1,
            b']' | b'}' if depth == 0 => return at,
            b']' | b'}' => depth -= 1,
            b',' | b':' | b' ' | b'\n' | b'\r' | b'\t' if depth == 0 => return at,
            _ => {}
        }
        let is_closed = depth == 0 && !is_text && matches!(byte, b'"' | b']' | b'}');
        if is_closed {
            return at + 1;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TEXT: &str = "{\n  \"a, ]\\\"\": [1, 2],\n  \"b\": {\n    \"jobs\": [\n      \"one\"\n    ],\n    \"none\": []\n  },\n  \"c\": [{\"name\": \"x\"}]\n}\n";

    fn added(way: &[Step], item: &Value) -> String {
        let text = with_item(TEXT, way, item);
        serde_json::from_str::<Value>(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        text
    }

    #[test]
    fn a_list_of_lines_gets_a_line() {
        let text = added(&[Step::Key("b"), Step::Key("jobs")], &json!("two"));
        assert_eq!(text, TEXT.replace("\"one\"\n", "\"one\",\n      \"two\"\n"));
    }

    #[test]
    fn a_list_on_one_line_stays_on_it() {
        assert_eq!(added(&[Step::Key("a, ]\"")], &json!(3)), TEXT.replace("[1, 2]", "[1, 2, 3]"));
    }

    #[test]
    fn an_empty_list_begins() {
        let text = added(&[Step::Key("b"), Step::Key("none")], &json!("first"));
        assert_eq!(text, TEXT.replace("[]", "[\n      \"first\"\n    ]"));
    }

    #[test]
    fn a_list_that_is_not_there_is_made_where_it_belongs() {
        let text = added(&[Step::Key("b"), Step::Key("more")], &json!("first"));
        assert_eq!(text, TEXT.replace("\"none\": []\n", "\"none\": [],\n    \"more\": [\n      \"first\"\n    ]\n"));
        let text = added(&[Step::Key("c"), Step::Item(0), Step::Key("actors")], &json!("y"));
        let made: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(made["c"], json!([{"name": "x", "actors": ["y"]}]));
    }

    #[test]
    fn an_item_goes_with_its_comma() {
        let gone = |way: &[Step], item| {
            let text = without_item(TEXT, way, item);
            serde_json::from_str::<Value>(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
            text
        };
        assert_eq!(gone(&[Step::Key("a, ]\"")], 0), TEXT.replace("[1, 2]", "[2]"));
        assert_eq!(gone(&[Step::Key("a, ]\"")], 1), TEXT.replace("[1, 2]", "[1]"));
        assert_eq!(gone(&[Step::Key("b"), Step::Key("jobs")], 0), TEXT.replace("[\n      \"one\"\n    ]", "[]"));
    }

    #[test]
    fn a_value_is_replaced_or_added() {
        let way = [Step::Key("c"), Step::Item(0), Step::Key("name")];
        assert_eq!(with_value(TEXT, &way, &json!("y")), TEXT.replace("\"x\"", "\"y\""));
        let way = [Step::Key("c"), Step::Item(0), Step::Key("more")];
        assert_eq!(with_value(TEXT, &way, &json!(1)), TEXT.replace("\"x\"}", "\"x\", \"more\": 1}"));
    }
}
