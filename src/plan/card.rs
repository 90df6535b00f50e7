//! The break-glass card: the way back as a shell script of aws CLI commands, for when cutover itself cannot be run.

use std::{collections::BTreeMap, fmt::Write as _};

use serde_json::{Value, json};

use super::{
    Answer, Batch, Change, ChangeAction, Lock, Move, Pair, Plan, RecordSet, Routing, USUAL_SYNC,
    ZoneId, by_traffic, comment, lock_name, overwrite, overwrites,
};
use crate::unit::{RunId, Timestamp, Weight};

/// Epoch of a lock that the card writes: so far above any that a run reaches that no run takes it for its own.
pub(super) const EPOCH: u64 = 1_000_000_000_000;
/// Owner of a lock that the card writes.
pub const BREAK_GLASS: &str = "break-glass";
/// Ends the changes in the script. No line of them is this, because each begins with a bracket.
const END: &str = "CHANGES";
/// Sends a batch, and prints the id of the change.
const COMMAND: &str = "aws route53 change-resource-record-sets --query ChangeInfo.Id --output text";

const OVERWRITES: [&str; 4] = [
    "It OVERWRITES these weighted records, whatever they are by now, and deletes nothing. Where a simple record stands",
    "in their place, before the run has prepared it or after `cutover finish`, the batch is refused: take out that",
    "record's lines, each change has one, and run the script again. It is for this run alone: used later, it undoes",
    "what was done since.",
];
const FENCES: [&str; 2] = [
    "It overwrites the zone's lock as well, so that a run that still goes on is refused and stops by itself. The lock",
    "stays; the next run takes it over with --take-over.",
];
const SWAPS: [&str; 2] = [
    "Route 53 takes a batch only while the records are exactly as they were when this was printed. Where it refuses one,",
    "nothing of that batch has happened: print the script again.",
];
const NEEDS: [&str; 2] = [
    "It needs the aws CLI and credentials that may call route53:ChangeResourceRecordSets in the account of the zones.",
    "A batch happens as a whole or not at all, and one that is refused keeps no other from being sent.",
];
/// No pager waits for a key, and being throttled for a while is no failure.
const SETTINGS: [&str; 5] = [
    "set -eu",
    "export AWS_PAGER=''",
    "export AWS_RETRY_MODE=\"${AWS_RETRY_MODE:-standard}\"",
    "export AWS_MAX_ATTEMPTS=\"${AWS_MAX_ATTEMPTS:-10}\"",
    "failed=0",
];

/// Returns the script that brings everybody back to where they were before the run, whatever weights are live: it
/// overwrites both members of each pair, busiest names first. Where the run fences its writes it overwrites the zone's
/// lock in the zone's first batch, so that a run that still goes on is refused and stops.
pub fn break_glass(run: &RunId, plan: &Plan) -> String {
    let way = |(index, pair): (usize, &Pair)| Move {
        pair: index,
        zone: pair.zone.clone(),
        from: Vec::new(),
        to: members(pair),
    };
    let mut moves: Vec<Move> = plan.pairs.iter().enumerate().map(way).collect();
    by_traffic(&mut moves, &plan.pairs, true);
    let mut locks = locks(run, plan);
    let mut batches = Vec::new();
    for group in overwrites(&moves, plan.spare()) {
        let Some(zone) = group.first().map(|first| &first.zone) else { continue };
        let mut batch = overwrite(zone, &group);
        let upsert = |record| Change { action: ChangeAction::Upsert, record };
        batch.changes.splice(0..0, locks.remove(zone).map(upsert));
        batches.push(batch);
    }
    card(run, plan, &batches)
}

/// Returns these batches as a script, which sends them one after the other and does not stop at one that is refused.
pub fn card(run: &RunId, plan: &Plan, batches: &[Batch]) -> String {
    let mut lines = vec!["#!/bin/sh".to_owned()];
    lines.extend(
        head(run, plan, batches).into_iter().map(|line| format!("# {line}").trim_end().to_owned()),
    );
    lines.extend(SETTINGS.map(str::to_owned));
    for (index, batch) in batches.iter().enumerate() {
        let (nth, all, count) = (index + 1, batches.len(), batch.changes.len());
        let place = zone_in_words(plan, &batch.zone);
        lines.push(String::new());
        lines.push(say(&format!("batch {nth} of {all}, changes: {count}, {place}")));
        lines.push(format!("{COMMAND} --hosted-zone-id {} \\", quoted(&batch.zone.0)));
        lines.push(format!("  --change-batch file:///dev/stdin <<'{END}' || failed=1"));
        lines.push(changes(&comment(run, "rollback by hand"), batch));
        lines.push(END.to_owned());
    }
    let refused = say("At least one batch was refused, see above; all others were taken.");
    lines.push(format!("\nif [ \"$failed\" -ne 0 ]; then\n  {refused}\n  exit 1\nfi"));
    lines.push(say(&until_back(plan)));
    lines.join("\n") + "\n"
}

