//! A file on its way to a runbook: read once, resolved for as many environments as it has.

use std::collections::BTreeMap;

use super::{
    Problems, Source, build, check,
    model::Runbook,
    shape::ROOT,
    substitute::{LONGEST_VALUE, Substitute},
};
use crate::yaml::{self, Node, Problem, Value};

/// Most environments: each is resolved against the whole file, and nobody has more.
const MOST_ENVIRONMENTS: usize = 20;

/// A file that is YAML, with its variables still in it.
pub(super) struct Draft<'a> {
    root: Node,
    lines: Vec<&'a str>,
    problems: Vec<Problem>,
}

impl<'a> Draft<'a> {
    /// Reads a file's YAML.
    ///
    /// # Errors
    /// What makes it unreadable. What leaves it readable is kept for [`resolve`](Self::resolve).
    pub(super) fn read(source: &'a Source) -> Result<Self, Problems> {
        let document = yaml::parse(&source.text);
        let mut problems = document.problems;
        let Some(root) = document.root else { return Err(Problems::new(&source.path, problems)) };
        if let Some((key, _)) = pairs(root.get("environments")).get(MOST_ENVIRONMENTS) {
            let message = format!("there are more than {MOST_ENVIRONMENTS} environments");
            problems.push(Problem { line: key.line, column: key.column, message, hint: None });
            return Err(Problems::new(&source.path, problems));
        }
        let text = std::str::from_utf8(&source.text).unwrap_or_default();
        Ok(Self { root, lines: text.lines().collect(), problems })
    }

    /// Returns the names of the environments, in the order written.
    pub(super) fn environments(&self) -> Vec<&str> {
        let entries = pairs(self.root.get("environments"));
        entries.iter().filter_map(|(key, _)| key.text()).collect()
    }

    /// Returns the number of the file's lines.
    pub(super) fn length(&self) -> usize {
        self.lines.len()
    }

    /// Returns the runbook in one environment, and everything that is wrong. There is a runbook if nothing is.
    pub(super) fn resolve(
        &self,
        environment: Option<&str>,
        given: &BTreeMap<String, String>,
    ) -> (Option<Runbook>, Vec<Problem>) {
        self.altered(environment, given, |_| ())
    }

    /// Returns the same of the file with something altered in its tree, once variables are filled in.
    pub(super) fn altered(
        &self,
        environment: Option<&str>,
        given: &BTreeMap<String, String>,
        alter: impl FnOnce(&mut Node),
    ) -> (Option<Runbook>, Vec<Problem>) {
        let mut problems = self.problems.clone();
        let mut root = self.filled(environment, given, &mut problems);
        alter(&mut root);
        check::check(&mut root, &ROOT, &mut problems);
        let runbook = build::runbook(&root, environment, &mut problems);
        (if problems.is_empty() { runbook } else { None }, problems)
    }

    /// Returns the tree with its variables filled in: each environment's part with that environment's own.
    fn filled(
        &self,
        environment: Option<&str>,
        given: &BTreeMap<String, String>,
        problems: &mut Vec<Problem>,
    ) -> Node {
        let Value::Mapping(entries) = &self.root.value else { return self.root.clone() };
        let here = environment.and_then(|name| self.root.get("environments")?.get(name));
        let filled = entries.iter().map(|(key, value)| {
            let value = match key.text() {
                Some("version") => value.clone(),
                Some("environments") => each(value, |name, entry| {
                    let vars = vars_of(Some(entry), given);
                    each(entry, |key, part| match key {
                        "vars" => literal(part, problems),
                        _ => self.substitute(Some(name), &vars, part, problems),
                    })
                }),
                _ => self.substitute(environment, &vars_of(here, given), value, problems),
            };
            (key.clone(), value)
        });
        let filled = filled.collect();
        Node { value: Value::Mapping(filled), ..self.root.clone() }
    }

    fn substitute(
        &self,
        environment: Option<&str>,
        vars: &BTreeMap<String, String>,
        node: &Node,
        problems: &mut Vec<Problem>,
    ) -> Node {
        Substitute { lines: &self.lines, environment, vars, filled: 0, unset: 0, problems }
            .node(node)
    }
}

/// Returns an environment's variables, overlaid with the caller's.
fn vars_of(
    environment: Option<&Node>,
    given: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let own = pairs(environment.and_then(|node| node.get("vars"))).iter();
    let own = own.filter_map(|(key, value)| Some((key.text()?.into(), value.text()?.into())));
    own.chain(given.iter().map(|(name, value)| (name.clone(), value.clone()))).collect()
}

/// Returns variables as they stand, refusing values that hope to be filled in themselves or are absurdly long.
fn literal(vars: &Node, problems: &mut Vec<Problem>) -> Node {
    each(vars, |_, value| {
        let text = value.text().unwrap_or_default();
        let message = if text.contains("${") {
            "a variable's value is taken as it stands; `${` is not filled in here".to_owned()
        } else if text.len() > LONGEST_VALUE {
            format!("a variable's value is longer than {LONGEST_VALUE} bytes")
        } else {
            return value.clone();
        };
        let (line, column) = (value.line, value.column);
        problems.push(Problem { line, column, message, hint: None });
        Node { value: Value::Refused, ..value.clone() }
    })
}

/// Returns a mapping with each of its values replaced; anything else as it is.
fn each(node: &Node, mut replaced: impl FnMut(&str, &Node) -> Node) -> Node {
    let Value::Mapping(entries) = &node.value else { return node.clone() };
    let entries = entries.iter().map(|(key, value)| {
        let value = replaced(key.text().unwrap_or_default(), value);
        (key.clone(), value)
    });
    Node { value: Value::Mapping(entries.collect()), line: node.line, column: node.column }
}

fn pairs(node: Option<&Node>) -> &[(Node, Node)] {
    match node.map(|node| &node.value) {
        Some(Value::Mapping(pairs)) => pairs,
        Some(Value::Scalar { .. } | Value::Sequence(_) | Value::Refused) | None => &[],
    }
}
