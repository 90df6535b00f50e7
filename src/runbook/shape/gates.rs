//! The table's part about gates.

use super::{
    Leaf, Mapping, Shape,
    Shape::{List, Names},
    form::{DIMENSION, MINUTES, PERCENTILE},
    key, needed, plain,
    statistic::STATISTIC,
};

/// What is watched.
pub(super) const GATES: Mapping = plain(
    "the list of gates",
    &[
        key(
            "noise",
            Shape::Leaf(Leaf::Word(&["low", "normal", "high"])),
            "how uneven error rates are from minute to minute; default normal",
        ),
        key("errors", Shape::OrOff(&Shape::Mapping(&ERRORS)), "error rate of new against legacy's"),
        key("latency", Shape::OrOff(&Shape::Mapping(&LATENCY)), "latency of new against legacy's"),
        key(
            "share",
            Shape::OrOff(&Shape::Mapping(&SHARE)),
            "achieved share of new against the share set; outside: hold",
        ),
        key("targets", Shape::OrOff(&Shape::Mapping(&TARGETS)), "healthy targets behind new"),
        key("metrics", List(&Shape::Mapping(&METRIC), 0), "anything else in CloudWatch"),
        key(
            "alarms",
            List(&Shape::Mapping(&ALARM), 0),
            "CloudWatch alarms: ALARM is critical, INSUFFICIENT_DATA is unknown",
        ),
        key("datadog", List(&Shape::Mapping(&DATADOG), 0), "Datadog monitors and queries"),
        key("pass", Shape::Mapping(&PASS), "what proves that a step is good"),
    ],
);

/// How many times legacy's a value may be: never less than the same.
const TIMES: Shape = Shape::Leaf(Leaf::Number(1.0));
const RATE: Shape = Shape::Leaf(Leaf::Percent { zero: true, most: 100.0 });
const PART: Shape = Shape::Leaf(Leaf::Percent { zero: false, most: 100.0 });

/// More than half would be no test at all.
const FALSE_ALARM: Shape = Shape::Leaf(Leaf::Percent { zero: false, most: 50.0 });

const ERRORS: Mapping = plain(
    "the errors gate",
    &[
        key(
            "critical",
            Shape::Mapping(&ERROR_LIMIT),
            "beyond this it is a breach; default { times_legacy: 2, plus: 0.1%, at_most: 1%, history: 24h, false_alarm: 1% }",
        ),
        key(
            "warning",
            Shape::Mapping(&ERROR_LIMIT),
            "beyond this it is a warning; default { times_legacy: 1.5, plus: 0.02%, false_alarm: 5% }",
        ),
        key(
            "catastrophe",
            Shape::OrOff(&Shape::Mapping(&CATASTROPHE)),
            "acts on one datapoint, open minutes too; default { rate: 25%, min_errors: 10, times_legacy: 5 }",
        ),
    ],
);

const ERROR_LIMIT: Mapping = plain(
    "an error limit",
    &[
        key("times_legacy", TIMES, "how many times legacy's rate is allowed; at least 1"),
        key("plus", RATE, "what is allowed on top of it"),
        key("at_most", Shape::OrOff(&PART), "absolute limit, whatever legacy does, or `off`"),
        key(
            "history",
            // CloudWatch keeps minutes for 15 days.
            Shape::OrOff(&Shape::Leaf(Leaf::Duration(60, 15 * 86_400))),
            "how much of legacy's past sets the history limit, or `off`; CloudWatch keeps 15d",
        ),
        key("false_alarm", FALSE_ALARM, "how often, at most, a healthy cutover is accused"),
    ],
);

const CATASTROPHE: Mapping = plain(
    "the catastrophe limit",
    &[
        key("rate", PART, "error rate from which it acts; default 25%"),
        key(
            "min_errors",
            Shape::Leaf(Leaf::Whole(1, 1_000_000_000)),
            "errors that must have been seen in the minute; default 10",
        ),
        key("times_legacy", TIMES, "how many times legacy's rate it must be; default 5"),
    ],
);

const LATENCY: Mapping = plain(
    "the latency gate",
    &[
        key("stat", Shape::Leaf(Leaf::Named(&PERCENTILE)), "which percentile; default p99"),
        key(
            "critical",
            Shape::Mapping(&LATENCY_LIMIT),
            "beyond this it is a breach; default { times_legacy: 1.5, bad_minutes: 10%, false_alarm: 1% }",
        ),
        key(
            "warning",
            Shape::Mapping(&LATENCY_LIMIT),
            "beyond this it is a warning; default { times_legacy: 1.2, bad_minutes: 20%, false_alarm: 5% }",
        ),
    ],
);

