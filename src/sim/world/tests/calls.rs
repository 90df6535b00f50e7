//! Laws L20 to L26: calls that are refused, lost, or not allowed; how long they take; and what others do meanwhile.

use super::*;
use crate::sim::Operation;

#[test]
fn l20_an_empty_bucket_throttles_and_nothing_is_done() {
    let mut world = world(pair(100, 0), "route53: { other_tools: 0 }");
    for _ in 0..50 {
        world.records(DNS, &zone_id()).unwrap();
    }
    let error = world.change(DNS, &zone_id(), &[delete(&weighted("new", 0))], "").unwrap_err();
    assert_eq!(error.kind, CloudErrorKind::Throttled);
    assert_eq!(error.code.as_deref(), Some("Throttling"));
    assert_eq!(error.message, "Rate exceeded");
    assert_eq!(records(&world).len(), 2);
}

#[test]
fn l21_a_batch_s_change_tokens_are_counted_when_it_is_let_through() {
    let mut world = world(pair(100, 0), "");
    submit(&mut world, &[delete(&weighted("new", 0)), upsert(&weighted("old", 99))]).unwrap();
    assert_eq!(world.change_tokens(), 3);
    let many: Vec<Change> = (0..800).map(|_| upsert(&weighted("new", 1))).collect();
    assert_eq!(submit(&mut world, &many), Err(CloudErrorKind::Throttled));
    assert_eq!(world.change_tokens(), 3);
}

#[test]
fn l24_a_zone_is_busy_for_less_than_a_second_after_a_change() {
    let mut world = world(pair(100, 0), "");
    set(&mut world, 99, 1);
    let error = world.change(DNS, &zone_id(), &[delete(&weighted("new", 1))], "").unwrap_err();
    assert_eq!(error.kind, CloudErrorKind::Busy);
    assert_eq!(error.code.as_deref(), Some("PriorRequestNotComplete"));
    world.advance(world.now() + seconds(1));
    assert!(world.change(DNS, &zone_id(), &[delete(&weighted("new", 1))], "").is_ok());
}

#[test]
fn l25_a_lost_answer_leaves_the_change_made() {
    let mut world = world(pair(100, 0), "faults: [{ at: 0s, lost_answers: 100% }]");
    let changes = [upsert(&weighted("new", 7))];
    assert_eq!(submit(&mut world, &changes), Err(CloudErrorKind::Unclear));
    assert!(records(&world).contains(&weighted("new", 7)));
}

#[test]
fn l26_a_swap_that_is_sent_twice_is_made_once() {
    let mut world = world(pair(100, 0), "faults: [{ at: 0s, lost_answers: 100% }]");
    let swap = [delete(&weighted("new", 0)), create(&weighted("new", 7))];
    assert_eq!(submit(&mut world, &swap), Err(CloudErrorKind::Unclear));
    assert_eq!(refusal(&mut world, &swap).len(), 2, "what was made is in its own way");
    assert!(records(&world).contains(&weighted("new", 7)));
}

#[test]
fn another_account_cannot_touch_the_zone() {
    let mut world = world(pair(100, 0), "");
    let error = world.change(NEW, &zone_id(), &[delete(&weighted("new", 0))], "").unwrap_err();
    assert_eq!(error.kind, CloudErrorKind::Denied);
    let error = world.records(DNS, &ZoneId("Z9".to_owned())).unwrap_err();
    assert_eq!(error.kind, CloudErrorKind::NotFound);
    assert!(world.zones(NEW).unwrap().is_empty());
    assert_eq!(world.zones(DNS).unwrap().len(), 1);
}

#[test]
fn while_the_control_plane_is_down_nothing_is_done_and_calls_take_long() {
    let mut world = world(pair(100, 0), "faults: [{ at: 0s, for: 5m, route53_down: true }]");
    assert_eq!(submit(&mut world, &[upsert(&weighted("new", 7))]), Err(CloudErrorKind::Unclear));
    assert!(world.latency(Operation::GetChange) >= seconds(10));
    assert!(
        world
            .target_health(NEW, &balancer(Side::New, BalancerKind::Application).balancer.name)
            .is_ok()
    );
    world.advance(start() + minutes(5));
    assert!(!records(&world).contains(&weighted("new", 7)));
    assert_eq!(submit(&mut world, &[upsert(&weighted("new", 7))]), Ok(()));
}

#[test]
fn calls_take_exactly_as_long_as_the_scenario_says() {
    let mut world = world(pair(100, 0), "route53: { answer_ms: 30, change_ms: 50.5 }");
    let mut took = |operation| world.latency(operation).as_secs_f64() * 1000.0;
    assert_eq!(took(Operation::ListResourceRecordSets), 30.0);
    assert_eq!(took(Operation::GetChange), 30.0);
    assert_eq!(took(Operation::ChangeResourceRecordSets), 50.5);
    assert!((60.0..=250.0).contains(&took(Operation::DescribeLoadBalancers)));
}

#[test]
fn somebody_sets_the_weights_back() {
    let mut world =
        world(pair(100, 0), "faults: [{ from_share: 25%, after: 5m, weights_reset: true }]");
    set(&mut world, 75, 25);
    world.advance(start() + minutes(4));
    assert!(records(&world).contains(&weighted("new", 25)));
    world.advance(start() + minutes(6));
    assert_eq!(records(&world), [weighted("new", 0), weighted("old", 100)]);
    set(&mut world, 75, 25);
    world.advance(start() + minutes(30));
    assert!(records(&world).contains(&weighted("new", 25)), "once only");
}
