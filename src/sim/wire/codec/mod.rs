//! What the AWS protocols put on the wire: requests become one kind of tree, answers are made from another.
//!
//! The operations neither know nor care which protocol carries them: they take JSON-like arguments ([`Args`]) and
//! return a [`Node`]. XML documents of Route 53 are the exception: they arrive as an [`Element`].

mod cbor;
mod json;
mod node;
mod query;
mod xml;

pub(super) use cbor::{decode as decode_cbor, encode as encode_cbor};
pub(super) use json::{decode as decode_json, encode as encode_json};
pub(super) use node::{Args, Node, record};
pub(super) use query::decode as decode_query;
pub(super) use xml::{Element, content, decode as decode_xml, document, element};

/// Bytes that are not what their protocol says, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct Malformed(pub(super) String);

#[cfg(test)]
mod tests;
