//! What is said of where the requests go.

use super::*;

/// Returns what the share gate says of a step at this share after ten such minutes of a run that had 6,000 requests a
/// minute until then, a week ago as well.
fn share_says(share: &str, minute: &Row, healthy: u32) -> String {
    let steady = |from: i64, until: i64| {
        (from..until).map(|minute| (START.offset(minute), 6_000.0)).collect::<BTreeMap<_, _>>()
    };
    let past = History { usual: steady(-60, 120), before: steady(-60, 0), ..PAST };
    let gates = Gates { share: all_gates().share, ..no_gates() };
    let mut run = Run::new(&gates, &past, &[(60, share)]);
    run.targets = Some(TargetCount { healthy, registered: 4, of: None });
    run.minutes(0..9, minute);
    text(&run.minute(9, minute.clone()))
}

#[test]
fn the_share_says_which_of_its_ways_to_be_wrong_it_is() {
    let says = [
        share_says("5%", &row(306.0, 0.0, 5_694.0, 0.0), 4),
        share_says("5%", &row(240.0, 0.0, 5_760.0, 0.0), 4),
        share_says("5%", &row(30.0, 0.0, 5_970.0, 0.0), 4),
        share_says("5%", &row(90.0, 0.0, 5_910.0, 0.0), 4),
        share_says("5%", &row(0.0, 0.0, 5_980.0, 0.0), 0),
        share_says("50%", &row(0.0, 0.0, 2_980.0, 0.0), 4),
        share_says("5%", &row(5_990.0, 0.0, 10.0, 0.0), 4),
        share_says("100%", &row(5_900.0, 0.0, 100.0, 0.0), 4),
        share_says("0%", &row(10.0, 0.0, 5_900.0, 0.0), 4),
        share_says("25%", &row(400.0, 0.0, 1_200.0, 0.0), 4),
    ];
    assert_data_eq!(
        says.concat(),
        str![[r#"
share Proven: new gets 5.1% of 12,000 requests of both sides over 2 min, where 5% is set; between 2% and 8.4% is expected
share Proven: new gets 4% of 12,000 requests of both sides over 2 min, where 5% is set; between 2% and 8.4% is expected; it is off by more than chance: some resolvers stand for many clients, or keep old answers
share NobodyArrives: hardly anybody arrives: new gets 0.5% of 12,000 requests of both sides over 2 min, where 5% is set; both sides together got 12,000 in 2 min; it was 12,000 in the same minutes a week ago, and it would be 12,000 at the pace of the hour before
share ShareOff: new gets 1.5% of 12,000 requests of both sides over 2 min, where 5% is set; between 2% and 8.4% is expected; both sides together got 12,000 in 2 min; it was 12,000 in the same minutes a week ago, and it would be 12,000 at the pace of the hour before
share NobodyArrives: nobody arrives: new gets none of 11,960 requests of both sides over 2 min, where 5% is set; none of the 4 targets behind new is healthy; both sides together got 11,960 in 2 min; it was 12,000 in the same minutes a week ago, and it would be 12,000 at the pace of the hour before
share NobodyArrives: nobody arrives: new gets none of 5,960 requests of both sides over 2 min, where 50% is set; both sides together got 5,960 in 2 min; it was 12,000 in the same minutes a week ago, and it would be 12,000 at the pace of the hour before; as if those who are led to new reached nothing
share EverybodyArrives: nearly everybody arrives: new gets 99.8% of 12,000 requests of both sides over 2 min, where 5% is set; legacy seems to be left out of the answers
share Proven: new gets 98.3% of 12,000 requests of both sides over 2 min, where 100% is set; at least 48.3% is expected; the others keep old answers or connections
share Proven: new gets 0.17% of 11,820 requests of both sides over 2 min, where 0% is set; at most 51.7% is expected; the others keep old answers or connections
share TrafficMissing: requests are missing: both sides together got 3,200 in 2 min; it was 12,000 in the same minutes a week ago, and it would be 12,000 at the pace of the hour before; of what comes new gets 25%, where 25% is set

"#]]
    );
}
