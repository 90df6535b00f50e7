//! Resource record sets as XML, both ways. Other policies than weighted ones are carried in words and turned back into
//! the elements that they came from.

use crate::{
    plan::{Answer, RecordSet, Routing},
    sim::wire::{
        codec::{Element, Node, record},
        fault::Fault,
    },
    unit::{RecordName, RecordType, Ttl, Weight},
};

/// The element, and the word that stands for it, of each policy that is one piece of text.
const PLAIN_POLICIES: [(&str, &str); 4] = [
    ("Region", "latency"),
    ("Failover", "failover"),
    ("MultiValueAnswer", "multivalue"),
    ("TrafficPolicyInstanceId", "traffic policy instance"),
];

/// The element, the word and the fields of each policy that is more.
const COMPOUND_POLICIES: [(&str, &str, &[&str]); 3] = [
    ("GeoLocation", "geolocation", &["ContinentCode", "CountryCode", "SubdivisionCode"]),
    ("CidrRoutingConfig", "cidr", &["CollectionId", "LocationName"]),
    ("GeoProximityLocation", "geoproximity", &["AWSRegion", "LocalZoneGroup", "Bias"]),
];

/// The fields of a geoproximity policy's coordinates.
const CORNERS: [&str; 2] = ["Latitude", "Longitude"];

/// Reads a record set. `place` names the change for messages, such as `Change with [Action=CREATE, ...]`.
///
/// # Errors
/// `InvalidInput` where Route 53's schema or its rules for a single record are broken; `InvalidChangeBatch` for a name
/// that is not one.
pub(super) fn decode(xml: &Element, place: &str) -> Result<RecordSet, Fault> {
    let name = xml.text_of("Name").ok_or_else(|| missing("Name", place))?;
    let kind = xml.text_of("Type").ok_or_else(|| missing("Type", place))?;
    Ok(RecordSet {
        name: parse_name(name)?,
        kind: RecordType::from(kind),
        routing: routing(xml, place)?,
        answer: answer(xml, place)?,
        health_check: xml.text_of("HealthCheckId").map(str::to_owned),
    })
}

fn parse_name(name: &str) -> Result<RecordName, Fault> {
    name.parse().map_err(|error| {
        let message = format!("[FATAL problem: InvalidName ({error}) encountered with '{name}']");
        Fault::refused("InvalidChangeBatch", message)
    })
}

fn routing(xml: &Element, place: &str) -> Result<Routing, Fault> {
    let set_identifier = xml.text_of("SetIdentifier").map(str::to_owned);
    let mut policies = policies(xml);
    let weight = xml.text_of("Weight");
    if policies.len() + usize::from(weight.is_some()) > 1 {
        return Err(Fault::refused(
            "InvalidInput",
            format!("Invalid request: Expected at most one routing policy in {place}"),
        ));
    }
    match (weight, policies.pop(), set_identifier) {
        (None, None, None) => Ok(Routing::Simple),
        (Some(weight), _, Some(set_identifier)) => {
            Ok(Routing::Weighted { set_identifier, weight: parse_weight(weight, place)? })
        }
        (None, Some(policy), set_identifier) => Ok(Routing::Other { set_identifier, policy }),
        (Some(_), _, None) => Err(missing("SetIdentifier", place)),
        (None, None, Some(_)) => Err(Fault::refused(
            "InvalidInput",
            format!("Invalid request: Missing a routing policy beside SetIdentifier in {place}"),
        )),
    }
}

fn parse_weight(weight: &str, place: &str) -> Result<Weight, Fault> {
    let range = || out_of_range("weight", weight, "an integer from 0 to 255", place);
    weight.parse().map(Weight).map_err(|_| range())
}

/// Returns every policy beyond a weight, in words.
fn policies(xml: &Element) -> Vec<String> {
    let plain = PLAIN_POLICIES.iter().filter_map(|(element, word)| {
        let text = xml.text_of(element)?;
        Some(format!("{word} {text}"))
    });
    let compound = COMPOUND_POLICIES.iter().filter_map(|(element, word, fields)| {
        let inside = xml.child(element)?;
        let mut words = vec![(*word).to_owned()];
        let coordinates = inside.child("Coordinates");
        let corner = |name| (name, coordinates.and_then(|corners| corners.text_of(name)));
        let values = fields.iter().map(|name| (*name, inside.text_of(name)));
        let pair = |(name, value): (&str, Option<&str>)| Some(format!("{name}={}", value?));
        words.extend(values.chain(CORNERS.map(corner)).filter_map(pair));
        Some(words.join(" "))
    });
    plain.chain(compound).collect()
}

