//! What the charts show: the share, both sides' minutes, and whatever else is watched.

use crate::{
    plan::Gates,
    report::page::{
        Case,
        chart::{Chart, Curve, Unit},
        ink::Ink,
        scale::Span,
        story::Point,
    },
    unit::{Account, Minute, Side, SignedDuration, Timestamp},
};

/// Requests that a point of the error chart is taken over, with as few minutes as hold so many.
const REQUESTS: f64 = 300.0;
/// Minutes that it is taken over at most.
const MINUTES: usize = 10;
/// Minutes without a value after which a line is broken.
const GAP: i64 = 3;

pub(super) fn charts(case: &Case<'_>, span: &Span) -> Vec<Chart> {
    let minutes = Measured::of(case, span);
    let mut charts = vec![share(case, span, &minutes), minutes.requests(), minutes.errors()];
    charts.push(minutes.latency(case));
    charts.extend(metrics(case, span));
    charts
}

fn share(case: &Case<'_>, span: &Span, minutes: &Measured<'_>) -> Chart {
    let mut set = vec![(0.0, case.plan.map_or(0.0, |plan| plan.share_before().fraction()))];
    for (at, share) in &case.story.shares {
        let (seconds, before) = (span.since(*at), set.last().map_or(0.0, |(_, share)| *share));
        set.push((seconds, before));
        set.push((seconds, share.fraction()));
    }
    set.push((span.seconds(), set.last().map_or(0.0, |(_, share)| *share)));
    let set = Curve { name: "set".to_owned(), ink: Ink::Set, filled: true, pieces: vec![set] };
    let achieved = minutes.curve("achieved", Ink::New, Point::share);
    let nothing_set = case.story.shares.is_empty();
    Chart {
        title: "Share of new".to_owned(),
        note: if case.is_dry() {
            "as it would have been set in Route 53, and as requests arrived minute by minute"
        } else {
            "as it was set in Route 53, and as requests arrived minute by minute"
        }
        .to_owned(),
        unit: Unit::Percent,
        curves: if nothing_set { Vec::new() } else { vec![achieved, set] },
    }
}

/// The minutes of a run, as the charts go through them.
struct Measured<'a> {
    span: &'a Span,
    points: Vec<(Minute, &'a Point)>,
}

impl<'a> Measured<'a> {
    fn of(case: &Case<'a>, span: &'a Span) -> Self {
        let (first, last) = (Minute::starting_from(span.first), Minute::containing(span.last));
        Self { span, points: case.story.minutes.between(first, last).collect() }
    }

    fn curve(&self, name: &str, ink: Ink, value: impl Fn(&Point) -> Option<f64>) -> Curve {
        let values = self.points.iter().map(|(minute, point)| (*minute, value(point)));
        Curve { name: name.to_owned(), ink, filled: false, pieces: pieces(self.span, values) }
    }

    fn requests(&self) -> Chart {
        Chart {
            title: "Requests per minute".to_owned(),
            note: "on the load balancers of each side".to_owned(),
            unit: Unit::Count,
            curves: vec![
                self.curve("legacy", Ink::Legacy, |point| point.legacy.requests),
                self.curve("new", Ink::New, |point| point.new.requests),
            ],
        }
    }

    fn errors(&self) -> Chart {
        let side = |side| {
            let values = (0..self.points.len())
                .map(move |at| (self.points[at].0, self.error_rate(side, at)));
            pieces(self.span, values)
        };
        let curve =
            |name: &str, ink, pieces| Curve { name: name.to_owned(), ink, filled: false, pieces };
        Chart {
            title: "Error rate".to_owned(),
            note: format!(
                "of each minute, with those before it until they hold {REQUESTS} requests"
            ),
            unit: Unit::Percent,
            curves: vec![
                self.curve("limit", Ink::Limit, |point| point.error_limit),
                curve("legacy", Ink::Legacy, side(Side::Legacy)),
                curve("new", Ink::New, side(Side::New)),
            ],
        }
    }

    /// Returns the error rate of a minute and of those before it: one request of three would hide everything else.
    fn error_rate(&self, side: Side, at: usize) -> Option<f64> {
        self.points[at].1.side(side).error_rate()?;
        let (mut requests, mut errors) = (0.0, 0.0);
        for (_, point) in self.points[..=at].iter().rev().take(MINUTES) {
            let of = point.side(side);
            requests += of.requests.unwrap_or(0.0);
            errors += of.errors.unwrap_or(0.0);
            if requests >= REQUESTS {
                break;
            }
        }
        (requests > 0.0).then(|| (errors / requests).min(1.0))
    }

