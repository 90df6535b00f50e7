//! The events of a run: what its journal holds, and what `run`, `resume`, `rehearse`, `rollback`, `finish`, `status --watch`
//! and whatever steers a run print.

use serde_json::{Value, json};

use super::notation::Entry;

/// Returns the fields that every event has.
pub(super) fn of_all(name: &str) -> [(&'static str, Value); 5] {
    [
        (
            "seq",
            json!({ "type": "integer", "minimum": 1, "description": "number in the run, from 1" }),
        ),
        ("at", json!({ "type": "string", "format": "date-time" })),
        ("run", json!({ "type": "string", "description": "id of the run" })),
        ("event", json!({ "const": name })),
        (
            "check",
            json!({
                "type": "string", "pattern": "^[0-9a-f]{16}$",
                "description": "over this line and the check of the one before it",
            }),
        ),
    ]
}

const fn event(name: &'static str, means: &'static str, fields: &'static str) -> Entry {
    Entry { name, means, fields }
}

/// What a person did.
const WORD: &str = "
    by: text        # user and host, as they say themselves
    why: text?      # in their words
    request: text?  # the request that asked for it, where the run's process was asked
";

pub(super) const EVENTS: &[Entry] = &[
    event("run_started", "The plan is accepted; nothing is written yet.", "
        runbook: text
        environment: text?
        steps: count    # entries of the runbook's `steps`
        records: count  # record pairs that move
        version: text   # of cutover
        owner: text     # tells this process from every other one, in the zones' locks
        mode: text?     # `dry_run` or `exercise_rollback`; missing where the run is a usual one
        files: object?  # checks of the files beside the journal
    "),
    event("preflight_passed", "Nothing that was read speaks against beginning.", "
        hazards: text[]  # what is worth knowing all the same
    "),
    event("preflight_failed", "Something speaks against beginning; nothing was written.", "
        problems: text[]  # each with what to do
    "),
    event("lock_taken", "The zone's lock is this process's, and was read back.", "
        zone: text
        lock: Lock
    "),
    event("lock_released", "The zone's lock is gone, and was read back.", "zone: text"),
    event("lock_left", "The zone's lock stays, because it could not be released.", "
        zone: text
        why: text
    "),
    event("fenced", "Somebody else took or removed the zone's lock: this run writes nothing more.", "
        zone: text
        holder: Lock?
        why: text
    "),
    event("prepared", "The records are weighted pairs that answer as before.", "
        changed: count  # record pairs that had to be changed for it
    "),
    event("step_started", "A step that sets a share begins.", "
        shift: count   # its number among those, from 0
        step: count    # number of the entry in the runbook's `steps`, from 1
        wave: text?    # the wave that it moves, where the runbook has waves
        share: share   # part of the traffic meant for new
        weights: object
        hold: duration
    "),
    event("write_started", "A batch is about to be sent.", "
        write: count   # its number in the run, from 1
        to: any        # `prepared`, `safe`, `baseline`, `finished`, or `{\"shift\": N}`
        zone: text
        pairs: count[] # which of the plan's pairs it moves
        lock: any      # what it does to the zone's lock
        overwrite: flag
    "),
    event("write_accepted", "Route 53 took the batch.", "
        write: count
        change: text  # Route 53's id of it
    "),
    event("write_failed", "The batch failed, or nobody knows.", "
        write: count
        failure: text  # `later`, `unclear`, `refused` or `denied`
        message: text
        problems: text[]
        retry_at: time
    "),
    event("protections_removed", "Names that nobody might change may be changed now, or still not.", "
        zone: text
        records: any
        failure: text?
    "),
    event("records_read", "The zone was read.", "
        zone: text
        records: object[]
    "),
    event("weights_written", "Everything of a step, or of the baseline, is in the zone and was read back.", "
        position: any  # as `to` of `write_started`
        share: share   # part of the traffic meant for new
        records: PairWeights[]
    "),
    event("in_sync", "All of Route 53's servers have the changes.", "changes: text[]"),
    event("change_lost", "Route 53 does not know a change any more.", "change: text"),
    event("settled", "Metrics show the step as it is; its hold begins.", "hold_until: time"),
    event("metrics_read", "CloudWatch was asked.", "
        rows: any         # minutes, since 1970, with what is new of both sides
        targets: object?  # behind new
        alarms: object?   # by the name of their gate
        services: object? # of ECS, by what they are called beside the gates
        datadog: object?  # what Datadog told, by the name of the gate
        faults: object[]  # what was wrong with the answer
    "),
    event("minute_judged", "The gates looked at everything known.", "
        minute: count  # newest closed minute, since 1970
        findings: Finding[]
    "),
    event("warned", "A gate began to warn.", FOUND),
    event("breached", "A gate shows that new is worse than it may be.", FOUND),
    event("tuned", "Limits of the gates were changed while the run was going on.", "
        changes: Change[]
        loosens: flag  # whether any of it lets new be worse than before
        why: text
        by: text
        request: text?
        gates: object  # all of them, as they are from now on
    "),
    event("held", "The step's hold is over and something keeps it from going on.", "
        why: text
        until: time  # when waiting ends
        next: text
    "),
    event("window_closed", "The next step may not start now.", "
        opens: time
        why: text
    "),
    event("approval_asked", "A person is asked, and the run waits for the answer.", "
        step: count
        ask: text
        until: time
        next: text  # how to answer, and what happens without an answer
    "),
    event("approved", "A person said yes.", "
        step: count
        by: text
        why: text?
        request: text?
    "),
    event("paused", "No further step is begun.", WORD),
    event("unpaused", "Steps are begun again.", WORD),
    event("skipped", "A person went past what the run waited for.", "
        what: text
        by: text
        why: text?
        request: text?
    "),
    event("aborted", "A person sends everybody back.", WORD),
    event("command_started", "A command of the runbook begins.", "
        hook: text  # `step`, `before_step`, `after_step`, `on_breach`, `after_rollback` or `on_complete`
        step: count?
        command: text[]
    "),
    event("command_ended", "A command of the runbook has ended.", "
        hook: text
        step: count?
        failure: text?  # missing where it ended well
        seconds: number
        output: text?   # file in the run's folder
        next: text?
    "),
    event("step_passed", "A step is done.", "
        shift: count
        step: count
        share: share
        proven: flag  # whether it is proven good, or only nothing spoke against it
        why: text
        next: text
    "),
    event("rollback_started", "The way back begins.", "
        reason: text
        breached_at: time?
        asked: object?  # what `cutover rollback` asked for
    "),
    event("rolled_back", "The baseline is in the zone and was read back.", "
        seconds_from_breach: number  # or from the request, until all traffic was sent where it was before
        clients_back_by: time
    "),
    event("drifted", "Somebody else changed a record of the run.", "differences: Difference[]"),
    event("stopped", "The process stops; the run can be resumed.", "reason: text"),
    event("resumed", "Another process goes on with the run.", "
        version: text
        owner: text
        take_over: flag
    "),
    event("stuck", "Only a person can go on.", "why: text"),
    event("run_completed", "All steps are done.", "share: share"),
];

const FOUND: &str = "
    gate: text
    cause: text
    why: text
    evidence: number?  # natural logarithm of the e-value against the critical limit
    numbers: object?
    next: text
";
