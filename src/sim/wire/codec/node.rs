//! The trees between an operation and its protocol.

use serde_json::Value;

use super::Malformed;
use crate::unit::Timestamp;

/// A piece of an answer, which every protocol can write.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    /// Text.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// Any finite number.
    Number(f64),
    /// True or false.
    Flag(bool),
    /// A moment: RFC 3339 in XML, seconds since the epoch elsewhere.
    Time(Timestamp),
    /// Items, and what XML calls each of them.
    List(&'static str, Vec<Self>),
    /// Fields, in the order in which they are written.
    Record(Vec<(&'static str, Self)>),
}

impl Node {
    /// Returns a list in the way of the query protocol, which calls every item `member`.
    pub(crate) fn members(items: impl IntoIterator<Item = Self>) -> Self {
        Self::List("member", items.into_iter().collect())
    }
}

impl From<&str> for Node {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Node {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// Returns a record of these fields.
pub(crate) fn record<const N: usize>(fields: [(&'static str, Node); N]) -> Node {
    Node::Record(fields.into())
}

/// The arguments of a call, or a part of them. The query protocol writes everything as text, so numbers and moments are
/// also read from text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Args<'a>(pub(crate) &'a Value);

impl<'a> Args<'a> {
    /// Returns the field, unless it is missing or null.
    pub(crate) fn field(self, name: &str) -> Option<Self> {
        self.0.get(name).filter(|value| !value.is_null()).map(Args)
    }

    /// Returns the field as text, if it is there.
    ///
    /// # Errors
    /// The field is something else.
    pub(crate) fn text(self, name: &str) -> Result<Option<&'a str>, Malformed> {
        self.field(name).map(|value| value.as_text(name)).transpose()
    }

    /// Returns the field as text.
    ///
    /// # Errors
    /// The field is missing or something else.
    pub(crate) fn needed_text(self, name: &str) -> Result<&'a str, Malformed> {
        self.text(name)?.ok_or_else(|| missing(name))
    }

    /// Returns the items of a list; a missing list is an empty one.
    ///
    /// # Errors
    /// The field is something else.
    pub(crate) fn list(self, name: &str) -> Result<Vec<Self>, Malformed> {
        let Some(field) = self.field(name) else { return Ok(Vec::new()) };
        // An empty list stands as empty text in the query protocol.
        if field.0.as_str() == Some("") {
            return Ok(Vec::new());
        }
        let items = field.0.as_array().ok_or_else(|| wrong(name, "a list"))?;
        Ok(items.iter().map(Args).collect())
    }

    /// Returns the items of a list of text.
    ///
    /// # Errors
    /// The field, or one of its items, is something else.
    pub(crate) fn texts(self, name: &str) -> Result<Vec<&'a str>, Malformed> {
        self.list(name)?.into_iter().map(|item| item.as_text(name)).collect()
    }

    /// Returns the field as a whole number, if it is there.
    ///
    /// # Errors
    /// The field is something else.
    pub(crate) fn whole(self, name: &str) -> Result<Option<i64>, Malformed> {
        let Some(field) = self.field(name) else { return Ok(None) };
        let number = field.0.as_i64().or_else(|| field.0.as_str()?.parse().ok());
        number.map(Some).ok_or_else(|| wrong(name, "a whole number"))
    }

    /// Returns the field as a moment.
    ///
    /// # Errors
    /// The field is missing or something else.
    pub(crate) fn needed_time(self, name: &str) -> Result<Timestamp, Malformed> {
        let field = self.field(name).ok_or_else(|| missing(name))?;
        let whole = field.0.as_i64().and_then(|second| Timestamp::from_second(second).ok());
        let fraction = || Timestamp::from_millisecond((field.0.as_f64()? * 1000.0) as i64).ok();
        let text = || field.0.as_str()?.parse().ok();
        whole.or_else(fraction).or_else(text).ok_or_else(|| wrong(name, "a point in time"))
    }

    fn as_text(self, name: &str) -> Result<&'a str, Malformed> {
        self.0.as_str().ok_or_else(|| wrong(name, "text"))
    }
}

fn missing(name: &str) -> Malformed {
    Malformed(format!("The parameter {name} is required."))
}

fn wrong(name: &str, kind: &str) -> Malformed {
    Malformed(format!("The value of parameter {name} is not {kind}."))
}
