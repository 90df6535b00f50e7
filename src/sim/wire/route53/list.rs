//! ListResourceRecordSets, page by page (law L31).

use super::{max_items, record};
use crate::{
    plan::{RecordSet, ZoneId},
    sim::{
        World,
        wire::{codec::Node, fault::Fault, request::Request},
        world::place,
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
    // One more than is shown says where the next page begins.
    let records = world.records_from(account, zone, start, limit + 1)?;
    Ok(page(&records, limit))
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
            place(&name)
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
