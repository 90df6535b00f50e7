//! `${name}` to its value: from the environment's `vars` and the caller's, and from nowhere else.

use std::collections::BTreeMap;

use super::words::meant;
use crate::yaml::{Node, Problem, Value, excerpt};

/// Longest value of a variable. It ends up in names and ids, and a DNS name has 255 characters.
pub(super) const LONGEST_VALUE: usize = 1000;

/// Most bytes that all values together may fill in: many small uses of a long value must not fill the memory.
const MOST_FILLED: usize = 4 * 1024 * 1024;

/// Longest line in which the exact column of a variable is looked for; people do not write longer ones.
const LONGEST_LINE: usize = 1000;

/// Unset variables for which a similar name is looked for: the search takes time.
const MOST_GUESSED: usize = 20;

/// Fills in variables in one environment.
pub(super) struct Substitute<'a> {
    /// The file's lines, to find where in a line a variable stands.
    pub(super) lines: &'a [&'a str],
    /// The environment's name, for messages.
    pub(super) environment: Option<&'a str>,
    /// What there is.
    pub(super) vars: &'a BTreeMap<String, String>,
    /// Bytes filled in so far.
    pub(super) filled: usize,
    /// Unset variables met so far.
    pub(super) unset: usize,
    /// Where problems go.
    pub(super) problems: &'a mut Vec<Problem>,
}

impl Substitute<'_> {
    /// Returns the tree with its variables filled in; a value that cannot be is refused. Keys stay as they are.
    pub(super) fn node(&mut self, node: &Node) -> Node {
        let value = match &node.value {
            Value::Scalar { text, quoted } if text.contains("${") => match self.text(node, text) {
                Some(text) => {
                    // What was filled in is meant as it is, not as `null` of an empty place.
                    let quoted = *quoted || text.is_empty();
                    Value::Scalar { text, quoted }
                }
                None => Value::Refused,
            },
            Value::Sequence(items) => {
                Value::Sequence(items.iter().map(|item| self.node(item)).collect())
            }
            Value::Mapping(pairs) => {
                let filled = pairs.iter().map(|(key, value)| (key.clone(), self.node(value)));
                Value::Mapping(filled.collect())
            }
            Value::Scalar { .. } | Value::Refused => node.value.clone(),
        };
        Node { value, line: node.line, column: node.column }
    }

    fn text(&mut self, node: &Node, text: &str) -> Option<String> {
        let mut filled = String::new();
        let mut whole = true;
        let mut rest = text;
        while let Some(at) = rest.find("${") {
            let (before, from) = rest.split_at(at);
            filled.push_str(before);
            if before.ends_with('$') {
                // `$${` is a literal `${`.
                filled.push('{');
                rest = &from[2..];
                continue;
            }
            let Some((name, after)) = from[2..].split_once('}') else {
                let hint = "write `${name}`, or `$${` for a literal `${`";
                self.say(node, "${", "a `${` without its `}`".to_owned(), Some(hint.to_owned()));
                return None;
            };
            match self.vars.get(name) {
                Some(value) => filled.push_str(value),
                None => {
                    self.unset(node, name);
                    whole = false;
                }
            }
            rest = after;
        }
        filled.push_str(rest);
        self.filled += filled.len();
        if self.filled > MOST_FILLED {
            if self.filled - filled.len() <= MOST_FILLED {
                let message = format!("the variables fill in more than {MOST_FILLED} bytes");
                self.say(node, "${", message, None);
            }
            whole = false;
        }
        whole.then_some(filled)
    }

    fn unset(&mut self, node: &Node, name: &str) {
        let shown = excerpt(name);
        self.unset += 1;
        let guessed = (self.unset <= MOST_GUESSED).then(|| {
            let names: Vec<&str> = self.vars.keys().map(String::as_str).collect();
            meant(name, &names)
        });
        let hint = match (guessed.flatten(), self.environment) {
            (Some(near), _) => format!("did you mean `${{{near}}}`?"),
            (None, Some(environment)) => {
                format!("set it in `vars` of `{environment}`, or with `--var {shown}=...`")
            }
            (None, None) => format!("set it with `--var {shown}=...`"),
        };
        let place = match self.environment {
            Some(environment) => format!(" in environment `{environment}`"),
            None => String::new(),
        };
        self.say(
            node,
            &format!("${{{name}}}"),
            format!("`${{{shown}}}` is not set{place}"),
            Some(hint),
        );
    }

    /// Reports a problem where this text stands in the node's first line, or at the node.
    fn say(&mut self, node: &Node, text: &str, message: String, hint: Option<String>) {
        let line = self.lines.get(node.line - 1).filter(|line| line.len() <= LONGEST_LINE);
        let line = line.copied().unwrap_or_default();
        let from = line.char_indices().nth(node.column - 1).map_or(line.len(), |(at, _)| at);
        let offset = line[from..].find(text).map_or(0, |at| line[from..from + at].chars().count());
        let (line, column) = (node.line, node.column + offset);
        self.problems.push(Problem { line, column, message, hint });
    }
}
