//! What `share` makes of what arrives: of what was set, and of what usually comes.

use super::*;

fn share_run(share: &str) -> Run {
    let gates = Gates { share: all_gates().share, ..no_gates() };
    Run::new(&gates, &PAST, &[(60, share)])
}

#[test]
fn l55_a_share_as_it_was_set_passes_once_it_may_be_judged() {
    // Settled at 02:03, judged from 02:08 on.
    let causes = share_run("10%").minutes(0..12, &row(600.0, 0.0, 5_400.0, 0.0));
    assert!(causes[..8].iter().all(|cause| *cause == Cause::TooFewRequests), "{causes:?}");
    assert!(causes[8..].iter().all(|cause| *cause == Cause::Proven), "{causes:?}");
}

#[test]
fn l55_a_share_that_is_off_is_a_warning() {
    for (share, n, m) in [
        ("10%", 200.0, 5_800.0),
        ("10%", 1_200.0, 4_800.0),
        ("100%", 2_000.0, 4_000.0),
        ("0%", 4_000.0, 2_000.0),
    ] {
        let causes = share_run(share).minutes(0..10, &row(n, 0.0, m, 0.0));
        assert_eq!(causes[9], Cause::ShareOff, "{share} {n}");
    }
    for (share, n, m) in
        [("10%", 800.0, 5_200.0), ("100%", 5_000.0, 1_000.0), ("0%", 40.0, 5_960.0)]
    {
        let causes = share_run(share).minutes(0..10, &row(n, 0.0, m, 0.0));
        assert_eq!(causes[9], Cause::Proven, "{share} {n}");
    }
}

#[test]
fn l55_when_hardly_anybody_arrives_the_share_says_so() {
    for (share, n, m) in [("1%", 0.0, 6_000.0), ("50%", 200.0, 5_800.0), ("100%", 100.0, 5_900.0)] {
        let causes = share_run(share).minutes(0..10, &row(n, 0.0, m, 0.0));
        assert_eq!(causes[9], Cause::NobodyArrives, "{share}");
    }
    let alone = Row { new: SideRow::default(), ..row(0.0, 0.0, 6_000.0, 6.0) };
    assert_eq!(share_run("1%").minutes(0..10, &alone)[9], Cause::NobodyArrives);
}

#[test]
fn l45_l55_when_nearly_everybody_arrives_although_legacy_should_have_a_part_the_share_says_so() {
    for (share, n, m) in [("1%", 6_000.0, 0.0), ("50%", 5_800.0, 200.0), ("90%", 5_980.0, 20.0)] {
        let causes = share_run(share).minutes(0..10, &row(n, 0.0, m, 0.0));
        assert_eq!(causes[9], Cause::EverybodyArrives, "{share}");
    }
    let causes = share_run("100%").minutes(0..10, &row(6_000.0, 0.0, 0.0, 0.0));
    assert_eq!(causes[9], Cause::Proven, "that is what was set");
}

/// A run at 10 % in which 6,000 requests a minute are meant for `alb a` and 300 for `alb b`.
fn run_of_two() -> Run {
    let gates = Gates { share: all_gates().share, ..no_gates() };
    let meant_for = [("alb a", 6_000.0), ("alb b", 300.0)];
    let meant_for = meant_for.map(|(name, rate)| (name.to_owned(), rate)).into();
    Run::new(&gates, &History { meant_for, ..PAST }, &[(60, "10%")])
}

fn without(silent: &[&str]) -> Row {
    let mut row = row(600.0, 0.0, 5_700.0, 0.0);
    row.new.silent = silent.iter().map(|name| (*name).to_owned()).collect();
    row
}

#[test]
fn l55_one_of_several_load_balancers_that_nobody_reaches_is_named_although_the_sum_is_right() {
    let mut run = run_of_two();
    let causes = run.minutes(0..9, &without(&["alb b"]));
    assert_eq!(causes[8], Cause::NobodyArrives);
    let why = run.minute(9, without(&["alb b"])).remove(0).why;
    assert!(
        why.starts_with(
            "nobody arrives at alb b: it got none of about 60 requests that are meant for it in 2 min; new gets 9.5% of"
        ),
        "{why}"
    );
    // One request is enough to show that it can be reached.
    assert_eq!(run.minute(10, without(&[]))[0].cause, Cause::Proven);
}

