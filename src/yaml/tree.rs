//! The parser's events to a tree, refusing on the way what hides what a file says.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span};

use super::{Node, Problem, Value, excerpt, guard, problem::remark};

/// Deepest nesting that is read. A runbook needs 6 levels; recursion over the tree is safe at many times this.
const DEEPEST: usize = 64;

/// Most nodes that are read. A record needs 12, so this is room for thousands.
const MOST_NODES: usize = 100_000;

/// What a text was read as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The tree, as far as there is one: problems that leave it readable do not take it away.
    pub root: Option<Node>,
    /// Everything that is wrong with it as YAML, in the order found.
    pub problems: Vec<Problem>,
}

/// Reads one YAML document. Never panics and never takes long, whatever the bytes are.
pub fn parse(bytes: &[u8]) -> Document {
    let text = match guard::check(bytes) {
        Ok(text) => text,
        Err(problem) => return Document { root: None, problems: vec![problem] },
    };
    let mut tree = Tree::default();
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        let taken = match event {
            Ok((event, span)) => tree.take(event, span),
            Err(error) => Err(unreadable(text, &error)),
        };
        if let Err(problem) = taken {
            tree.problems.push(problem);
            return Document { root: None, problems: tree.problems };
        }
    }
    if tree.root.as_ref().is_none_or(Node::is_null) {
        tree.problems.push(problem((1, 1), "the file is empty", None));
        tree.root = None;
    }
    Document { root: tree.root, problems: tree.problems }
}

/// A tree that is being built: what is open, outermost first.
#[derive(Default)]
struct Tree {
    open: Vec<Open>,
    root: Option<Node>,
    nodes: usize,
    documents: usize,
    problems: Vec<Problem>,
}

struct Open {
    line: usize,
    column: usize,
    kind: Kind,
}

enum Kind {
    Sequence(Vec<Node>),
    Mapping { pairs: Vec<(Node, Node)>, key: Option<Node>, seen: BTreeMap<String, (usize, usize)> },
}

