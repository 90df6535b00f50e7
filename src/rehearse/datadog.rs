//! Datadog as a rehearsal pretends it to be: all is well there. What it watches is not in the invented AWS.

use crate::{
    driver::{Asking, Datadog, Heard},
    gate::{DatadogReading, MonitorState},
    plan::{DatadogGate, DatadogWatch},
    rehearse::healthy::within,
    unit::{Minute, Timestamp},
};

/// Monitors that say OK, and queries whose values are within their limits.
#[derive(Debug)]
pub(super) struct PretendedDatadog;

impl Datadog for PretendedDatadog {
    fn ask(&self, gates: &[DatadogGate], (from, until): (Minute, Minute), _: Timestamp) -> Asking {
        let mut heard = Heard::default();
        for gate in gates {
            let name = gate.gate_name();
            match &gate.watches {
                DatadogWatch::Monitor { .. } => {
                    let (state, name_there) = (MonitorState::Ok, "pretended".to_owned());
                    let says = DatadogReading::Monitor { state, name: name_there, since: None };
                    heard.readings.insert(name, says);
                }
                DatadogWatch::Query { warning, critical, .. } => {
                    let value = within(warning.iter().chain(critical));
                    let minutes = (from.0..until.0).map(|minute| (Minute(minute), value));
                    heard.values.insert(name, minutes.collect());
                }
            }
        }
        Box::pin(std::future::ready(heard))
    }
}
