//! The table from the top: where it runs, what moves, what happens.

use super::{
    Key, Leaf, Mapping, Shape,
    form::{
        BALANCER, DNS_NAME, ENV_VAR, EXTERNAL_ID, LABEL, MFA_SERIAL, NAME, PEERING, REGION, ROLE,
        URL, VARIABLE, ZONE, ZONE_ID,
    },
    gates::GATES,
    key, needed, plain,
};
use Shape::{List, Names};

/// The whole file.
pub(in crate::runbook) const ROOT: Mapping = Mapping {
    noun: "a runbook",
    keys: &[
        needed("version", Shape::Leaf(Leaf::Version), "version of this format; 1"),
        needed("name", Shape::Leaf(Leaf::Named(&NAME)), "short name; begins the run id"),
        key("description", Shape::Leaf(Leaf::Prose), "what it moves, for people"),
        key(
            "environments",
            Names(&LABEL, &Shape::Mapping(&ENVIRONMENT)),
            "where it can run, by name; without it the SDK's default credentials and region serve all sides",
        ),
        key("records", RECORDS, "what moves; all of them move in lockstep"),
        key("steps", STEPS, "what happens, in order"),
        key(
            "waves",
            List(&Shape::Mapping(&WAVE), 1),
            "in place of `records` and `steps`: groups of records that move one after another",
        ),
        key("gates", Shape::Mapping(&GATES), "what is watched; all of it has defaults"),
        key("datadog", Shape::Mapping(&DATADOG), "how Datadog is reached, for the gates on it"),
        key("policy", Shape::Mapping(&POLICY), "what is done about what was seen"),
        key("prepare", Shape::Mapping(&PREPARE), "what may be changed before the first step"),
        key("preflight", Shape::Mapping(&PREFLIGHT), "what is checked beforehand; all read-only"),
        key(
            "windows",
            Shape::Mapping(&WINDOWS),
            "when steps may start; a rollback is never held back",
        ),
        key("hooks", Shape::Mapping(&HOOKS), "commands that run beside the steps"),
        key("notify", List(&Shape::Mapping(&NOTIFY), 0), "who is told"),
    ],
    one_of: &["records", "waves"],
    beside: &[("records", "steps"), ("steps", "records")],
};

const RECORDS: Shape = List(&Shape::Mapping(&RECORD), 1);
const STEPS: Shape = List(&Shape::Mapping(&STEP), 1);

const WAVE: Mapping = plain(
    "a wave",
    &[
        needed("name", Shape::Leaf(Leaf::Named(&LABEL)), "what it is called; stands once"),
        needed("records", RECORDS, "what moves in it, in lockstep"),
        needed("steps", STEPS, "what happens in it, in order"),
        key(
            "gates",
            Shape::Mapping(&GATES),
            "what is watched while it moves, in place of the runbook's `gates`",
        ),
    ],
);

const LINE: Shape = Shape::Leaf(Leaf::Line);
const FLAG: Shape = Shape::Leaf(Leaf::Flag);
const SIDE: Shape = Shape::Leaf(Leaf::Word(&["legacy", "new"]));
/// An argument may have several lines, as a script of `sh -c` has.
const COMMAND: Shape = List(&Shape::Leaf(Leaf::Prose), 1);

/// What a step may be held or something may be waited for: from a second to two weeks.
const WAIT: Shape = Shape::Leaf(Leaf::Duration(1, 14 * 86_400));

const ENVIRONMENT: Mapping = plain(
    "an environment",
    &[
        key("dns", Shape::Mapping(&ACCESS), "how to reach the hosted zones"),
        key("legacy", Shape::Mapping(&ACCESS), "how to reach the legacy side"),
        key("new", Shape::Mapping(&ACCESS), "how to reach the new side"),
        key(
            "vars",
            Names(&VARIABLE, &Shape::Leaf(Leaf::Filling)),
            "what `${name}` stands for in this environment",
        ),
    ],
);

