//! Claims about whole runbooks: what they mean, and what is said of the ones that are wrong.

mod choice;
mod forms;
mod hostile;
mod rules;
mod tune;
mod waves;

use proptest::prelude::*;
use snapbox::{assert_data_eq, str};

use super::{model::*, *};
use crate::unit::SignedDuration;

const EVERYTHING: &str = include_str!("../../../tests/fixtures/everything.yaml");

/// The least that a runbook can be.
const LEAST: &str = "\
version: 1
name: api
records:
  - name: api.example.com
    zone: example.com
    legacy: { elb: api }
    new: { alb: api }
steps:
  - { weight: 5%, hold: 10m }
  - { weight: 100%, hold: 1h }
";

fn source(text: &str) -> Source {
    Source { path: "api.yaml".to_owned(), text: text.as_bytes().to_vec() }
}

fn read(text: &str) -> Result<Runbook, String> {
    parse(&source(text), &Choice::default()).map_err(|error| error.to_string())
}

/// What is said of the least runbook with the text after this line replaced: a key and what it holds.
fn said_of(texts: &[(&str, &str)]) -> String {
    let said = texts.iter().map(|(from, to)| {
        assert!(LEAST.contains(from), "{from}");
        let text = LEAST.replacen(from, to, 1);
        format!("{to}\n{}\n\n", read(&text).expect_err(to))
    });
    said.collect::<String>().trim_end().to_owned() + "\n"
}

#[test]
fn the_least_runbook_has_every_default_of_the_manual() {
    let runbook = read(LEAST).unwrap();
    let written = read(&format!(
        "{LEAST}{}",
        "\
gates:
  noise: normal
  errors:
    critical:    { times_legacy: 2, plus: 0.1%, at_most: 1%, history: 24h, false_alarm: 1% }
    warning:     { times_legacy: 1.5, plus: 0.02%, false_alarm: 5% }
    catastrophe: { rate: 25%, min_errors: 10, times_legacy: 5 }
  latency:
    stat: p99
    critical: { times_legacy: 1.5, bad_minutes: 10%, false_alarm: 1% }
    warning:  { times_legacy: 1.2, bad_minutes: 20%, false_alarm: 5% }
  share: { within: 50%, after: 5m }
  targets: { critical: { below: 50% } }
  pass: { min_minutes: 5, min_requests: 200, proof: 95% }
policy:
  breach: rollback
  warning: hold
  unknown: hold
  unproven: continue
  hook_failed: hold
  hold_limit: 2h
  hold_limit_then: rollback
  metric_lag: 120s
  settle_slop: 30s
prepare: { convert_simple: true, lower_ttl_to: 60s }
"
    ));
    assert_eq!(Ok(&runbook), written.as_ref());
    assert_eq!(runbook.environment, Environment::default());
    assert_eq!(runbook.policy.point_of_no_return, None);
}

#[test]
fn the_manuals_example_means_what_the_manual_says() {
    let both = validate(&source(EVERYTHING), &BTreeMap::new()).unwrap();
    let [staging, production] = &both[..] else { panic!("{}", both.len()) };
    assert_eq!(staging.records[0].name.as_str(), "api.staging.example.com");
    assert_eq!(production.records[0].name.as_str(), "api.example.com");
    assert_eq!(production.environment.dns.profile.as_deref(), Some("ops"));
    assert_eq!(production.records[1].types, ["CNAME".into()]);
    assert_eq!(production.records[1].new.metrics_balancer().unwrap().to_string(), "alb events");
    assert_eq!(production.steps.len(), 7);
    let critical = production.gates.metrics[0].critical.as_ref().unwrap();
    assert_eq!((critical.value, critical.bad, critical.of), (30.0, 3, 5));
}

#[test]
fn gates_are_switched_off_by_off_and_by_nothing_else() {
    let off = "gates:\n  errors: off\n  latency: off\n  share: off\n  targets: off\n";
    let gates = read(&format!("{LEAST}{off}")).unwrap().gates;
    assert_eq!((gates.errors, gates.latency, gates.share, gates.targets), (None, None, None, None));
    let parts = "gates: { errors: { catastrophe: off, critical: { at_most: off, history: off } }, \
                 latency: { critical: { at_most: 800ms } } }\n";
    let gates = read(&format!("{LEAST}{parts}")).unwrap().gates;
    let errors = gates.errors.unwrap();
    assert_eq!((errors.catastrophe, errors.critical.at_most), (None, None));
    assert_eq!(errors.critical.history, None);
    let limit = gates.latency.unwrap().critical.at_most;
    assert_eq!(limit, Some(SignedDuration::from_millis(800)));
    assert_data_eq!(
        said_of(&[
            ("steps:", "gates: { errors: false }\nsteps:"),
            ("steps:", "gates: off\nsteps:")
        ]),
        str![[r#"
gates: { errors: false }
steps:
api.yaml:8:18: `errors` must be a mapping or `off`, not a single value
  hint: `off` switches it off

gates: off
steps:
api.yaml:8:8: `gates` must be a mapping, not a single value

"#]]
    );
}
