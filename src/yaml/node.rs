//! The tree: values, and where each one begins.

/// A value and the place where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What stands there.
    pub value: Value,
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
}

/// What stands at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Text, a number, `true`, `null`: YAML tells them apart by their looks only, and so may the reader.
    Scalar {
        /// The text without its quotes.
        text: String,
        /// Whether it was in quotes or a block, which makes it text whatever it looks like.
        quoted: bool,
    },
    /// A list.
    Sequence(Vec<Node>),
    /// Pairs in the order written. Every key is a scalar and stands once.
    Mapping(Vec<(Node, Node)>),
    /// Something that was refused and has its problem already; nothing more is to be said about it.
    Refused,
}

impl Node {
    /// Returns the text of a scalar.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, .. } => Some(text),
            Value::Sequence(_) | Value::Mapping(_) | Value::Refused => None,
        }
    }

    /// Returns true for an empty place, `~` and `null`: what YAML calls nothing.
    pub fn is_null(&self) -> bool {
        match &self.value {
            Value::Scalar { text, quoted } => {
                !quoted && matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL")
            }
            Value::Sequence(_) | Value::Mapping(_) | Value::Refused => false,
        }
    }

    /// Returns the value that a key of this mapping has.
    pub fn get(&self, key: &str) -> Option<&Self> {
        match &self.value {
            Value::Mapping(pairs) => {
                pairs.iter().find(|(k, _)| k.text() == Some(key)).map(|(_, value)| value)
            }
            Value::Scalar { .. } | Value::Sequence(_) | Value::Refused => None,
        }
    }
}