#[test]
fn a_load_balancer_of_which_little_is_expected_or_known_is_not_missed() {
    let causes = run_of_two().minutes(0..12, &without(&["alb c"]));
    assert_eq!(causes[11], Cause::Proven, "nobody knows how much is meant for it");
    let mut run = run_of_two();
    run.spans[0].share = "0.5%".parse().unwrap();
    let mut quiet = without(&["alb b"]);
    (quiet.new.requests, quiet.legacy.requests) = (Some(30.0), Some(6_270.0));
    assert_eq!(run.minutes(0..18, &quiet)[17], Cause::Proven, "about 15 requests in 10 minutes");
    assert_eq!(run.minutes(18..26, &quiet)[7], Cause::NobodyArrives, "about 27 in 18 minutes");
}

#[test]
fn a_share_that_strays_by_chance_is_not_off_however_few_the_requests() {
    for (n, m) in [(1.0, 9.0), (2.0, 38.0), (4.0, 96.0)] {
        let causes = share_run("1%").minutes(0..9, &row(n, 0.0, m, 0.0));
        assert!(matches!(causes[8], Cause::Proven | Cause::Unproven), "{n} of {m}: {causes:?}");
    }
}

#[test]
fn too_few_requests_to_tell_whether_anybody_arrives_do_not_hold_a_step_for_ever() {
    let causes = share_run("1%").minutes(0..10, &row(0.0, 0.0, 20.0, 0.0));
    assert_eq!(causes[9], Cause::Unproven);
}

#[test]
fn the_share_of_a_hold_shorter_than_its_wait_is_judged_at_the_end_of_the_hold() {
    let mut run = share_run("10%");
    assert_eq!(run.minutes(0..5, &row(600.0, 0.0, 5_400.0, 0.0))[4], Cause::TooFewRequests);
    run.hold_ended = true;
    let now = run.closing(4);
    assert_eq!(run.judge(now)[0].cause, Cause::Proven);
}

#[test]
fn a_share_without_any_request_is_unknown() {
    assert_eq!(share_run("10%").minutes(0..10, &Row::default())[9], Cause::NoTraffic);
}

/// A run whose share is right, with a week and an hour before it that had 6,000 requests in every minute.
fn usual_run() -> Run {
    let steady = |from: i64, until: i64| {
        (from..until).map(|minute| (START.offset(minute), 6_000.0)).collect::<BTreeMap<_, _>>()
    };
    let past = History { usual: steady(-60, 120), before: steady(-60, 0), ..PAST };
    let gates = Gates { share: all_gates().share, ..no_gates() };
    Run::new(&gates, &past, &[(60, "10%")])
}

/// A minute in which this part of 6,000 requests comes, split as it was set.
fn coming(part: f64) -> Row {
    row(600.0 * part, 0.0, 5_400.0 * part, 0.0)
}

#[test]
fn requests_that_reach_neither_side_are_missed() {
    let causes = usual_run().minutes(0..10, &coming(0.3));
    assert!(causes[..8].iter().all(|cause| *cause == Cause::TooFewRequests), "{causes:?}");
    assert_eq!(causes[8..], [Cause::TrafficMissing; 2]);
}

#[test]
fn a_quieter_time_than_usual_is_not_held_against_anybody() {
    for part in [0.6, 0.8, 1.0, 3.0] {
        let causes = usual_run().minutes(0..30, &coming(part));
        assert!(causes[8..].iter().all(|cause| *cause == Cause::Proven), "{part}: {causes:?}");
    }
}

#[test]
fn when_users_are_back_so_is_the_pass() {
    let mut run = usual_run();
    run.minutes(0..10, &coming(0.2));
    assert_eq!(run.minutes(10..60, &coming(1.0))[49], Cause::Proven);
}

#[test]
fn where_the_week_and_the_hour_before_disagree_nobody_is_missed() {
    let gates = Gates { share: all_gates().share, ..no_gates() };
    let steady = |from: i64, until: i64, requests: f64| {
        (from..until).map(|minute| (START.offset(minute), requests)).collect::<BTreeMap<_, _>>()
    };
    for (week, hour) in [(20_000.0, 6_000.0), (6_000.0, 20_000.0)] {
        let (usual, before) = (steady(-60, 120, week), steady(-60, 0, hour));
        let past = History { usual, before, ..PAST };
        let causes = Run::new(&gates, &past, &[(60, "10%")]).minutes(0..10, &coming(1.0));
        assert_eq!(causes[9], Cause::Proven, "{week} {hour}");
    }
}

