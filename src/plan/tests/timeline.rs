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
