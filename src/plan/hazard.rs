//! A linter of plans: what is allowed, and worth a second thought.

use std::collections::BTreeSet;

use super::{
    Answer, Comparison, Plan, Shift, Sight,
    capacity::{SLACK, follows},
    sights,
};
use crate::unit::{BalancerKind, Share, Side, SignedDuration, Ttl, words};

/// Largest first step that passes without a word.
const FIRST_STEP: f64 = 0.05;
/// Requests a minute below which p99, then p90, of a minute means little (gates.md section 2).
const P99_REQUESTS: f64 = 1000.0;
const P90_REQUESTS: f64 = 100.0;

/// Returns what is worth a second thought, each in one sentence with what to do; `reserved` are the sides whose capacity
/// is judged by itself.
pub(super) fn hazards(
    plan: &Plan,
    kinds: &BTreeSet<BalancerKind>,
    reserved: &[Side],
) -> Vec<String> {
    let mut found = Vec::new();
    found.extend(begun_already(plan));
    found.extend(first_step(plan));
    if !reserved.contains(&Side::New) {
        found.extend(ramp(plan));
    }
    found.extend(same_weights(plan));
    found.extend(short_holds(plan));
    found.extend(hasty_holds(plan));
    found.extend(quiet_latency(plan, kinds));
    found.extend(alone_at_the_end(plan, kinds));
    found.extend(long_ttl(plan));
    found.extend(target_health(plan));
    found.extend(blind_spots(plan, kinds));
    found
}

/// A run that died and was begun again, instead of resumed, would take what it left for the baseline.
fn begun_already(plan: &Plan) -> Option<String> {
    let before = plan.share_before();
    (before.fraction() > 0.0).then(|| {
        format!(
            "new has {before} of the traffic already, and a rollback of this run goes back to that, not to nothing; \
             if an earlier run left it so, `cutover resume` goes on with that one and `cutover rollback` ends it"
        )
    })
}

fn first_step(plan: &Plan) -> Option<String> {
    let first = plan.shifts.first()?;
    let jump = first.share.fraction() - plan.share_before().fraction();
    (jump > FIRST_STEP).then(|| {
        format!(
            "the first step moves {} of the traffic at once; begin with 5% or less, so that a fault reaches few",
            first.share
        )
    })
}

fn ramp(plan: &Plan) -> Vec<String> {
    let steep = |pair: &[Shift]| {
        let [before, after] = pair else { return None };
        if before.share == Share::ZERO {
            return None;
        }
        let time = plan.usual_settle() + before.hold;
        let growth = after.share.fraction() / before.share.fraction();
        let allowed = follows(time);
        (growth > allowed * SLACK).then(|| {
            format!(
                "step {}: from {} to {} is {growth:.1}x after {}; a load balancer follows 1.5x in 5 minutes ({allowed:.1}x in that time): \
                 have capacity reserved, hold longer or add a step",
                after.step,
                before.share,
                after.share,
                words(time)
            )
        })
    };
    plan.shifts.windows(2).filter_map(steep).collect()
}

/// A step passes only when the gates have seen enough closed minutes of it, those of its settling included.
fn hasty_holds(plan: &Plan) -> Vec<String> {
    let needed = SignedDuration::from_mins(i64::from(plan.gates.pass.min_minutes));
    let seen = |shift: &Shift| plan.usual_settle() - plan.policy.metric_lag + shift.hold;
    let hasty = |shift: &&Shift| plan.gates.errors.is_some() && seen(shift) < needed;
    let told = |shift: &Shift| {
        format!(
            "step {}: after a hold of {} only {} of it have been seen, and a pass needs {} (`pass.min_minutes`): it will wait longer",
            shift.step,
            words(shift.hold),
            words(seen(shift)),
            words(needed)
        )
    };
    plan.shifts.iter().filter(hasty).map(told).collect()
}

/// The smallest share that a pair of weights can have is 1/256: what is below it is all the same.
fn same_weights(plan: &Plan) -> Vec<String> {
    let same = |pair: &[Shift]| {
        let [one, two] = pair else { return None };
        (one.weights == two.weights).then(|| {
            format!(
                "steps {} and {}: {} and {} are the same weights, {}, which send {:.2}% to new: drop one of the steps",
                one.step,
                two.step,
                one.share,
                two.share,
                one.weights,
                one.weights.fraction() * 100.0
            )
        })
    };
    plan.shifts.windows(2).filter_map(same).collect()
}

fn short_holds(plan: &Plan) -> Vec<String> {
    if plan.history.legacy_requests_per_minute.is_none() {
        return vec![
            "legacy's traffic of the last day is unknown, so nothing says whether the holds are long enough".to_owned(),
        ];
    }
    let short = |sight: Sight| {
        let minutes = sight.minutes_to_see_5_percent?;
        let hold = sight.hold.as_secs_f64() / 60.0;
        (minutes > hold).then(|| {
            format!(
                "step {}: at {} about {:.0} requests reach new in {}; {:.0} are needed to see a 5% fault: \
                 hold for {:.0}m or begin higher",
                sight.step,
                sight.share,
                sight.requests_per_minute * hold,
                words(sight.hold),
                sight.requests_per_minute * minutes,
                minutes.ceil()
            )
        })
    };
    sights(plan).into_iter().filter_map(short).collect()
}

