//! Rules that look at several places at once.

use super::*;

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
            (
                "steps:",
                "gates: { datadog: [{ query: q }, { monitor: 1, warning: { above: 2 } }] }\nsteps:"
            ),
            (
                "steps:",
                "gates: { datadog: [{ monitor: 1 }, { monitor: 1 }, { query: q, name: monitor 1, critical: { above: 1 } }] }\nsteps:"
            ),
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

gates: { datadog: [{ query: q }, { monitor: 1, warning: { above: 2 } }] }
steps:
api.yaml:8:29: a query needs `warning`, `critical` or both
  hint: such as `critical: { above: 30 }`
api.yaml:8:57: `warning` needs `query` beside it

gates: { datadog: [{ monitor: 1 }, { monitor: 1 }, { query: q, name: monitor 1, critical: { above: 1 } }] }
steps:
api.yaml:8:36: another Datadog gate is called `monitor 1`
  hint: give one of them a `name` of its own
api.yaml:8:52: another Datadog gate is called `monitor 1`
  hint: give one of them a `name` of its own

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
api.yaml:14:70: `stat`: `Max` is not a CloudWatch statistic (Sum, Average, Minimum, Maximum, SampleCount, IQM, p99, tm95, TM(5%:95%), PR(:300) and the like; capitals count)
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
fn no_two_gates_have_one_name() {
    let gates = "
gates:
  metrics:
    - { name: errors, side: new, namespace: n, metric: m, stat: Sum, critical: { above: 4 } }
    - { name: alarm new/x, side: new, namespace: n, metric: m, stat: Sum, critical: { above: 4 } }
  alarms:
    - { name: x, side: new }
    - { name: x, side: legacy }
    - { name: X, side: new }
    - { side: new, name: x }
";
    assert_data_eq!(
        read(&format!("{LEAST}{gates}")).unwrap_err(),
        str![[r#"
api.yaml:14:15: a metric gate cannot be called `errors`
  hint: gates of another kind have names like this one
api.yaml:15:15: a metric gate cannot be called `alarm new/x`
  hint: gates of another kind have names like this one
api.yaml:20:7: the alarm `x` of new stands twice
"#]]
    );
}

#[test]
fn an_ecs_service_stands_once_and_only_new_is_compared() {
    let checks = "
preflight:
  ecs:
    - { side: new, cluster: main, service: api, at_least: 4 }
    - { side: legacy, cluster: main, service: api, fewer: true }
    - { side: new, cluster: main, service: web, at_least: 4, fewer: true }
    - { side: new, cluster: main, service: api }
    - { side: new, cluster: main, service: x, at_least: 0 }
";
    assert_data_eq!(
        read(&format!("{LEAST}{checks}")).unwrap_err(),
        str![[r#"
api.yaml:15:59: legacy is what new is compared with
  hint: say `fewer: true` at the service of new
api.yaml:16:69: `at_least` says already how few tasks are enough
  hint: take one of the two out
api.yaml:17:7: the service `api` stands here twice
  hint: name each service once
api.yaml:18:57: `at_least`: `0` is not a whole number from 1 to 100000
"#]]
    );
}

#[test]
fn slack_is_told_by_a_webhook_or_by_a_bot_and_never_by_halves() {
    let entries = [
        "{ webhook_env: A, token_env: B, channel: c }",
        "{ token_env: B }",
        "{ webhook_env: A, channel: c }",
        "{ channel: c }",
        "{ token_env: B, channel: \"#ops\", url: \"ftp://x\" }",
    ];
    let notify = entries.map(|entry| format!("  - {{ slack: {entry} }}\n")).concat();
    assert_data_eq!(
        read(&format!("{LEAST}notify:\n{notify}")).unwrap_err(),
        str![[r#"
api.yaml:12:14: a Slack channel takes only one of `webhook_env` and `token_env`
api.yaml:13:27: `token_env` needs `channel` beside it
api.yaml:14:41: `channel` needs `token_env` beside it
api.yaml:15:14: a Slack channel needs `webhook_env` or `token_env`
api.yaml:16:52: `url`: this is not an http or https address without a user name in it
  hint: such as `https://ops.example.com/hook`
"#]]
    );
}

#[test]
fn who_is_told_of_nothing_in_particular_is_told_what_suits_the_channel() {
    let notify = "notify:\n  - { slack: { webhook_env: A } }\n  - { pagerduty: { routing_key_env: B } }\n  \
                  - { command: [./x], on: [stuck] }\n";
    let notify = read(&format!("{LEAST}{notify}")).unwrap().notify;
    let told = |index: usize, event: &str| notify[index].on.iter().any(|name| name == event);
    assert!(told(0, "approval_asked") && !told(0, "minute_judged"));
    assert!(told(1, "breached") && !told(1, "step_started"));
    assert_eq!(notify[2].on, ["stuck"]);
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
