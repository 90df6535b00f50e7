//! CloudTrail, version 2013-11-01: LookupEvents, of Route 53's changes.

use serde_json::json;

use super::{
    codec::{Args, Node, record},
    fault::Fault,
};
use crate::{
    audit::{RecordChange, ZoneCall},
    sim::World,
};

/// Most events on a page.
const PAGE: i64 = 50;
/// The one event that is kept.
const NAME: &str = "ChangeResourceRecordSets";

/// Performs an operation; nothing if CloudTrail has none of this name here.
pub(super) fn perform(
    world: &World,
    account: &str,
    operation: &str,
    args: Args<'_>,
) -> Option<Result<Node, Fault>> {
    (operation == "LookupEvents").then(|| lookup(world, account, args))
}

fn lookup(world: &World, account: &str, args: Args<'_>) -> Result<Node, Fault> {
    let moment = |name, other| match args.field(name) {
        Some(_) => args.needed_time(name),
        None => Ok(other),
    };
    let span = (moment("StartTime", world.start())?, moment("EndTime", world.now())?);
    let page = args.whole("MaxResults")?.unwrap_or(PAGE);
    if !(1..=PAGE).contains(&page) {
        let message = format!("MaxResults must be from 1 to {PAGE}, not {page}");
        return Err(Fault::refused("InvalidMaxResultsException", message));
    }
    let wanted = attributes(args)?;
    let from = match args.text("NextToken")? {
        None => 0,
        Some(token) => token.parse::<usize>().map_err(|_| {
            Fault::refused("InvalidNextTokenException", "That is no token".to_owned())
        })?,
    };
    let mut rest = world.trail(account, span).filter(|_| wanted).skip(from).peekable();
    let shown: Vec<Node> =
        rest.by_ref().take(page as usize).map(|call| event(account, call)).collect();
    let next = from + shown.len();
    let mut fields = vec![("Events", Node::members(shown))];
    if rest.peek().is_some() {
        fields.push(("NextToken", Node::from(next.to_string())));
    }
    Ok(Node::Record(fields))
}

/// Returns whether the attributes ask for changes of records; those that the simulator does not know are refused.
fn attributes(args: Args<'_>) -> Result<bool, Fault> {
    for attribute in args.list("LookupAttributes")? {
        let (key, value) =
            (attribute.needed_text("AttributeKey")?, attribute.needed_text("AttributeValue")?);
        match (key, value) {
            ("EventName", NAME) | ("EventSource", "route53.amazonaws.com") => {}
            ("EventName" | "EventSource", _) => return Ok(false),
            (_, _) => {
                let message = format!("The simulator does not look for events by {key}");
                return Err(Fault::refused("InvalidLookupAttributesException", message));
            }
        }
    }
    Ok(true)
}

fn event(account: &str, call: &ZoneCall) -> Node {
    record([
        ("EventId", Node::from(call.id.as_str())),
        ("EventName", Node::from(NAME)),
        ("EventTime", Node::Time(call.at)),
        ("EventSource", Node::from("route53.amazonaws.com")),
        ("Username", Node::from(call.who.rsplit('/').next().unwrap_or_default())),
        ("CloudTrailEvent", Node::from(whole(account, call))),
    ])
}

/// Returns the event as CloudTrail writes it.
fn whole(account: &str, call: &ZoneCall) -> String {
    let kind = if call.who.contains(":assumed-role/") { "AssumedRole" } else { "IAMUser" };
    let changes: Vec<_> = call.changes.iter().flatten().map(change).collect();
    let mut event = json!({
        "eventVersion": "1.11",
        "userIdentity": { "type": kind, "arn": call.who, "accountId": account },
        "eventTime": call.at.to_string(),
        "eventSource": "route53.amazonaws.com",
        "eventName": NAME,
        "awsRegion": "us-east-1",
        "sourceIPAddress": call.from,
        "userAgent": call.agent,
        "requestParameters": {
            "hostedZoneId": call.zone.0,
            "changeBatch": { "comment": call.comment, "changes": changes },
        },
        "responseElements": null,
        "eventID": call.id,
        "readOnly": false,
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": account,
    });
    if let Some(code) = &call.refused {
        event["errorCode"] = json!(code);
    }
    if let Some(id) = &call.change {
        let info = json!({ "id": format!("/change/{id}"), "status": "PENDING" });
        event["responseElements"] = json!({ "changeInfo": info });
    }
    event.to_string()
}

fn change(change: &RecordChange) -> serde_json::Value {
    let mut set = json!({ "name": format!("{}.", change.name), "type": change.kind });
    if let Some(identifier) = &change.identifier {
        set["setIdentifier"] = json!(identifier);
    }
    if let Some(weight) = change.weight {
        set["weight"] = json!(weight);
    }
    match change.answer.strip_prefix("alias ") {
        Some(name) => set["aliasTarget"] = json!({ "dNSName": name }),
        None => {
            let values = change.answer.split(", ").map(|value| json!({ "value": value }));
            set["resourceRecords"] = values.collect();
        }
    }
    json!({ "action": change.action, "resourceRecordSet": set })
}
