//! The minutes table: everything that was read of both sides, newest reading of each minute.

use std::collections::BTreeMap;

use super::{
    reading::{AlarmReading, DataFault, DatadogFault, DatadogReading, Reading, Row, TargetCount},
    service::ServiceReading,
};
use crate::unit::{Minute, Timestamp};

/// Everything read so far. A minute that is read again is replaced: its newest reading counts.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    rows: BTreeMap<Minute, Row>,
    /// Newest reading of the targets behind new, and when it was taken.
    targets: Option<(Timestamp, TargetCount)>,
    /// Newest reading of each alarm, by the name of its gate, and when it was taken.
    alarms: BTreeMap<String, (Timestamp, AlarmReading)>,
    /// Newest reading of each ECS service, and when it was taken.
    services: BTreeMap<String, (Timestamp, ServiceReading)>,
    /// Newest reading of each Datadog monitor, by the name of its gate, and when it was taken.
    monitors: BTreeMap<String, (Timestamp, DatadogReading)>,
    /// Why Datadog told nothing about a gate in the newest reading, by the gate's name.
    unread: BTreeMap<String, DatadogReading>,
    /// What was wrong with the newest reading; empty when it was whole.
    faults: Vec<DataFault>,
    /// How many readings brought something new, to the minute.
    revision: u64,
    /// Which reading changed which minute last; of the minutes of one reading the oldest. Both only increase: a
    /// reading that goes further back makes the ones before it moot.
    changes: Vec<(u64, Minute)>,
}

impl Table {
    /// Takes in one reading.
    pub fn record(&mut self, at: Timestamp, reading: Reading) {
        let Reading { rows, targets, alarms, services, datadog, faults } = reading;
        let next = self.revision + 1;
        let mut oldest: Option<Minute> = None;
        for (minute, row) in rows {
            if self.rows.get(&minute) != Some(&row) {
                oldest = Some(oldest.map_or(minute, |m| m.min(minute)));
                self.rows.insert(minute, row);
                self.revision = next;
            }
        }
        if let Some(minute) = oldest {
            while self.changes.last().is_some_and(|(_, changed)| *changed >= minute) {
                self.changes.pop();
            }
            self.changes.push((next, minute));
        }
        if let Some(count) = targets {
            let minute = |at| Minute::containing(at);
            let same = |(known_at, known): &(Timestamp, TargetCount)| {
                minute(*known_at) == minute(at) && *known == count
            };
            if !self.targets.as_ref().is_some_and(same) {
                self.revision = next;
            }
            self.targets = Some((at, count));
        }
        for (gate, alarm) in alarms {
            let of_minute =
                |(at, alarm): &(Timestamp, AlarmReading)| (Minute::containing(*at), alarm.state);
            let read = (at, alarm);
            if self.alarms.get(&gate).map(of_minute) != Some(of_minute(&read)) {
                self.revision = next;
            }
            self.alarms.insert(gate, read);
        }
        for (name, reading) in services {
            let same = |(known_at, known): &(Timestamp, ServiceReading)| {
                Minute::containing(*known_at) == Minute::containing(at) && *known == reading
            };
            if !self.services.get(&name).is_some_and(same) {
                self.revision = next;
            }
            self.services.insert(name, (at, reading));
        }
        self.record_datadog(at, datadog, next);
        if self.faults != faults {
            self.revision = next;
        }
        self.faults = faults;
    }

    fn record_datadog(&mut self, at: Timestamp, told: BTreeMap<String, DatadogReading>, next: u64) {
        let is_monitor =
            |reading: &DatadogReading| matches!(reading, DatadogReading::Monitor { .. });
        let (monitors, unread): (BTreeMap<_, _>, _) =
            told.into_iter().partition(|(_, reading)| is_monitor(reading));
        for (gate, reading) in monitors {
            let of_minute = |(at, reading): &(Timestamp, DatadogReading)| {
                (Minute::containing(*at), reading.clone())
            };
            let read = (at, reading);
            if self.monitors.get(&gate).map(of_minute) != Some(of_minute(&read)) {
                self.revision = next;
            }
            self.monitors.insert(gate, read);
        }
        if self.unread != unread {
            self.revision = next;
        }
        self.unread = unread;
    }

    /// Returns all minutes read, oldest first.
    pub fn rows(&self) -> &BTreeMap<Minute, Row> {
        &self.rows
    }

    /// Returns the newest count of targets behind new, and when it was taken.
    pub fn targets(&self) -> Option<&(Timestamp, TargetCount)> {
        self.targets.as_ref()
    }

    /// Returns the newest reading of an alarm by the name of its gate, and when it was taken.
    pub fn alarm(&self, gate: &str) -> Option<&(Timestamp, AlarmReading)> {
        self.alarms.get(gate)
    }

