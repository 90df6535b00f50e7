//! What the `errors` gate makes of both sides, of silence and of faults.

use super::*;
use crate::{
    gate::{DataFaultKind, Verdict},
    unit::Account,
};

fn healthy() -> Row {
    row(6_000.0, 6.0, 54_000.0, 54.0)
}

fn both_burn() -> Row {
    row(6_000.0, 1_200.0, 54_000.0, 10_800.0)
}

#[test]
fn a_healthy_step_is_proven() {
    let mut run = Run::errors(&[(20, "10%")]);
    let causes = run.minutes(0..10, &healthy());
    assert!(causes[..4].iter().all(|cause| *cause == Cause::TooFewRequests), "{causes:?}");
    assert_eq!(causes[9], Cause::Proven);
}

#[test]
fn l56_a_shared_outage_holds_and_the_step_can_pass_once_it_is_over() {
    let mut run = Run::errors(&[(60, "10%")]);
    run.minutes(0..5, &healthy());
    let during = run.minutes(5..20, &both_burn());
    assert!(during.iter().all(|cause| cause.verdict() != Verdict::Breach), "{during:?}");
    assert!(during[2..].iter().all(|cause| *cause == Cause::SharedCause), "{during:?}");
    let after = run.minutes(20..30, &healthy());
    assert!(after[3..].iter().all(|cause| *cause == Cause::Proven), "{after:?}");
}

#[test]
fn l56_a_total_shared_outage_is_no_catastrophe_of_new() {
    let mut run = Run::errors(&[(60, "10%")]);
    run.minutes(0..5, &healthy());
    let causes = run.minutes(5..15, &row(6_000.0, 6_000.0, 54_000.0, 54_000.0));
    assert!(causes.iter().all(|cause| cause.verdict() != Verdict::Breach), "{causes:?}");
    assert_eq!(causes[9], Cause::SharedCause);
}

#[test]
fn l52_an_open_minute_accuses_new_only_once_its_own_requests_are_counted() {
    let mut run = Run::errors(&[(60, "10%")]);
    run.minutes(0..5, &healthy());
    let early = run.closing(4) + SignedDuration::from_secs(30);
    let first_failures = SideRow { errors: Some(15.0), ..SideRow::default() };
    let open = Row { new: first_failures, ..healthy() };
    run.read(early, [(6, open)]);
    assert_eq!(run.judge(early)[0].cause, Cause::Proven);
}

#[test]
fn l52_a_missing_error_count_of_an_open_minute_is_not_zero() {
    let mut run = Run::errors(&[(60, "10%")]);
    run.minutes(0..5, &healthy());
    let early = run.closing(4) + SignedDuration::from_secs(30);
    let new = SideRow { requests: Some(900.0), errors: Some(800.0), ..SideRow::default() };
    let legacy = SideRow { requests: Some(50_000.0), ..SideRow::default() };
    run.read(early, [(6, Row { new, legacy, ..Row::default() })]);
    assert_eq!(run.judge(early)[0].cause, Cause::Proven);
}

#[test]
fn l52_an_open_minute_accuses_nobody_while_legacy_is_sick_too() {
    let mut run = Run::errors(&[(60, "10%")]);
    run.minutes(0..5, &both_burn());
    let early = run.closing(4) + SignedDuration::from_secs(30);
    let uneven = row(296.0, 358.0, 1_983.0, 125.0);
    run.read(early, [(6, uneven)]);
    assert_eq!(run.judge(early)[0].cause, Cause::SharedCause);
}

#[test]
fn l52_an_open_minute_accuses_new_only_once_legacys_count_has_come() {
    let mut run = Run::errors(&[(60, "10%")]);
    run.minutes(0..5, &healthy());
    let early = run.closing(4) + SignedDuration::from_secs(30);
    let dead = SideRow { requests: Some(900.0), errors: Some(800.0), ..SideRow::default() };
    let mut open = Row { new: dead.clone(), ..Row::default() };
    run.read(early, [(6, open.clone())]);
    assert_eq!(run.judge(early)[0].cause, Cause::Proven);
    open.legacy = dead;
    run.read(early, [(6, open.clone())]);
    assert_eq!(run.judge(early)[0].cause, Cause::Proven, "both sides are dead");
    open.legacy = healthy().legacy;
    run.read(early, [(6, open)]);
    assert_eq!(run.judge(early)[0].cause, Cause::Catastrophe);
}