fn answer(xml: &Element, place: &str) -> Result<Answer, Fault> {
    let values = xml.child("ResourceRecords").filter(|list| !list.children.is_empty());
    match (xml.child("AliasTarget"), xml.text_of("TTL"), values) {
        (Some(alias), None, None) => Ok(Answer::Alias {
            dns_name: needed(alias, "DNSName", place)?,
            zone_id: needed(alias, "HostedZoneId", place)?,
            evaluate_target_health: needed(alias, "EvaluateTargetHealth", place)? == "true",
        }),
        (None, Some(ttl), Some(values)) => {
            let range = || out_of_range("tTL", ttl, "an integer from 0 to 2147483647", place);
            let seconds = ttl.parse::<u32>().ok().filter(|ttl| *ttl <= i32::MAX.unsigned_abs());
            let value = |item: &Element| needed(item, "Value", place);
            Ok(Answer::Values {
                ttl: Ttl(seconds.ok_or_else(range)?),
                values: values.children.iter().map(value).collect::<Result<_, _>>()?,
            })
        }
        (Some(_), _, _) => Err(one_answer("more than one", place)),
        (None, _, _) => Err(one_answer("none", place)),
    }
}

fn needed(xml: &Element, name: &str, place: &str) -> Result<String, Fault> {
    xml.text_of(name).map(str::to_owned).ok_or_else(|| missing(name, place))
}

fn missing(field: &str, place: &str) -> Fault {
    Fault::refused("InvalidInput", format!("Invalid request: Missing field '{field}' in {place}"))
}

fn out_of_range(field: &str, value: &str, range: &str, place: &str) -> Fault {
    let message = format!("Invalid request: '{value}' at '{field}' is not {range} in {place}");
    Fault::refused("InvalidInput", message)
}

fn one_answer(found: &str, place: &str) -> Fault {
    let message = format!(
        "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], \
         or TrafficPolicyInstanceId], but found {found} in {place}"
    );
    Fault::refused("InvalidInput", message)
}

/// Writes a record set as it is listed (law L32).
pub(super) fn encode(set: &RecordSet) -> Node {
    let mut fields =
        vec![("Name", Node::from(set.name.escaped())), ("Type", Node::from(set.kind.as_str()))];
    if let Some(set_identifier) = set.set_identifier() {
        fields.push(("SetIdentifier", Node::from(set_identifier)));
    }
    match &set.routing {
        Routing::Simple => {}
        Routing::Weighted { weight, .. } => fields.push(("Weight", Node::Whole(weight.0.into()))),
        Routing::Other { policy, .. } => fields.extend(policy_element(policy)),
    }
    match &set.answer {
        Answer::Values { ttl, values } => {
            let value = |value: &String| record([("Value", Node::from(value.as_str()))]);
            let values = values.iter().map(value).collect();
            fields.push(("TTL", Node::Whole(ttl.0.into())));
            fields.push(("ResourceRecords", Node::List("ResourceRecord", values)));
        }
        Answer::Alias { dns_name, zone_id, evaluate_target_health } => {
            let alias = record([
                ("HostedZoneId", Node::from(zone_id.as_str())),
                ("DNSName", Node::from(dns_name.as_str())),
                ("EvaluateTargetHealth", Node::Flag(*evaluate_target_health)),
            ]);
            fields.push(("AliasTarget", alias));
        }
    }
    if let Some(health_check) = &set.health_check {
        fields.push(("HealthCheckId", Node::from(health_check.as_str())));
    }
    Node::Record(fields)
}

/// Returns the element that a policy in words came from; words from elsewhere have none.
fn policy_element(policy: &str) -> Option<(&'static str, Node)> {
    let plain = PLAIN_POLICIES.iter().find_map(|(element, word)| {
        let text = policy.strip_prefix(word)?.strip_prefix(' ')?;
        Some((*element, Node::from(text)))
    });
    if plain.is_some() {
        return plain;
    }
    let (word, rest) = policy.split_once(' ').unwrap_or((policy, ""));
    let (element, _, names) =
        COMPOUND_POLICIES.iter().find(|(_, compound, _)| *compound == word)?;
    let pairs: Vec<(&str, &str)> =
        rest.split(' ').filter_map(|pair| pair.split_once('=')).collect();
    let pick = |names: &[&'static str]| -> Vec<(&'static str, Node)> {
        let value = |name: &str| pairs.iter().find(|(field, _)| *field == name);
        names.iter().filter_map(|name| Some((*name, Node::from(value(name)?.1)))).collect()
    };
    let mut fields = pick(names);
    let corners = pick(&CORNERS);
    if !corners.is_empty() {
        fields.push(("Coordinates", Node::Record(corners)));
    }
    Some((element, Node::Record(fields)))
}
