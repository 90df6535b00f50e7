//! What moves.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, Ipv6Addr},
};

use super::Rules;
use crate::{
    runbook::{
        model::{Destination, Record, Target, ZoneChoice},
        read::Fields,
        zone,
    },
    unit::{BalancerKind, BalancerName, RecordName, RecordType},
    yaml::{Node, Value, excerpt},
};

/// Returns the records, those of all waves in order. Each name and type stands once in a zone.
pub(super) fn records(root: Fields<'_>, rules: &mut Rules<'_>) -> Option<Vec<Record>> {
    let of_waves = root.items("waves").iter().enumerate().flat_map(|(wave, node)| {
        Fields::of(node).items("records").iter().map(move |record| (wave, record))
    });
    let of_one = root.items("records").iter().map(|record| (0, record));
    let mut records = Vec::new();
    let mut waves: BTreeMap<RecordName, (usize, usize)> = BTreeMap::new();
    let mut seen: BTreeMap<(ZoneChoice, RecordName, RecordType), (usize, usize)> = BTreeMap::new();
    let mut whole = true;
    for (index, (wave, node)) in of_one.chain(of_waves).enumerate() {
        let Some(record) = record(Fields::of(node), rules) else {
            whole = false;
            continue;
        };
        let (other, line) = *waves.entry(record.name.clone()).or_insert((wave, node.line));
        if other != wave {
            let name = excerpt(record.name.as_str());
            let message = format!("`{name}` moves in another wave already, in line {line}");
            let hint = "all types of a name, and its records in all zones, move together";
            rules.broken(node.get("name").unwrap_or(node), message, Some(hint));
            continue;
        }
        for kind in &record.types {
            let key = (record.zone.clone(), record.name.clone(), kind.clone());
            let (first, line) = *seen.entry(key).or_insert((index, node.line));
            if first != index {
                let at = node.get("name").unwrap_or(node);
                let name = excerpt(record.name.as_str());
                let message = format!(
                    "`{name}` {kind} stands here a second time; the first is in line {line}"
                );
                rules.broken(at, message, Some("keep one of the two"));
            }
        }
        records.push(record);
    }
    whole.then_some(records)
}

fn record(fields: Fields<'_>, rules: &mut Rules<'_>) -> Option<Record> {
    let name = fields.value("name", |text| text.parse::<RecordName>().ok()).needed();
    let zone = zone_of(fields, rules);
    if let (Some(name), Some(ZoneChoice::Name { name: zone, .. })) = (&name, &zone)
        && !name.is_within(zone)
    {
        let message = format!("`{}` is not in the zone `{}`", shown(name), shown(zone));
        rules.broken_key(fields, "name", &message, None);
    }
    let legacy = target(fields.under("legacy"), rules);
    let new = target(fields.under("new"), rules);
    let (name, zone, legacy, new) = (name?, zone?, legacy?, new?);
    let types = types_of(fields, [&legacy, &new])?;
    let record = Record { name, zone, types, ttl: fields.ttl("ttl").optional()?, legacy, new };
    check_types(&record, fields, rules);
    check_values(&record, fields, rules);
    Some(record)
}

fn zone_of(fields: Fields<'_>, rules: &mut Rules<'_>) -> Option<ZoneChoice> {
    let private = fields.flag("private").or(false)?;
    let zone = fields.value("zone", |text| zone::parse(text, private)).needed()?;
    if matches!(zone, ZoneChoice::Id(_)) {
        let message = "`private` picks between zones of the same name, but this zone has an id";
        rules.broken_key(fields, "private", message, Some("take `private` out"));
    }
    Some(zone)
}

fn target(fields: Fields<'_>, rules: &mut Rules<'_>) -> Option<Target> {
    let destination = destination(fields, rules)?;
    if matches!(destination, Destination::Values(_)) {
        let message = "`evaluate_target_health` is for aliases; a plain value has none";
        rules.broken_key(fields, "evaluate_target_health", message, Some("take it out"));
    }
    let metrics = match fields.node("metrics") {
        Some(node) => Some(balancer(Fields::of(node))?),
        None => None,
    };
    let evaluate_target_health = fields.flag("evaluate_target_health").or(false)?;
    Some(Target { destination, evaluate_target_health, metrics })
}

fn destination(fields: Fields<'_>, rules: &mut Rules<'_>) -> Option<Destination> {
    if let Some(balancer) = balancer(fields) {
        return Some(Destination::Balancer(balancer));
    }
    if let Some(alias) = fields.node("alias").map(Fields::of) {
        let dns_name = alias.text("dns_name").needed()?;
        return Some(Destination::Alias { dns_name, zone_id: alias.text("zone_id").needed()? });
    }
    if let Some(value) = fields.text("value").optional()? {
        return Some(Destination::Values(vec![value]));
    }
    let (listed, values) = (fields.items("values"), fields.texts("values"));
    if let Some(second) = listed.get(1) {
        let hint = "give each value its own load balancer or name, or move the record at once";
        rules.broken(second, "a weighted record holds exactly one value", Some(hint));
    }
    (values.len() == listed.len() && !values.is_empty()).then_some(Destination::Values(values))
}

