//! What is said before a run of the alarms and metrics that it is to watch.

use snapbox::{assert_data_eq, str};

use super::*;
use crate::{
    gate::{DataFault, DataFaultKind, Reading, Row},
    plan::{AlarmReading, AlarmState},
    unit::{Account, Minute},
};

const WATCHING: &str = "
steps:
  - { weight: 5%, hold: 30m }
  - { weight: 25%, hold: 30m }
gates:
  metrics:
    - name: lag
      side: dns
      namespace: AWS/RDS
      metric: ReplicaLag
      dimensions: { DBInstanceIdentifier: orders }
      stat: Maximum
      critical: { above: 30 }
  alarms: [ { name: api, side: new }, { name: db, side: legacy } ]
";

/// What is found when these alarms say this, and the metric has this value.
fn planned(
    alarms: [Option<AlarmState>; 2],
    (value, fault): (Option<f64>, Option<DataFaultKind>),
) -> Result<Vec<String>, Vec<String>> {
    let mut snapshot = snapshot(vec![alias(LEGACY, Routing::Simple)]);
    let reading = |state| AlarmReading { state, reason: String::new(), since: None };
    snapshot.alarms = ["alarm new/api", "alarm legacy/db"]
        .into_iter()
        .zip(alarms)
        .map(|(gate, state)| (gate.to_owned(), state.map(reading)))
        .collect();
    let metrics = value.map(|value| ("lag".to_owned(), value)).into_iter().collect();
    let message = "not authorized".to_owned();
    let fault = fault.map(|kind| DataFault { account: Account::Dns, kind, message });
    snapshot.recent = Reading {
        rows: vec![(Minute::containing(snapshot.at), Row { metrics, ..Row::default() })],
        faults: fault.into_iter().collect(),
        ..Reading::default()
    };
    make(&runbook(ALIAS, WATCHING), &snapshot, Standing::Refuse).map(|made| made.hazards)
}

const OK: Option<AlarmState> = Some(AlarmState::Ok);

#[test]
fn alarms_and_metrics_that_are_well_give_nothing_to_think_about() {
    assert_eq!(planned([OK, OK], (Some(1.0), None)), Ok(Vec::new()));
}

#[test]
fn alarms_that_do_not_exist_are_all_told_and_end_it() {
    let problems = planned([None, None], (Some(1.0), None)).unwrap_err();
    let names = ["alarm new/api: there is no alarm", "alarm legacy/db: there is no alarm"];
    assert!(problems.iter().zip(names).all(|(p, name)| p.starts_with(name)), "{problems:?}");
}

#[test]
fn what_has_no_data_is_told_before_it_holds_a_step() {
    let silent = Some(AlarmState::InsufficientData);
    let told = planned([OK, silent], (None, None)).unwrap();
    assert_data_eq!(
        told.join("\n"),
        str![[r#"
metric lag: Maximum of AWS/RDS ReplicaLag (DBInstanceIdentifier orders) of dns has no datapoint in the last hour, and no step passes without one; see that names, dimensions and region are right, and watch what comes only when something happens by an alarm that treats missing data as not breaching
alarm legacy/db says INSUFFICIENT_DATA, and no step passes while it does
"#]]
    );
    let unread = planned([OK, OK], (None, Some(DataFaultKind::ProviderError))).unwrap();
    assert!(matches!(&unread[..], [only] if only.contains("not authorized")), "{unread:?}");
}
