//! The awsJson1.0 protocol's bodies.

use serde_json::{Map, Value};

use super::{Malformed, Node};

/// Reads a body; an empty one has no arguments.
///
/// # Errors
/// It is not JSON.
pub(crate) fn decode(body: &[u8]) -> Result<Value, Malformed> {
    if body.is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    serde_json::from_slice(body)
        .map_err(|error| Malformed(format!("The body is not JSON: {error}")))
}

/// Writes a body.
pub(crate) fn encode(node: &Node) -> Vec<u8> {
    value(node).to_string().into_bytes()
}

fn value(node: &Node) -> Value {
    match node {
        Node::Text(text) => Value::from(text.as_str()),
        Node::Whole(number) => Value::from(*number),
        Node::Number(number) => Value::from(*number),
        Node::Flag(flag) => Value::from(*flag),
        Node::Time(at) => Value::from(at.as_millisecond() as f64 / 1000.0),
        Node::List(_, items) => items.iter().map(value).collect(),
        Node::Record(fields) => {
            fields.iter().map(|(name, field)| ((*name).to_owned(), value(field))).collect()
        }
    }
}