    /// Returns the newest reading of an ECS service by what it is called beside the gates, and when it was taken.
    pub fn service(&self, name: &str) -> Option<&(Timestamp, ServiceReading)> {
        self.services.get(name)
    }

    /// Returns the newest reading of a Datadog monitor by the name of its gate, and when it was taken.
    pub fn monitor(&self, gate: &str) -> Option<&(Timestamp, DatadogReading)> {
        self.monitors.get(gate)
    }

    /// Returns why Datadog told nothing about a gate in the newest reading: the kind of failure, and what was said.
    pub fn unread(&self, gate: &str) -> Option<(DatadogFault, &str)> {
        match self.unread.get(gate)? {
            DatadogReading::Unread { kind, message } => Some((*kind, message)),
            DatadogReading::Monitor { .. } => None,
        }
    }

    /// Returns what was wrong with the newest reading.
    pub fn faults(&self) -> &[DataFault] {
        &self.faults
    }

    /// Returns how many readings brought something new: a row, a fault, or the targets as of another minute.
    pub(super) fn revision(&self) -> u64 {
        self.revision
    }

    /// Returns the oldest minute that changed after the reading with this number.
    pub(super) fn changed_after(&self, revision: u64) -> Option<Minute> {
        let at = self.changes.partition_point(|(change, _)| *change <= revision);
        self.changes.get(at).map(|(_, minute)| *minute)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        gate::{AlarmState, DataFaultKind, SideRow},
        unit::Account,
    };

    fn row(requests: f64) -> Row {
        Row { new: SideRow { requests: Some(requests), ..SideRow::default() }, ..Row::default() }
    }

    #[test]
    fn a_reader_learns_the_oldest_minute_that_changed_since_it_last_looked() {
        let mut table = Table::default();
        let mut read = |minutes: &[(i64, f64)]| {
            let rows = minutes.iter().map(|(minute, n)| (Minute(*minute), row(*n)));
            let reading = Reading { rows: rows.collect(), ..Reading::default() };
            table.record(Timestamp::UNIX_EPOCH, reading);
            (0..=table.revision()).map(|r| table.changed_after(r).map(|m| m.0)).collect::<Vec<_>>()
        };
        assert_eq!(read(&[(5, 1.0), (6, 1.0)]), [Some(5), None]);
        assert_eq!(read(&[(5, 1.0), (6, 1.0), (7, 1.0)]), [Some(5), Some(7), None]);
        assert_eq!(read(&[(6, 2.0)]), [Some(5), Some(6), Some(6), None]);
        assert_eq!(read(&[(6, 2.0)]), [Some(5), Some(6), Some(6), None], "nothing new");
        assert_eq!(read(&[(4, 1.0)]), [Some(4), Some(4), Some(4), Some(4), None]);
    }

    #[test]
    fn what_is_counted_or_wrong_is_news_when_it_changes_and_a_count_also_in_every_minute() {
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        let mut table = Table::default();
        let mut is_news = |seconds, healthy, faults: &[DataFault]| {
            let before = table.revision();
            let targets = Some(TargetCount { healthy, registered: 4, of: None });
            let faults = faults.to_vec();
            table.record(at(seconds), Reading { targets, faults, ..Reading::default() });
            table.revision() > before
        };
        let (account, kind) = (Account::New, DataFaultKind::Forbidden);
        let fault = [DataFault { account, kind, message: "no".to_owned() }];
        assert!(is_news(0, 4, &[]));
        assert!(!is_news(30, 4, &[]), "the same count of the same minute");
        assert!(is_news(59, 3, &[]), "another count of the same minute");
        assert!(is_news(60, 3, &[]), "the same count of another minute");
        assert!(is_news(61, 3, &fault));
        assert!(!is_news(62, 3, &fault));
        assert!(is_news(63, 3, &[]));
    }

    #[test]
    fn what_an_alarm_says_is_news_when_it_changes_and_in_every_minute() {
        let mut table = Table::default();
        let mut is_news = |seconds, state| {
            let before = table.revision();
            let reading = AlarmReading { state, reason: String::new(), since: None };
            let alarms = BTreeMap::from([("a".to_owned(), reading)]);
            let at = Timestamp::from_second(seconds).unwrap();
            table.record(at, Reading { alarms, ..Reading::default() });
            table.revision() > before
        };
        assert!(is_news(0, AlarmState::Ok));
        assert!(!is_news(30, AlarmState::Ok));
        assert!(is_news(59, AlarmState::Alarm));
        assert!(is_news(60, AlarmState::Alarm));
    }
}
