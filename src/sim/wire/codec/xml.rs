//! XML documents, read and written. Namespaces and attributes mean nothing here and are skipped.

use quick_xml::{
    Reader,
    escape::{partial_escape, resolve_predefined_entity},
    events::Event,
};

use super::{Malformed, Node};

/// How deep a document may be nested; a change batch is nested 7 deep.
const DEEPEST: usize = 32;

/// One element of a document.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Element {
    /// Its name without a namespace prefix.
    pub(crate) name: String,
    /// The text directly inside it.
    pub(crate) text: String,
    /// The elements directly inside it.
    pub(crate) children: Vec<Self>,
}

impl Element {
    /// Returns the first element of this name directly inside.
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// Returns the text of the first element of this name directly inside, to the letter.
    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.as_str())
    }
}

/// Reads a document and returns its root.
///
/// # Errors
/// It is not XML in UTF-8, is nested too deep, or declares a document type.
pub(crate) fn decode(body: &[u8]) -> Result<Element, Malformed> {
    let text = std::str::from_utf8(body).map_err(|_| malformed("it is not UTF-8"))?;
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    // The elements that are open, below them a root that stands for the document.
    let mut open = vec![Element::default()];
    loop {
        match reader.read_event().map_err(|error| malformed(&error.to_string()))? {
            Event::Start(start) => {
                if open.len() > DEEPEST {
                    return Err(malformed("it is nested too deep"));
                }
                let name = start.local_name().as_ref().to_owned();
                open.push(Element { name, ..Element::default() });
            }
            Event::End(_) => close(&mut open)?,
            Event::Text(text) => add(&mut open, &text.xml10_content()),
            Event::CData(text) => add(&mut open, &text.xml10_content()),
            Event::GeneralRef(reference) => {
                let character = reference
                    .resolve_char_ref()
                    .map_err(|error| malformed(&error.to_string()))?
                    .map(String::from);
                let text =
                    character.or_else(|| resolve_predefined_entity(&reference).map(str::to_owned));
                add(&mut open, &text.ok_or_else(|| malformed("it has an unknown entity"))?);
            }
            Event::DocType(_) => return Err(malformed("it declares a document type")),
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof => break,
        }
    }
    let document = open.pop().filter(|_| open.is_empty());
    let root = document.and_then(|document| document.children.into_iter().next());
    root.ok_or_else(|| malformed("it ends too early"))
}

fn close(open: &mut Vec<Element>) -> Result<(), Malformed> {
    let closed = open.pop().ok_or_else(|| malformed("it closes what was not open"))?;
    let parent = open.last_mut().ok_or_else(|| malformed("it closes what was not open"))?;
    parent.children.push(closed);
    Ok(())
}

fn add(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

fn malformed(why: &str) -> Malformed {
    Malformed(format!("Invalid XML ; {why}"))
}

/// Writes a document with this root element around what [`element`] and [`content`] have written.
pub(crate) fn document(root: &str, namespace: &str, inside: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root} xmlns=\"{namespace}\">{inside}</{root}>"
    )
}

/// Writes one element.
pub(crate) fn element(name: &str, node: &Node) -> String {
    let mut text = String::new();
    write_element(&mut text, name, node);
    text
}

/// Writes what stands inside an element.
pub(crate) fn content(node: &Node) -> String {
    let mut text = String::new();
    write(&mut text, node);
    text
}

fn write(text: &mut String, node: &Node) {
    match node {
        Node::Text(content) => text.push_str(&partial_escape(printable(content))),
        Node::Whole(number) => text.push_str(&number.to_string()),
        Node::Number(number) => text.push_str(&number.to_string()),
        Node::Flag(flag) => text.push_str(&flag.to_string()),
        Node::Time(at) => text.push_str(&at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()),
        Node::List(name, items) => {
            for item in items {
                write_element(text, name, item);
            }
        }
        Node::Record(fields) => {
            for (name, field) in fields {
                write_element(text, name, field);
            }
        }
    }
}

/// Replaces what XML cannot hold even escaped.
fn printable(text: &str) -> String {
    let impossible = |c: char| c.is_ascii_control() && !matches!(c, '\t' | '\n' | '\r');
    text.replace(impossible, "?")
}

fn write_element(text: &mut String, name: &str, node: &Node) {
    text.push('<');
    text.push_str(name);
    text.push('>');
    write(text, node);
    text.push_str("</");
    text.push_str(name);
    text.push('>');
}
