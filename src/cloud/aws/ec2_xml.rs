//! EC2's answers: trees of XML elements of which few are of interest.

use quick_xml::{Reader, events::Event};

use super::error::plain;

/// Most elements that may stand within each other; EC2's have no more than a few.
const DEEPEST: usize = 32;

/// An element: its name, its text, and the elements in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tree {
    name: String,
    said: String,
    children: Vec<Self>,
}

impl Tree {
    /// Returns the element of this name that is in this one.
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// Returns the items of a list; a missing one is empty.
    pub(super) fn items(&self, name: &str) -> &[Self] {
        self.child(name).map_or(&[], |list| &list.children)
    }

    /// Returns the text of the element of this name that is in this one, safe to be shown; none of a missing one.
    pub(super) fn text(&self, name: &str) -> String {
        self.child(name).map(|child| plain(child.said.trim())).unwrap_or_default()
    }
}

/// Reads a document; nothing where it is none, breaks off, or is too deep.
pub(super) fn tree(text: &str) -> Option<Tree> {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Tree> = vec![Tree::default()];
    loop {
        match reader.read_event().ok()? {
            Event::Start(tag) => {
                if open.len() > DEEPEST {
                    return None;
                }
                let name = tag.local_name().as_ref().to_owned();
                open.push(Tree { name, ..Tree::default() });
            }
            Event::Empty(tag) => {
                let name = tag.local_name().as_ref().to_owned();
                open.last_mut()?.children.push(Tree { name, ..Tree::default() });
            }
            Event::Text(text) => open.last_mut()?.said.push_str(&text),
            Event::GeneralRef(name) => {
                let resolved = quick_xml::escape::resolve_predefined_entity(&name);
                open.last_mut()?.said.push_str(resolved.unwrap_or_default());
            }
            Event::CData(text) => open.last_mut()?.said.push_str(&text),
            Event::End(_) => {
                let done = open.pop()?;
                open.last_mut()?.children.push(done);
            }
            Event::Eof => break,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
    let [root] = open.as_mut_slice() else { return None };
    root.children.pop()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_a_tree_and_what_breaks_off_is_none() {
        let text = "<?xml version=\"1.0\"?><A xmlns=\"urn:x\"><set><item><id> a&amp;b </id></item><item/></set></A>";
        let read = tree(text).unwrap();
        assert_eq!(read.items("set").len(), 2);
        assert_eq!(read.items("set")[0].text("id"), "a&b");
        assert_eq!((read.text("nothing"), read.items("nothing").len()), (String::new(), 0));
        for junk in ["", "text", "<A><b></A>", "<A>", &"<a>".repeat(99_999)] {
            assert_eq!(tree(junk), None, "{}", junk.len());
        }
    }
}