#[test]
fn l56_an_open_minute_in_which_legacy_fails_too_is_judged_when_it_is_whole() {
    let mut run = Run::errors(&[(60, "10%")]);
    run.minutes(0..5, &healthy());
    let early = run.closing(4) + SignedDuration::from_secs(30);
    // 30 % of both sides fail; most of new's requests have not been counted yet.
    let half_come = row(633.0, 573.0, 6_766.0, 980.0);
    run.read(early, [(6, half_come)]);
    assert_eq!(run.judge(early)[0].cause, Cause::Proven);
}

#[test]
fn l52_open_minutes_count_for_nothing_but_a_catastrophe() {
    let mut run = Run::errors(&[(60, "10%")]);
    run.minutes(0..5, &healthy());
    let early = run.closing(4);
    let before = run.judge(early);
    run.read(early, [(5, row(6_000.0, 600.0, 54_000.0, 54.0))]);
    assert_eq!(run.judge(early), before);
    let closed = run.closing(5);
    assert!(run.judge(closed)[0].evidence > before[0].evidence);
}

#[test]
fn a_legacy_that_is_sick_alone_holds_and_never_passes() {
    let mut run = Run::errors(&[(60, "10%")]);
    run.minutes(0..8, &healthy());
    let causes = run.minutes(8..20, &row(6_000.0, 6.0, 54_000.0, 10_800.0));
    assert!(causes[2..].iter().all(|cause| *cause == Cause::LegacySick), "{causes:?}");
    let causes = run.minutes(20..26, &healthy());
    assert_ne!(causes.last(), Some(&Cause::LegacySick));
}

#[test]
fn a_new_side_much_worse_than_a_sick_legacy_still_breaches() {
    let mut run = Run::errors(&[(60, "10%")]);
    let causes = run.minutes(0..6, &row(6_000.0, 1_200.0, 54_000.0, 1_620.0));
    assert_eq!(causes[3], Cause::OverCritical);
}

#[test]
fn a_legacy_that_has_always_failed_as_much_is_not_sick() {
    let history = History { legacy_error_rate: Some(0.02), ..PAST };
    let mut run = Run::new(&errors_only(), &history, &[(60, "10%")]);
    let causes = run.minutes(0..10, &row(6_000.0, 120.0, 54_000.0, 1_080.0));
    assert!(causes.iter().all(|cause| *cause != Cause::SharedCause), "{causes:?}");
}

#[test]
fn a_slightly_worse_new_side_is_a_warning_before_it_is_a_breach() {
    let mut run = Run::errors(&[(60, "10%")]);
    // 0.25%: beyond 1.5x + 0.02% = 0.17%, within 2x + 0.1% = 0.3%.
    let causes = run.minutes(0..30, &row(6_000.0, 15.0, 54_000.0, 54.0));
    assert_eq!(causes[29], Cause::OverWarning);
}

#[test]
fn l53_too_few_requests_are_never_a_pass() {
    let mut run = Run::errors(&[(30, "1%")]);
    let causes = run.minutes(0..30, &row(5.0, 0.0, 600.0, 0.0));
    assert!(causes.iter().all(|cause| *cause == Cause::TooFewRequests), "{causes:?}");
}

#[test]
fn enough_requests_that_prove_nothing_are_unproven_and_say_what_would_have_been_seen() {
    let mut run = Run::errors(&[(30, "5%")]);
    run.minutes(0..10, &row(30.0, 0.0, 570.0, 1.0));
    let found = run.minute(10, row(30.0, 0.0, 570.0, 1.0)).remove(0);
    assert_eq!(found.cause, Cause::Unproven);
    assert!((0.02..0.06).contains(&found.numbers["smallest_visible_rate"]), "{found:?}");
}

#[test]
fn silence_is_unknown_and_never_a_pass() {
    let mut run = Run::errors(&[(30, "10%")]);
    let nobody = run.minutes(0..3, &Row::default());
    assert_eq!(nobody, [Cause::NoTraffic; 3]);
    run.minutes(3..12, &healthy());
    let gone = run.minutes(12..20, &Row::default());
    assert_eq!(gone[1], Cause::Proven);
    assert!(gone[2..].iter().all(|cause| *cause == Cause::Stale), "{gone:?}");
}