#[test]
fn the_hour_before_goes_on_as_it_did_a_week_ago() {
    let gates = Gates { share: all_gates().share, ..no_gates() };
    // Traffic rises as it did a week ago, threefold within two hours.
    let at = |minute: i64| 6_000.0 + 50.0 * minute as f64;
    let usual = (-60..120).map(|minute| (START.offset(minute), at(minute))).collect();
    let before = (-60..0).map(|minute| (START.offset(minute), at(minute))).collect();
    let past = History { usual, before, ..PAST };
    for (part, cause) in [(1.0, Cause::Proven), (0.4, Cause::TrafficMissing)] {
        let mut run = Run::new(&gates, &past, &[(60, "10%")]);
        let rows = (0..40).map(|minute| (minute, coming(part * at(minute) / 6_000.0)));
        let found = rows.map(|(minute, row)| run.minute(minute, row).remove(0)).last().unwrap();
        assert_eq!(found.cause, cause, "{}", found.why);
    }
}

#[test]
fn without_a_week_the_hour_before_the_step_decides() {
    let gates = Gates { share: all_gates().share, ..no_gates() };
    let before = (-60..0).map(|minute| (START.offset(minute), 6_000.0)).collect();
    let past = History { before, ..PAST };
    let mut run = Run::new(&gates, &past, &[(60, "10%"), (60, "20%")]);
    assert_eq!(run.minutes(0..57, &coming(0.6))[56], Cause::Proven);
    let causes = run.minutes(57..80, &row(480.0, 0.0, 1_920.0, 0.0));
    assert_eq!(causes[22], Cause::Proven, "2,400 of what are 3,600 by now");
    assert_eq!(run.minutes(80..110, &row(200.0, 0.0, 800.0, 0.0))[29], Cause::TrafficMissing);
}

#[test]
fn an_hour_that_is_long_over_says_nothing_of_a_later_wave() {
    let gates = Gates { share: all_gates().share, ..no_gates() };
    let judged = |hours: i64| {
        let end = -hours * 60;
        let before = (end - 60..end).map(|minute| (START.offset(minute), 6_000.0)).collect();
        let mut run = Run::new(&gates, &History { before, ..PAST }, &[(60, "10%")]);
        *run.minutes(0..30, &coming(0.2)).last().unwrap()
    };
    assert_eq!((judged(0), judged(8)), (Cause::TrafficMissing, Cause::Proven));
}

#[test]
fn a_step_that_begins_before_the_first_one_by_a_clock_that_was_set_back_is_judged() {
    let gates = Gates { share: all_gates().share, ..no_gates() };
    let before = (-60..0).map(|minute| (START.offset(minute), 6_000.0)).collect();
    let past = History { before, ..PAST };
    let mut run = Run::new(&gates, &past, &[(60, "10%"), (60, "10%")]);
    run.spans[1].first = START.offset(-20);
    run.spans[1].settled = Some(START.offset(-17).start());
    let causes = run.minutes(0..30, &coming(1.0));
    assert!(!causes.contains(&Cause::TrafficMissing), "{causes:?}");
}

#[test]
fn a_run_that_goes_on_beyond_the_week_it_knows_misses_nobody() {
    let gates = Gates { share: all_gates().share, ..no_gates() };
    let steady = |from: i64, until: i64| {
        (from..until).map(|minute| (START.offset(minute), 6_000.0)).collect::<BTreeMap<_, _>>()
    };
    let past = History { usual: steady(-60, 60), before: steady(-60, 0), ..PAST };
    let mut run = Run::new(&gates, &past, &[(200, "10%")]);
    run.minutes(0..100, &coming(1.0));
    assert_eq!(run.minutes(100..140, &coming(0.2))[39], Cause::Proven);
}

#[test]
fn minutes_that_are_late_are_not_missing_requests() {
    let mut run = usual_run();
    run.minutes(0..9, &coming(1.0));
    let causes = run.minutes(9..20, &Row::default());
    assert!(causes.iter().all(|cause| *cause == Cause::Proven), "{causes:?}");
}