/// Returns both members as a rollback leaves them. A member of new's that the baseline has not stays without weight,
/// because nothing is deleted; all members have one TTL (law L12).
pub(super) fn members(pair: &Pair) -> Vec<RecordSet> {
    let weighted = pair.baseline.iter().any(|record| record.weight().is_some());
    let mut members = if weighted { pair.baseline.clone() } else { pair.prepared() };
    let is_new = |record: &RecordSet| record.set_identifier() == pair.new.set_identifier();
    if !members.iter().any(is_new) {
        let mut quiet = pair.new.with_weight(Weight(0));
        let of_others = members.iter().map(RecordSet::ttl).max();
        if let (Answer::Values { ttl, .. }, Some(of_others)) = (&mut quiet.answer, of_others) {
            *ttl = of_others;
        }
        members.push(quiet);
    }
    members
}

/// Returns the locks that nobody's run holds, by zone; none where writes are not fenced.
fn locks(run: &RunId, plan: &Plan) -> BTreeMap<ZoneId, RecordSet> {
    let until = run.began().unwrap_or(Timestamp::UNIX_EPOCH);
    let lock = Lock { run: run.clone(), epoch: EPOCH, owner: BREAK_GLASS.to_owned(), until };
    let zones = plan.zones.iter().filter(|_| plan.locked);
    zones.filter_map(|zone| Some((zone.id.clone(), lock.record(&lock_name(&zone.name)?)))).collect()
}

/// Returns what the reader has to know before running it.
fn head(run: &RunId, plan: &Plan, batches: &[Batch]) -> Vec<String> {
    let mut zones: Vec<String> = batches.iter().map(|b| zone_in_words(plan, &b.zone)).collect();
    zones.sort();
    zones.dedup();
    let overwrites = |batch: &Batch| batch.changes.iter().any(|c| c.action == ChangeAction::Upsert);
    let title =
        format!("Brings the records of run {run} back to where they were, without cutover.");
    let mut lines = vec![title];
    lines.extend(zones.into_iter().map(|zone| format!("It changes {zone}.")));
    lines.push(String::new());
    if batches.iter().any(overwrites) {
        lines.extend(OVERWRITES.map(str::to_owned));
        lines.extend(FENCES.iter().filter(|_| plan.locked).map(|line| (*line).to_owned()));
    } else {
        lines.extend(SWAPS.map(str::to_owned));
    }
    lines.extend(NEEDS.map(str::to_owned));
    lines.push(String::new());
    lines.push(until_back(plan));
    lines
}

/// Returns the command that says a line on standard error.
fn say(text: &str) -> String {
    format!("printf '%s\\n' {} >&2", quoted(text))
}

fn until_back(plan: &Plan) -> String {
    let seconds = (USUAL_SYNC + plan.ttl().duration()).as_secs();
    format!(
        "Clients that honour TTLs are back about {seconds} seconds after the last batch; open connections stay where they are."
    )
}

/// Ids and names come from a runbook or from AWS; on one line they can end no comment.
fn zone_in_words(plan: &Plan, zone: &ZoneId) -> String {
    let known = plan.zones.iter().find(|known| known.id == *zone);
    let words = match known {
        Some(known) => format!("zone {} ({zone})", known.name),
        None => format!("zone {zone}"),
    };
    words.escape_default().to_string()
}

/// Quotes text for a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// Returns a batch as the aws CLI takes it, one change on a line.
fn changes(comment: &str, batch: &Batch) -> String {
    let lines: Vec<String> = batch.changes.iter().map(|c| change(c).to_string()).collect();
    let comment = Value::from(comment);
    ascii(&format!("{{\"Comment\":{comment},\"Changes\":[\n{}\n]}}", lines.join(",\n")))
}

fn change(change: &Change) -> Value {
    let record = &change.record;
    let mut set = json!({ "Name": record.name.escaped(), "Type": record.kind.as_str() });
    let mut put = |key: &str, value: Value| {
        if let Some(set) = set.as_object_mut() {
            set.insert(key.to_owned(), value);
        }
    };
    if let Some(identifier) = record.set_identifier() {
        put("SetIdentifier", identifier.into());
    }
    match &record.routing {
        Routing::Weighted { weight, .. } => put("Weight", weight.0.into()),
        // Records of other policies are never written; Route 53 refuses one without its policy.
        Routing::Simple | Routing::Other { .. } => {}
    }
    match &record.answer {
        Answer::Alias { dns_name, zone_id, evaluate_target_health } => put(
            "AliasTarget",
            json!({
                "HostedZoneId": zone_id,
                "DNSName": dns_name,
                "EvaluateTargetHealth": evaluate_target_health,
            }),
        ),
        Answer::Values { ttl, values } => {
            put("TTL", ttl.0.into());
            let values = values.iter().map(|value| json!({ "Value": value }));
            put("ResourceRecords", values.collect());
        }
    }
    if let Some(check) = &record.health_check {
        put("HealthCheckId", check.as_str().into());
    }
    json!({ "Action": change.action, "ResourceRecordSet": set })
}

/// Writes everything that is not printable ASCII as JSON's escapes, so that the encoding of the shell does not matter.
fn ascii(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        if c == '\n' || c.is_ascii_graphic() || c == ' ' {
            text.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                let _ = write!(text, "\\u{unit:04x}");
            }
        }
    }
    text
}
