//! The table's limits: the values below `gates` that may be changed while a run goes on.

use super::{
    Complaint, Key, Leaf, Mapping, Shape,
    gates::{GATES, THRESHOLD},
};
use crate::yaml::{Node, Value};

/// Values of gates that say what is watched, and are no limits. Those of a metric gate beside its thresholds are none
/// either.
pub(in crate::runbook) const FIXED: &[&str] = &["latency.stat"];

/// One limit of a runbook, whether it is written there or has its default.
pub(in crate::runbook) struct Limit {
    /// Where it stands below `gates`; a metric gate's by the gate's name.
    pub(in crate::runbook) path: String,
    /// The way to it from the root of the tree.
    pub(in crate::runbook) keys: Vec<LimitKey>,
    /// The gate or the part of it that the runbook switches off, where it does.
    pub(in crate::runbook) off: Option<String>,
    leaf: &'static Leaf,
    may_be_off: bool,
}

/// One key on the way to a limit.
#[derive(Debug, Clone, Copy)]
pub(in crate::runbook) enum LimitKey {
    /// Of a mapping.
    Name(&'static str),
    /// Of a list, from 0.
    Item(usize),
}

impl Limit {
    /// Checks a value's text.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(in crate::runbook) fn check(&self, text: &str) -> Result<(), Complaint> {
        if self.may_be_off && text == "off" { Ok(()) } else { self.leaf.check(text) }
    }

    /// Returns true for a limit of the gate, or the part of one, that stands at a path.
    pub(in crate::runbook) fn is_below(&self, path: &str) -> bool {
        self.path.strip_prefix(path).is_some_and(|rest| rest.starts_with('.'))
    }
}

/// Returns all limits that a runbook has; `gates` is the tree below that key, with variables filled in.
pub(in crate::runbook) fn limits(gates: Option<&Node>) -> Vec<Limit> {
    let mut walk = Walk { limits: Vec::new(), off: None };
    let root = Place { path: String::new(), keys: vec![LimitKey::Name("gates")] };
    walk.mapping(&GATES, gates, &root);
    let metrics = gates.and_then(|gates| gates.get("metrics"));
    let Some(Value::Sequence(metrics)) = metrics.map(|metrics| &metrics.value) else {
        return walk.limits;
    };
    for (index, gate) in metrics.iter().enumerate() {
        let name = gate.get("name").and_then(Node::text).unwrap_or_default();
        let keys = [LimitKey::Name("gates"), LimitKey::Name("metrics"), LimitKey::Item(index)];
        let place = Place { path: format!("metrics.{name}"), keys: keys.to_vec() };
        for level in ["warning", "critical"] {
            walk.mapping(&THRESHOLD, None, &place.below(level));
        }
    }
    walk.limits
}

#[derive(Clone)]
struct Place {
    path: String,
    keys: Vec<LimitKey>,
}

impl Place {
    fn below(&self, key: &'static str) -> Self {
        let dot = if self.path.is_empty() { "" } else { "." };
        let mut keys = self.keys.clone();
        keys.push(LimitKey::Name(key));
        Self { path: format!("{}{dot}{key}", self.path), keys }
    }
}

/// A walk through the table, beside the tree as far as that goes.
struct Walk {
    limits: Vec<Limit>,
    /// What is switched off on the way to where it is.
    off: Option<String>,
}

impl Walk {
    fn mapping(&mut self, mapping: &'static Mapping, node: Option<&Node>, at: &Place) {
        for Key { name, shape, .. } in mapping.keys {
            self.shape(shape, node.and_then(|node| node.get(name)), &at.below(name));
        }
    }

    fn shape(&mut self, shape: &'static Shape, node: Option<&Node>, at: &Place) {
        match shape {
            Shape::Leaf(leaf) => self.leaf(leaf, false, at),
            Shape::OrOff(Shape::Leaf(leaf)) => self.leaf(leaf, true, at),
            Shape::OrOff(inner) => {
                let is_off = node.and_then(Node::text) == Some("off");
                let around = self.off.clone();
                self.off = around.clone().or(is_off.then(|| at.path.clone()));
                self.shape(inner, node, at);
                self.off = around;
            }
            Shape::Mapping(mapping) => self.mapping(mapping, node, at),
            Shape::List(..) | Shape::Names(..) => {}
        }
    }

    fn leaf(&mut self, leaf: &'static Leaf, may_be_off: bool, at: &Place) {
        if !FIXED.contains(&at.path.as_str()) {
            let Place { path, keys } = at.clone();
            self.limits.push(Limit { path, keys, off: self.off.clone(), leaf, may_be_off });
        }
    }
}
