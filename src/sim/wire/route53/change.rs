//! ChangeResourceRecordSets and GetChange.

use super::record;
use crate::{
    cloud::{ChangeId, ChangeStatus},
    plan::{Change, ChangeAction, ZoneId},
    sim::{
        World,
        wire::{
            auth::Caller,
            codec::{Element, Node, decode_xml, record as fields},
            fault::Fault,
            request::Request,
        },
        world::Sender,
    },
    unit::Timestamp,
};

/// Most characters of a comment that Route 53 takes.
const LONGEST_COMMENT: usize = 256;

pub(super) fn submit(
    world: &mut World,
    caller: &Caller,
    zone: &ZoneId,
    request: &Request,
) -> Result<Node, Fault> {
    let (changes, comment) = decode(&request.body)?;
    let agent = request.header("user-agent").unwrap_or_default();
    let sender = Sender { account: &caller.account, arn: &caller.arn, agent };
    let id = world.change_by(sender, zone, &changes, &comment)?;
    let mut info = info(&id, "PENDING", world.now());
    if !comment.is_empty() {
        info.push(("Comment", Node::from(comment)));
    }
    Ok(fields([("ChangeInfo", Node::Record(info))]))
}

pub(super) fn status(world: &mut World, account: &str, id: &str) -> Result<Node, Fault> {
    let id = ChangeId(id.to_owned());
    let status = match world.change_status(account, &id)? {
        ChangeStatus::Pending => "PENDING",
        ChangeStatus::InSync => "INSYNC",
        ChangeStatus::Lost => {
            let message = format!("Could not find resource with ID: {}", id.0);
            return Err(Fault::answer(404, "NoSuchChange", message));
        }
    };
    // The world does not remember when a change was submitted, and nothing that waits for one asks.
    Ok(fields([("ChangeInfo", Node::Record(info(&id, status, world.now())))]))
}

fn info(id: &ChangeId, status: &str, at: Timestamp) -> Vec<(&'static str, Node)> {
    vec![
        ("Id", Node::from(format!("/change/{}", id.0))),
        ("Status", Node::from(status)),
        ("SubmittedAt", Node::Time(at)),
    ]
}

/// Reads a change batch and its comment.
pub(super) fn decode(body: &[u8]) -> Result<(Vec<Change>, String), Fault> {
    let malformed = |why: String| Fault::refused("MalformedInput", why);
    let request = decode_xml(body).map_err(|error| malformed(error.to_string()))?;
    let batch = (request.name == "ChangeResourceRecordSetsRequest")
        .then(|| request.child("ChangeBatch"))
        .flatten()
        .ok_or_else(|| {
            malformed(
                "ChangeBatch is not valid, expected ChangeResourceRecordSetsRequest".to_owned(),
            )
        })?;
    let comment = batch.text_of("Comment").unwrap_or("").to_owned();
    if comment.chars().count() > LONGEST_COMMENT {
        let message = format!("ChangeBatch.Comment is longer than {LONGEST_COMMENT} characters");
        return Err(Fault::refused("InvalidInput", message));
    }
    let changes = batch.child("Changes").map_or(&[][..], |changes| &changes.children);
    if changes.is_empty() {
        return Err(malformed("The content of element 'Changes' is not complete".to_owned()));
    }
    Ok((changes.iter().map(change).collect::<Result<_, _>>()?, comment))
}

fn change(xml: &Element) -> Result<Change, Fault> {
    let invalid = |why: String| Fault::refused("InvalidInput", why);
    let written = xml.text_of("Action").unwrap_or("");
    let action = match written {
        "CREATE" => ChangeAction::Create,
        "DELETE" => ChangeAction::Delete,
        "UPSERT" => ChangeAction::Upsert,
        other => {
            return Err(invalid(format!("Action '{other}' is not one of CREATE, DELETE, UPSERT")));
        }
    };
    let set = xml
        .child("ResourceRecordSet")
        .ok_or_else(|| invalid("Invalid request: Missing field 'ResourceRecordSet'".to_owned()))?;
    let field = |name| set.text_of(name).unwrap_or("null");
    let place = format!(
        "Change with [Action={written}, Name={}, Type={}, SetIdentifier={}]",
        field("Name"),
        field("Type"),
        field("SetIdentifier")
    );
    Ok(Change { action, record: record::decode(set, &place)? })
}
