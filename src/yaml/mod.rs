//! YAML text to a tree of nodes that know where they stand, safe to read from strangers.
//!
//! This room knows nothing of runbooks: it knows text, places and what YAML can do to a careless reader. It is the
//! only one that names the YAML crates. Features that hide what a file says are refused outright, with a hint:
//! aliases, anchors, merge keys, tags, several documents, keys that stand twice. Start with [`parse`].

mod guard;
mod node;
mod problem;
mod tree;
mod typed;

pub use node::{Node, Value};
pub use problem::{Problem, excerpt, is_unseen};
pub use tree::{Document, parse};
pub use typed::from_str;

#[cfg(test)]
mod tests;
