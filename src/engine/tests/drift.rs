//! What somebody else changed.

use super::*;
use crate::engine::{Difference, Halt};

/// Sets the weights at a name, as somebody with the console would.
fn set(run: &mut Run, name: &str, legacy: u8, new: u8) {
    let wanted: RecordName = name.parse().unwrap();
    run.zone.retain(|record| record.name != wanted);
    run.zone.extend([weighted(name, "legacy", legacy), weighted(name, "new", new)]);
}

fn only_difference(run: &Run) -> &Difference {
    let Event::Drifted { differences } = run.last() else { panic!("{:?}", run.last()) };
    let [only] = &differences[..] else { panic!("{differences:?}") };
    only
}

#[test]
fn drift_of_one_pair_stops_and_shows_what_was_left_what_is_there_and_what_is_wanted() {
    let mut run = Run::holding(plan(), 0);
    run.pass(600);
    set(&mut run, "b.example.org", 77, 23);
    run.judge(&[("errors", Cause::Proven)]);
    run.work();
    assert_eq!(run.outcome(), Some(Outcome::Halted(Halt::Stopped)));
    let difference = only_difference(&run);
    assert_eq!(difference.name.to_string(), "b.example.org");
    for (text, weight) in [
        (&difference.expected, "weight 95"),
        (&difference.live, "weight 77"),
        (&difference.wanted, "weight 50"),
    ] {
        assert!(text.starts_with(weight), "{text}");
    }
    assert!(!difference.is_baseline);
    assert_eq!(run.weights("b.example.org"), [77, 23], "nobody's edit is overwritten");
}

#[test]
fn drift_to_the_baseline_is_told_apart() {
    let mut run = Run::holding(plan(), 0);
    set(&mut run, "a.example.com", 100, 0);
    let differences = run.engine.differences(&run.by_zone());
    run.commit(Event::Drifted { differences });
    assert!(only_difference(&run).is_baseline);
}

#[test]
fn records_that_are_gone_are_drift_too() {
    let mut run = Run::holding(plan(), 0);
    run.zone.retain(|record| record.name != "a.example.com".parse().unwrap());
    let differences = run.engine.differences(&run.by_zone());
    assert_eq!(differences.len(), 1);
    assert_eq!(differences[0].live, "nothing");
}

#[test]
fn a_third_member_is_drift() {
    let mut run = Run::holding(plan(), 0);
    run.zone.push(weighted("a.example.com", "canary", 1));
    assert_eq!(run.engine.differences(&run.by_zone()).len(), 1);
}

#[test]
fn drift_goes_on_being_drift_until_somebody_mends_it() {
    let mut run = Run::holding(plan(), 0);
    set(&mut run, "b.example.org", 77, 23);
    let differences = run.engine.differences(&run.by_zone());
    run.commit(Event::Drifted { differences });
    run.resume();
    run.work();
    assert_eq!(only_difference(&run).name.to_string(), "b.example.org");
    set(&mut run, "b.example.org", 95, 5);
    run.resume();
    run.work();
    assert_eq!(run.outcome(), None);
}

#[test]
fn an_edit_to_where_the_step_goes_anyway_is_no_drift() {
    let mut run = Run::holding(plan(), 0);
    run.pass(600);
    set(&mut run, "b.example.org", 50, 50);
    run.judge(&[("errors", Cause::Proven)]);
    run.work();
    assert!(!run.names().contains(&"drifted"));
}

#[test]
fn the_way_back_overwrites_weights_but_leaves_strangers_alone() {
    let mut run = Run::holding(plan(), 0);
    set(&mut run, "b.example.org", 77, 23);
    run.zone.push(weighted("b.example.org", "stranger", 9));
    run.roll_back();
    run.work();
    assert_eq!(run.last().name(), "stuck");
    assert_eq!(run.weights("b.example.org"), [100, 0, 9]);
}

#[test]
fn a_pair_that_somebody_made_simple_again_is_back_already() {
    let mut run = Run::holding(plan(), 0);
    run.zone.retain(|record| record.name != "b.example.org".parse().unwrap());
    run.zone.push(values("b.example.org", 300, "LEGACY.example.net.", Routing::Simple));
    run.roll_back();
    run.work();
    assert_eq!(run.last().name(), "rolled_back");
    let left: Vec<_> =
        run.zone.iter().filter(|r| r.name == "b.example.org".parse().unwrap()).collect();
    assert!(matches!(left[..], [only] if only.routing == Routing::Simple));
}
