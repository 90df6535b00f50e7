//! The end of a migration as a person reads it before saying yes: what still arrives at legacy, and which records go.

use super::clean;
use crate::{
    gate::words::count,
    plan::{Goal, Judgement, Made, Pair, RecordSet, Remaining, in_words},
    unit::{BalancerKind, Timestamp, words},
};

/// Record pairs that are shown one by one; of more, the first ones and a count.
const PAIRS_SHOWN: usize = 20;

/// Returns what still arrives at legacy as lines.
pub fn traffic_lines(judgement: &Judgement) -> Vec<String> {
    let Judgement { enough, until, requests, legacy, .. } = judgement;
    let mut lines = vec![format!(
        "what still arrives at legacy, in the {} until {}, of {} requests on both sides",
        words(enough.time),
        moment(*until),
        count(*requests)
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
        BalancerKind::Classic | BalancerKind::Application => "requests",
        BalancerKind::Network => "connections",
    };
    let share = share.map_or(String::new(), |share| format!(" ({share})"));
    let most = busiest.map_or(String::new(), |(at, most)| {
        format!(", most in the minute of {}: {}", moment(at), count(most))
    });
    let newest =
        newest.map_or(", none in any minute".to_owned(), |at| format!(", newest {}", moment(at)));
    format!("{balancer}: {} {noun}{share}{most}{newest}", count(*requests))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        plan::{Below, Enough},
        unit::{BalancerName, Rate, SignedDuration},
    };

    fn at(text: &str) -> Timestamp {
        format!("2026-11-23T{text}:00Z").parse().unwrap()
    }

    fn judgement(legacy: Vec<Remaining>) -> Judgement {
        Judgement {
            enough: Enough {
                below: Below::PerMinute(20),
                time: SignedDuration::from_hours(2),
                metric_lag: SignedDuration::ZERO,
            },
            from: at("02:14"),
            until: at("04:14"),
            requests: 1_234_567.0,
            legacy,
            problems: Vec::new(),
            again_at: None,
        }
    }

    #[test]
    fn what_still_arrives_is_told_of_each_load_balancer() {
        let remaining = |kind, requests, busiest, newest| Remaining {
            balancer: BalancerName { kind, name: "old".to_owned() },
            requests,
            share: Rate::from_fraction(requests / 1_234_567.0),
            busiest,
            newest,
        };
        let lines = traffic_lines(&judgement(vec![
            remaining(
                BalancerKind::Classic,
                4321.0,
                Some((at("03:00"), 1000.0)),
                Some(at("04:15")),
            ),
            remaining(BalancerKind::Network, 0.0, None, None),
        ]));
        assert_eq!(
            lines,
            [
                "what still arrives at legacy, in the 2h until 2026-11-23 04:14 UTC, of 1,234,567 requests on both sides",
                "  elb old: 4,321 requests (0.35%), most in the minute of 2026-11-23 03:00 UTC: 1,000, newest 2026-11-23 04:15 UTC",
                "  nlb old: 0 connections (0%), none in any minute",
            ]
        );
        assert!(traffic_lines(&judgement(Vec::new()))[1].contains("nobody knows"));
    }
}
