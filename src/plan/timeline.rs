//! When things happen, with the arithmetic shown.

use super::{Plan, plan::USUAL_SYNC, way_back::WayBack};
use crate::unit::{Share, SignedDuration, words};

/// Seconds that Route 53 is given for one batch; AWS documents no figure (section 9 of the laws assumes 0.2 to 5 s).
const CALL: SignedDuration = SignedDuration::from_secs(1);
/// Closed minutes that an obvious fault takes to be proven: no single minute can decide (gates.md section 1).
const MINUTES_TO_PROVE: i64 = 2;
/// How often metrics are read, so how long a datapoint waits to be seen.
pub const READING_EVERY: SignedDuration = SignedDuration::from_secs(30);

/// One shift step in time, counted from the start of the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Number of the entry in the runbook's `steps`.
    pub step: usize,
    /// Part of the traffic meant for new.
    pub share: Share,
    /// When its weights are written.
    pub written: SignedDuration,
    /// When it has settled.
    pub settled: SignedDuration,
    /// When its hold is over.
    pub over: SignedDuration,
}

/// The times of a plan; `how` fields show the arithmetic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline {
    /// What is waited before the first step, because a long TTL was lowered.
    pub old_ttl: SignedDuration,
    /// The shift steps.
    pub entries: Vec<Entry>,
    /// From the start to the end, if nothing holds.
    pub earliest_finish: SignedDuration,
    /// How one step settles.
    pub settle_how: String,
    /// From the start of an obvious fault to its breach.
    pub detect: SignedDuration,
    /// How that is counted.
    pub detect_how: String,
    /// From the breach to the baseline in Route 53.
    pub roll_back: SignedDuration,
    /// How that is counted.
    pub roll_back_how: String,
    /// From the breach until clients that honour the TTL are back.
    pub safe: SignedDuration,
    /// How that is counted.
    pub safe_how: String,
}

/// Returns how long a rollback of this many batches one after another takes until clients that honour the TTL are back;
/// `wait` is what it waits for change tokens on the way.
pub fn time_to_safe(plan: &Plan, batches: usize, wait: SignedDuration) -> SignedDuration {
    calls(batches) + wait + USUAL_SYNC + plan.ttl().duration()
}

fn calls(batches: usize) -> SignedDuration {
    CALL * i32::try_from(batches.max(1)).unwrap_or(i32::MAX)
}

/// Returns the times of a plan.
pub fn timeline(plan: &Plan) -> Timeline {
    let settle = plan.usual_settle();
    let old_ttl = plan.old_ttl().map_or(SignedDuration::ZERO, |ttl| USUAL_SYNC + ttl.duration());
    let mut at = old_ttl;
    let mut entries = Vec::new();
    for shift in &plan.shifts {
        let settled = at + settle;
        let over = settled + shift.hold;
        entries.push(Entry { step: shift.step, share: shift.share, written: at, settled, over });
        at = over;
    }
    let way_back = WayBack::longest(plan);
    let (lag, slop, ttl) = (plan.policy.metric_lag, plan.policy.settle_slop, plan.ttl());
    let proof = SignedDuration::from_mins(MINUTES_TO_PROVE);
    let roll_back = calls(way_back.in_a_row) + way_back.wait;
    Timeline {
        old_ttl,
        entries,
        earliest_finish: at,
        settle_how: format!(
            "INSYNC {} (usual) + TTL {ttl} + metric lag {} + slop {}",
            words(USUAL_SYNC),
            words(lag),
            words(slop)
        ),
        detect: proof + lag + READING_EVERY,
        detect_how: format!(
            "{} of an obvious fault + metric lag {} + reading every {}; a quarter of all requests failing: 1 minute + reading",
            words(proof),
            words(lag),
            words(READING_EVERY)
        ),
        roll_back,
        roll_back_how: roll_back_how(plan, &way_back),
        safe: time_to_safe(plan, way_back.in_a_row, way_back.wait),
        safe_how: format!(
            "rollback {} + INSYNC {} (usual) + TTL {ttl}; clients that ignore TTL or keep connections open take longer",
            words(roll_back),
            words(USUAL_SYNC)
        ),
    }
}

fn roll_back_how(plan: &Plan, way: &WayBack) -> String {
    let (first, then) = if way.exact {
        ("the exact baseline", "")
    } else {
        ("the traffic first", "; the exact baseline when everybody is safe")
    };
    let noun = if way.batches == 1 { "batch" } else { "batches" };
    let spread = match way.in_a_row {
        1 if way.batches > 1 => ", one in each zone".to_owned(),
        most if way.batches > most => format!(", at most {most} in one zone"),
        _ => String::new(),
    };
    let wait = match plan.quota.changes().filter(|_| !way.wait.is_zero()) {
        Some(bucket) => format!(
            ", + {} until Route 53 takes all {} changes ({} at once, then {} a second)",
            words(way.wait),
            way.changes,
            bucket.capacity,
            bucket.refill
        ),
        None => String::new(),
    };
    format!("{first}, in {} {noun} of about {}{spread}{wait}{then}", way.batches, words(CALL))
}
