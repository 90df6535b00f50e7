//! The bodies of Smithy's rpc-v2-cbor protocol. A moment is tag 1 around seconds since the epoch.

use ciborium::Value as Cbor;
use serde_json::{Map, Number, Value};

use super::{Malformed, Node};

/// CBOR's tag for seconds since the epoch (RFC 8949, 3.4.2).
const EPOCH_TIME: u64 = 1;

/// How deep a body may be nested; the deepest request that CloudWatch knows is nested 7 deep.
const DEEPEST: usize = 32;

/// Reads a body; an empty one has no arguments. Tags are dropped: what is a moment is known by its name.
///
/// # Errors
/// It is not CBOR, or has what no request of AWS has, such as keys that are not text.
pub(crate) fn decode(body: &[u8]) -> Result<Value, Malformed> {
    if body.is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    let cbor = ciborium::de::from_reader_with_recursion_limit(body, DEEPEST)
        .map_err(|error| Malformed(format!("The body is not CBOR: {error}")))?;
    plain(cbor)
}

fn plain(cbor: Cbor) -> Result<Value, Malformed> {
    if let Cbor::Tag(_, inner) = cbor {
        return plain(*inner);
    }
    if let Cbor::Text(text) = cbor {
        return Ok(Value::from(text));
    }
    if let Cbor::Bool(flag) = cbor {
        return Ok(Value::from(flag));
    }
    if let Cbor::Integer(number) = cbor {
        let number = i64::try_from(number);
        return number.map(Value::from).map_err(|_| unexpected("a number beyond 64 bits"));
    }
    if let Cbor::Float(number) = cbor {
        let number = Number::from_f64(number);
        return number.map(Value::from).ok_or_else(|| unexpected("a number that is not finite"));
    }
    if let Cbor::Array(items) = cbor {
        return items.into_iter().map(plain).collect();
    }
    if let Cbor::Map(fields) = cbor {
        return fields.into_iter().map(field).collect();
    }
    if cbor.is_null() { Ok(Value::Null) } else { Err(unexpected("bytes")) }
}

fn field((name, value): (Cbor, Cbor)) -> Result<(String, Value), Malformed> {
    let name = name.into_text().map_err(|_| unexpected("a key that is not text"))?;
    Ok((name, plain(value)?))
}

fn unexpected(what: &str) -> Malformed {
    Malformed(format!("The body has {what}, which no operation takes."))
}

/// Writes a body.
pub(crate) fn encode(node: &Node) -> Vec<u8> {
    let mut body = Vec::new();
    // Writing to memory fails only when there is none left.
    let _ = ciborium::into_writer(&value(node), &mut body);
    body
}

fn value(node: &Node) -> Cbor {
    match node {
        Node::Text(text) => Cbor::from(text.as_str()),
        Node::Whole(number) => Cbor::from(*number),
        Node::Number(number) => Cbor::from(*number),
        Node::Flag(flag) => Cbor::from(*flag),
        Node::Time(at) => {
            let seconds = at.as_millisecond() as f64 / 1000.0;
            Cbor::Tag(EPOCH_TIME, Box::new(Cbor::from(seconds)))
        }
        Node::List(_, items) => Cbor::Array(items.iter().map(value).collect()),
        Node::Record(fields) => {
            let field = |(name, node): &(&'static str, Node)| (Cbor::from(*name), value(node));
            Cbor::Map(fields.iter().map(field).collect())
        }
    }
}
