//! Every other object, and the parts of objects and events.

use super::notation::Entry;

const fn of(name: &'static str, means: &'static str, fields: &'static str) -> Entry {
    Entry { name, means, fields }
}

pub(super) const PARTS: &[Entry] = &[
    of(
        "Lock",
        "What the lock of a zone says.",
        "
        run: text
        epoch: count  # grows with every write to the zone
        owner: text
        until: time
    ",
    ),
    of(
        "PairWeights",
        "The weights of one record pair; a member that is absent has none.",
        "
        name: text
        type: text
        legacy: count?
        new: count?
    ",
    ),
    of(
        "Finding",
        "What one gate says.",
        "
        gate: text
        cause: text        # the verdict follows from it
        why: text
        evidence: number?  # natural logarithm of the e-value against the critical limit
        numbers: object?   # behind the sentence, by name with the unit last
    ",
    ),
    of(
        "Change",
        "One limit of the gates that was changed.",
        "
        limit: text
        from: text?
        to: text
    ",
    ),
    of(
        "Difference",
        "A record that is not as it should be, in words.",
        "
        name: text
        type: text
        expected: text
        live: text
        wanted: text
        is_baseline: flag
    ",
    ),
    of(
        "Gate",
        "What a gate says now.",
        "
        gate: text
        verdict: text  # `pass`, `unknown`, `warn` or `breach`
        why: text
    ",
    ),
    of(
        "Side",
        "One side in the newest minute that was judged.",
        "
        requests_per_minute: number?
        error_rate: number?  # 0 to 1
        latency_seconds: number?
    ",
    ),
];

