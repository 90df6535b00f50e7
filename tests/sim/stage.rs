//! The runbooks that are played, and the worlds that they are played in.

use std::collections::BTreeMap;

use cutover::{
    runbook::{Choice, Runbook, Source, parse},
    sim::Scenario,
};

/// Two zones; an alias of a load balancer, and a CNAME whose long TTL is lowered first.
pub(crate) const TWO_ZONES: &str = "
version: 1
name: night
records:
  - name: api.example.com
    zone: example.com
    legacy: { elb: api-legacy }
    new: { alb: api }
  - name: events.example.org
    zone: example.org
    ttl: 60
    legacy: { value: events-old.example.net, metrics: { elb: events } }
    new: { value: events-new.example.net, metrics: { alb: events } }
steps:
  - { weight: 5%, hold: 5m }
  - { weight: 50%, hold: 5m }
  - { weight: 100%, hold: 6m }
gates: { errors: { critical: { history: 30m } } }
policy: { hold_limit: 40m }
";

/// The same with the policies that hold less and go back more.
pub(crate) const NERVOUS: &str = "
version: 1
name: nervous
records:
  - name: api.example.com
    zone: example.com
    types: [A, AAAA]
    legacy: { elb: api-legacy }
    new: { alb: api }
steps:
  - { weight: 0.1%, hold: 4m }
  - { weight: 0.2%, hold: 4m }
  - { weight: 25%, hold: 6m }
  - { weight: 100%, hold: 5m }
gates: { errors: { critical: { history: 30m } }, pass: { min_minutes: 2, min_requests: 10 } }
policy: { unknown: rollback, unproven: continue, warning: continue, hold_limit: 20m }
";

/// Three short steps, for tests that play many nights.
pub(crate) const SHORT: &str = "
version: 1
name: short
records:
  - name: api.example.com
    zone: example.com
    legacy: { elb: api-legacy }
    new: { alb: api }
  - name: events.example.org
    zone: example.org
    ttl: 60
    legacy: { value: events-old.example.net, metrics: { elb: events } }
    new: { value: events-new.example.net, metrics: { alb: events } }
steps:
  - { weight: 10%, hold: 1m }
  - { weight: 50%, hold: 2m }
  - { weight: 100%, hold: 1m }
gates: { errors: { critical: { history: 30m } }, pass: { min_minutes: 1, min_requests: 10 } }
policy: { metric_lag: 60s, settle_slop: 5s }
";

/// Reads a runbook of this file.
pub(crate) fn runbook(text: &str) -> Runbook {
    let source = Source { path: "night.yaml".to_owned(), text: text.as_bytes().to_vec() };
    parse(&source, &Choice { environment: None, vars: BTreeMap::new() })
        .expect("the runbooks of this file are right")
}

/// A world in which these things go wrong; it has fewer users than the built-in ones, and changes arrive soon.
pub(crate) fn scenario(faults: &str) -> Scenario {
    let text = format!(
        "description: night\ntraffic: {{ peak: 20000, ignore_ttl: 0% }}\n\
         route53: {{ in_sync_least: 5s, in_sync_most: 50s }}\n{faults}"
    );
    Scenario::parse(&text).expect("the scenarios of these tests are right")
}

/// Nothing goes wrong.
pub(crate) fn calm() -> Scenario {
    scenario("")
}

/// New fails once half of the traffic is on it.
pub(crate) fn breaching() -> Scenario {
    scenario("faults: [ { from_share: 50%, side: new, errors: 10% } ]")
}
