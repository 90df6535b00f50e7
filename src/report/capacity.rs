//! What the load balancers have to carry, and how long connections to them last, as people read it before saying yes.

use std::collections::BTreeMap;

use crate::{
    gate::words::count,
    plan::{BalancerTail, Demand, Plan, Shift, StepLoad, step_loads},
    unit::{BalancerKind, Share, Side, SignedDuration, words},
};

use super::{plan::Headings, words as worded};

/// Load balancers that are shown one by one; of more, the first ones and a count.
const SHOWN: usize = 8;

/// Returns what each load balancer carries when all traffic is its side's, and what each step and the way back from it
/// mean; nothing where nothing is known of the traffic.
pub(super) fn lines(plan: &Plan) -> Vec<String> {
    let known = plan.capacity.demands.iter().filter(|d| d.requests_per_minute.is_some());
    let known: Vec<&Demand> = known.collect();
    if known.is_empty() || plan.shifts.is_empty() {
        return Vec::new();
    }
    let mut headings = Headings::of(plan);
    let shown = known.iter().take(SHOWN);
    let mut lines: Vec<String> = shown
        .flat_map(|demand| headings.before(demand.wave).into_iter().chain([line(demand)]))
        .collect();
    if known.len() > SHOWN {
        let more = worded::count(known.len() - SHOWN, "more load balancer");
        lines.push(format!("and {more}; `--output json` has them all"));
    }
    let loads = step_loads(plan);
    lines.push(format!(
        "{:>4}  {:>8}  {:>10}  {:>8}  {:>7}  going back from it",
        "step", "share", "requests/s", "growth", "LCU"
    ));
    let mut headings = Headings::of(plan);
    for (index, wave) in plan.by_wave().into_iter().enumerate() {
        lines.extend(headings.before(index));
        let mut before = wave.share_before();
        for shift in &wave.shifts {
            lines.push(row(&wave, shift, before, &loads));
            before = shift.share;
        }
    }
    lines
}

/// Returns what one load balancer carries when all traffic is its side's.
pub fn line(demand: &Demand) -> String {
    let requests = demand.per_second(1.0).map_or_else(
        || "requests not known".to_owned(),
        |requests| format!("{} requests/s", count(requests.ceil())),
    );
    let at_most = if demand.at_most { " at most" } else { "" };
    let units = demand.units.map_or(String::new(), |units| {
        format!(", about {} LCU (from {})", count(units.count.ceil()), units.basis.in_words())
    });
    let reserved = match &demand.reservation {
        None => String::new(),
        Some(Ok(reservation)) => format!("; reserved: {reservation}"),
        Some(Err(why)) => format!("; what is reserved could not be read: {why}"),
    };
    format!("{} {}: {requests}{at_most} at 100%{units}{reserved}", demand.side, demand.balancer)
}

fn row(plan: &Plan, shift: &Shift, before: Share, loads: &[StepLoad]) -> String {
    let of = |side| loads.iter().filter(move |load| load.step == shift.step && load.side == side);
    let sum = |side| of(side).map(|load| load.requests_per_second).sum::<f64>();
    let any = |side| of(side).next().is_some();
    let shown = |known: bool, text: String| if known { text } else { "?".to_owned() };
    let units: Option<Vec<f64>> = of(Side::New).map(|load| load.units).collect();
    let units = units.filter(|all| !all.is_empty()).map(|all| all.iter().sum::<f64>());
    let growth = match (before.fraction(), shift.share.fraction()) {
        (from, to) if from > 0.0 => format!("{:.1}x", to / from),
        (_, _) => "from 0".to_owned(),
    };
    let line = format!(
        "{:>4}  {:>8}  {:>10}  {growth:>8}  {:>7}",
        shift.step,
        shift.share.to_string(),
        shown(any(Side::New), count(sum(Side::New).ceil())),
        units.map_or_else(|| "-".to_owned(), |units| count(units.ceil())),
    );
    if !any(Side::Legacy) {
        return line;
    }
    let back = 1.0 - plan.share_before().fraction();
    let left = (1.0 - shift.share.fraction()) / back.max(f64::MIN_POSITIVE);
    let after = sum(Side::Legacy);
    let times =
        if left > 0.0 { format!("{:.1}x at once", 1.0 / left) } else { "from nothing".to_owned() };
    let (from, to) = (count((after * left).ceil()), count(after.ceil()));
    format!("{line}  legacy from {from} to {to}, {times}")
}

/// Returns how long clients that keep their connections stay where they are, and how long targets that are taken out go
/// on: what it is called, how long, and how that is known.
pub(super) fn tails(plan: &Plan) -> Vec<(&'static str, String, String)> {
    let mut lines = Vec::new();
    for (side, what) in [(Side::New, "kept on new"), (Side::Legacy, "kept on legacy")] {
        let of_side: Vec<&BalancerTail> =
            plan.capacity.tails.iter().filter(|tail| tail.side == side).collect();
        if of_side.is_empty() {
            continue;
        }
        let longest: Option<Vec<SignedDuration>> =
            of_side.iter().map(|tail| tail.longest()).collect();
        let time = longest.and_then(|all| all.into_iter().max());
        let known = |tail: &&BalancerTail| {
            tail.balancer.kind != BalancerKind::Application || tail.longest().is_some()
        };
        let time = match time {
            Some(time) => format!("up to {}", words(time)),
            None if of_side.iter().all(known) => "no limit".to_owned(),
            None => "not known".to_owned(),
        };
        let leads = match side {
            Side::New => "clients that keep a connection open stay on new after a rollback",
            Side::Legacy => "clients that keep a connection open come to new later",
        };
        lines.push((what, time, format!("{leads}: {}", told(&of_side))));
    }
    lines.extend(draining(plan));
    lines
}

/// Says what closes the connections of these, those that are alike together.
fn told(tails: &[&BalancerTail]) -> String {
    let mut alike: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for tail in tails {
        alike.entry(tail.in_words()).or_default().push(tail.balancer.to_string());
    }
    let group = |(says, names): (&String, &Vec<String>)| match names.as_slice() {
        [one] => format!("{one}: {says}"),
        several => format!("{}: {says}", worded::count(several.len(), "load balancer")),
    };
    alike.iter().map(group).collect::<Vec<_>>().join("; ")
}

fn draining(plan: &Plan) -> Option<(&'static str, String, String)> {
    let tails = plan.capacity.tails.iter().map(|tail| tail.tail.draining);
    let longest = tails.max().filter(|_| !plan.capacity.tails.is_empty())?;
    let all_known = plan.capacity.tails.iter().all(|tail| tail.tail.draining.is_some());
    let longest = longest.filter(|_| all_known);
    let how = "targets that are taken out go on with their requests for so long (draining, deregistration delay)";
    let longest = longest.map_or_else(|| "not known".to_owned(), words);
    Some(("to drain", longest, how.to_owned()))
}
