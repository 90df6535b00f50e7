//! A tree against the table of shapes: everything that does not fit, each where it stands.

use super::{
    shape::{Complaint, Mapping, Named, Shape},
    words::{choice, meant},
};
use crate::yaml::{Node, Problem, Value, excerpt};

/// Collects everything about a mapping that does not fit its shape.
pub(super) fn check(root: &Node, shape: &Mapping, problems: &mut Vec<Problem>) {
    Check { problems }.mapping(root, shape, "the runbook");
}

struct Check<'a> {
    problems: &'a mut Vec<Problem>,
}

impl Check<'_> {
    /// Checks what stands under a key, which is called by that key in messages.
    fn shape(&mut self, node: &Node, shape: &Shape, name: &str) {
        if node.value == Value::Refused {
            return;
        }
        if node.is_null() {
            let hint = "fill it in, or take the key out".to_owned();
            return self.say(node, format!("{name} is empty"), Some(hint));
        }
        match shape {
            Shape::Leaf(leaf) => match node.text() {
                Some(text) => self.complain(node, name, leaf.check(text)),
                None => self.wrong_kind(node, name, "a single value"),
            },
            Shape::List(item, least) => self.list(node, item, *least, name),
            Shape::Names(form, value) => self.names(node, form, value, name),
            Shape::Mapping(mapping) => self.mapping(node, mapping, name),
            Shape::OrOff(_) if node.text() == Some("off") => {}
            Shape::OrOff(Shape::Leaf(leaf)) => match node.text() {
                Some(text) => self.complain(node, name, leaf.check(text)),
                None => self.wrong_kind(node, name, "a single value or `off`"),
            },
            Shape::OrOff(_) if node.text().is_some() => {
                self.wrong_kind(node, name, "a mapping or `off`");
            }
            Shape::OrOff(other) => self.shape(node, other, name),
        }
    }

    fn list(&mut self, node: &Node, item: &Shape, least: usize, name: &str) {
        let Value::Sequence(items) = &node.value else {
            return self.wrong_kind(node, name, "a list");
        };
        if items.len() < least {
            self.say(node, format!("{name} is an empty list"), None);
        }
        for entry in items {
            self.shape(entry, item, &format!("an entry of {name}"));
        }
    }

    fn names(&mut self, node: &Node, form: &Named, shape: &Shape, name: &str) {
        let Value::Mapping(pairs) = &node.value else {
            return self.wrong_kind(node, name, "a mapping");
        };
        for (key, value) in pairs {
            let text = key.text().unwrap_or_default();
            self.complain(key, &format!("a key of {name}"), form.check(text));
            self.shape(value, shape, &quoted(text));
        }
    }

    fn mapping(&mut self, node: &Node, shape: &Mapping, name: &str) {
        let Value::Mapping(pairs) = &node.value else {
            return self.wrong_kind(node, name, "a mapping");
        };
        let known: Vec<&str> = shape.keys.iter().map(|key| key.name).collect();
        let mut intended = Vec::new();
        for (key, value) in pairs {
            let text = key.text().unwrap_or_default();
            match shape.keys.iter().find(|known| known.name == text) {
                Some(known) => self.shape(value, &known.shape, &quoted(text)),
                None => intended.extend(self.stranger(key, text, shape.noun, &known)),
            }
        }
        // A key that was misspelt is not missing as well.
        let there = |key: &str| node.get(key).is_some() || intended.contains(&key);
        for key in shape.keys.iter().filter(|key| key.needed && !there(key.name)) {
            let hint = format!("`{}` is {}", key.name, key.about);
            self.say(node, format!("{} needs `{}`", shape.noun, key.name), Some(hint));
        }
        self.combination(node, shape, &there);
    }

    /// Reports a key that is not one, and returns the key that was probably meant.
    fn stranger<'k>(
        &mut self,
        key: &Node,
        text: &str,
        noun: &str,
        known: &[&'k str],
    ) -> Option<&'k str> {
        let message = format!("{} is not a key of {noun}", quoted(text));
        let near = meant(text, known);
        match near {
            Some(near) => self.say(key, format!("{message}; did you mean `{near}`?"), None),
            None => self.say(key, message, Some(format!("it can have {}", choice(known)))),
        }
        near
    }

    /// Checks which keys stand beside which.
    fn combination(&mut self, node: &Node, shape: &Mapping, there: &dyn Fn(&str) -> bool) {
        let noun = shape.noun;
        let standing: Vec<&str> = shape.one_of.iter().copied().filter(|key| there(key)).collect();
        if !shape.one_of.is_empty() && standing.len() != 1 {
            let message = match standing[..] {
                [] => format!("{noun} needs {}", choice(shape.one_of)),
                _ => format!(
                    "{noun} takes only one of {}",
                    choice(&standing).replace(" or ", " and ")
                ),
            };
            return self.say(node, message, None);
        }
        for (key, other) in shape.beside {
            if there(key) && !there(other) {
                let at = node.get(key).unwrap_or(node);
                self.say(at, format!("`{key}` needs `{other}` beside it"), None);
            }
        }
    }

    fn wrong_kind(&mut self, node: &Node, name: &str, wanted: &str) {
        let found = match &node.value {
            Value::Scalar { .. } => "a single value",
            Value::Sequence(_) => "a list",
            Value::Mapping(_) => "a mapping",
            Value::Refused => return,
        };
        let hint = match (wanted, found) {
            ("a list", "a single value") => Some("write `[...]`, or begin it with `- `".to_owned()),
            _ => None,
        };
        self.say(node, format!("{name} must be {wanted}, not {found}"), hint);
    }

    fn complain(&mut self, node: &Node, name: &str, checked: Result<(), Complaint>) {
        if let Err(Complaint { message, hint }) = checked {
            let joint = if message.starts_with("is ") { "" } else { ":" };
            self.say(node, format!("{name}{joint} {message}"), hint);
        }
    }

    fn say(&mut self, at: &Node, message: String, hint: Option<String>) {
        self.problems.push(Problem { line: at.line, column: at.column, message, hint });
    }
}

fn quoted(key: &str) -> String {
    format!("`{}`", excerpt(key))
}
