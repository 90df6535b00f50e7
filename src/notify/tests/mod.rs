//! What is said of a run, what each service is sent, and what happens where it does not arrive.

mod delivery;
mod payloads;
pub(crate) mod server;
mod words;

use std::{collections::BTreeMap, sync::Arc};

use super::{Context, Message, Secret};
use crate::{
    engine::{Event, PairWeights, Position, Word},
    gate::{Cause, Finding},
    journal::Record,
    plan::{Channel, Mode, Notify},
    unit::{Share, SignedDuration, Timestamp, Weight, Weights},
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

fn started(mode: Mode) -> Event {
    Event::RunStarted {
        runbook: "api".to_owned(),
        environment: Some("production".to_owned()),
        steps: 5,
        records: 2,
        version: "0.1.0".to_owned(),
        owner: "me".to_owned(),
        mode,
        files: BTreeMap::new(),
    }
}

fn step() -> Event {
    let weights = Weights::nearest(share("25%"));
    let hold = SignedDuration::from_mins(10);
    Event::StepStarted { shift: 1, step: 2, wave: None, share: share("25%"), weights, hold }
}

fn written() -> Event {
    let pair = PairWeights {
        name: "api.example.com".parse().unwrap(),
        kind: "A".into(),
        legacy: Some(Weight(192)),
        new: Some(Weight(64)),
    };
    Event::WeightsWritten { position: Position::Shift(1), share: share("25%"), records: vec![pair] }
}

fn finding(why: &str) -> Finding {
    let (gate, why) = ("errors".to_owned(), why.to_owned());
    Finding { gate, cause: Cause::OverWarning, why, evidence: None, numbers: BTreeMap::new() }
}

fn breached(why: &str) -> Event {
    Event::Breached { finding: finding(why), next: "everybody goes back to legacy".to_owned() }
}

fn back() -> Event {
    Event::RolledBack { seconds_from_breach: 41.2, clients_back_by: at("02:33:00") }
}

fn word() -> Word {
    let why = Some("support is asking".to_owned());
    Word { by: "alice@laptop".to_owned(), why, request: None }
}

/// Returns the messages of a run with these events, one second apart.
fn messages(events: impl IntoIterator<Item = Event>) -> Vec<Message> {
    let mut context = Context::default();
    let mut messages = Vec::new();
    for (second, event) in events.into_iter().enumerate() {
        let mut record = record(&format!("02:14:{second:02}"), event);
        record.seq = second as u64 + 1;
        context.remember(&record);
        messages.extend(context.message(&record));
    }
    messages
}

/// Returns the message of the last of a run's events that begin like a usual one's.
fn last(event: Event) -> Message {
    messages([started(Mode::Usual), step(), written(), event]).pop().unwrap()
}

fn hushed(secret: &str) -> Secret {
    Secret::new(secret)
}

fn notify(channel: Channel, on: &[&str]) -> Notify {
    Notify { channel, on: on.iter().map(|&name| name.to_owned()).collect() }
}

fn all(messages: Vec<Message>) -> Vec<Arc<Message>> {
    messages.into_iter().map(Arc::new).collect()
}
