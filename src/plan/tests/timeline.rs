//! When things happen.

use super::*;
use crate::{plan::timeline, unit::SignedDuration};

fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

#[test]
fn each_step_begins_when_the_one_before_is_over() {
    let plan = made(ALIAS, STEPS, vec![alias(LEGACY, Routing::Simple)]).unwrap().plan;
    let times = timeline(&plan);
    // INSYNC 60 s + TTL 60 s + metric lag 120 s + slop 30 s.
    let settle = SignedDuration::from_secs(270);
    let mut at = SignedDuration::ZERO;
    for (entry, hold) in times.entries.iter().zip([30, 30, 60]) {
        assert_eq!((entry.written, entry.settled), (at, at + settle));
        at += settle + minutes(hold);
        assert_eq!(entry.over, at);
    }
    assert_eq!(times.entries.len(), 3);
    assert_eq!(times.earliest_finish, at);
    assert_eq!(times.settle_how, "INSYNC 1m (usual) + TTL 60s + metric lag 2m + slop 30s");
    assert_eq!(times.old_ttl, SignedDuration::ZERO);
}

#[test]
fn an_old_ttl_is_waited_out_first() {
    let live = vec![cname("old.example.net", 3600, Routing::Simple)];
    let times = timeline(&made(CNAME, STEPS, live).unwrap().plan);
    assert_eq!(times.old_ttl, minutes(61));
    assert_eq!(times.entries[0].written, minutes(61));
}

#[test]
fn the_way_to_safety_is_the_batches_and_insync_and_the_ttl() {
    let times = timeline(&made(ALIAS, STEPS, vec![alias(LEGACY, Routing::Simple)]).unwrap().plan);
    assert_eq!(times.detect, SignedDuration::from_secs(120 + 120 + 30));
    assert_eq!(times.roll_back, SignedDuration::from_secs(1));
    assert_eq!(times.safe, SignedDuration::from_secs(1 + 60 + 60));
}

#[test]
fn the_planned_minutes_of_a_step_are_its_settling_and_its_hold() {
    let plan = made(ALIAS, STEPS, vec![alias(LEGACY, Routing::Simple)]).unwrap().plan;
    assert_eq!(plan.planned_minutes(), [34, 34, 64]);
}

/// Plans so many aliases, in one zone.
fn plan_of(pairs: usize, steps: &str, rest: &str) -> crate::plan::Plan {
    let records: String = (0..pairs)
        .map(|index| ALIAS.replace("api.example", &format!("s{index}.example")))
        .collect();
    let live = (0..pairs).map(|index| {
        let name = format!("s{index}.example.com").parse().unwrap();
        RecordSet { name, ..alias(LEGACY, Routing::Simple) }
    });
    let rest = format!("\nsteps: [{{ weight: {steps}, hold: 30m }}]\n{rest}");
    made(&records, &rest, live.collect()).unwrap().plan
}

/// Returns how long the rollback takes, and how that is counted.
fn way_back(pairs: usize, share: &str, rest: &str) -> (i64, String) {
    let times = timeline(&plan_of(pairs, share, rest));
    assert_eq!(times.safe, times.roll_back + minutes(2));
    (times.roll_back.as_secs(), times.roll_back_how)
}

const NO_LOCK: &str = "prepare: { lock: false }\n";

#[test]
fn few_pairs_go_back_to_the_exact_baseline_in_one_batch() {
    let how = "the exact baseline, in 1 batch of about 1s".to_owned();
    assert_eq!(way_back(1, "5%", ""), (1, how.clone()));
    assert_eq!(way_back(249, "5%", ""), (1, how.clone()));
    assert_eq!(way_back(250, "5%", NO_LOCK), (1, how));
}

#[test]
fn section_9_many_pairs_go_back_by_the_form_that_needs_the_fewest_changes() {
    let first = |batches| format!("the traffic first, in {batches} of about 1s");
    let then = "; the exact baseline when everybody is safe";
    // With the lock a batch is full a little earlier.
    assert_eq!(way_back(250, "5%", ""), (1, first("1 batch") + then));
    assert_eq!(way_back(1000, "5%", NO_LOCK), (1, first("1 batch") + then));
    assert_eq!(way_back(1000, "5%", ""), (2, first("2 batches") + then));
}

#[test]
fn section_9_what_the_bucket_does_not_hold_is_waited_for() {
    // 3000 changes without a lock, of which the bucket holds 1500; 100 flow in a second.
    let (seconds, how) = way_back(1000, "100%", NO_LOCK);
    assert_eq!(seconds, 4 + 15, "{how}");
    let (seconds, how) = way_back(1000, "100%", "");
    assert_eq!(seconds, 4 + 15, "{how}");
    assert_eq!(
        how,
        "the traffic first, in 4 batches of about 1s, + 15s until Route 53 takes all 3008 changes (1500 at once, then 100 a \
         second); the exact baseline when everybody is safe"
    );
}

#[test]
fn l23_in_govcloud_there_is_nothing_to_wait_for() {
    let mut plan = plan_of(1000, "100%", "");
    plan.quota = Quota::GovCloud;
    let times = timeline(&plan);
    assert_eq!(times.roll_back, SignedDuration::from_secs(4));
    assert!(!times.roll_back_how.contains("changes"), "{}", times.roll_back_how);
}

#[test]
fn zones_go_back_side_by_side() {
    let mut plan = plan_of(1000, "5%", "");
    for pair in plan.pairs.iter_mut().skip(500) {
        pair.zone = ZoneId("Z2".to_owned());
    }
    let times = timeline(&plan);
    assert_eq!(times.roll_back, SignedDuration::from_secs(1));
    assert_eq!(
        times.roll_back_how,
        "the traffic first, in 2 batches of about 1s, one in each zone; the exact baseline when everybody is safe"
    );
}
