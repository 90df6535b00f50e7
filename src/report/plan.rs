//! A plan as a person reads it before saying yes.

use crate::{
    plan::{
        Made, OnBreach, OnUnproven, OnWarning, Pair, Plan, Policy, READING_EVERY, Zone, in_words,
        lock_name, timeline,
    },
    unit::{SignedDuration, words},
};

use super::{between, capacity, clean, gates, sight, words as worded};

/// Record pairs that are shown one by one; of more, the first ones and a count.
const PAIRS_SHOWN: usize = 20;
/// Zones whose locks are named; of more, the first ones and a count.
const ZONES_SHOWN: usize = 4;

/// Returns the plan as lines.
pub fn plan_lines(made: &Made) -> Vec<String> {
    let plan = &made.plan;
    let place = plan.environment.as_ref().map_or(String::new(), |name| format!(" in {name}"));
    let mut lines = vec![format!(
        "{}{place}: {} in {}, {}",
        plan.runbook,
        worded::count(plan.pairs.len(), "record pair"),
        worded::count(plan.zones.len(), "zone"),
        worded::count(plan.steps, "step")
    )];
    section(&mut lines, "records", records(plan));
    section(&mut lines, "steps", steps(plan));
    let between = between::lines(plan);
    if !between.is_empty() {
        section(&mut lines, "beside the steps", between);
    }
    let sight = sight::lines(plan);
    if !sight.is_empty() {
        section(&mut lines, "what the errors gate can see, at the traffic of the past day", sight);
    }
    let capacity = capacity::lines(plan);
    if !capacity.is_empty() {
        let title =
            "what the load balancers have to carry, at legacy's busiest minute of the past day";
        section(&mut lines, title, capacity);
    }
    section(&mut lines, "time", times(plan));
    section(&mut lines, "gates", gates::lines(plan));
    section(&mut lines, "policy", policy(&plan.policy));
    if !plan.notify.is_empty() {
        section(&mut lines, "who is told", told(plan));
    }
    section(&mut lines, "lock", lock(plan));
    if !made.hazards.is_empty() {
        section(&mut lines, "worth a second thought", made.hazards.clone());
    }
    lines.iter().map(|line| clean(line).into_owned()).collect()
}

/// Says of which wave the lines are that follow.
pub(super) struct Headings<'a> {
    plan: &'a Plan,
    last: Option<usize>,
}

impl<'a> Headings<'a> {
    pub(super) fn of(plan: &'a Plan) -> Self {
        Self { plan, last: None }
    }

    /// Returns the heading that goes before a line of this wave: none where the line before it is of the same one, or the
    /// runbook has no waves.
    pub(super) fn before(&mut self, wave: usize) -> Option<String> {
        let named = self.plan.waves.get(wave).filter(|_| self.last != Some(wave))?;
        self.last = Some(wave);
        Some(format!("wave {}", named.name))
    }
}

fn told(plan: &Plan) -> Vec<String> {
    plan.notify.iter().map(|one| format!("{}: {}", one.channel, one.on.join(", "))).collect()
}

fn section(lines: &mut Vec<String>, title: &str, content: Vec<String>) {
    lines.push(String::new());
    lines.push(title.to_owned());
    lines.extend(content.into_iter().map(|line| format!("  {line}")));
}

fn records(plan: &Plan) -> Vec<String> {
    let mut lines = Vec::new();
    let mut headings = Headings::of(plan);
    for pair in plan.pairs.iter().take(PAIRS_SHOWN) {
        lines.extend(headings.before(pair.wave));
        lines.push(format!("{} {} in zone {}", pair.name, pair.kind, pair.zone));
        lines.extend(record_diff(pair).into_iter().map(|line| format!("  {line}")));
    }
    match plan.pairs.len().checked_sub(PAIRS_SHOWN) {
        Some(more) if more > 0 => {
            lines.push(format!("and {more} more; `--output json` has them all"));
        }
        Some(_) | None => {}
    }
    lines
}

/// Returns what preparing changes: lines with `-` go, lines with `+` come, the others stay.
fn record_diff(pair: &Pair) -> Vec<String> {
    let prepared = pair.prepared();
    let stays = |record: &&crate::plan::RecordSet| prepared.iter().any(|p| p.is_same_as(record));
    let (kept, gone): (Vec<_>, Vec<_>) = pair.found.iter().partition(stays);
    let come = prepared.iter().filter(|p| !pair.found.iter().any(|f| f.is_same_as(p)));
    let mut lines: Vec<String> = kept.iter().map(|r| format!("  {}", in_words(r))).collect();
    lines.extend(gone.iter().map(|r| format!("- {}", in_words(r))));
    lines.extend(come.map(|r| format!("+ {}", in_words(r))));
    lines
}

