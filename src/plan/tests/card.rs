//! The break-glass card does what it says, whatever is in it.

use std::{io::Write as _, process::Command};

use proptest::prelude::*;
use serde_json::Value;
use snapbox::{IntoData as _, assert_data_eq, str};

use super::*;
use crate::{
    plan::{
        Batch, Change, ChangeAction, Cost, Lock, Plan,
        batch::{MAX_CHARACTERS, MAX_ELEMENTS},
        break_glass, card,
        card::{BREAK_GLASS, EPOCH, members},
    },
    unit::RunId,
};

fn run() -> RunId {
    "api-20261123T021400Z-9f3a".parse().unwrap()
}

fn member(name: &str, id: &str, weight: u8, value: &str) -> RecordSet {
    RecordSet {
        name: name.parse().unwrap(),
        kind: RecordType::Cname,
        routing: Routing::Weighted { set_identifier: id.to_owned(), weight: Weight(weight) },
        answer: Answer::Values { ttl: Ttl(60), values: vec![value.to_owned()] },
        health_check: None,
    }
}

fn pair(name: &str, busy: u64) -> Pair {
    let both =
        [member(name, "blue", 90, "old.example.net"), member(name, "green", 0, "new.example.net")];
    let [legacy, new] = both.clone();
    Pair {
        name: name.parse().unwrap(),
        kind: RecordType::Cname,
        zone: ZoneId("Z1".to_owned()),
        found: both.to_vec(),
        baseline: both.to_vec(),
        busy,
        wave: 0,
        legacy,
        new,
    }
}

fn plan(pairs: Vec<Pair>) -> Plan {
    let zone = |id: &str, private| Zone {
        id: ZoneId(id.to_owned()),
        name: "example.com".parse().unwrap(),
        private,
    };
    Plan { zones: vec![zone("Z1", false), zone("Z2", true)], pairs, locked: true, ..Plan::blank() }
}

/// Runs the script with an `aws` that says what it was called with.
fn performed(script: &str) -> Vec<(String, Value)> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let aws = "aws() { printf 'ZONE %s\\n' \"$8\"; cat; printf 'END\\n'; }\n";
    file.write_all(format!("{aws}{script}").as_bytes()).unwrap();
    let output = Command::new("sh").arg(file.path()).output().unwrap();
    assert!(output.status.success(), "{script}");
    let text = String::from_utf8(output.stdout).unwrap();
    let of = |call: &str| {
        let (zone, json) = call.split_once('{').unwrap();
        let json = serde_json::from_str(&format!("{{{json}")).unwrap();
        (zone.trim_start_matches("ZONE ").trim_end_matches('\n').to_owned(), json)
    };
    text.split("\nEND\n").filter(|call| !call.is_empty()).map(of).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// Reads a change back as Route 53 would.
fn read(change: &Value) -> Change {
    let set = &change["ResourceRecordSet"];
    let alias = &set["AliasTarget"];
    let answer = if alias.is_null() {
        let values = set["ResourceRecords"].as_array().unwrap().iter();
        Answer::Values {
            ttl: Ttl(serde_json::from_value(set["TTL"].clone()).unwrap()),
            values: values.map(|v| text(&v["Value"])).collect(),
        }
    } else {
        Answer::Alias {
            dns_name: text(&alias["DNSName"]),
            zone_id: text(&alias["HostedZoneId"]),
            evaluate_target_health: alias["EvaluateTargetHealth"].as_bool().unwrap(),
        }
    };
    let routing = match set["Weight"].as_u64() {
        None => Routing::Simple,
        Some(weight) => Routing::Weighted {
            set_identifier: text(&set["SetIdentifier"]),
            weight: Weight(weight.try_into().unwrap()),
        },
    };
    let record = RecordSet {
        name: text(&set["Name"]).parse().unwrap(),
        kind: text(&set["Type"]).into(),
        routing,
        answer,
        health_check: set["HealthCheckId"].as_str().map(str::to_owned),
    };
    Change { action: serde_json::from_value(change["Action"].clone()).unwrap(), record }
}

fn assert_sends(script: &str, batches: &[Batch]) {
    let sent = performed(script);
    assert_eq!(sent.len(), batches.len());
    for ((zone, json), batch) in sent.iter().zip(batches) {
        assert_eq!(*zone, batch.zone.0);
        assert!(json["Comment"].as_str().unwrap().chars().count() <= 256);
        let changes: Vec<Change> = json["Changes"].as_array().unwrap().iter().map(read).collect();
        assert_eq!(changes, batch.changes);
    }
}

