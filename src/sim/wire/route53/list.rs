//! ListResourceRecordSets, page by page (law L31).

use super::{max_items, record};
use crate::{
    plan::{RecordSet, ZoneId},
    sim::{
        World,
        wire::{codec::Node, fault::Fault, request::Request},
    },
    unit::{RecordName, RecordType},
};

/// Most record sets on a page.
const PAGE: usize = 300;

pub(super) fn list(
    world: &mut World,
    account: &str,
    zone: &ZoneId,
    request: &Request,
) -> Result<Node, Fault> {
    let start = start(request)?;
    let limit = max_items(request, PAGE)?;
    let mut records = world.records(account, zone)?;
    records.sort_by_cached_key(place);
    let first = records.partition_point(|record| place(record) < start);
    Ok(page(&records[first..], limit))
}

fn page(records: &[RecordSet], limit: usize) -> Node {
    let listed = records.iter().take(limit).map(record::encode).collect();
    let mut fields = vec![
        ("ResourceRecordSets", Node::List("ResourceRecordSet", listed)),
        ("IsTruncated", Node::Flag(records.len() > limit)),
    ];
    if let Some(next) = records.get(limit) {
        fields.push(("NextRecordName", Node::from(next.name.escaped())));
        fields.push(("NextRecordType", Node::from(next.kind.as_str())));
        if let Some(set_identifier) = next.set_identifier() {
            fields.push(("NextRecordIdentifier", Node::from(set_identifier)));
        }
    }
    fields.push(("MaxItems", Node::from(limit.to_string())));
    Node::Record(fields)
}

/// Where a record stands in the list: name with its labels reversed, type, identifier.
type Place = (String, String, String);

fn place(record: &RecordSet) -> Place {
    let identifier = record.set_identifier().unwrap_or("");
    (reversed(&record.name), record.kind.as_str().to_owned(), identifier.to_owned())
}

/// Returns `com.example.www.` for `www.example.com`.
pub(super) fn reversed(name: &RecordName) -> String {
    let name = name.escaped();
    let mut text = String::with_capacity(name.len());
    for label in name.trim_end_matches('.').rsplit('.') {
        text.push_str(label);
        text.push('.');
    }
    text
}

/// Reads where the page begins; the list begins at the first record that is not before it.
fn start(request: &Request) -> Result<Place, Fault> {
    let invalid = |why: &str| Fault::refused("InvalidInput", why);
    let parameter = |name| request.parameter(name).filter(|text| !text.is_empty());
    let kind = parameter("type").map(RecordType::from);
    let identifier = parameter("identifier");
    let name = match parameter("name") {
        Some(text) => {
            let name: RecordName = text.parse().map_err(|error| {
                Fault::refused("InvalidInput", format!("Invalid domain name: {error}"))
            })?;
            reversed(&name)
        }
        None if kind.is_some() => return Err(invalid("A type needs a name to start from")),
        None => String::new(),
    };
    if identifier.is_some() && kind.is_none() {
        return Err(invalid("An identifier needs a name and a type to start from"));
    }
    let kind = kind.map_or_else(String::new, String::from);
    Ok((name, kind, identifier.unwrap_or("").to_owned()))
}