#[test]
fn l54_a_fault_of_the_newest_reading_is_unknown_though_the_step_looked_proven() {
    for (kind, cause) in [
        (DataFaultKind::Forbidden, Cause::Forbidden),
        (DataFaultKind::Partial, Cause::Partial),
        (DataFaultKind::ProviderError, Cause::ProviderError),
    ] {
        let mut run = Run::errors(&[(30, "10%")]);
        run.minutes(0..10, &healthy());
        run.faults = vec![DataFault { account: Account::New, kind, message: "no".to_owned() }];
        assert_eq!(run.minute(10, healthy())[0].cause, cause);
        run.faults.clear();
        assert_eq!(run.minute(11, healthy())[0].cause, Cause::Proven);
    }
}

#[test]
fn l54_a_fault_does_not_hide_a_breach() {
    let mut run = Run::errors(&[(30, "10%")]);
    run.minutes(0..5, &row(6_000.0, 600.0, 54_000.0, 54.0));
    run.faults = vec![DataFault {
        account: Account::Legacy,
        kind: DataFaultKind::Partial,
        message: "no".to_owned(),
    }];
    assert_eq!(run.minute(5, Row::default())[0].cause, Cause::OverCritical);
}

#[test]
fn a_dead_target_group_is_a_catastrophe_though_it_has_few_requests() {
    let mut run = Run::errors(&[(30, "10%")]);
    run.minutes(0..5, &healthy());
    assert_eq!(run.minute(5, row(3.0, 600.0, 54_000.0, 54.0))[0].cause, Cause::Catastrophe);
}

#[test]
fn every_step_has_to_prove_itself() {
    let mut run = Run::errors(&[(10, "5%"), (10, "10%")]);
    run.lag = SignedDuration::ZERO;
    let causes = run.minutes(0..20, &healthy());
    assert_eq!(causes[9], Cause::Proven);
    assert!(causes[10..14].iter().all(|cause| *cause == Cause::TooFewRequests), "{causes:?}");
    assert_eq!(causes[19], Cause::Proven);
}

#[test]
fn a_step_of_which_no_minute_is_closed_has_proven_nothing() {
    let mut run = Run::new(&all_gates(), &PAST, &[(10, "5%"), (10, "10%")]);
    let mut minute = healthy();
    for side in [&mut minute.new, &mut minute.legacy] {
        side.latency = Some(0.3);
    }
    run.minutes(0..10, &minute);
    let begun = run.spans[1].first.start() + SignedDuration::from_secs(1);
    for found in &run.judge(begun)[..3] {
        assert_eq!(found.cause, Cause::TooFewRequests, "{found:?}");
    }
}

#[test]
fn before_the_first_step_nothing_is_known_and_earlier_minutes_are_no_evidence() {
    let mut run = Run::errors(&[(30, "10%")]);
    let before = START.start();
    run.read(before, (-30..0).map(|minute| (minute, row(6_000.0, 3_000.0, 54_000.0, 54.0))));
    assert_eq!(run.judge(before)[0].cause, Cause::TooFewRequests);
    let now = run.closing(0);
    run.read(now, [(0, healthy())]);
    assert_eq!(run.judge(now)[0].cause, Cause::TooFewRequests);
}

#[test]
fn gates_that_are_off_say_nothing() {
    let mut run = Run::new(&no_gates(), &PAST, &[(30, "10%")]);
    assert!(run.minute(0, healthy()).is_empty());
}

#[test]
fn however_old_a_minute_is_that_changes_what_is_said_is_as_if_it_had_always_been_so() {
    for changed in [5, 700, 1395] {
        let steps = [(2000, "5%")];
        let mut told = Run::new(&all_gates(), &PAST, &steps);
        let healthy = row(3_000.0, 3.0, 57_000.0, 57.0);
        (0..1400).for_each(|minute| drop(told.minute(minute, healthy.clone())));
        let worse = row(3_000.0, 90.0, 57_000.0, 57.0);
        let now = told.closing(1400);
        told.read(now, [(changed, worse.clone()), (1400, healthy.clone())]);
        let mut known = Run::new(&all_gates(), &PAST, &steps);
        let rows = (0..=1400).map(|m| (m, if m == changed { &worse } else { &healthy }.clone()));
        known.read(now, rows);
        assert_eq!(told.judge(now), known.judge(now), "{changed}");
    }
}