fn steps(plan: &Plan) -> Vec<String> {
    let header = format!(
        "{:>4}  {:>8}  {:>11}  {:>10}  {:>10}  {:>10}  {:>8}",
        "step", "share", "weights", "written", "settled", "over", "hold"
    );
    let times = timeline(plan);
    let mut headings = Headings::of(plan);
    let rows = plan.shifts.iter().zip(&times.entries).flat_map(|(shift, entry)| {
        let exact = shift.weights.fraction();
        let off = (exact - shift.share.fraction()).abs() > 5e-7;
        let note = if off { format!("  (exactly {:.3}%)", exact * 100.0) } else { String::new() };
        let row = format!(
            "{:>4}  {:>8}  {:>11}  {:>10}  {:>10}  {:>10}  {:>8}{note}",
            shift.step,
            shift.share.to_string(),
            shift.weights.to_string(),
            since(entry.written),
            since(entry.settled),
            since(entry.over),
            words(shift.hold)
        );
        headings.before(shift.wave).into_iter().chain([row])
    });
    std::iter::once(header).chain(rows).collect()
}

fn since(time: SignedDuration) -> String {
    format!("+{}", words(time))
}

fn times(plan: &Plan) -> Vec<String> {
    let times = timeline(plan);
    let holds = plan.shifts.iter().fold(SignedDuration::ZERO, |sum, shift| sum + shift.hold);
    let ttl = if times.old_ttl.is_zero() {
        String::new()
    } else {
        format!("old TTL {} + ", words(times.old_ttl))
    };
    let said = |what: &str, time: &str, how: &str| format!("{what:<17} {time:<9} = {how}");
    let line = |what: &str, time, how: &str| said(what, &words(time), how);
    let tails = capacity::tails(plan);
    let tails = tails.iter().map(|(what, time, how)| said(what, time, how));
    [
        line(
            "earliest finish",
            times.earliest_finish,
            &format!(
                "{ttl}{} settling of {} each + holds of {}",
                plan.shifts.len(),
                words(plan.usual_settle()),
                words(holds)
            ),
        ),
        line("to settle", plan.usual_settle(), &times.settle_how),
        line("to detect", times.detect, &times.detect_how),
        line("to roll back", times.roll_back, &times.roll_back_how),
        line("to safe", times.safe, &times.safe_how),
    ]
    .into_iter()
    .chain(tails)
    .collect()
}

/// Returns what is done about what is seen.
pub(super) fn policy(policy: &Policy) -> Vec<String> {
    let breach = |on| match on {
        OnBreach::Hold => "hold",
        OnBreach::Rollback => "roll back",
    };
    let unproven = match policy.unproven {
        OnUnproven::Continue => "go on",
        OnUnproven::Hold => "hold",
        OnUnproven::Rollback => "roll back",
    };
    let warning = match policy.warning {
        OnWarning::Hold => "hold",
        OnWarning::Continue => "go on",
    };
    let then = match policy.hold_limit_then {
        crate::plan::Fallback::Stop => "stop",
        crate::plan::Fallback::Rollback => "roll back",
    };
    let mut lines = vec![
        format!(
            "breach: {}; warning: {warning}; unknown: {}; unproven: {unproven}",
            breach(policy.breach),
            breach(policy.unknown)
        ),
        format!(
            "a hold that was not planned lasts {} at most, then: {then}",
            words(policy.hold_limit)
        ),
        format!(
            "metric lag {}, settle slop {}",
            words(policy.metric_lag),
            words(policy.settle_slop)
        ),
    ];
    lines.extend(
        policy
            .point_of_no_return
            .map(|share| format!("from {share} on a breach holds instead of rolling back")),
    );
    lines
}

fn lock(plan: &Plan) -> Vec<String> {
    if !plan.locked {
        return vec![
            "none (`prepare.lock: false`): a second operator, or an old request that arrives late, can overwrite a rollback,"
                .to_owned(),
            "and a rollback cannot stop a run that is going on; against that stand only the comparison of the exact members in every"
                .to_owned(),
            format!("write, and the reading of the records every {}", words(READING_EVERY)),
        ];
    }
    let name = |zone: &Zone| lock_name(&zone.name).map(|name| name.to_string());
    let names: Vec<String> = plan.zones.iter().filter_map(name).take(ZONES_SHOWN).collect();
    let more = match plan.zones.len().checked_sub(ZONES_SHOWN) {
        Some(more) if more > 0 => format!(" and {more} more"),
        Some(_) | None => String::new(),
    };
    vec![
        format!("TXT {}{more}, from the first write to the end of the run", names.join(", ")),
        "every write swaps it for one with a higher epoch, in the same transaction: whoever has lost it (a second operator, an"
            .to_owned(),
        "old request that arrives late) is refused by Route 53 itself; that is also how a rollback stops this run".to_owned(),
        "it is public: everybody can read the id of the run and the times in it".to_owned(),
    ]
}
