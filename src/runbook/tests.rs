//! Claims about whole runbooks: what they mean, and what is said of the ones that are wrong.

use proptest::prelude::*;
use snapbox::{assert_data_eq, str};

use super::{model::*, *};
use crate::unit::SignedDuration;

const EVERYTHING: &str = include_str!("../../tests/fixtures/everything.yaml");

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
    assert_eq!(unbuilt(&runbook), Vec::<String>::new());
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
    assert_eq!(unbuilt(staging).len() + 1, unbuilt(production).len());
    assert_data_eq!(
        unbuilt(production).join("\n"),
        str![[r#"
`environments.production.dns.mfa_serial` (MFA codes)
`steps[2].approve` (approval steps)
`steps[4].run` (commands as steps)
`gates.alarms` (gates on CloudWatch alarms)
`prepare.lock` (the zone's lock)
`preflight.ecs` (checks of ECS services)
`preflight.vpc_peering` (checks of VPC peerings)
`preflight.capacity` (checks of reserved capacity)
`preflight.rehearsed` (proof of a rehearsal)
`windows` (time windows)
`notify` (notifications)
"#]]
    );
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

#[test]
fn keys_that_are_not_keys_are_named_with_what_was_meant() {
    assert_data_eq!(
        said_of(&[
            ("hold: 10m", "holds: 10m"),
            ("hold: 10m", "hold: 10m, retries: 3"),
            ("elb: api", "clb: api"),
            ("steps:", "step:"),
            ("version: 1\n", "waves: []\nversion: 1\n"),
            ("name: api\n", ""),
            ("weight: 5%, ", "wieght: 5%, "),
        ]),
        str![[r#"
holds: 10m
api.yaml:9:19: `holds` is not a key of a step; did you mean `hold`?

hold: 10m, retries: 3
api.yaml:9:30: `retries` is not a key of a step
  hint: it can have `weight`, `hold`, `back`, `approve` or `run`

clb: api
api.yaml:6:15: `clb` is not a key of a target; did you mean `alb`?

step:
api.yaml:8:1: `step` is not a key of a runbook; did you mean `steps`?

waves: []
version: 1

api.yaml:1:1: `waves` is not a key of a runbook
  hint: it can have `version`, `name`, `description`, `environments`, `records`, `steps`, `gates`, `policy`, `prepare`, `preflight`, `windows` or `notify`


api.yaml:1:1: a runbook needs `name`
  hint: `name`: short name; begins the run id

wieght: 5%, 
api.yaml:9:7: `wieght` is not a key of a step; did you mean `weight`?

"#]]
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "it is a table")]
fn values_of_a_wrong_form_say_the_right_one() {
    assert_data_eq!(
        said_of(&[
            ("hold: 10m", "hold: 10"),
            ("hold: 10m", "hold: 10 min"),
            ("hold: 10m", "hold: 0s"),
            ("hold: 10m", "hold: 15d"),
            ("hold: 10m", "hold: [10m]"),
            ("hold: 10m", "hold:"),
            ("weight: 5%", "weight: 5"),
            ("weight: 5%", "weight: five"),
            ("weight: 5%", "weight: 101%"),
            ("weight: 5%", "weight: .nan"),
            ("version: 1", "version: 2"),
            ("name: api\n", "name: My API\n"),
            ("zone: example.com", "zone: a..b"),
            ("elb: api", "elb: api_legacy"),
            ("new: { alb: api }", "new: { alb: api }\n    ttl: 1 minute"),
            ("new: { alb: api }", "new: { alb: api }\n    types: [MX]"),
            ("new: { alb: api }", "new: { alb: api }\n    types: A"),
            ("new: { alb: api }", "new: { alb: api }\n    types: []"),
            ("new: { alb: api }", "new: api"),
            ("new: { alb: api }", "new: { alb: api }\n    private: yes"),
            ("steps:", "gates: { errors: { critical: { times_legacy: .inf } } }\nsteps:"),
            ("steps:", "gates: { errors: { critical: { times_legacy: 0.5 } } }\nsteps:"),
            ("steps:", "gates: { errors: { critical: { plus: 0.1 } } }\nsteps:"),
            ("steps:", "gates: { errors: { critical: { false_alarm: 0% } } }\nsteps:"),
            ("steps:", "gates: { latency: { stat: 99 } }\nsteps:"),
            ("steps:", "gates: { latency: { critical: { at_most: 800 } } }\nsteps:"),
            ("steps:", "gates: { pass: { min_requests: many } }\nsteps:"),
            ("steps:", "policy: { breach: rolback }\nsteps:"),
            ("steps:", "windows: { allow: [Mon-Thu 09:00-16:00] }\nsteps:"),
            ("steps:", "notify: [{ slack: { webhook_env: A }, on: [rolled_bak] }]\nsteps:"),
            ("steps:", "preflight: { vpc_peering: [{ side: old, id: vpc-1 }] }\nsteps:"),
            ("name: api\n", "name: api\ndescription: \"a\\e[2Jb\"\n"),
        ]),
        str![[r#"
hold: 10
api.yaml:9:25: `hold`: `10` has no unit
  hint: write `10m` or `10s`

hold: 10 min
api.yaml:9:25: `hold`: `10 min` is not a duration
  hint: write `90s`, `10m` or `1h30m`

hold: 0s
api.yaml:9:25: `hold`: `0s` is not from 1s to 14d

hold: 15d
api.yaml:9:25: `hold`: `15d` is not from 1s to 14d

hold: [10m]
api.yaml:9:25: `hold` must be a single value, not a list

hold:
api.yaml:9:23: `hold` is empty
  hint: fill it in, or take the key out

weight: 5
api.yaml:9:15: `weight`: `5` has no unit
  hint: write `5%`

weight: five
api.yaml:9:15: `weight`: `five` is not a percentage
  hint: write `5%` or `0.5%`

weight: 101%
api.yaml:9:15: `weight`: `101%` is not from 0% to 100%

weight: .nan
api.yaml:9:15: `weight`: `.nan` is not a percentage
  hint: write `5%` or `0.5%`

version: 2
api.yaml:1:10: `version`: this cutover reads version 1, not `2`
  hint: write `version: 1`

name: My API

api.yaml:2:7: `name`: `My API` is not a name of 1 to 40 characters from a-z, 0-9 and `-`
  hint: such as `api`

zone: a..b
api.yaml:5:11: `zone`: `a..b` is not the name or id of a hosted zone
  hint: such as `example.com`

elb: api_legacy
api.yaml:6:20: `elb`: `api_legacy` is not the name of a load balancer (1 to 32 letters, digits and `-`)
  hint: such as `api-legacy`

new: { alb: api }
    ttl: 1 minute
api.yaml:8:10: `ttl`: `1 minute` is not a time to live
  hint: write seconds, such as `60`, or `60s`

new: { alb: api }
    types: [MX]
api.yaml:8:13: an entry of `types`: `MX` is not `A`, `AAAA`, `CNAME` or `TXT`

new: { alb: api }
    types: A
api.yaml:8:12: `types` must be a list, not a single value
  hint: write `[A]`

new: { alb: api }
    types: []
api.yaml:8:12: `types` is an empty list

new: api
api.yaml:7:10: `new` must be a mapping, not a single value

new: { alb: api }
    private: yes
api.yaml:8:14: `private`: `yes` is not `true` or `false`
  hint: write `true`

gates: { errors: { critical: { times_legacy: .inf } } }
steps:
api.yaml:8:46: `times_legacy`: `.inf` is not a number, such as `1.5`

gates: { errors: { critical: { times_legacy: 0.5 } } }
steps:
api.yaml:8:46: `times_legacy`: `0.5` is less than 1

gates: { errors: { critical: { plus: 0.1 } } }
steps:
api.yaml:8:38: `plus`: `0.1` has no unit
  hint: write `0.1%`

gates: { errors: { critical: { false_alarm: 0% } } }
steps:
api.yaml:8:45: `false_alarm`: `0%` is not more than 0% and up to 50%

gates: { latency: { stat: 99 } }
steps:
api.yaml:8:27: `stat`: `99` is not a percentile
  hint: such as `p99`

gates: { latency: { critical: { at_most: 800 } } }
steps:
api.yaml:8:42: `at_most`: `800` has no unit
  hint: write `800ms` or `800s`

gates: { pass: { min_requests: many } }
steps:
api.yaml:8:32: `min_requests`: `many` is not a whole number from 1 to 1000000000

policy: { breach: rolback }
steps:
api.yaml:8:19: `breach`: `rolback` is not `hold` or `rollback`
  hint: did you mean `rollback`?

windows: { allow: [Mon-Thu 09:00-16:00] }
steps:
api.yaml:8:20: an entry of `allow`: `Mon-Thu 09:00-16:00`: a time of day needs a time zone
  hint: write `Mon-Thu 09:00-16:00 America/Los_Angeles` or `2026-12-20/2027-01-04`

notify: [{ slack: { webhook_env: A }, on: [rolled_bak] }]
steps:
api.yaml:8:44: an entry of `on`: `rolled_bak` is not known here
  hint: did you mean `rolled_back`?

preflight: { vpc_peering: [{ side: old, id: vpc-1 }] }
steps:
api.yaml:8:36: `side`: `old` is not `legacy` or `new`
api.yaml:8:45: `id`: `vpc-1` is not the id of a VPC peering connection
  hint: such as `pcx-0123456789abcdef0`

name: api
description: "a/e[2Jb"

api.yaml:3:14: `description`: the text has an unseen character, `/u{1b}`

"#]]
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "it is a table")]
fn rules_between_places_are_kept() {
    assert_data_eq!(
        said_of(&[
            ("weight: 100%", "weight: 5%"),
            ("weight: 100%", "weight: 2%"),
            ("weight: 100%, hold: 1h", "weight: 50%, hold: 1h, back: true"),
            ("weight: 5%", "weight: 0%"),
            ("weight: 5%, ", ""),
            ("weight: 5%, hold: 10m", "weight: 5%"),
            ("weight: 5%", "weight: 5%, run: { command: [x], timeout: 1m }"),
            ("elb: api", "elb: api, alb: api"),
            ("elb: api", "evaluate_target_health: true"),
            ("elb: api", "value: 192.0.2.1, evaluate_target_health: true"),
            ("elb: api", "values: [192.0.2.1, 192.0.2.2]"),
            ("elb: api", "value: old.example.net"),
            ("new: { alb: api }", "new: { alb: api }\n    types: [CNAME, A]"),
            ("new: { alb: api }", "new: { alb: api }\n    types: [A, A]"),
            ("new: { alb: api }", "new: { alb: api }\n    ttl: 60"),
            ("new: { alb: api }", "new: { alb: api, metrics: {} }"),
            ("zone: example.com", "zone: example.org"),
            ("zone: example.com", "zone: Z0123456789\n    private: true"),
            ("steps:", "gates: { errors: { warning: { times_legacy: 3 } } }\nsteps:"),
            ("steps:", "gates: { errors: { critical: { plus: 0.01% } } }\nsteps:"),
            (
                "steps:",
                "gates: { latency: { warning: { at_most: 2s }, critical: { at_most: 1s } } }\nsteps:",
            ),
            ("steps:", "gates: { datadog: [{ query: q }, { monitor: 1, warning: 2 }] }\nsteps:"),
            ("steps:", "preflight: { rehearsed: staging }\nsteps:"),
        ]),
        str![[r#"
weight: 5%
api.yaml:10:15: 5% is what the step before has
  hint: a longer `hold` of one step does the same

weight: 2%
api.yaml:10:15: 2% is less than the 5% of the step before
  hint: shares grow from step to step; `back: true` allows less

weight: 50%, hold: 1h, back: true
api.yaml:10:36: 50% is more than the 5% of the step before: this is not a way back

weight: 0%
api.yaml:9:15: 0% is where it begins: a first step must move something


api.yaml:9:5: a step needs `weight`, `approve` or `run`

weight: 5%
api.yaml:9:15: `weight` needs `hold` beside it

weight: 5%, run: { command: [x], timeout: 1m }
api.yaml:9:5: a step takes only one of `weight` and `run`

elb: api, alb: api
api.yaml:6:13: a target takes only one of `elb` and `alb`

evaluate_target_health: true
api.yaml:6:13: a target needs `elb`, `alb`, `nlb`, `value`, `values` or `alias`

value: 192.0.2.1, evaluate_target_health: true
api.yaml:6:57: `evaluate_target_health` is for aliases; a plain value has none
  hint: take it out

values: [192.0.2.1, 192.0.2.2]
api.yaml:6:35: a weighted record holds exactly one value
  hint: give each value its own load balancer or name, or move the record at once

value: old.example.net
api.yaml:6:22: `old.example.net` is not an IPv4 address
  hint: beside a load balancer it must be an A record

new: { alb: api }
    types: [CNAME, A]
api.yaml:8:12: a CNAME allows no other type at its name
api.yaml:8:12: a load balancer has only the types A and AAAA

new: { alb: api }
    types: [A, A]
api.yaml:8:12: A stands twice
  hint: keep one of the two

new: { alb: api }
    ttl: 60
api.yaml:8:10: an alias has the TTL of what it points to; `ttl` is for plain values
  hint: take it out

new: { alb: api, metrics: {} }
api.yaml:7:31: the place of the metrics needs `elb`, `alb` or `nlb`

zone: example.org
api.yaml:4:11: `api.example.com` is not in the zone `example.org`

zone: Z0123456789
    private: true
api.yaml:6:14: `private` picks between zones of the same name, but this zone has an id
  hint: take `private` out

gates: { errors: { warning: { times_legacy: 3 } } }
steps:
api.yaml:8:45: `times_legacy` is 3 for `warning` and only 2 (the default) for `critical`
  hint: a warning comes before a breach: its limit is at most that of `critical`

gates: { errors: { critical: { plus: 0.01% } } }
steps:
api.yaml:8:38: `plus` is 0.02% (the default) for `warning` and only 0.01% for `critical`
  hint: a warning comes before a breach: its limit is at most that of `critical`

gates: { latency: { warning: { at_most: 2s }, critical: { at_most: 1s } } }
steps:
api.yaml:8:41: `at_most` is 2s for `warning` and only 1s for `critical`
  hint: a warning comes before a breach: its limit is at most that of `critical`

gates: { datadog: [{ query: q }, { monitor: 1, warning: 2 }] }
steps:
api.yaml:8:29: a query needs `warning`, `critical` or both
api.yaml:8:57: `warning` needs `query` beside it

preflight: { rehearsed: staging }
steps:
api.yaml:8:25: there is no environment `staging` to rehearse in
  hint: name one of `environments`

"#]]
    );
}

#[test]
fn each_name_and_type_stands_once_in_a_zone() {
    let record = |name: &str, more: &str| {
        format!(
            "  - {{ name: {name}, zone: example.com, legacy: {{ elb: a }}, new: {{ alb: a }}{more} }}\n"
        )
    };
    let with = |more: String| LEAST.replace("steps:\n", &format!("{more}steps:\n"));
    assert!(read(&with(record("b.example.com", ""))).is_ok());
    assert!(read(&with(record("api.example.com", ", types: [AAAA]"))).is_ok());
    assert!(read(&with(record("api.example.com", ", private: true"))).is_ok());
    let twice =
        with(record("API.example.com.", "") + &record("api.example.com", ", types: [AAAA, A]"));
    assert_data_eq!(
        read(&twice).unwrap_err(),
        str![[r#"
api.yaml:8:13: `api.example.com` A stands here a second time; the first is in line 4
  hint: keep one of the two
api.yaml:9:13: `api.example.com` A stands here a second time; the first is in line 4
  hint: keep one of the two
"#]]
    );
}

#[test]
fn values_must_fit_their_type() {
    let with = |legacy: &str, new: &str, more: &str| {
        let text = LEAST.replace("{ elb: api }", &format!("{{ value: '{legacy}' }}"));
        read(&text.replace("{ alb: api }", &format!("{{ value: '{new}' }}{more}")))
    };
    assert!(with("a.example.net", "b.example.net", "").is_ok());
    assert!(with("192.0.2.1", "192.0.2.2", "\n    types: [A]").is_ok());
    assert!(with("2001:db8::1", "2001:db8::2", "\n    types: [AAAA]").is_ok());
    assert!(with("\"a\"", "\"b\"", "\n    types: [TXT]").is_ok());
    let said = [
        with("192.0.2.1", "b.example.net", ""),
        with("192.0.2.1", "192.0.2.2", "\n    types: [AAAA]"),
        with("https://a.example.net/", "b.example.net", ""),
        with("a", "b", "\n    types: [TXT]"),
        with("a.example.net", "a.example.net", ""),
    ];
    let said: Vec<String> = said.into_iter().map(Result::unwrap_err).collect();
    assert_data_eq!(
        said.join("\n"),
        str![[r#"
api.yaml:6:22: `192.0.2.1` is not a host name, which a CNAME needs
  hint: for addresses say `types: [A]`
api.yaml:6:22: `192.0.2.1` is not an IPv6 address
api.yaml:7:19: `192.0.2.2` is not an IPv6 address
api.yaml:6:22: `https://a.example.net/` is not a host name, which a CNAME needs
api.yaml:6:22: `a` is not a TXT value, which has double quotes of its own: '"text"'
api.yaml:7:19: `b` is not a TXT value, which has double quotes of its own: '"text"'
api.yaml:7:10: `legacy` and `new` point to the same target: nothing would move
"#]]
    );
}

#[test]
fn metric_gates_are_checked_as_a_whole() {
    let gates = "
gates:
  metrics:
    - { name: lag, side: new, namespace: AWS/RDS, metric: Lag, stat: Max, warning: { above: 1 } }
    - { name: lag, side: both, namespace: AWS/RDS, metric: Lag, stat: Sum }
    - name: queue
      side: dns
      namespace: AWS/SQS
      metric: Depth
      stat: p99.9
      warning: { above: 5, minutes: 6 of 5 }
      critical: { below: 3 }
    - { name: x, side: new, namespace: n, metric: m, stat: Sum, warning: { above: 5 }, critical: { above: 4 } }
    - { name: y, side: new, namespace: n, metric: m, stat: Sum, critical: { above: 4, below: 1 } }
";
    assert_data_eq!(
        read(&format!("{LEAST}{gates}")).unwrap_err(),
        str![[r#"
api.yaml:14:70: `stat`: `Max` is not a CloudWatch statistic
  hint: such as `Maximum`
api.yaml:15:7: a metric gate needs `warning`, `critical` or both
  hint: such as `critical: { above: 30 }`
api.yaml:15:15: another gate is called `lag`
api.yaml:15:26: `side`: `both` is not `legacy`, `new` or `dns`
api.yaml:21:37: `minutes`: `6 of 5` is not a number of bad minutes out of at most 60
  hint: such as `3 of 5`
api.yaml:23:74: the warning's limit is above the critical one
  hint: a warning comes before a breach
api.yaml:24:75: a threshold takes only one of `above` and `below`
"#]]
    );
}

#[test]
fn secrets_are_not_repeated() {
    let notify = "notify:\n  - { slack: { webhook_env: https://hooks.slack.example/T0/B0/canary } }\n  \
                  - { webhook: { url: https://me:canary@ops.example.com/ } }\n";
    let said = read(&format!("{LEAST}{notify}")).unwrap_err();
    assert!(!said.contains("canary"), "{said}");
    assert_data_eq!(
        said,
        str![[r#"
api.yaml:12:29: `webhook_env`: this is not the name of an environment variable; the secret itself must not stand in a runbook
  hint: such as `SLACK_WEBHOOK_URL`
api.yaml:13:23: `url`: this is not an http or https address without a user name in it
  hint: such as `https://ops.example.com/hook`
"#]]
    );
}

#[test]
fn everything_wrong_is_said_at_once_in_the_order_of_place() {
    let text = "\
version: 1
name: api
name: api2
records:
  - name: ${host}.example.com
    zone: example.com
    legacy: { elb: *old }
    new: { alb: api }
    typ: [A]
steps:
  - { weight: 50%, hold: 10 }
  - { weight: 25%, hold: 10m }
gate: {}
";
    // The parser itself gives up at an alias of nothing, so that one is said alone.
    assert_data_eq!(
        read(text).unwrap_err(),
        str![[r#"
api.yaml:3:1: `name` stands here a second time; the first is at 2:1
  hint: keep one of the two
api.yaml:7:20: not YAML: while parsing node, found unknown anchor
  hint: write the value out where it is needed
"#]]
    );
    assert_data_eq!(
        read(&text.replace("*old", "&old x_y")).unwrap_err(),
        str![[r#"
api.yaml:3:1: `name` stands here a second time; the first is at 2:1
  hint: keep one of the two
api.yaml:5:11: `${host}` is not set
  hint: set it with `--var host=...`
api.yaml:7:20: `elb`: `x_y` is not the name of a load balancer (1 to 32 letters, digits and `-`)
  hint: such as `api-legacy`
api.yaml:7:20: anchors (`&name`) are not read
  hint: write the value out where it is needed
api.yaml:9:5: `typ` is not a key of a record; did you mean `types`?
api.yaml:11:26: `hold`: `10` has no unit
  hint: write `10m` or `10s`
api.yaml:12:15: 25% is less than the 50% of the step before
  hint: shares grow from step to step; `back: true` allows less
api.yaml:13:1: `gate` is not a key of a runbook; did you mean `gates`?
"#]]
    );
}

const TWO: &str = "\
version: 1
name: api
environments:
  staging: { vars: { domain: staging.example.com, elb: old } }
  production: { vars: { domain: example.com } }
records:
  - name: \"${host}.${domain}\"
    zone: ${domain}
    legacy: { elb: \"${elb}\" }
    new: { alb: api }
steps:
  - { weight: \"${first}\", hold: 1h }
";

#[test]
fn variables_come_from_the_environment_and_the_caller_who_wins() {
    let vars = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect::<BTreeMap<_, _>>()
    };
    let choice = |environment: &str, pairs| Choice {
        environment: Some(environment.to_owned()),
        vars: vars(pairs),
    };
    let given = [("host", "api"), ("first", "5%"), ("elb", "older")];
    let runbook = parse(&source(TWO), &choice("staging", &given)).unwrap();
    assert_eq!(runbook.records[0].name.as_str(), "api.staging.example.com");
    assert_eq!(runbook.records[0].legacy.metrics_balancer().unwrap().name, "older");
    assert_eq!(runbook.environment.name.as_deref(), Some("staging"));
    let unset = parse(&source(TWO), &choice("production", &[("hosts", "x")])).unwrap_err();
    assert_data_eq!(
        unset.to_string(),
        str![[r#"
api.yaml:7:12: `${host}` is not set in environment `production`
  hint: did you mean `${hosts}`?
api.yaml:9:21: `${elb}` is not set in environment `production`
  hint: set it in `vars` of `production`, or with `--var elb=...`
api.yaml:12:16: `${first}` is not set in environment `production`
  hint: set it in `vars` of `production`, or with `--var first=...`
"#]]
    );
    let everywhere = validate(&source(TWO), &vars(&[("host", "api"), ("first", "5")])).unwrap_err();
    assert_data_eq!(
        everywhere.to_string(),
        str![[r#"
api.yaml:9:21: `${elb}` is not set in environment `production`
  hint: set it in `vars` of `production`, or with `--var elb=...`
api.yaml:12:15: `weight`: `5` has no unit
  hint: write `5%`
"#]]
    );
}

#[test]
fn a_dollar_can_be_had_and_a_variable_in_a_variable_cannot() {
    let with =
        |description: &str| {
            let environments =
                format!("environments: {{ only: {{ vars: {{ a: \"{description}\" }} }} }}\n");
            read(&LEAST.replace(
                "version: 1\n",
                &format!("version: 1\ndescription: '${{a}}'\n{environments}"),
            ))
        };
    assert_eq!(with("$5").unwrap().description, "$5");
    assert_data_eq!(
        with("${a}").unwrap_err(),
        str!["api.yaml:3:36: a variable's value is taken as it stands; `${` is not filled in here"]
    );
    assert!(with(&"x".repeat(1001)).unwrap_err().contains("longer than 1000 bytes"));
    let literal = LEAST.replace("name: api\n", "name: api\ndescription: a$${x} $5 $${HOME}\n");
    assert_eq!(read(&literal).unwrap().description, "a${x} $5 ${HOME}");
    let open = LEAST.replace("name: api\n", "name: api\ndescription: costs ${5\n");
    assert_data_eq!(
        read(&open).unwrap_err(),
        str![[r#"
api.yaml:3:20: a `${` without its `}`
  hint: write `${name}`, or `$${` for a literal `${`
"#]]
    );
}

#[test]
fn the_environment_is_chosen_and_not_guessed() {
    let choose = |text: &str, name: Option<&str>| {
        let environment = name.map(str::to_owned);
        parse(&source(text), &Choice { environment, vars: BTreeMap::new() }).unwrap_err()
    };
    let [needs, wrong, none] =
        [choose(TWO, None), choose(TWO, Some("prod")), choose(LEAST, Some("prod"))];
    assert!(matches!(&needs, ParseError::NeedsEnvironment { names, .. } if names.len() == 2));
    assert!(matches!(&wrong, ParseError::NoSuchEnvironment { names, .. } if names.len() == 2));
    assert!(matches!(&none, ParseError::NoSuchEnvironment { names, .. } if names.is_empty()));
    assert_data_eq!(
        format!("{needs}\n{wrong}\n{none}\n"),
        str![[r#"
api.yaml can run in `staging` or `production`; say where with `--env`
api.yaml has no environment `prod`; it has `staging` or `production`
api.yaml has no environment `prod`; leave `--env` out

"#]]
    );
    let one = LEAST.replace("version: 1", "version: 1\nenvironments: { only: {} }");
    assert_eq!(read(&one).unwrap().environment.name.as_deref(), Some("only"));
}

#[test]
fn problems_beyond_a_hundred_are_counted() {
    let many: String = (0..250).map(|i| format!("x{i}: 1\n")).collect();
    let said = read(&format!("{LEAST}{many}")).unwrap_err();
    assert_eq!(said.lines().filter(|line| line.contains("is not a key")).count(), 100);
    assert!(said.ends_with("api.yaml: and 150 more"), "{said}");
}

#[test]
fn hostile_files_are_refused_and_their_text_is_not_repeated_raw() {
    let keys = format!("{LEAST}\"a\\e[2J\\u202Eb\": 1\n");
    let said = read(&keys).unwrap_err();
    assert!(!said.contains('\u{1b}') && !said.contains('\u{202e}'), "{said}");
    let bombs = [
        "[".repeat(100_000),
        "a".repeat(10_000_000),
        "\0".repeat(1000),
        format!("{LEAST}description: '{}'\n", "${a}".repeat(200_000)),
        format!(
            "environments: {{ e: {{ vars: {{ a: {} }} }} }}\n{LEAST}description: '{}'\n",
            "x".repeat(1000),
            "${a}".repeat(200_000)
        ),
        format!(
            "environments:\n{}{LEAST}",
            (0..5000).map(|i| format!("  e{i}: {{}}\n")).collect::<String>()
        ),
        format!("version: {}", "9".repeat(500_000)),
        (0..40_000).map(|i| format!("k{i}: 1\n")).collect(),
        format!("{LEAST}notify: [{}]\n", "'${a}',".repeat(90_000)),
        format!("steps: [{}]", "{},".repeat(60_000)),
        format!(
            "records: [{}]",
            "{name: a, zone: b, legacy: {alb: a}, new: {alb: b}},".repeat(8_000)
        ),
    ];
    for bomb in bombs {
        assert!(read(&bomb).is_err(), "{}", &bomb[..20]);
    }
}

/// Texts near an honest runbook: cut, with bytes changed, with lines swapped.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let change = (any::<prop::sample::Index>(), any::<u8>());
    let changes = proptest::collection::vec(change, 0..6);
    let lines = (any::<prop::sample::Index>(), any::<prop::sample::Index>());
    (changes, any::<prop::sample::Index>(), lines, any::<bool>()).prop_map(
        |(changes, end, swap, cut)| {
            let mut lines: Vec<&str> = EVERYTHING.lines().collect();
            let (a, b) = (swap.0.index(lines.len()), swap.1.index(lines.len()));
            lines.swap(a, b);
            let mut bytes = lines.join("\n").into_bytes();
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            if cut {
                bytes.truncate(end.index(bytes.len()));
            }
            bytes
        },
    )
}

proptest! {
    #[test]
    fn no_file_makes_it_panic_and_each_is_read_or_explained(text in mutated()) {
        let source = Source { path: "x.yaml".to_owned(), text };
        match validate(&source, &BTreeMap::new()) {
            Ok(runbooks) => prop_assert!(!runbooks.is_empty()),
            Err(problems) => {
                let said = problems.to_string();
                prop_assert!(!said.is_empty() && !said.contains("bug in cutover"), "{}", said);
            }
        }
    }
}