fn balancer(fields: Fields<'_>) -> Option<BalancerName> {
    let kinds = [
        ("elb", BalancerKind::Classic),
        ("alb", BalancerKind::Application),
        ("nlb", BalancerKind::Network),
    ];
    let (key, kind) = kinds.into_iter().find(|(key, _)| fields.node(key).is_some())?;
    Some(BalancerName { kind, name: fields.text(key).needed()? })
}

/// Returns the types that move: as written, or A for aliases and CNAME for plain values.
fn types_of(fields: Fields<'_>, targets: [&Target; 2]) -> Option<Vec<RecordType>> {
    match fields.node("types").map(|node| &node.value) {
        Some(Value::Sequence(items)) => {
            let types: Vec<_> = items.iter().filter_map(Node::text).map(RecordType::from).collect();
            (types.len() == items.len() && !types.is_empty()).then_some(types)
        }
        Some(Value::Scalar { .. } | Value::Mapping(_) | Value::Refused) => None,
        None if targets.iter().all(|t| values_of(t).is_some()) => Some(vec![RecordType::Cname]),
        None => Some(vec![RecordType::A]),
    }
}

fn check_types(record: &Record, fields: Fields<'_>, rules: &mut Rules<'_>) {
    let types = &record.types;
    let mut say = |message: &str, hint: Option<&str>| {
        let key = if fields.node("types").is_some() { "types" } else { "name" };
        rules.broken_key(fields, key, message, hint);
    };
    let twice = types.iter().enumerate().find(|(at, kind)| types[..*at].contains(*kind));
    if let Some((_, kind)) = twice {
        say(&format!("{kind} stands twice"), Some("keep one of the two"));
    }
    let cname = types.contains(&RecordType::Cname);
    if cname && types.iter().any(|kind| *kind != RecordType::Cname) {
        say("a CNAME allows no other type at its name", None);
    }
    let apex = matches!(&record.zone, ZoneChoice::Name { name, .. } if *name == record.name);
    if cname && apex {
        say("the apex of a zone cannot be a CNAME", Some("use a load balancer's alias"));
    }
    let balancer = [&record.legacy, &record.new]
        .iter()
        .any(|target| matches!(target.destination, Destination::Balancer(_)));
    let addresses = types.iter().all(|t| matches!(t, RecordType::A | RecordType::Aaaa));
    if balancer && !addresses {
        say("a load balancer has only the types A and AAAA", None);
    }
}

fn check_values(record: &Record, fields: Fields<'_>, rules: &mut Rules<'_>) {
    let sides = [("legacy", &record.legacy), ("new", &record.new)];
    for (side, _) in sides {
        let under = fields.under(side);
        let Some(node) = under.node("value").or_else(|| under.items("values").first()) else {
            continue;
        };
        let value = node.text().unwrap_or_default();
        if let Some(kind) = record.types.iter().find(|kind| !fits(value, kind)) {
            let message = format!("`{}` is not {}", excerpt(value), wanted(kind));
            let guessed = fields.node("types").is_none();
            let hint = match kind {
                RecordType::A if guessed => Some("beside a load balancer it must be an A record"),
                RecordType::Cname if value.parse::<Ipv4Addr>().is_ok() && guessed => {
                    Some("for addresses say `types: [A]`")
                }
                RecordType::A
                | RecordType::Aaaa
                | RecordType::Cname
                | RecordType::Txt
                | RecordType::Other(_) => None,
            };
            rules.broken(node, message, hint);
        }
    }
    let [legacy, new] = sides.map(|(_, target)| target);
    if values_of(legacy).is_none() && values_of(new).is_none() {
        let message = "an alias has the TTL of what it points to; `ttl` is for plain values";
        rules.broken_key(fields, "ttl", message, Some("take it out"));
    }
    let balancer = matches!(legacy.destination, Destination::Balancer(_));
    if !balancer && legacy.destination == new.destination {
        let message = "`legacy` and `new` point to the same target: nothing would move";
        rules.broken_key(fields, "new", message, None);
    }
}

fn values_of(target: &Target) -> Option<&[String]> {
    match &target.destination {
        Destination::Values(values) => Some(values),
        Destination::Balancer(_) | Destination::Alias { .. } => None,
    }
}

fn fits(value: &str, kind: &RecordType) -> bool {
    match kind {
        RecordType::A => value.parse::<Ipv4Addr>().is_ok(),
        RecordType::Aaaa => value.parse::<Ipv6Addr>().is_ok(),
        RecordType::Cname => {
            value.parse::<RecordName>().is_ok()
                && value.parse::<Ipv4Addr>().is_err()
                && !value.contains(['/', ':', '@'])
        }
        RecordType::Txt => value.len() >= 2 && value.starts_with('"') && value.ends_with('"'),
        RecordType::Other(_) => true,
    }
}

fn wanted(kind: &RecordType) -> &'static str {
    match kind {
        RecordType::A => "an IPv4 address",
        RecordType::Aaaa => "an IPv6 address",
        RecordType::Cname => "a host name, which a CNAME needs",
        RecordType::Txt => "a TXT value, which has double quotes of its own: '\"text\"'",
        RecordType::Other(_) => "a value of this type",
    }
}

fn shown(name: &RecordName) -> String {
    excerpt(name.as_str())
}