const LATENCY_LIMIT: Mapping = plain(
    "a latency limit",
    &[
        key("times_legacy", TIMES, "a minute is bad above this many times legacy's; at least 1"),
        key(
            "at_most",
            Shape::OrOff(&Shape::Leaf(Leaf::Latency)),
            "a minute is also bad above this, such as `800ms`, or `off`; none by default",
        ),
        key(
            "bad_minutes",
            // The test looks for a fault in up to 95 % of minutes; it needs room above what is allowed.
            Shape::Leaf(Leaf::Percent { zero: false, most: 90.0 }),
            "the part of minutes that may be bad",
        ),
        key("false_alarm", FALSE_ALARM, "how often, at most, a healthy cutover is accused"),
    ],
);

const SHARE: Mapping = plain(
    "the share gate",
    &[
        key("within", PART, "how far from the share set, relative to it; default 50%"),
        key(
            "after",
            Shape::Leaf(Leaf::Duration(0, 86_400)),
            "how long after settling it is judged; default 5m",
        ),
    ],
);

const TARGETS: Mapping =
    plain("the targets gate", &[key("critical", Shape::Mapping(&BELOW), "when it is a breach")]);

const BELOW: Mapping =
    plain("a targets limit", &[key("below", PART, "part of healthy targets; default 50%")]);

const METRIC: Mapping = plain(
    "a metric gate",
    &[
        needed("name", Shape::Leaf(Leaf::Line), "what it is called; stands once"),
        needed(
            "side",
            Shape::Leaf(Leaf::Word(&["legacy", "new", "dns"])),
            "whose account and region have it",
        ),
        needed("namespace", Shape::Leaf(Leaf::Line), "CloudWatch namespace, such as `AWS/RDS`"),
        needed("metric", Shape::Leaf(Leaf::Line), "CloudWatch metric, such as `ReplicaLag`"),
        key("dimensions", Names(&DIMENSION, &Shape::Leaf(Leaf::Line)), "CloudWatch dimensions"),
        needed(
            "stat",
            Shape::Leaf(Leaf::Named(&STATISTIC)),
            "CloudWatch statistic, such as `Maximum` or `p99`",
        ),
        key("warning", Shape::Mapping(&THRESHOLD), "when it is a warning"),
        key("critical", Shape::Mapping(&THRESHOLD), "when it is a breach"),
    ],
);

const ANY_NUMBER: Shape = Shape::Leaf(Leaf::Number(f64::MIN));

pub(super) const THRESHOLD: Mapping = Mapping {
    noun: "a threshold",
    keys: &[
        key("above", ANY_NUMBER, "more than this is bad"),
        key("below", ANY_NUMBER, "less than this is bad"),
        key(
            "minutes",
            Shape::Leaf(Leaf::Named(&MINUTES)),
            "how many of the newest datapoints must be bad, such as `3 of 5`; default `1 of 1`",
        ),
    ],
    one_of: &["above", "below"],
    beside: &[],
};

const ALARM: Mapping = plain(
    "an alarm gate",
    &[
        needed("name", Shape::Leaf(Leaf::Line), "the alarm's name"),
        needed(
            "side",
            Shape::Leaf(Leaf::Word(&["legacy", "new"])),
            "whose account and region have it",
        ),
    ],
);

const DATADOG: Mapping = Mapping {
    noun: "a Datadog gate",
    keys: &[
        key(
            "monitor",
            Shape::Leaf(Leaf::Whole(1, u64::MAX)),
            "id of a monitor: Warn is a warning, Alert is critical, No Data is unknown",
        ),
        key(
            "query",
            Shape::Leaf(Leaf::Line),
            "Datadog's query text, such as `avg:app.queue{env:new}`",
        ),
        key(
            "name",
            Shape::Leaf(Leaf::Line),
            "what it is called; default `monitor ID` or the query",
        ),
        key("warning", Shape::Mapping(&THRESHOLD), "for a query: when it is a warning"),
        key("critical", Shape::Mapping(&THRESHOLD), "for a query: when it is a breach"),
    ],
    one_of: &["monitor", "query"],
    beside: &[("warning", "query"), ("critical", "query")],
};

const PASS: Mapping = plain(
    "the pass rule",
    &[
        key(
            "min_minutes",
            Shape::Leaf(Leaf::Whole(1, 10_000)),
            "minutes with traffic that must have been seen; default 5",
        ),
        key(
            "min_requests",
            Shape::Leaf(Leaf::Whole(1, 1_000_000_000)),
            "requests on new that must have been seen; default 200",
        ),
        key(
            "proof",
            Shape::Leaf(Leaf::Percent { zero: false, most: 99.99 }),
            "how sure a pass must be; default 95%",
        ),
    ],
);
