//! The protections of record sets: ListResourceRecordSetProtections and DeleteResourceRecordSetProtections (law L16).

use super::page_size;
use crate::{
    plan::ZoneId,
    sim::{
        World,
        wire::{
            codec::{Element, Node, decode_xml, record as fields},
            fault::Fault,
            request::Request,
        },
        world::place,
    },
    unit::{RecordName, RecordType},
};

/// Most protections on a page.
const PAGE: usize = 300;

pub(super) fn list(
    world: &mut World,
    account: &str,
    zone: &ZoneId,
    request: &Request,
) -> Result<Node, Fault> {
    let (limit, start) = (page_size(request, "maxresults", PAGE)?, start(request)?);
    let mut all = world.protections(account, zone)?;
    all.sort_by_cached_key(order);
    let rest = &all[all.partition_point(|protection| order(protection) < start)..];
    let one = |(name, kind): &(RecordName, RecordType)| {
        fields([
            ("RecordName", Node::from(name.escaped())),
            ("RecordType", Node::from(kind.as_str())),
        ])
    };
    let listed = rest.iter().take(limit).map(one).collect();
    let mut page =
        vec![("ResourceRecordSetProtections", Node::List("ResourceRecordSetProtection", listed))];
    if let Some((name, kind)) = rest.get(limit) {
        page.push(("NextToken", Node::from(format!("{} {kind}", name.escaped()))));
    }
    Ok(Node::Record(page))
}

/// Where a protection stands in the list: name with its labels reversed, type.
fn order((name, kind): &(RecordName, RecordType)) -> (String, String) {
    (place(name), kind.as_str().to_owned())
}

/// Reads where the page begins: the token of the page before, which is name and type, or else what was asked for.
fn start(request: &Request) -> Result<(String, String), Fault> {
    let parameter = |name| request.parameter(name).filter(|text| !text.is_empty());
    let (name, kind) = match parameter("nexttoken") {
        Some(token) => {
            token.split_once(' ').map(|(name, kind)| (Some(name), Some(kind))).ok_or_else(|| {
                Fault::refused("InvalidPaginationToken", "The pagination token is not valid")
            })?
        }
        None => (parameter("name"), parameter("type")),
    };
    let invalid = |why: String| Fault::refused("InvalidInput", why);
    let name = match name {
        Some(text) => {
            let name = text.parse::<RecordName>();
            place(&name.map_err(|error| invalid(format!("Invalid domain name: {error}")))?)
        }
        None if kind.is_some() => {
            return Err(invalid("A type needs a name to start from".to_owned()));
        }
        None => String::new(),
    };
    Ok((name, kind.unwrap_or("").to_owned()))
}

pub(super) fn remove(
    world: &mut World,
    account: &str,
    zone: &ZoneId,
    request: &Request,
) -> Result<Node, Fault> {
    let malformed = |why: String| Fault::refused("MalformedInput", why);
    let body = decode_xml(&request.body).map_err(|error| malformed(error.to_string()))?;
    if body.name != "DeleteResourceRecordSetProtectionsRequest" {
        return Err(malformed("expected DeleteResourceRecordSetProtectionsRequest".to_owned()));
    }
    let keys = body.child("Protections").map_or(&[][..], |list| &list.children);
    let keys = keys.iter().map(key).collect::<Result<Vec<_>, _>>()?;
    world.unprotect(account, zone, &keys)?;
    Ok(Node::Record(Vec::new()))
}

fn key(xml: &Element) -> Result<(RecordName, RecordType), Fault> {
    let field = |name: &'static str| {
        let missing = || Fault::refused("InvalidInput", format!("Missing field '{name}'"));
        xml.text_of(name).ok_or_else(missing)
    };
    let name = field("RecordName")?
        .parse()
        .map_err(|error| Fault::refused("InvalidInput", format!("Invalid domain name: {error}")))?;
    Ok((name, RecordType::from(field("RecordType")?)))
}