const ACCESS: Mapping = plain(
    "an access",
    &[
        key("profile", LINE, "profile of the shared AWS configuration files to begin with"),
        key("role", Shape::Leaf(Leaf::Named(&ROLE)), "ARN of the role to assume"),
        key(
            "external_id",
            Shape::Leaf(Leaf::Named(&EXTERNAL_ID)),
            "external id that the role's trust policy asks for",
        ),
        key(
            "mfa_serial",
            Shape::Leaf(Leaf::Named(&MFA_SERIAL)),
            "MFA device that the role's trust policy asks for",
        ),
        key(
            "region",
            Shape::Leaf(Leaf::Named(&REGION)),
            "region of the load balancers and metrics",
        ),
    ],
);

const RECORD: Mapping = plain(
    "a record",
    &[
        needed("name", Shape::Leaf(Leaf::Named(&DNS_NAME)), "the name"),
        needed("zone", Shape::Leaf(Leaf::Named(&ZONE)), "hosted zone, by name or id"),
        key("private", FLAG, "whether the private zone of that name is meant; default false"),
        key(
            "types",
            List(&Shape::Leaf(Leaf::Word(&["A", "AAAA", "CNAME", "TXT"])), 1),
            "which types move; default A for load balancers, CNAME for `value`",
        ),
        key(
            "ttl",
            Shape::Leaf(Leaf::Ttl),
            "TTL of `value` targets, in seconds; lowered in prepare if the live one is longer",
        ),
        needed("legacy", Shape::Mapping(&TARGET), "where it points in the legacy environment"),
        needed("new", Shape::Mapping(&TARGET), "where it points in the new environment"),
    ],
);

const BALANCER_NAME: Shape = Shape::Leaf(Leaf::Named(&BALANCER));
const ELB: Key = key("elb", BALANCER_NAME, "classic load balancer, by name");
const ALB: Key = key("alb", BALANCER_NAME, "application load balancer, by name");
const NLB: Key =
    key("nlb", BALANCER_NAME, "network load balancer, by name; it has no HTTP metrics");

const TARGET: Mapping = Mapping {
    noun: "a target",
    keys: &[
        ELB,
        ALB,
        NLB,
        key("value", LINE, "a plain value: a host name for CNAME, an address for A and AAAA"),
        key("values", List(&LINE, 1), "the same as a list; a weighted record holds exactly one"),
        key("alias", Shape::Mapping(&ALIAS), "an alias written out"),
        key(
            "evaluate_target_health",
            FLAG,
            "for aliases: whether Route 53 stops answering with it while its targets are unhealthy; default false",
        ),
        key(
            "metrics",
            Shape::Mapping(&METRICS_OF),
            "load balancer whose metrics tell about this side, if the target is not it",
        ),
    ],
    one_of: &["elb", "alb", "nlb", "value", "values", "alias"],
    beside: &[],
};

const ALIAS: Mapping = plain(
    "an alias",
    &[
        needed("dns_name", Shape::Leaf(Leaf::Named(&DNS_NAME)), "DNS name of the alias target"),
        needed("zone_id", Shape::Leaf(Leaf::Named(&ZONE_ID)), "hosted zone id of the alias target"),
    ],
);

const METRICS_OF: Mapping = Mapping {
    noun: "the place of the metrics",
    keys: &[ELB, ALB, NLB],
    one_of: &["elb", "alb", "nlb"],
    beside: &[],
};

const STEP: Mapping = Mapping {
    noun: "a step",
    keys: &[
        key(
            "weight",
            Shape::Leaf(Leaf::Share),
            "share of the traffic meant for new from here on, such as `5%`",
        ),
        key("hold", WAIT, "how long it is watched once it has settled, such as `10m`"),
        key("back", FLAG, "whether the share may be lower than the step's before; default false"),
        key("approve", Shape::Mapping(&APPROVE), "asks a person before going on"),
        key("run", Shape::Mapping(&RUN), "runs a command before going on"),
    ],
    one_of: &["weight", "approve", "run"],
    beside: &[("weight", "hold"), ("hold", "weight"), ("back", "weight")],
};

const APPROVE: Mapping = plain(
    "an approval",
    &[
        needed("ask", LINE, "the question"),
        needed("timeout", WAIT, "how long an answer is waited for"),
        needed(
            "on_timeout",
            Shape::Leaf(Leaf::Word(&["stop", "rollback"])),
            "what happens without one",
        ),
    ],
);

const RUN: Mapping = plain(
    "a command",
    &[
        needed("command", COMMAND, "program and arguments, as a list; never through a shell"),
        needed("timeout", WAIT, "how long it may take"),
    ],
);

