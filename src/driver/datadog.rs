//! What Datadog says of a runbook's gates on it: who asks it, and what becomes of the answers.

use std::{collections::BTreeMap, fmt, future::Future, pin::Pin, rc::Rc};

use super::{Driver, Observer};
use crate::{
    cloud::Cloud,
    gate::{DatadogFault, DatadogReading, Row},
    journal::Store,
    plan::{DatadogGate, Snapshot},
    unit::{Minute, Timestamp},
};

/// Oldest minutes of a query's values that are asked for: Datadog tells those of an hour in the finest grain.
const LOOK_BACK: i64 = 59;

/// An answer on its way. It comes in seconds, whatever Datadog does.
pub type Asking = Pin<Box<dyn Future<Output = Heard>>>;

/// Whoever asks Datadog.
pub trait Datadog: fmt::Debug {
    /// Asks about all of these gates; `from` and `until` bound the minutes of queries.
    fn ask(&self, gates: &[DatadogGate], span: (Minute, Minute), now: Timestamp) -> Asking;
}

/// What Datadog told.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Heard {
    /// What it says, or why it says nothing, by the name of the gate; of a query that was answered there is nothing here.
    pub readings: BTreeMap<String, DatadogReading>,
    /// Values of queries, by the name of the gate and the minute.
    pub values: BTreeMap<String, BTreeMap<Minute, f64>>,
}

impl Heard {
    /// Adds the values of queries to the rows of their minutes.
    pub(super) fn add_to(&self, rows: &mut BTreeMap<Minute, Row>) {
        for (gate, values) in &self.values {
            for (minute, value) in values {
                rows.entry(*minute).or_default().metrics.insert(gate.clone(), *value);
            }
        }
    }
}

/// Asks nobody: for runs whose plan has no such gates, and for those that only go back.
#[derive(Debug)]
pub(super) struct NoDatadog;

impl Datadog for NoDatadog {
    fn ask(&self, gates: &[DatadogGate], _: (Minute, Minute), _: Timestamp) -> Asking {
        let (kind, message) =
            (DatadogFault::Failed, "this process does not ask Datadog".to_owned());
        let unread = DatadogReading::Unread { kind, message };
        let readings = gates.iter().map(|gate| (gate.gate_name(), unread.clone())).collect();
        Box::pin(std::future::ready(Heard { readings, ..Heard::default() }))
    }
}

/// Asks about the closed minutes since the first of interest, as far as they are young enough.
pub(super) async fn ask(
    datadog: &dyn Datadog,
    gates: &[DatadogGate],
    first: Minute,
    now: Timestamp,
) -> Heard {
    if gates.is_empty() {
        return Heard::default();
    }
    let until = Minute::containing(now);
    let from = first.max(until.offset(-LOOK_BACK)).min(until.offset(-1));
    datadog.ask(gates, (from, until), now).await
}

/// Reads what the gates on Datadog see right before a run.
pub async fn survey_datadog(datadog: &dyn Datadog, gates: &[DatadogGate], snapshot: &mut Snapshot) {
    let heard = ask(datadog, gates, Minute(i64::MIN), snapshot.at).await;
    let mut rows: BTreeMap<Minute, Row> = snapshot.recent.rows.drain(..).collect();
    heard.add_to(&mut rows);
    snapshot.recent.rows = rows.into_iter().collect();
    snapshot.recent.datadog = heard.readings;
}

impl<C: Cloud, S: Store, O: Observer> Driver<'_, C, S, O> {
    /// Returns the driver with somebody who asks Datadog.
    #[must_use]
    pub fn with_datadog(mut self, datadog: Rc<dyn Datadog>) -> Self {
        self.datadog = datadog;
        self
    }
}
