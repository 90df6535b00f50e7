//! The minutes table: everything that was read of both sides, newest reading of each minute.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::service::ServiceReading;
use crate::unit::{Account, Minute, Side, Timestamp};

/// One minute of one side. A value that is missing had no CloudWatch datapoint.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct SideRow {
    /// Requests, summed over the side's load balancers. Whether it also counts what the load balancer refused
    /// depends on the kind: gates.md, "Which metrics".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests: Option<f64>,
    /// Failed requests. Missing while there are requests means none failed (law L50).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errors: Option<f64>,
    /// Latency in seconds at the gate's percentile. Of several load balancers it is that of the slowest which had
    /// requests enough of its own ([`samples_needed`](super::samples_needed)), never an average.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency: Option<f64>,
    /// Which load balancer that is, where the side has several, such as `alb api`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_of: Option<String>,
    /// The same at p90, which takes over where there are too few requests for the gate's percentile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_p90: Option<f64>,
    /// Which load balancer that is, where the side has several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_p90_of: Option<String>,
    /// New's load balancers without a request while others of new had some. In the sum of all they would not show.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub silent: Vec<String>,
}

/// One minute of everything.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Row {
    /// The legacy side.
    #[serde(default)]
    pub legacy: SideRow,
    /// The new side.
    #[serde(default)]
    pub new: SideRow,
    /// Values of the `metrics` gates, by the gate's name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metrics: BTreeMap<String, f64>,
}

impl Row {
    /// Returns one side of the minute.
    pub fn side(&self, side: Side) -> &SideRow {
        match side {
            Side::Legacy => &self.legacy,
            Side::New => &self.new,
        }
    }

    /// Returns the requests of both sides together; nothing where neither has a datapoint.
    pub fn requests(&self) -> Option<f64> {
        let sides = [self.legacy.requests, self.new.requests].into_iter().flatten();
        sides.filter(|requests| requests.is_finite()).reduce(|one, other| one + other)
    }
}

/// Healthy and registered targets behind a load balancer: that of a side's which is worst off.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TargetCount {
    /// In service.
    pub healthy: u32,
    /// Registered.
    pub registered: u32,
    /// Which load balancer that is, where the side has several, such as `alb api`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
}

/// What a CloudWatch alarm says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AlarmState {
    /// Within its threshold.
    Ok,
    /// Beyond its threshold.
    Alarm,
    /// It has too little data to tell.
    InsufficientData,
}

/// One alarm as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlarmReading {
    /// What it says.
    pub state: AlarmState,
    /// Why, in CloudWatch's words.
    pub reason: String,
    /// Since when it says so, where CloudWatch tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
}

/// What a Datadog monitor says, in Datadog's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MonitorState {
    /// Within its thresholds.
    #[serde(rename = "OK")]
    Ok,
    /// Beyond its warning threshold.
    Warn,
    /// Beyond its alert threshold.
    Alert,
    /// It has no data to go by.
    #[serde(rename = "No Data")]
    NoData,
    /// It does not know.
    Unknown,
    /// It was told to look away.
    Ignored,
    /// It was not evaluated.
    Skipped,
}

impl MonitorState {
    /// Returns Datadog's word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Warn => "Warn",
            Self::Alert => "Alert",
            Self::NoData => "No Data",
            Self::Unknown => "Unknown",
            Self::Ignored => "Ignored",
            Self::Skipped => "Skipped",
        }
    }
}

/// What Datadog told about one gate. The values of a query are among the rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DatadogReading {
    /// A monitor was read.
    Monitor {
        /// What it says.
        state: MonitorState,
        /// What it is called.
        name: String,
        /// Since when it says so, where Datadog tells.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        since: Option<Timestamp>,
    },
    /// It told nothing.
    Unread {
        /// What kind of failure.
        kind: DatadogFault,
        /// What was said, in words; no key is in it.
        message: String,
    },
}

/// How Datadog could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DatadogFault {
    /// There is no such monitor, or the query is none.
    Missing,
    /// The keys are refused.
    Forbidden,
    /// The rate limit is used up; nothing is asked until it is reset.
    Limited,
    /// It failed, did not answer in time, or answered what cannot be understood.
    Failed,
}

/// Everything that one reading brought.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reading {
    /// Minutes that are new or have changed.
    pub rows: Vec<(Minute, Row)>,
    /// Targets behind new, where they were counted.
    pub targets: Option<TargetCount>,
    /// Alarms by the name of their gate, as far as they could be read.
    pub alarms: BTreeMap<String, AlarmReading>,
    /// ECS services by what they are called beside the gates.
    pub services: BTreeMap<String, ServiceReading>,
    /// What Datadog told, by the name of the gate.
    pub datadog: BTreeMap<String, DatadogReading>,
    /// What was wrong with the answer; empty when it was whole.
    pub faults: Vec<DataFault>,
}

/// Why an account's newest reading is no evidence (law L54).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataFault {
    /// Whose CloudWatch.
    pub account: Account,
    /// What kind of failure.
    pub kind: DataFaultKind,
    /// What it said.
    pub message: String,
}

/// How a reading failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataFaultKind {
    /// The account may not be read.
    Forbidden,
    /// Some of the data was left out.
    Partial,
    /// CloudWatch failed or did not answer.
    ProviderError,
}

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
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Returns the oldest minute that changed after the reading with this number.
    pub fn changed_after(&self, revision: u64) -> Option<Minute> {
        let at = self.changes.partition_point(|(change, _)| *change <= revision);
        self.changes.get(at).map(|(_, minute)| *minute)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