const HOOKS: Mapping = plain(
    "a list of hooks",
    &[
        key("before_step", HOOK, "before the weights of each step; the step waits for it"),
        key("after_step", HOOK, "when a step has passed; the next one waits for it"),
        key("on_breach", HOOK, "when a gate breaches; nothing waits for it"),
        key("after_rollback", HOOK, "when everybody is back; nothing waits for it"),
        key("on_complete", HOOK, "when the last step is done; nothing waits for it"),
    ],
);

const HOOK: Shape = Shape::Mapping(&RUN);

const HOLD_OR_ROLLBACK: Shape = Shape::Leaf(Leaf::Word(&["hold", "rollback"]));

const POLICY: Mapping = plain(
    "a policy",
    &[
        key("breach", HOLD_OR_ROLLBACK, "on a breach; default rollback"),
        key(
            "warning",
            Shape::Leaf(Leaf::Word(&["hold", "continue"])),
            "on a warning; default hold",
        ),
        key("unknown", HOLD_OR_ROLLBACK, "without evidence; default hold"),
        key(
            "unproven",
            Shape::Leaf(Leaf::Word(&["continue", "hold", "rollback"])),
            "hold over, nothing against it, too little traffic to prove it; default continue",
        ),
        key("hook_failed", HOLD_OR_ROLLBACK, "when a command failed; default hold"),
        key("hold_limit", WAIT, "how long an unplanned hold may last; default 2h"),
        key(
            "hold_limit_then",
            Shape::Leaf(Leaf::Word(&["rollback", "stop"])),
            "what happens then; default rollback",
        ),
        key(
            "metric_lag",
            Shape::Leaf(Leaf::Duration(0, 3600)),
            "minutes younger than this are open: their metrics may still change; default 120s",
        ),
        key(
            "settle_slop",
            Shape::Leaf(Leaf::Duration(0, 3600)),
            "what is waited in excess of INSYNC and TTL; default 30s",
        ),
        key(
            "point_of_no_return",
            Shape::Leaf(Leaf::Share),
            "from this share on a breach holds and pages instead of rolling back; none by default",
        ),
    ],
);

const PREPARE: Mapping = plain(
    "a preparation",
    &[
        key(
            "convert_simple",
            FLAG,
            "whether simple records may become weighted pairs; default true",
        ),
        key("lower_ttl_to", Shape::Leaf(Leaf::Ttl), "longer TTLs are lowered to it; default 60s"),
        key("lock", FLAG, "whether the zone is locked against other writers"),
    ],
);

const PREFLIGHT: Mapping = plain(
    "a preflight",
    &[
        key(
            "min_healthy_targets",
            Shape::Leaf(Leaf::Whole(1, 100_000)),
            "healthy targets that each load balancer of new must have",
        ),
        key("ecs", List(&Shape::Mapping(&ECS), 0), "ECS services that must be steady"),
        key(
            "vpc_peering",
            List(&Shape::Mapping(&PEERING_CHECK), 0),
            "VPC peering connections that must be active",
        ),
        key(
            "capacity",
            Shape::Mapping(&CAPACITY),
            "sides whose load balancer capacity must be reserved",
        ),
        key("rehearsed", LINE, "environment in which this very runbook must have completed"),
    ],
);

const ECS: Mapping = plain(
    "an ECS check",
    &[
        needed("side", SIDE, "whose account has it"),
        needed("cluster", LINE, "its cluster"),
        needed("service", LINE, "its name"),
        key(
            "at_least",
            Shape::Leaf(Leaf::Whole(1, 100_000)),
            "tasks that must run at least; by default, of new, as many as of the legacy service that it is instead of",
        ),
        key("fewer", FLAG, "whether fewer tasks of new may run than of legacy; default false"),
    ],
);

const PEERING_CHECK: Mapping = plain(
    "a peering check",
    &[
        needed("side", SIDE, "whose account has it"),
        needed("id", Shape::Leaf(Leaf::Named(&PEERING)), "its id"),
    ],
);

const RESERVED: Shape = Shape::Leaf(Leaf::Word(&["reserved"]));

const CAPACITY: Mapping = plain(
    "a capacity check",
    &[
        key("legacy", RESERVED, "that legacy's load balancers have a reservation"),
        key("new", RESERVED, "that new's load balancers have a reservation"),
    ],
);