pub(super) const OBJECTS: &[Entry] = &[
    of("note", "On stderr: what helps a person and is no data.", "note: text"),
    of("error", "On stderr, the last line: why the command did not do what was asked.", "
        error: text
        causes: text[]
        hints: text[]   # what to do
        places: text[]  # in files
        exit: count     # the exit code
    "),
    of("validate", "`validate`: one for each file.", "
        file: text
        valid: flag
        name: text?
        environments: text[]?
        steps: count?
        record_pairs: count?
        problems: object[]?  # each with `line`, `column`, `message` and `hint`
        error: text?         # why the file cannot be read
    "),
    of("plan", "`plan`, and `run` and `finish` before they ask.", "
        plan: object     # as in plan.json
        hazards: text[]
        sight: object[]?
        loads: object[]?  # what each load balancer has to carry at each step
        earliest_finish_seconds: count?
        detect_seconds: count?
        roll_back_seconds: count?
        safe_seconds: count?
        kept_on_new_seconds: count?  # how long clients that keep connections stay after a rollback
    "),
    of("traffic", "`finish`: what still arrives at legacy.", "traffic: object"),
    of("status", "`status`: where a run stands.", "
        run: text
        runbook: text
        environment: text?
        alive: flag            # whether a process drives it
        phase: text            # what is going on, in one or two words
        outcome: text?         # `completed`, `rolled_back`, `refused`, `stopped`, `fenced` or `stuck`
        share: share           # on new, as last read back
        step: count?           # entry of `steps` that is going on, from 1
        steps: count
        waiting_for: text?
        until: time?
        question: text?        # what a person is asked
        paused_by: text?
        legacy: Side
        new: Side
        gates: Gate[]
        data_age_seconds: number?
        data_is_late: flag
        time_to_safe_seconds: number  # if a rollback began now
        kept_on_new_seconds: count?   # how long clients that keep connections would stay on new after it
        tuned: Change[]
        locks: object          # by zone, when last looked at
        last_event: object?
    "),
    of("run", "`runs`: one for each run, the newest first.", "
        run: text
        runbook: text?
        environment: text?
        alive: flag
        phase: text?
        outcome: text?
        highest_share: share?
        began: time?
        seconds: count?        # from its beginning to its last event, or to now while it goes on
        last_event_at: time?
        damage: text?          # why it cannot be read
    "),
    of("report", "`report`: the files that were written.", "
        run: text
        reports: text[]
    "),
    of("doctor", "`doctor`: one for each check.", "
        side: text
        check: text
        result: text  # `ok`, `note`, `not_tried` or `failed`
        found: text
        todo: text?   # about a failure
    "),
    of("audit", "`audit`: who changed the records of a run.", "
        run: text
        from: time
        until: time
        asked: time
        complete_from: time    # an answer that was asked for later has all of that time
        own: count             # batches of the run that CloudTrail has
        written: count         # batches that its journal says were taken
        strangers: object[]    # batches of others about its records: who, when, from where, with what, which changes
        elsewhere: count       # batches of others about other names of its zones
    "),
    of("rehearsal", "`rehearse` of several scenarios: one for each.", "
        scenario: text
        outcome: text
        highest_share: share
        minutes_to_detect: number?
        seconds_to_roll_back: number?
        failed_requests: count   # because of the cutover
        as_expected: flag
        verdict: text
    "),
    of("backtest_gate", "`backtest`: how often a gate cries wolf.", "
        row: text  # `gate`
        weather: text
        gate: text
        cutovers: count
        rolled_back_per_100: number
        waited_in_vain_per_100: number?
        held_per_100: number
    "),
    of("backtest_fault", "`backtest`: how soon a fault is seen that begins with a step.", "
        row: text  # `fault`
        weather: text
        fault: text
        errors_points: number?
        latency_times: number?
        step: count
        share: share
        cutovers: count
        seen_percent: number?
        seen_in_step_percent: number?
        median_minutes: number?
        mean_failed_requests: number?
    "),
    of("backtest_sight", "`backtest`: what a step can see.", "
        row: text  # `sight`
        step: count
        share: share
        hold: duration
        requests_per_minute: number
        limit_rate: number?
        smallest_visible_rate: number?
        minutes_to_see_5_percent: number?
        fault_rate: number?
        minutes_to_see_fault: number?
    "),
    of("backtest_summary", "`backtest`: what was played, and what follows from it.", "
        row: text  # `summary`
        runbook: text
        from: time
        until: time
        requests_per_minute: number
        error_rate: number
        has_latency: flag
        minutes: count
        cutovers: count
        cutovers_refused: count
        cutovers_with_faults: count
        seed: count
        first_steps: object[]
        reasons: object[]
    "),
    of("backtest_minute", "`backtest --minutes`: one for each minute and gate.", "
        event: text  # `minute_judged`
        seq: count
        at: time
        minute: time
        step: count
        share: share
        gate: text
        evidence: number?
        verdict: text
        cause: text
        why: text
        numbers: object
    "),
    of("init", "`init`: the runbook, or the file that has it.", "
        file: text?
        yaml: text?
        records: count    # entries below its `records`
        decisions: count  # comments that say DECIDE
    "),
    of("terraform", "`terraform`: what makes Terraform's code match.", "
        run: text
        under_way: flag    # whether the run may still set weights
        pairs: object[]    # each with `name`, `type`, `edits` (`address`, `was`, `now`), `removals` (addresses) and `imports` (`to`, `id`, `record`)
        unmanaged: count   # pairs that the state does not manage
        hcl: text          # all of it as text for the code
    "),
    of("iam", "`iam`: one for each policy.", "
        sides: text[]
        account: text?
        role: text?
        profile: text?
        notes: text[]
        policy: object
    "),
    of("prewarm", "`prewarm`: one for each load balancer, before it asks and after each change.", "
        prewarm: text        # `reserve`, `remove` or `nothing`; `changed` after it
        side: text
        balancer: text
        requests_per_second: number?
        lcu_needed: number?
        lcu: count?          # to reserve
        why: text?           # why there is nothing to do
        reserved: object?    # `lcu`, `ready` and `zones`
    "),
    of("script", "`rollback --print`: the way back as a shell script.", "
        run: text
        script: text
    "),
    of("simulator", "`sim`: it can be spoken to.", "
        listening: text  # URL for --endpoint-url
        scenario: text
        speed: number
    "),
    of("scenario", "`sim --print-scenario`.", "
        scenario: text
        yaml: text
    "),
    of("completions", "`completions`.", "
        shell: text
        script: text
    "),
    of("page", "`man`: one for each page.", "
        name: text   # such as `cutover-run.1`
        roff: text?  # where no folder was named
        file: text?  # where one was
    "),
];