    fn latency(&self, case: &Case<'_>) -> Chart {
        let gates = case.plan.map(|plan| &plan.gates);
        let stat = gates.and_then(|gates| gates.latency.as_ref());
        let stat = stat.map_or_else(String::new, |gate| format!("p{} ", gate.stat.percentile));
        let limit = self.points.iter().map(|(minute, point)| {
            let gates = gates.map(|of_plan| case.story.gates_at(of_plan, minute.end()));
            (*minute, gates.and_then(|gates| latency_limit(gates, point)))
        });
        let limit = pieces(self.span, limit);
        let limit =
            Curve { name: "limit".to_owned(), ink: Ink::Limit, filled: false, pieces: limit };
        Chart {
            title: "Latency".to_owned(),
            note: format!("{stat}of each minute; beyond the limit a minute is a bad one"),
            unit: Unit::Latency,
            curves: vec![
                limit,
                self.curve("legacy", Ink::Legacy, |point| point.legacy.latency),
                self.curve("new", Ink::New, |point| point.new.latency),
            ],
        }
    }
}

/// Returns the latency beyond which a minute of new is a bad one.
fn latency_limit(gates: &Gates, point: &Point) -> Option<f64> {
    let limit = &gates.latency.as_ref()?.critical;
    point.new.latency?;
    let relative = point.legacy.latency.map(|legacy| legacy * limit.times_legacy);
    let most = limit.at_most.as_ref().map(SignedDuration::as_secs_f64);
    [relative, most].into_iter().flatten().reduce(f64::min)
}

/// Returns a chart for each other metric that is watched.
fn metrics(case: &Case<'_>, span: &Span) -> Vec<Chart> {
    let Some(plan) = case.plan else { return Vec::new() };
    let (first, last) = (Minute::starting_from(span.first), Minute::containing(span.last));
    let chart = |gate: &crate::plan::MetricGate| {
        let values = case.story.minutes.metrics().get(&gate.name)?;
        let values =
            values.range(first..=last).map(|(minute, value)| (*minute, Some(value.max(0.0))));
        let ends = |value: f64| vec![vec![(0.0, value), (span.seconds(), value)]];
        let limit = |name: &str, ink, threshold: &Option<crate::plan::Threshold>| {
            threshold.as_ref().map(|threshold| Curve {
                name: name.to_owned(),
                ink,
                filled: false,
                pieces: ends(threshold.value),
            })
        };
        let ink = match gate.account {
            Account::New => Ink::New,
            Account::Legacy => Ink::Legacy,
            Account::Dns => Ink::Set,
        };
        let curve = Curve {
            name: gate.account.to_string(),
            ink,
            filled: false,
            pieces: pieces(span, values),
        };
        let limits = [
            limit("critical", Ink::Limit, &gate.critical),
            limit("warning", Ink::Warning, &gate.warning),
        ];
        Some(Chart {
            title: gate.name.clone(),
            note: gate.measured(),
            unit: Unit::Plain,
            curves: limits.into_iter().flatten().chain([curve]).collect(),
        })
    };
    plan.gates.metrics.iter().filter_map(chart).collect()
}

/// Returns values as unbroken pieces; a minute stands at its middle.
fn pieces(
    span: &Span,
    values: impl Iterator<Item = (Minute, Option<f64>)>,
) -> Vec<Vec<(f64, f64)>> {
    let mut pieces: Vec<Vec<(f64, f64)>> = Vec::new();
    let mut before: Option<Minute> = None;
    for (minute, value) in values {
        let Some(value) = value.filter(|value| value.is_finite()) else { continue };
        let middle = minute.start().saturating_add(SignedDuration::from_secs(30));
        let at = span.since(middle.unwrap_or(Timestamp::MAX));
        match pieces.last_mut().filter(|_| before.is_some_and(|b| minute.0 - b.0 < GAP)) {
            Some(piece) => piece.push((at, value)),
            None => pieces.push(vec![(at, value)]),
        }
        before = Some(minute);
    }
    pieces
}
