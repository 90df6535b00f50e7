//! The shape of the YAML as data: which keys there are, what each may hold, and what it is for.
//!
//! One table serves three readers, so that they cannot disagree: [`check`](super::check) refuses what does not fit it,
//! [`schema`](super::schema) prints it for editors, and its words stand in the messages. Rules that look at
//! several places at once are in [`build`](super::build). Start with [`ROOT`].

mod channels;
mod form;
mod gates;
mod leaf;
mod limit;
mod preflight;
mod record;
mod statistic;
mod top;

#[cfg(test)]
pub(super) use channels::EVENTS;
pub(super) use leaf::{Complaint, Leaf, Named, finite, latency, minutes, percentile, ttl};
pub(super) use limit::{FIXED, Limit, LimitKey, limits};
pub(super) use top::ROOT;

/// What may stand at a place.
pub(super) enum Shape {
    /// One value.
    Leaf(Leaf),
    /// A list of these; at least this many.
    List(&'static Self, usize),
    /// Any names of this form, each with a value of this shape.
    Names(&'static Named, &'static Self),
    /// A mapping with these keys.
    Mapping(&'static Mapping),
    /// The word `off`, or this.
    OrOff(&'static Self),
}

/// A mapping with known keys.
pub(super) struct Mapping {
    /// What it is called in a message, with its article: `a step`.
    pub(super) noun: &'static str,
    /// Its keys, in the order in which people write them.
    pub(super) keys: &'static [Key],
    /// Exactly one of these keys must stand; empty where there is no such rule.
    pub(super) one_of: &'static [&'static str],
    /// Pairs of keys of which the first may stand only beside the second.
    pub(super) beside: &'static [(&'static str, &'static str)],
}

/// One key of a mapping.
pub(super) struct Key {
    /// The key.
    pub(super) name: &'static str,
    /// Whether it must stand.
    pub(super) needed: bool,
    /// What may stand there.
    pub(super) shape: Shape,
    /// What it is for, in a sentence without a full stop.
    pub(super) about: &'static str,
}

/// A mapping without rules beyond its keys.
const fn plain(noun: &'static str, keys: &'static [Key]) -> Mapping {
    Mapping { noun, keys, one_of: &[], beside: &[] }
}

/// A key that must stand.
const fn needed(name: &'static str, shape: Shape, about: &'static str) -> Key {
    Key { name, needed: true, shape, about }
}

/// A key that may be left out.
const fn key(name: &'static str, shape: Shape, about: &'static str) -> Key {
    Key { name, needed: false, shape, about }
}