fn quiet_latency(plan: &Plan, kinds: &BTreeSet<BalancerKind>) -> Option<String> {
    let all = plan.history.legacy_requests_per_minute?;
    plan.gates.latency.as_ref()?;
    if Comparison::of(kinds) != Comparison::Http {
        return None;
    }
    let busiest = busiest(plan);
    let traffic = busiest.unwrap_or(all);
    let new = if busiest.is_some() { "any one load balancer of new" } else { "new" };
    let on_new = |shift: &Shift| traffic * shift.share.fraction();
    let quiet = |s: &&Shift| s.share > Share::ZERO && on_new(s) < P90_REQUESTS;
    let unjudged: Vec<&Shift> = plan.shifts.iter().filter(quiet).collect();
    let coarse: Vec<&Shift> =
        plan.shifts.iter().filter(|s| (P90_REQUESTS..P99_REQUESTS).contains(&on_new(s))).collect();
    let shares = |shifts: &[&Shift]| {
        shifts.iter().map(|s| s.share.to_string()).collect::<Vec<_>>().join(", ")
    };
    match (unjudged.is_empty(), coarse.is_empty()) {
        (true, true) => None,
        (true, false) => Some(format!(
            "at {} fewer than 1000 requests a minute reach {new}, so latency is judged by p90 there",
            shares(&coarse)
        )),
        (false, _) => Some(format!(
            "at {} fewer than 100 requests a minute reach {new}, so latency cannot be judged there",
            shares(&unjudged)
        )),
    }
}

/// Returns the requests a minute that are meant for the busiest of new's several load balancers, where that is known of
/// all of them: percentiles are those of one.
fn busiest(plan: &Plan) -> Option<f64> {
    let meant_for = &plan.history.meant_for;
    let known = !meant_for.is_empty() && meant_for.len() == plan.new_balancers.len();
    known.then(|| meant_for.values().copied().fold(0.0, f64::max))
}

/// Where legacy is idle there is nothing to compare latency with.
fn alone_at_the_end(plan: &Plan, kinds: &BTreeSet<BalancerKind>) -> Option<String> {
    let critical = &plan.gates.latency.as_ref()?.critical;
    let last = plan.shifts.last()?;
    let alone = last.share == Share::FULL && Comparison::of(kinds) == Comparison::Http;
    (alone && critical.at_most.is_none()).then(|| {
        "at 100% legacy has no traffic to compare latency with: only a limit of its own, `latency.critical.at_most`, \
         is judged there"
            .to_owned()
    })
}

fn long_ttl(plan: &Plan) -> Option<String> {
    let ttl = plan.ttl();
    (ttl > Ttl::OF_LOAD_BALANCER).then(|| {
        format!(
            "the records' TTL is {ttl}: clients come back that much later after a rollback; lower it to 60s with `ttl`"
        )
    })
}

fn target_health(plan: &Plan) -> Vec<String> {
    let evaluates = |answer: &Answer| match answer {
        Answer::Alias { evaluate_target_health, .. } => *evaluate_target_health,
        Answer::Values { .. } => false,
    };
    let mut found = Vec::new();
    for (side, effect) in [
        (
            Side::New,
            "while new's targets are unhealthy it gets no traffic whatever its weight, and the gates see nothing",
        ),
        (Side::Legacy, "when legacy's targets fail, all traffic jumps to new whatever the weights"),
    ] {
        let member = |pair: &super::Pair| match side {
            Side::Legacy => evaluates(&pair.legacy.answer),
            Side::New => evaluates(&pair.new.answer),
        };
        if let Some(pair) = plan.pairs.iter().find(|pair| member(pair)) {
            found.push(format!(
                "{} {}: the {side} member evaluates target health: {effect}",
                pair.name, pair.kind
            ));
        }
    }
    found
}

fn blind_spots(plan: &Plan, kinds: &BTreeSet<BalancerKind>) -> Vec<String> {
    let mut found = Vec::new();
    let gates = &plan.gates;
    if gates.errors.is_none() {
        found.push("the errors gate is off: failed requests do not stop the run".to_owned());
    }
    if gates.latency.is_none() {
        found.push("the latency gate is off: a slow new side does not stop the run".to_owned());
    } else if Comparison::of(kinds) == Comparison::Connections {
        found.push(
            "a network load balancer has no latency metric: only connections and resets are judged"
                .to_owned(),
        );
    }
    if plan.history.legacy_error_rate.is_none() && gates.errors.is_some() {
        found.push(
            "legacy has no metrics of the last day: there is no history limit, only `at_most` and the comparison minute by minute"
                .to_owned(),
        );
    }
    found
}
