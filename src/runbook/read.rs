//! Reading typed values from a tree that has been checked: what is there, what is missing, what was refused.

use jiff::SignedDuration;
use serde::de::{DeserializeOwned, IntoDeserializer as _, value::StrDeserializer};

use super::shape::{finite, latency, ttl};
use crate::{
    unit::{Rate, Share, Ttl, parse_duration},
    yaml::{Node, Value},
};

/// What stands under a key.
pub(super) enum Found<T> {
    /// Nothing.
    Absent,
    /// Something that was refused and has its problem already.
    Refused,
    /// This.
    There(T),
}

impl<T> Found<T> {
    /// Returns what is there or else the default; nothing where something was refused.
    pub(super) fn or(self, default: T) -> Option<T> {
        self.optional().map(|found| found.unwrap_or(default))
    }

    /// Returns what is there; nothing where it is missing, which has its problem already, or refused.
    pub(super) fn needed(self) -> Option<T> {
        self.optional().flatten()
    }

    /// Returns what is there, if it is; nothing where something was refused.
    pub(super) fn optional(self) -> Option<Option<T>> {
        match self {
            Self::Absent => Some(None),
            Self::Refused => None,
            Self::There(value) => Some(Some(value)),
        }
    }
}

/// A mapping, or the place where one could stand: then every key is absent.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    node: Option<&'a Node>,
}

impl<'a> Fields<'a> {
    /// Returns the fields of a mapping.
    pub(super) fn of(node: &'a Node) -> Self {
        Self { node: Some(node) }
    }

    /// Returns what stands under a key.
    pub(super) fn node(self, key: &str) -> Option<&'a Node> {
        self.node.and_then(|node| node.get(key))
    }

    /// Returns the fields of the mapping under a key; without it, fields that are all absent.
    pub(super) fn under(self, key: &str) -> Self {
        Self { node: self.node(key) }
    }

    /// Returns the fields of the mapping under a key, or nothing where it says `off`.
    pub(super) fn unless_off(self, key: &str) -> Option<Self> {
        (!self.is_off(key)).then(|| self.under(key))
    }

    /// Returns a value as text reads it.
    pub(super) fn value<T>(self, key: &str, read: impl FnOnce(&'a str) -> Option<T>) -> Found<T> {
        let Some(node) = self.node(key) else { return Found::Absent };
        node.text().and_then(read).map_or(Found::Refused, Found::There)
    }

    /// Returns a value as text reads it, with `off` for none.
    pub(super) fn value_or_off<T>(
        self,
        key: &str,
        read: impl FnOnce(&'a str) -> Option<T>,
    ) -> Found<Option<T>> {
        if self.is_off(key) {
            return Found::There(None);
        }
        self.value(key, |text| read(text).map(Some))
    }

    fn is_off(self, key: &str) -> bool {
        self.node(key).and_then(Node::text) == Some("off")
    }

    /// Returns text.
    pub(super) fn text(self, key: &str) -> Found<String> {
        self.value(key, |text| Some(text.to_owned()))
    }

    /// Returns one of an enum's words.
    pub(super) fn word<T: DeserializeOwned>(self, key: &str) -> Found<T> {
        self.value(key, |text| {
            let words: StrDeserializer<'_, serde::de::value::Error> = text.into_deserializer();
            T::deserialize(words).ok()
        })
    }

    /// Returns `true` or `false`.
    pub(super) fn flag(self, key: &str) -> Found<bool> {
        self.value(key, |text| text.parse().ok())
    }

    /// Returns a whole number.
    pub(super) fn whole<T: std::str::FromStr>(self, key: &str) -> Found<T> {
        self.value(key, |text| text.parse().ok())
    }

    /// Returns a number.
    pub(super) fn number(self, key: &str) -> Found<f64> {
        self.value(key, finite)
    }

    /// Returns a duration.
    pub(super) fn duration(self, key: &str) -> Found<SignedDuration> {
        self.value(key, |text| parse_duration(text).ok())
    }

    /// Returns a duration that may be in milliseconds, with `off` for none.
    pub(super) fn latency_or_off(self, key: &str) -> Found<Option<SignedDuration>> {
        self.value_or_off(key, latency)
    }

    /// Returns a time to live.
    pub(super) fn ttl(self, key: &str) -> Found<Ttl> {
        self.value(key, ttl)
    }

    /// Returns a share of the traffic.
    pub(super) fn share(self, key: &str) -> Found<Share> {
        self.value(key, |text| text.parse().ok())
    }

    /// Returns a percentage.
    pub(super) fn rate(self, key: &str) -> Found<Rate> {
        self.value(key, |text| text.parse().ok())
    }

    /// Returns the entries of the list under a key; none without it.
    pub(super) fn items(self, key: &str) -> &'a [Node] {
        match self.node(key).map(|node| &node.value) {
            Some(Value::Sequence(items)) => items,
            Some(Value::Scalar { .. } | Value::Mapping(_) | Value::Refused) | None => &[],
        }
    }

    /// Returns the pairs of the mapping under a key; none without it.
    pub(super) fn pairs(self, key: &str) -> &'a [(Node, Node)] {
        match self.node(key).map(|node| &node.value) {
            Some(Value::Mapping(pairs)) => pairs,
            Some(Value::Scalar { .. } | Value::Sequence(_) | Value::Refused) | None => &[],
        }
    }

    /// Returns the texts of the list under a key, each with its place.
    pub(super) fn texts(self, key: &str) -> Vec<String> {
        self.items(key).iter().filter_map(Node::text).map(str::to_owned).collect()
    }
}
