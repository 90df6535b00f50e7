//! A tree against the table of shapes: everything that does not fit, each where it stands.

use super::{
    shape::{Complaint, Leaf, Mapping, Named, Shape},
    words::{choice, meant},
};
use crate::yaml::{Node, Problem, Value, excerpt};

/// Collects everything about a mapping that does not fit its shape. What does not is refused in the tree as well, so that
/// the rules that come later do not judge it again.
pub(super) fn check(root: &mut Node, shape: &Mapping, problems: &mut Vec<Problem>) {
    Check { problems }.mapping(root, shape, "the runbook");
}

/// Problems beyond which the key that was meant is not looked for: so many are not printed, and the search takes time.
const MOST_GUESSED: usize = 1000;

struct Check<'a> {
    problems: &'a mut Vec<Problem>,
}

impl Check<'_> {
    /// Checks what stands under a key, which is called by that key in messages.
    fn shape(&mut self, node: &mut Node, shape: &Shape, name: &str) {
        if node.value == Value::Refused {
            return;
        }
        if node.is_null() {
            let hint = "fill it in, or take the key out".to_owned();
            return self.refuse(node, format!("{name} is empty"), Some(hint));
        }
        match shape {
            Shape::Leaf(leaf) => self.leaf(node, leaf, name, "a single value"),
            Shape::List(item, least) => self.list(node, item, *least, name),
            Shape::Names(form, value) => self.names(node, form, value, name),
            Shape::Mapping(mapping) => self.mapping(node, mapping, name),
            Shape::OrOff(_) if node.text() == Some("off") => {}
            Shape::OrOff(Shape::Leaf(leaf)) => {
                self.leaf(node, leaf, name, "a single value or `off`");
            }
            Shape::OrOff(_) if node.text().is_some() => {
                self.wrong_kind(node, name, "a mapping or `off`");
            }
            Shape::OrOff(other) => self.shape(node, other, name),
        }
    }

    fn leaf(&mut self, node: &mut Node, leaf: &Leaf, name: &str, wanted: &str) {
        let Some(text) = node.text() else { return self.wrong_kind(node, name, wanted) };
        if let Err(complaint) = leaf.check(text) {
            self.complain(node, name, complaint);
        }
    }

    fn list(&mut self, node: &mut Node, item: &Shape, least: usize, name: &str) {
        let Value::Sequence(items) = &mut node.value else {
            return self.wrong_kind(node, name, "a list");
        };
        for entry in items.iter_mut() {
            self.shape(entry, item, &format!("an entry of {name}"));
        }
        if items.len() < least {
            self.refuse(node, format!("{name} is an empty list"), None);
        }
    }

    fn names(&mut self, node: &mut Node, form: &Named, shape: &Shape, name: &str) {
        let Value::Mapping(pairs) = &mut node.value else {
            return self.wrong_kind(node, name, "a mapping");
        };
        for (key, value) in pairs {
            let text = key.text().unwrap_or_default().to_owned();
            self.shape(value, shape, &quoted(&text));
            if let Err(complaint) = form.check(&text) {
                self.complain(key, &format!("a key of {name}"), complaint);
            }
        }
    }

    fn mapping(&mut self, node: &mut Node, shape: &Mapping, name: &str) {
        let Value::Mapping(pairs) = &mut node.value else {
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
            let hint = format!("`{}`: {}", key.name, key.about);
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
        let guessing = self.problems.len() <= MOST_GUESSED;
        let near = if guessing { meant(text, known) } else { None };
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

    fn wrong_kind(&mut self, node: &mut Node, name: &str, wanted: &str) {
        let (found, hint) = match &node.value {
            Value::Scalar { text, .. } if wanted == "a list" => {
                ("a single value", Some(format!("write `[{}]`", excerpt(text))))
            }
            Value::Scalar { .. } if wanted.ends_with("`off`") => {
                ("a single value", Some("`off` switches it off".to_owned()))
            }
            Value::Scalar { .. } => ("a single value", None),
            Value::Sequence(_) => ("a list", None),
            Value::Mapping(_) => ("a mapping", None),
            Value::Refused => return,
        };
        self.refuse(node, format!("{name} must be {wanted}, not {found}"), hint);
    }

    fn complain(&mut self, node: &mut Node, name: &str, Complaint { message, hint }: Complaint) {
        let joint = if message.starts_with("is ") { "" } else { ":" };
        self.refuse(node, format!("{name}{joint} {message}"), hint);
    }

    fn refuse(&mut self, node: &mut Node, message: String, hint: Option<String>) {
        self.say(node, message, hint);
        node.value = Value::Refused;
    }

    fn say(&mut self, at: &Node, message: String, hint: Option<String>) {
        self.problems.push(Problem { line: at.line, column: at.column, message, hint });
    }
}

fn quoted(key: &str) -> String {
    format!("`{}`", excerpt(key))
}
