//! What alarms say, and when.

use super::*;
use crate::{plan::AlarmState, sim::StageAlarm};

fn alarmed(yaml: &str) -> World {
    let alarm = |side, account: &str, name: &str| StageAlarm {
        account: account.to_owned(),
        side,
        name: name.to_owned(),
        composite: false,
    };
    let alarms = [(Side::New, NEW, "b"), (Side::New, NEW, "a"), (Side::Legacy, LEGACY, "a")];
    let alarms = alarms.map(|(side, account, name)| alarm(side, account, name)).into();
    world(Stage { alarms, ..pair(0, 100) }, yaml)
}

/// Returns what the alarms of an account say so many minutes after the beginning, and since which minute.
fn says(world: &mut World, account: &str, minute: i64) -> Vec<(String, AlarmState, i64)> {
    world.advance(start() + minutes(minute));
    let since = |at: Option<Timestamp>| at.unwrap().duration_since(start()).as_mins();
    let alarms = world.alarms(account).unwrap().into_iter();
    alarms.map(|a| (a.name, a.reading.state, since(a.reading.since))).collect()
}

#[test]
fn an_alarm_says_ok_until_a_fault_is_on_it_and_after() {
    let mut world = alarmed(
        "faults:
  - { at: 5m, for: 10m, side: new, alarm: { name: a } }
  - { at: 10m, for: 2m, side: both, alarm: { name: a, state: INSUFFICIENT_DATA } }",
    );
    use AlarmState::{Alarm, InsufficientData, Ok};
    for (minute, state, since) in
        [(0, Ok, 0), (5, Alarm, 5), (10, InsufficientData, 10), (13, Alarm, 12), (20, Ok, 15)]
    {
        let said = says(&mut world, NEW, minute);
        let wanted = [("a".to_owned(), state, since), ("b".to_owned(), Ok, 0)];
        assert_eq!(said, wanted, "{minute}");
    }
    assert_eq!(says(&mut world, LEGACY, 20), [("a".to_owned(), Ok, 12)]);
}

#[test]
fn alarms_are_not_told_while_their_metrics_are_not() {
    for (fault, kind) in
        [("forbidden", CloudErrorKind::Denied), ("internal_error", CloudErrorKind::Unclear)]
    {
        let yaml = format!("faults: [{{ at: 5m, side: new, metrics: {fault} }}]");
        let mut world = alarmed(&yaml);
        assert_eq!(says(&mut world, NEW, 0).len(), 2);
        world.advance(start() + minutes(6));
        let told = |account| world.alarms(account).map(|alarms| alarms.len()).map_err(|e| e.kind);
        assert_eq!((told(NEW), told(LEGACY)), (Err(kind), Ok(1)));
    }
}