impl Tree {
    /// Takes one event in.
    ///
    /// # Errors
    /// What makes reading on pointless or dangerous. Lesser problems are collected.
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Problem> {
        let at = place(&span.start);
        match event {
            Event::DocumentStart(_) => self.begin_document(at)?,
            Event::Alias(_) => {
                self.refuse(at, "aliases (`*name`) are not read", WRITE_OUT);
                self.add(Value::Refused, at)?;
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse_extras(at, anchor, tag.is_some());
                let quoted = style != ScalarStyle::Plain;
                self.add(Value::Scalar { text: text.into_owned(), quoted }, at)?;
            }
            Event::SequenceStart(anchor, tag) => {
                self.refuse_extras(at, anchor, tag.is_some());
                self.begin(at, Kind::Sequence(Vec::new()))?;
            }
            Event::MappingStart(anchor, tag) => {
                self.refuse_extras(at, anchor, tag.is_some());
                let (pairs, seen) = (Vec::new(), BTreeMap::new());
                self.begin(at, Kind::Mapping { pairs, key: None, seen })?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.end()?,
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn begin_document(&mut self, at: (usize, usize)) -> Result<(), Problem> {
        self.documents += 1;
        if self.documents > 1 {
            let hint = "write one document to a file; take out the `---`";
            return Err(problem(at, "a second document begins here", Some(hint)));
        }
        Ok(())
    }

    fn begin(&mut self, (line, column): (usize, usize), kind: Kind) -> Result<(), Problem> {
        if self.open.len() == DEEPEST {
            return Err(too_deep((line, column)));
        }
        self.open.push(Open { line, column, kind });
        Ok(())
    }

    fn end(&mut self) -> Result<(), Problem> {
        let Some(Open { line, column, kind }) = self.open.pop() else { return Ok(()) };
        let value = match kind {
            Kind::Sequence(items) => Value::Sequence(items),
            Kind::Mapping { pairs, .. } => Value::Mapping(pairs),
        };
        self.add(value, (line, column))
    }

    /// Puts a finished value where it belongs: into the innermost open list or mapping.
    fn add(&mut self, value: Value, at: (usize, usize)) -> Result<(), Problem> {
        self.nodes += 1;
        if self.nodes > MOST_NODES {
            let message = format!("more than {MOST_NODES} values");
            return Err(problem(at, &message, Some("is this the right file?")));
        }
        let node = Node { value, line: at.0, column: at.1 };
        match self.open.last_mut().map(|open| &mut open.kind) {
            None => self.root = Some(node),
            Some(Kind::Sequence(items)) => items.push(node),
            Some(Kind::Mapping { pairs, key, seen }) => match key.take() {
                None => *key = Some(node),
                Some(key) => match check_key(&key, seen) {
                    Ok(()) => pairs.push((key, node)),
                    Err(problem) => self.problems.extend(problem),
                },
            },
        }
        Ok(())
    }

    fn refuse_extras(&mut self, at: (usize, usize), anchor: usize, tagged: bool) {
        if anchor != 0 {
            self.refuse(at, "anchors (`&name`) are not read", WRITE_OUT);
        }
        if tagged {
            self.refuse(at, "tags (`!name`) are not read", "take the tag out");
        }
    }

    fn refuse(&mut self, at: (usize, usize), message: &str, hint: &str) {
        self.problems.push(problem(at, message, Some(hint)));
    }
}

const WRITE_OUT: &str = "write the value out where it is needed";

/// Returns whether the key may stand; the problem is missing where it has been reported already.
fn check_key(
    key: &Node,
    seen: &mut BTreeMap<String, (usize, usize)>,
) -> Result<(), Option<Problem>> {
    let at = (key.line, key.column);
    let (text, quoted) = match &key.value {
        Value::Scalar { text, quoted } => (text, *quoted),
        Value::Refused => return Err(None),
        Value::Sequence(_) | Value::Mapping(_) => {
            return Err(Some(problem(at, "a list or mapping cannot be a key", None)));
        }
    };
    if text == "<<" && !quoted {
        return Err(Some(problem(at, "merge keys (`<<`) are not read", Some(WRITE_OUT))));
    }
    if let Some((line, column)) = seen.get(text) {
        let name = excerpt(text);
        let message =
            format!("`{name}` stands here a second time; the first is at {line}:{column}");
        return Err(Some(problem(at, &message, Some("keep one of the two"))));
    }
    seen.insert(text.clone(), at);
    Ok(())
}

/// Says in our words what the parser could not read, with advice where the cause can be guessed.
fn unreadable(text: &str, error: &ScanError) -> Problem {
    let at = place(error.marker());
    let info = error.info();
    if info.contains("recursion limit") {
        return too_deep(at);
    }
    let line = text.lines().nth(at.0.saturating_sub(1)).unwrap_or_default();
    let hint = if info.contains("anchor") {
        WRITE_OUT
    } else if line.contains("${") {
        "inside `{ }` and `[ ]` a `${name}` needs quotes: \"${name}\""
    } else if line.trim_start_matches(' ').starts_with('\t') || info.contains("tab") {
        "indent with spaces, not with tabs"
    } else if info.contains("mapping values") {
        "a text with `: ` in it needs quotes; else look at the indentation"
    } else {
        "look for a missing quote, bracket or colon, here or in the lines above"
    };
    problem(at, &format!("not YAML: {}", remark(info)), Some(hint))
}

fn too_deep(at: (usize, usize)) -> Problem {
    let message = format!("nested deeper than {DEEPEST} levels");
    problem(at, &message, Some("is this the right file?"))
}

fn problem((line, column): (usize, usize), message: &str, hint: Option<&str>) -> Problem {
    Problem { line, column, message: message.to_owned(), hint: hint.map(str::to_owned) }
}

fn place(marker: &Marker) -> (usize, usize) {
    (marker.line().max(1), marker.col() + 1)
}