const WINDOWS: Mapping = plain(
    "a list of windows",
    &[
        key("allow", List(&Shape::Leaf(Leaf::Window), 0), "steps start only inside one of these"),
        key("deny", List(&Shape::Leaf(Leaf::Window), 0), "steps never start inside one of these"),
    ],
);

/// Names of a run's events, as in its journal.
pub(in crate::runbook) const EVENTS: &[&str] = &[
    "run_started",
    "preflight_passed",
    "preflight_failed",
    "lock_taken",
    "prepared",
    "step_started",
    "weights_written",
    "in_sync",
    "settled",
    "minute_judged",
    "warned",
    "breached",
    "held",
    "approval_asked",
    "approved",
    "paused",
    "unpaused",
    "skipped",
    "aborted",
    "tuned",
    "window_closed",
    "command_started",
    "command_ended",
    "resumed",
    "step_passed",
    "rollback_started",
    "rolled_back",
    "drifted",
    "fenced",
    "stopped",
    "stuck",
    "run_completed",
];

const SECRET: Shape = Shape::Leaf(Leaf::Named(&ENV_VAR));

const NOTIFY: Mapping = Mapping {
    noun: "a notification",
    keys: &[
        key("slack", Shape::Mapping(&SLACK), "Slack, by an incoming webhook or as a bot"),
        key("pagerduty", Shape::Mapping(&PAGERDUTY), "PagerDuty Events v2"),
        key("datadog", Shape::Mapping(&DATADOG_EVENTS), "Datadog events"),
        key("webhook", Shape::Mapping(&WEBHOOK), "any HTTP endpoint, signed with HMAC-SHA256"),
        key("command", COMMAND, "a local program and its arguments, as a list"),
        key(
            "on",
            List(&Shape::Leaf(Leaf::Word(EVENTS)), 1),
            "which events; the default is what matters to this channel",
        ),
    ],
    one_of: &["slack", "pagerduty", "datadog", "webhook", "command"],
    beside: &[],
};

const SLACK: Mapping = Mapping {
    noun: "a Slack channel",
    keys: &[
        key(
            "webhook_env",
            SECRET,
            "environment variable that holds an incoming webhook's URL: one message after the other",
        ),
        key(
            "token_env",
            SECRET,
            "environment variable that holds a bot's token (chat:write): one thread for each run",
        ),
        key("channel", LINE, "for a bot: the channel's name or id, such as `#ops`"),
        key("url", API, "for a bot: where the API is; default https://slack.com/api"),
    ],
    one_of: &["webhook_env", "token_env"],
    beside: &[("token_env", "channel"), ("channel", "token_env"), ("url", "token_env")],
};

const API: Shape = Shape::Leaf(Leaf::Named(&URL));

const PAGERDUTY: Mapping = plain(
    "a PagerDuty channel",
    &[
        needed("routing_key_env", SECRET, "environment variable that holds the routing key"),
        key(
            "url",
            API,
            "where the API is, such as https://events.eu.pagerduty.com or a proxy; default https://events.pagerduty.com",
        ),
    ],
);

const DATADOG_EVENTS: Mapping = plain(
    "a Datadog channel",
    &[
        needed("api_key_env", SECRET, "environment variable that holds the API key"),
        key("site", Shape::Leaf(Leaf::Named(&DNS_NAME)), "Datadog site; default datadoghq.com"),
        key("url", API, "where the API is, such as a proxy; default https://api.SITE"),
    ],
);

const DATADOG: Mapping = plain(
    "an access to Datadog",
    &[
        key(
            "api_key_env",
            SECRET,
            "environment variable that holds the API key; default DD_API_KEY",
        ),
        key(
            "app_key_env",
            SECRET,
            "environment variable that holds the application key; default DD_APP_KEY",
        ),
        key("site", Shape::Leaf(Leaf::Named(&DNS_NAME)), "Datadog site; default datadoghq.com"),
        key("url", API, "where the API is, such as a proxy; default https://api.SITE"),
    ],
);

const WEBHOOK: Mapping = plain(
    "a webhook",
    &[
        needed("url", Shape::Leaf(Leaf::Named(&URL)), "where to"),
        key("secret_env", SECRET, "environment variable that holds the signing secret"),
    ],
);
