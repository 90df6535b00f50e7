//! Scenarios: any bytes are read or explained, and the world of what was read can be lived in.

use cutover::{
    rehearse::stage,
    runbook::{Choice, Source, parse},
    sim::{BUILTIN, Scenario, World},
    unit::{SignedDuration, Timestamp},
};

use super::{RUNBOOK, assert_ours};

/// Reads a scenario.
pub(crate) fn target(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match Scenario::parse(text) {
        Ok(scenario) => live_in(scenario),
        Err(error) => assert_ours(&error.to_string()),
    }
}

fn live_in(scenario: Scenario) {
    let source = Source { path: "runbook.yaml".to_owned(), text: RUNBOOK.into() };
    let runbook = parse(&source, &Choice::default()).expect("it is right");
    let start: Timestamp = "2026-03-03T09:00:00Z".parse().expect("a moment");
    let mut world = World::new(stage(&[runbook]), scenario, 7, start);
    for minutes in [1, 7, 45, 90] {
        world.advance(start + SignedDuration::from_mins(minutes));
    }
}

/// Returns the built-in scenarios, with everything that their comments offer.
pub(crate) fn corpus() -> Vec<Vec<u8>> {
    let offered = |yaml: &str| yaml.replace("\n# ", "\n").replace("\n#", "\n");
    BUILTIN.iter().flat_map(|(_, yaml)| [(*yaml).into(), offered(yaml).into()]).collect()
}