#[test]
fn a_card_says_what_it_does_and_does_it() {
    let script = break_glass(&run(), &plan(vec![pair("api.example.com", 1)]));
    assert_data_eq!(
        script,
        str![[r##"
#!/bin/sh
# Brings the records of run api-20261123T021400Z-9f3a back to where they were, without cutover.
# It changes zone example.com (Z1).
#
# It OVERWRITES these weighted records, whatever they are by now, and deletes nothing. Where a simple record stands
# in their place, before the run has prepared it or after `cutover finish`, the batch is refused: take out that
# record's lines, each change has one, and run the script again. It is for this run alone: used later, it undoes
# what was done since.
# It overwrites the zone's lock as well, so that a run that still goes on is refused and stops by itself. The lock
# stays; the next run takes it over with --take-over.
# It needs the aws CLI and credentials that may call route53:ChangeResourceRecordSets in the account of the zones.
# A batch happens as a whole or not at all, and one that is refused keeps no other from being sent.
#
# Clients that honour TTLs are back about 120 seconds after the last batch; open connections stay where they are.
set -eu
export AWS_PAGER=''
export AWS_RETRY_MODE="${AWS_RETRY_MODE:-standard}"
export AWS_MAX_ATTEMPTS="${AWS_MAX_ATTEMPTS:-10}"
failed=0

printf '%s\n' 'batch 1 of 1, changes: 3, zone example.com (Z1)' >&2
aws route53 change-resource-record-sets --query ChangeInfo.Id --output text --hosted-zone-id 'Z1' \
  --change-batch file:///dev/stdin <<'CHANGES' || failed=1
{"Comment":"cutover api-20261123T021400Z-9f3a rollback by hand","Changes":[
{"Action":"UPSERT","ResourceRecordSet":{"Name":"_cutover-lock.example.com.","Type":"TXT","TTL":60,"ResourceRecords":[{"Value":"\"v=1 run=api-20261123T021400Z-9f3a epoch=1000000000000 owner=break-glass until=2026-11-23T02:14:00Z\""}]}},
{"Action":"UPSERT","ResourceRecordSet":{"Name":"api.example.com.","Type":"CNAME","SetIdentifier":"blue","Weight":90,"TTL":60,"ResourceRecords":[{"Value":"old.example.net"}]}},
{"Action":"UPSERT","ResourceRecordSet":{"Name":"api.example.com.","Type":"CNAME","SetIdentifier":"green","Weight":0,"TTL":60,"ResourceRecords":[{"Value":"new.example.net"}]}}
]}
CHANGES

if [ "$failed" -ne 0 ]; then
  printf '%s\n' 'At least one batch was refused, see above; all others were taken.' >&2
  exit 1
fi
printf '%s\n' 'Clients that honour TTLs are back about 120 seconds after the last batch; open connections stay where they are.' >&2

"##]].raw()
    );
}

fn hostile() -> impl Strategy<Value = String> {
    let nasty = [
        "'; rm -rf ~; '",
        "$(x)`y`\"",
        "\nCHANGES\n",
        "\\",
        "\u{1b}[2J\u{202e}",
        "é😀\u{7f}",
        "\r\n#",
    ];
    (prop::sample::select(nasty.to_vec()), ".{0,12}")
        .prop_map(|(nasty, any)| format!("{any}{nasty}x"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_value_escapes_from_the_script(id in hostile(), value in hostile(), check in hostile(), zone in hostile()) {
        let zone = ZoneId(zone.replace(['\0', '{'], ""));
        let mut strange = member("*.example.com", &id, 3, &value);
        strange.health_check = Some(check);
        let alias = RecordSet {
            answer: Answer::Alias { dns_name: value, zone_id: id, evaluate_target_health: true },
            ..strange.clone()
        };
        let changes = [(ChangeAction::Delete, strange), (ChangeAction::Create, alias)];
        let changes = changes.map(|(action, record)| Change { action, record }).to_vec();
        let batches = [Batch { zone: zone.clone(), changes }];
        let mut plan = plan(Vec::new());
        plan.zones.push(Zone { id: zone, name: "example.com".parse().unwrap(), private: true });
        assert_sends(&card(&run(), &plan, &batches), &batches);
    }
}

#[test]
fn l03_l04_a_thousand_pairs_fit_their_batches_with_the_locks() {
    let wide = |n: usize| {
        let mut pair = pair(&format!("s{n}.example.com"), n as u64);
        if n.is_multiple_of(3) {
            pair.zone = ZoneId("Z2".to_owned());
        }
        for record in &mut pair.baseline {
            record.answer = Answer::Values { ttl: Ttl(60), values: vec!["v".repeat(n % 200)] };
        }
        pair
    };
    let plan = plan((0..1000).map(wide).collect());
    let sent = performed(&break_glass(&run(), &plan));
    let mut fenced = Vec::new();
    for (zone, json) in &sent {
        let changes: Vec<Change> = json["Changes"].as_array().unwrap().iter().map(read).collect();
        let twice = |sum: Cost, change: &Change| {
            sum.plus(Cost::of(&change.record)).plus(Cost::of(&change.record))
        };
        let cost = changes.iter().fold(Cost::ZERO, twice);
        assert!(cost.elements <= MAX_ELEMENTS && cost.characters <= MAX_CHARACTERS, "{cost:?}");
        assert!(changes.iter().all(|change| change.action == ChangeAction::Upsert));
        let lock = changes.iter().find_map(|change| Lock::read(&change.record));
        fenced.extend(lock.map(|lock| (zone.clone(), lock.epoch, lock.owner)));
    }
    let lock = |zone: &str| (zone.to_owned(), EPOCH, BREAK_GLASS.to_owned());
    assert_eq!(fenced, [lock("Z2"), lock("Z1")]);
    assert_eq!(fenced[0].0, sent[0].0, "the first batch of a zone has its lock");
    // The busiest name goes first.
    assert_eq!(sent[0].1["Changes"][1]["ResourceRecordSet"]["Name"], "s999.example.com.");
}

#[test]
fn a_run_that_locks_nothing_has_no_lock_on_its_card() {
    let plan = Plan { locked: false, ..plan(vec![pair("api.example.com", 1)]) };
    let script = break_glass(&run(), &plan);
    assert!(!script.contains("_cutover-lock") && !script.contains("lock as well"), "{script}");
}

#[test]
fn l12_a_member_that_the_baseline_has_not_stays_without_weight_and_with_the_group_s_ttl() {
    let mut pair = pair("api.example.com", 1);
    pair.baseline.truncate(1);
    pair.baseline[0].answer =
        Answer::Values { ttl: Ttl(300), values: vec!["old.example.net".to_owned()] };
    let [legacy, new] = &members(&pair)[..] else { panic!("two members") };
    assert_eq!((legacy.ttl(), new.ttl(), new.weight()), (Ttl(300), Ttl(300), Some(Weight(0))));
}
