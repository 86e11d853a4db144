//! YAML as a tree whose every node knows its line, so that a problem can be shown where it stands.
//! It knows nothing of Kubernetes.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Value, json};
use serde_saphyr::{DuplicateKeyPolicy, Location, NonFiniteFloatPolicy, Spanned};

/// Where something stands, both counted from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it is.
    pub shape: Shape,
    /// Where it begins.
    pub mark: Mark,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// Nothing.
    Null,
    /// true or false.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// Another number.
    Float(f64),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A map.
    Map(Vec<Entry>),
}

/// One key of a map and its value; keys may repeat.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key stands.
    pub mark: Mark,
    /// Its value.
    pub value: Node,
}

/// Text that is not YAML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Where reading ends.
    pub mark: Mark,
    /// Why.
    pub message: String,
}

/// The documents of a text, up to the first that cannot be read.
pub fn documents(text: &str) -> (Vec<Node>, Option<Broken>) {
    let options = serde_saphyr::options! {
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
    };
    let mut reader = text.as_bytes();
    let mut nodes = vec![];
    for document in serde_saphyr::read_with_options(&mut reader, options) {
        match document {
            Ok(node) => nodes.push(node),
            Err(error) => return (nodes, Some(broken(&error))),
        }
    }
    (nodes, None)
}

fn broken(error: &serde_saphyr::Error) -> Broken {
    let mark = error.location().map(|location| mark(&location)).unwrap_or_default();
    let message = error.without_snippet().to_string();
    // The place is told apart from the message.
    let place = format!(" at line {}, column {}", mark.line, mark.column);
    Broken { mark, message: message.replace(&place, "") }
}

fn mark(location: &Location) -> Mark {
    let count = |count: u64| usize::try_from(count).unwrap_or_default();
    Mark { line: count(location.line()), column: count(location.column()) }
}

impl Node {
    /// What it is, in a word for people.
    pub fn kind(&self) -> &'static str {
        match self.shape {
            Shape::Null => "nothing",
            Shape::Bool(_) => "a boolean",
            Shape::Integer(_) => "a whole number",
            Shape::Float(value) if value.fract() == 0.0 => "so large a number",
            Shape::Float(_) => "a decimal number",
            Shape::Text(_) => "text",
            Shape::List(_) => "a list",
            Shape::Map(_) => "a map",
        }
    }

    /// The value without its places; what repeats counts once, with the last value.
    pub fn json(&self) -> Value {
        match &self.shape {
            Shape::Null => Value::Null,
            Shape::Bool(value) => json!(value),
            Shape::Integer(value) => json!(value),
            Shape::Float(value) => json!(value),
            Shape::Text(value) => json!(value),
            Shape::List(items) => items.iter().map(Node::json).collect(),
            Shape::Map(entries) => entries.iter().map(|entry| (entry.key.clone(), entry.value.json())).collect(),
        }
    }

    /// The value of a key, when it is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        match &self.shape {
            Shape::Map(entries) => entries.iter().rev().find(|entry| entry.key == key).map(|entry| &entry.value),
            _ => None,
        }
    }

    /// Its text, when it is one.
    pub fn text(&self) -> Option<&str> {
        match &self.shape {
            Shape::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Shape>::deserialize(deserializer)?;
        Ok(Self { mark: mark(&spanned.referenced), shape: spanned.value })
    }
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any)
    }
}

struct Any;

impl<'de> Visitor<'de> for Any {
    type Value = Shape;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }
    fn visit_unit<E>(self) -> Result<Shape, E> {
        Ok(Shape::Null)
    }
    fn visit_none<E>(self) -> Result<Shape, E> {
        Ok(Shape::Null)
    }
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Shape, D::Error> {
        deserializer.deserialize_any(self)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Shape, E> {
        Ok(Shape::Bool(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Shape, E> {
        Ok(Shape::Integer(value))
    }
    #[expect(clippy::cast_precision_loss, reason = "beyond i64 no field of ours has a value, and the text says what was written")]
    fn visit_u64<E>(self, value: u64) -> Result<Shape, E> {
        Ok(i64::try_from(value).map_or(Shape::Float(value as f64), Shape::Integer))
    }
    fn visit_f64<E>(self, value: f64) -> Result<Shape, E> {
        Ok(Shape::Float(value))
    }
    fn visit_str<E>(self, text: &str) -> Result<Shape, E> {
        Ok(Shape::Text(text.to_owned()))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Shape, A::Error> {
        let mut nodes = vec![];
        while let Some(node) = items.next_element()? {
            nodes.push(node);
        }
        Ok(Shape::List(nodes))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut pairs: A) -> Result<Shape, A::Error> {
        let mut entries = vec![];
        while let Some((key, value)) = pairs.next_entry::<Spanned<String>, Node>()? {
            entries.push(Entry { mark: mark(&key.referenced), key: key.value, value });
        }
        Ok(Shape::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(text: &str) -> Node {
        documents(text).0.remove(0)
    }

    fn marked(line: usize, column: usize) -> Mark {
        Mark { line, column }
    }

    #[test]
    fn scalars_are_what_kubectl_takes_them_for() {
        let node = first("a: 1\nb: yes\nc: \"1\"\nd: 1.5\ne: ~\nf:\ng: 2026-01-01\nh: on\n");
        let shape = |key: &str| node.get(key).unwrap().shape.clone();
        assert_eq!(shape("a"), Shape::Integer(1));
        assert_eq!(shape("b"), Shape::Bool(true));
        assert_eq!(shape("c"), Shape::Text("1".into()));
        assert_eq!(shape("d"), Shape::Float(1.5));
        assert_eq!((shape("e"), shape("f")), (Shape::Null, Shape::Null));
        assert_eq!(shape("g"), Shape::Text("2026-01-01".into()));
        assert_eq!(shape("h"), Shape::Bool(true));
    }

    #[test]
    fn every_node_knows_its_place() {
        let node = first("# a comment\na:\n  - b: 1\n");
        let Shape::Map(entries) = node.shape else { panic!("a map") };
        assert_eq!(entries[0].mark, marked(2, 1));
        let Shape::List(items) = &entries[0].value.shape else { panic!("a list") };
        assert_eq!(items[0].get("b").unwrap().mark, marked(3, 8));
    }

    #[test]
    fn repeated_keys_are_kept_for_the_reader_to_tell() {
        let Shape::Map(entries) = first("a: 1\na: 2\n").shape else { panic!("a map") };
        assert_eq!(entries.len(), 2);
    }

    #[test]
    fn anchors_and_merges_are_resolved() {
        let node = first("a: &x {b: 1}\nc: {<<: *x, d: 2}\n");
        assert_eq!(node.get("c").unwrap().get("b").unwrap().shape, Shape::Integer(1));
    }

    #[test]
    fn what_stands_before_a_broken_document_is_read() {
        let (nodes, broken) = documents("---\n---\na: 1\n---\nb: [\n---\nc: 1\n");
        assert_eq!(nodes.len(), 1);
        assert_eq!(broken, Some(Broken { mark: marked(5, 4), message: "unclosed bracket '['".into() }));
    }

    #[test]
    fn a_bomb_of_aliases_is_refused() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for i in 1..12 {
            let uses = vec![format!("*a{}", i - 1); 10].join(", ");
            text += &format!("a{i}: &a{i} [{uses}]\n");
        }
        assert!(documents(&text).1.is_some());
    }
}
