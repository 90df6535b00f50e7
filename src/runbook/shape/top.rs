//! The table from the top: where it runs, what happens, and what is done about what was seen.

use super::{
    Leaf, Mapping, Shape,
    channels::{DATADOG, NOTIFY},
    form::{EXTERNAL_ID, LABEL, MFA_SERIAL, NAME, REGION, ROLE, VARIABLE},
    gates::GATES,
    key, needed, plain,
    preflight::PREFLIGHT,
    record::RECORD,
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

pub(super) const LINE: Shape = Shape::Leaf(Leaf::Line);
pub(super) const FLAG: Shape = Shape::Leaf(Leaf::Flag);
/// An argument may have several lines, as a script of `sh -c` has.
pub(super) const COMMAND: Shape = List(&Shape::Leaf(Leaf::Prose), 1);

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

const WINDOWS: Mapping = plain(
    "a list of windows",
    &[
        key("allow", List(&Shape::Leaf(Leaf::Window), 0), "steps start only inside one of these"),
        key("deny", List(&Shape::Leaf(Leaf::Window), 0), "steps never start inside one of these"),
    ],
);
