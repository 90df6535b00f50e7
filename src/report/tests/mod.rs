//! Every event as a person reads it at night.

mod back;
mod locks;
mod outputs;
mod stops;
mod story;

use std::collections::BTreeMap;

use super::{Rank, Teller};
use crate::{
    engine::{Event, LockChange, PairWeights, Position, WriteFailure},
    gate::{Cause, Finding},
    journal::Record,
    plan::{ChangeId, Lock, ZoneId},
    unit::{RecordType, Share, SignedDuration, Timestamp, Weight, Weights},
};

fn at(time: &str) -> Timestamp {
    format!("2026-11-23T{time}Z").parse().unwrap()
}

fn share(text: &str) -> Share {
    text.parse().unwrap()
}

fn record(time: &str, event: Event) -> Record {
    Record::first(at(time), "api-20261123T021400Z-9f3a".parse().unwrap(), event).unwrap()
}

fn finding(gate: &str, cause: Cause, why: &str) -> Finding {
    let (gate, why) = (gate.to_owned(), why.to_owned());
    Finding { gate, cause, why, evidence: None, numbers: BTreeMap::new() }
}

fn started() -> Record {
    let (runbook, environment) = ("api".to_owned(), Some("production".to_owned()));
    let version = "0.1.0".to_owned();
    record(
        "02:14:00",
        Event::RunStarted {
            runbook,
            environment,
            steps: 7,
            records: 2,
            version,
            owner: "me".to_owned(),
            mode: crate::plan::Mode::Usual,
            files: BTreeMap::new(),
        },
    )
}

fn step_started(time: &str) -> Record {
    let weights = Weights::nearest(share("5%"));
    let hold = SignedDuration::from_mins(10);
    record(
        time,
        Event::StepStarted { shift: 1, step: 2, wave: None, share: share("5%"), weights, hold },
    )
}

fn pair(name: &str, legacy: Option<u8>, new: Option<u8>) -> PairWeights {
    let (legacy, new) = (legacy.map(Weight), new.map(Weight));
    PairWeights { name: name.parse().unwrap(), kind: RecordType::A, legacy, new }
}

fn weights_written(time: &str, position: Position) -> Record {
    let records = ["api", "events", "www", "m", "img"]
        .map(|n| pair(&format!("{n}.example.com"), Some(95), Some(5)));
    record(time, Event::WeightsWritten { position, share: share("5%"), records: records.to_vec() })
}

fn write_started(time: &str, to: Position) -> Record {
    record(
        time,
        Event::WriteStarted {
            write: 3,
            to,
            zone: ZoneId("Z1".to_owned()),
            pairs: vec![0],
            lock: LockChange::Untouched,
            overwrite: false,
        },
    )
}

fn write_failed(time: &str, failure: WriteFailure) -> Record {
    let message = "Throttling: Rate exceeded".to_owned();
    record(
        time,
        Event::WriteFailed {
            write: 3,
            failure,
            message,
            problems: Vec::new(),
            retry_at: at("02:24:12"),
        },
    )
}

fn stopped(time: &str) -> Record {
    record(time, Event::Stopped { reason: "Ctrl-C".to_owned() })
}

fn told_at(least: Rank, records: &[Record]) -> String {
    let mut teller = Teller::new(&["--state".to_owned(), "/var/my runs".to_owned()]);
    let lines = records.iter().filter_map(|record| teller.tell(record, least));
    lines.map(|line| line.to_string()).collect::<Vec<_>>().join("\n")
}

fn told(records: &[Record]) -> String {
    told_at(Rank::Normal, records)
}

fn zone() -> ZoneId {
    ZoneId("Z1".to_owned())
}

fn lock_of(run: &str) -> Lock {
    Lock {
        run: run.parse().unwrap(),
        epoch: 8,
        owner: "5c1e9a70".to_owned(),
        until: at("05:00:00"),
    }
}

fn write_of(time: &str, write: u32, to: Position, pairs: std::ops::Range<usize>) -> [Record; 2] {
    let started = Event::WriteStarted {
        write,
        to,
        zone: zone(),
        pairs: pairs.collect(),
        lock: LockChange::Untouched,
        overwrite: false,
    };
    let accepted = Event::WriteAccepted { write, change: ChangeId("C1".to_owned()) };
    [record(time, started), record(time, accepted)]
}