#[test]
fn traffic_as_uneven_as_this_says_nothing_when_it_is_quiet() {
    let burst = |minute: i64| if minute.rem_euclid(7) == 0 { 36_000.0 } else { 1_000.0 };
    let span = |from: i64, until: i64| {
        (from..until)
            .map(|minute| (START.offset(minute), burst(minute)))
            .collect::<BTreeMap<_, _>>()
    };
    let past = History { usual: span(-60, 120), before: span(-60, 0), ..PAST };
    let gates = Gates { share: all_gates().share, ..no_gates() };
    let mut run = Run::new(&gates, &past, &[(60, "10%")]);
    for minute in 0..40 {
        let found = run.minute(minute, coming(burst(minute - 3) / 6_000.0)).remove(0);
        assert!(found.cause != Cause::TrafficMissing, "{}", found.why);
    }
}

#[test]
fn a_week_and_an_hour_without_requests_miss_nobody() {
    let causes = Run::new(
        &Gates { share: all_gates().share, ..no_gates() },
        &History { usual: BTreeMap::from([(START, 0.0), (START.offset(90), 0.0)]), ..PAST },
        &[(60, "10%")],
    )
    .minutes(0..10, &coming(0.1));
    assert_eq!(causes[9], Cause::Proven);
}

#[test]
fn half_and_half_is_traffic_like_any_other() {
    assert_eq!(share_run("50%").minutes(0..10, &row(3_000.0, 0.0, 3_000.0, 0.0))[9], Cause::Proven);
}

#[test]
fn a_hold_that_lasts_as_long_as_the_wait_is_judged_by_what_came_after_it() {
    // Settled at 02:03, judged from 02:08 on: what strayed before does not count.
    let mut run = share_run("10%");
    run.minutes(0..8, &row(6_000.0, 0.0, 0.0, 0.0));
    run.hold_ended = true;
    assert_eq!(run.minute(8, row(600.0, 0.0, 5_400.0, 0.0))[0].cause, Cause::Proven);
}

#[test]
fn where_nobody_reaches_new_at_all_no_single_load_balancer_is_blamed() {
    let mut run = run_of_two();
    let mut dead = without(&["alb b"]);
    (dead.new.requests, dead.legacy.requests) = (Some(2.0), Some(6_298.0));
    let why = run.minutes(0..9, &dead);
    assert_eq!(why[8], Cause::NobodyArrives);
    let why = run.minute(9, dead).remove(0).why;
    assert!(why.starts_with("hardly anybody arrives: new gets "), "{why}");
}

#[test]
fn a_part_that_still_comes_to_legacy_is_off_and_not_nobody() {
    assert_eq!(share_run("50%").minutes(0..10, &row(5_400.0, 0.0, 600.0, 0.0))[9], Cause::ShareOff);
}

#[test]
fn a_minute_without_anybody_on_new_does_not_speak_for_the_load_balancer_that_nobody_reaches() {
    let mut run = run_of_two();
    run.minutes(0..9, &without(&["alb b"]));
    run.minute(9, row(0.0, 0.0, 5_700.0, 0.0));
    assert_eq!(run.minute(10, without(&["alb b"]))[0].cause, Cause::NobodyArrives);
}

#[test]
fn where_a_large_part_is_led_to_new_and_gets_lost_it_is_said() {
    let lost = |share: &str, legacy: f64| {
        let mut run = usual_run();
        run.spans[0].share = share.parse().unwrap();
        run.minutes(0..9, &row(0.0, 0.0, legacy, 0.0));
        let found = run.minute(9, row(0.0, 0.0, legacy, 0.0)).remove(0);
        assert_eq!(found.cause, Cause::NobodyArrives, "{}", found.why);
        found.why.ends_with("; as if those who are led to new reached nothing")
    };
    // 6,000 are usual: without half of half of them it would be 4,500.
    assert!(lost("50%", 3_600.0) && lost("50%", 4_499.0));
    assert!(!lost("50%", 4_500.0) && !lost("50%", 5_000.0), "they come to legacy instead");
    assert!(!lost("10%", 5_400.0), "too small a part to show");
}
