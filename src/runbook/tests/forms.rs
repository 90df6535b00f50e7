//! Keys and values of a wrong form, and what is said of them.

use super::*;

#[test]
fn keys_that_are_not_keys_are_named_with_what_was_meant() {
    assert_data_eq!(
        said_of(&[
            ("hold: 10m", "holds: 10m"),
            ("hold: 10m", "hold: 10m, retries: 3"),
            ("elb: api", "clb: api"),
            ("steps:", "step:"),
            ("version: 1\n", "lanes: []\nversion: 1\n"),
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

lanes: []
version: 1

api.yaml:1:1: `lanes` is not a key of a runbook
  hint: it can have `version`, `name`, `description`, `environments`, `records`, `steps`, `waves`, `gates`, `datadog`, `policy`, `prepare`, `preflight`, `windows`, `hooks` or `notify`


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
