//! What a plan waits for between its steps, as a person reads it before saying yes.

use super::{clean, line::clock_seen_from};
use crate::{
    plan::{Fallback, HookCommand, OnBreach, Plan, Task, TaskKind, WindowWait, window_waits},
    unit::{Timestamp, words},
};

/// Returns the approvals and commands of a plan, in order, and the commands that nothing waits for.
pub(super) fn lines(plan: &Plan) -> Vec<String> {
    let mut lines: Vec<String> = plan.tasks.iter().map(|task| task_line(task, plan)).collect();
    let hooks = &plan.hooks;
    let beside = [
        ("on a breach", &hooks.on_breach),
        ("after a rollback", &hooks.after_rollback),
        ("when it is complete", &hooks.on_complete),
    ];
    lines.extend(beside.into_iter().filter_map(|(when, hook)| {
        let HookCommand { command, timeout } = hook.as_ref()?;
        let limit = words(*timeout);
        Some(format!("{when}: `{}`, within {limit}; nothing waits for it", command.join(" ")))
    }));
    lines
}

fn task_line(Task { before, kind, .. }: &Task, plan: &Plan) -> String {
    let when = plan.shifts.get(*before).map_or_else(
        || "before the end".to_owned(),
        |shift| format!("before step {} ({})", shift.step, shift.share),
    );
    match kind {
        TaskKind::Approve { ask, timeout, on_timeout } => {
            let then = match on_timeout {
                Fallback::Stop => "stop",
                Fallback::Rollback => "roll back",
            };
            format!("{when}: approval: {ask} (within {}, else {then})", words(*timeout))
        }
        TaskKind::Run { command, timeout, hook } => {
            let failed = match plan.policy.hook_failed {
                OnBreach::Hold => "hold",
                OnBreach::Rollback => "roll back",
            };
            let (name, limit) = (hook.name(), words(*timeout));
            format!("{when}: {name}: `{}` (within {limit}; failed: {failed})", command.join(" "))
        }
    }
}

/// Returns where a run that begins now would wait for its windows; nothing for one without.
pub fn window_lines(plan: &Plan, now: Timestamp) -> Vec<String> {
    if plan.windows.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![String::new(), "windows".to_owned()];
    let mut say = |line: String| lines.push(format!("  {}", clean(&line)));
    say(format!("steps start {}; going back never waits", plan.windows.in_words()));
    let (waits, end) = window_waits(plan, now);
    for WindowWait { step, due, opens } in &waits {
        let due = clock_seen_from(now, *due);
        say(match opens {
            Some(opens) => format!(
                "begun now, step {step} is due at {due} and waits until {}",
                clock_seen_from(now, *opens)
            ),
            None => format!(
                "begun now, step {step} is due at {due}, and no window opens within 400 days: the run would stop there"
            ),
        });
    }
    if waits.is_empty() {
        say("begun now, no step waits".to_owned());
    }
    if let Some(end) = end {
        say(format!(
            "earliest finish, waits included: {} (times are UTC)",
            clock_seen_from(now, end)
        ));
    }
    lines
}
