//! The end of a migration as a person reads it before saying yes: what still arrives at legacy, and which records go.

use super::{clean, words as worded};
use crate::{
    plan::{Goal, Judgement, Made, Pair, RecordSet, Remaining, in_words},
    unit::{BalancerKind, Timestamp, words},
};

/// Record pairs that are shown one by one; of more, the first ones and a count.
const PAIRS_SHOWN: usize = 20;

/// Returns what still arrives at legacy as lines.
pub fn traffic_lines(judgement: &Judgement) -> Vec<String> {
    let Judgement { enough, until, requests, legacy, .. } = judgement;
    let mut lines = vec![format!(
        "what still arrives at legacy, in the {} until {}, of {} on both sides",
        words(enough.time),
        moment(*until),
        worded::count(*requests as usize, "request")
    )];
    lines.extend(legacy.iter().map(|remaining| format!("  {}", arriving(remaining))));
    if legacy.is_empty() {
        lines.push("  nobody knows: no load balancer of legacy's is measured".to_owned());
    }
    lines.iter().map(|line| clean(line).into_owned()).collect()
}

fn arriving(remaining: &Remaining) -> String {
    let Remaining { balancer, requests, share, busiest, newest } = remaining;
    let noun = match balancer.kind {
        BalancerKind::Classic | BalancerKind::Application => "request",
        BalancerKind::Network => "connection",
    };
    let share = share.map_or(String::new(), |share| format!(" ({share})"));
    let mut text = format!("{balancer}: {}{share}", worded::count(*requests as usize, noun));
    if let Some((at, count)) = busiest {
        text.push_str(&format!(", most in the minute of {}: {count}", moment(*at)));
    }
    match newest {
        Some(at) => text.push_str(&format!(", newest {}", moment(*at))),
        None => text.push_str(", none in any minute"),
    }
    text
}

/// Returns the records that go and come as lines.
pub fn finish_lines(made: &Made) -> Vec<String> {
    let plan = &made.plan;
    let mut lines = vec!["records".to_owned()];
    for pair in plan.pairs.iter().take(PAIRS_SHOWN) {
        lines.push(format!("  {} {} in zone {}", pair.name, pair.kind, pair.zone));
        lines.extend(difference(pair, plan.goal).into_iter().map(|line| format!("    {line}")));
    }
    if plan.pairs.len() > PAIRS_SHOWN {
        let more = plan.pairs.len() - PAIRS_SHOWN;
        lines.push(format!("  and {more} more; `--output json` has them all"));
    }
    lines.extend(made.hazards.iter().map(|hazard| format!("note: {hazard}")));
    lines.iter().map(|line| clean(line).into_owned()).collect()
}

/// Returns what is written: lines with `-` go, lines with `+` come, the others stay.
fn difference(pair: &Pair, goal: Goal) -> Vec<String> {
    let after = pair.finished(goal);
    let is_in = |record: &RecordSet, records: &[RecordSet]| {
        records.iter().any(|other| other.is_same_as(record))
    };
    let found = pair.found.iter().map(|record| {
        let sign = if is_in(record, &after) { ' ' } else { '-' };
        format!("{sign} {}", in_words(record))
    });
    let come = after.iter().filter(|record| !is_in(record, &pair.found));
    found.chain(come.map(|record| format!("+ {}", in_words(record)))).collect()
}

fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}
