//! The table of who is told, and how Datadog is reached.

use super::{
    Leaf, Mapping, Shape,
    form::{ENV_VAR, SITE, URL},
    key, needed, plain,
    top::{COMMAND, LINE},
};
use Shape::List;

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

pub(super) const NOTIFY: Mapping = Mapping {
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
        key("site", Shape::Leaf(Leaf::Named(&SITE)), "Datadog site; default datadoghq.com"),
        key("url", API, "where the API is, such as a proxy; default https://api.SITE"),
    ],
);

pub(super) const DATADOG: Mapping = plain(
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
        key("site", Shape::Leaf(Leaf::Named(&SITE)), "Datadog site; default datadoghq.com"),
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
