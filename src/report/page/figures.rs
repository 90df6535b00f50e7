//! The charts of a run: where its traffic went, and how both sides did.

use maud::{Markup, html};

use super::{
    Case,
    chart::{Chart, Curve, Ground, Ink, Unit, place},
    scale::Span,
    story::{Mark, Meaning, Point},
};
use crate::{
    plan::Gates,
    unit::{Account, Minute, Share, Side, SignedDuration, Timestamp, words},
};

/// Requests that a point of the error chart is taken over, with as few minutes as hold so many.
const REQUESTS: f64 = 300.0;
/// Minutes that it is taken over at most.
const MINUTES: usize = 10;
/// Minutes without a value after which a line is broken.
const GAP: i64 = 3;
/// Marks that are numbered one by one.
const MARKS: usize = 60;
/// How near to each other marks share a number, and stand in the same row, in percent of the width.
const NEAR: f64 = 2.0;
const BESIDE: f64 = 8.0;

/// Returns the charts as a section.
pub(super) fn section(case: &Case<'_>) -> Markup {
    let story = case.story;
    let Some((began, last)) = story.began.zip(story.last) else { return html! {} };
    let span = Span::of(began, last, &story.quiet);
    let marks = chosen(&story.marks);
    let mut rules: Vec<(f64, Meaning)> =
        marks.iter().map(|mark| (span.since(mark.at), mark.meaning)).collect();
    // What matters most is drawn last, above the others.
    rules.sort_by_key(|(_, meaning)| *meaning);
    let ground = Ground { bands: bands(case, &span), rules, span };
    let (span, charts) = (&ground.span, charts(case, &ground.span));
    let figures: Vec<Markup> = charts.iter().filter_map(|chart| chart.figure(&ground)).collect();
    if figures.is_empty() {
        return html! {};
    }
    html! {
        section.figures {
            h2 { "What happened" }
            (lane(case, span, &marks))
            @for figure in figures { (figure) }
            @for fold in span.folds() {
                p.folded {
                    span.fold {} " folded: " (words(fold.to.duration_since(fold.from))) " from " (case.clock(fold.from))
                    " to " (case.clock(fold.to)) ", in which no process drove the run"
                }
            }
            (listed(case, &marks))
        }
    }
}

/// Returns the marks that matter most, in order of time.
fn chosen(all: &[Mark]) -> Vec<Mark> {
    let mut chosen: Vec<Mark> = all.to_vec();
    // The sort is stable: of those that matter alike the first ones stay.
    chosen.sort_by_key(|mark| std::cmp::Reverse(mark.meaning));
    chosen.truncate(MARKS);
    chosen.sort_by_key(|mark| mark.at);
    chosen
}

/// Returns every other step's time, to be shaded.
fn bands(case: &Case<'_>, span: &Span) -> Vec<(f64, f64)> {
    steps(case, span).into_iter().skip(1).step_by(2).map(|(from, to, _)| (from, to)).collect()
}

/// Returns from when to when each step was on, in seconds, and its share.
fn steps(case: &Case<'_>, span: &Span) -> Vec<(f64, f64, Share)> {
    let steps = case.story.steps.all();
    let end = |at: usize| {
        let next = steps.get(at + 1).map(|next| next.began);
        next.or(steps[at].ended).unwrap_or(span.last)
    };
    let step = |(at, step): (usize, &super::story::Step)| {
        (span.since(step.began), span.since(end(at)), step.share)
    };
    steps.iter().enumerate().map(step).collect()
}

/// Returns what stands above the charts: the steps, and the numbers of the marks.
fn lane(case: &Case<'_>, span: &Span, marks: &[Mark]) -> Markup {
    let percent = |seconds: f64| (seconds / span.seconds() * 100.0).clamp(0.0, 100.0);
    let (badges, rows) = badges(span, marks);
    html! {
        div.frame.lane {
            div.y { "steps" }
            div.area {
                div.steps {
                    @for (from, to, share) in steps(case, span) {
                        span style={ "left:" (place(percent(from))) "%;width:" (place(percent(to) - percent(from))) "%" } {
                            span.share { (share) }
                        }
                    }
                    @for fold in span.folds() {
                        div.fold style={ "left:" (place(span.place(fold.from))) "%;width:" (place(span.place(fold.to) - span.place(fold.from))) "%" } {}
                    }
                }
                @if !badges.is_empty() {
                    div.badges style={ "height:" (place(rows as f64 * 1.5)) "em" } {
                        @for badge in badges {
                            a.mark.(class(badge.meaning)) href={ "#" (case.anchor) "mark-" (badge.first) }
                                style={ "left:" (place(badge.place)) "%;top:" (place(badge.row as f64 * 1.5)) "em" } {
                                (badge.first) @if badge.last > badge.first { "–" (badge.last) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Some marks that are so near to each other that they share a place.
struct Badge {
    first: usize,
    last: usize,
    place: f64,
    row: usize,
    meaning: Meaning,
}

/// Returns the marks as they are numbered above the charts, and how many rows they need.
fn badges(span: &Span, marks: &[Mark]) -> (Vec<Badge>, usize) {
    let mut badges: Vec<Badge> = Vec::new();
    for (at, mark) in marks.iter().enumerate() {
        let (number, place) = (at + 1, span.place(mark.at));
        match badges.last_mut().filter(|badge| place - badge.place < NEAR) {
            Some(badge) => {
                badge.last = number;
                badge.meaning = badge.meaning.max(mark.meaning);
            }
            None => {
                let (first, last, meaning) = (number, number, mark.meaning);
                badges.push(Badge { first, last, place, row: 0, meaning });
            }
        }
    }
    let mut taken: Vec<f64> = Vec::new();
    for badge in &mut badges {
        let free = taken.iter().position(|until| badge.place >= *until);
        badge.row = free.unwrap_or(taken.len());
        let until = badge.place + BESIDE;
        match taken.get_mut(badge.row) {
            Some(row) => *row = until,
            None => taken.push(until),
        }
    }
    (badges, taken.len())
}

fn listed(case: &Case<'_>, marks: &[Mark]) -> Markup {
    let more = case.story.marks.len() - marks.len();
    html! {
        @if !marks.is_empty() {
            ol.marks {
                @for (at, mark) in marks.iter().enumerate() {
                    li id={ (case.anchor) "mark-" (at + 1) } {
                        span.mark.(class(mark.meaning)) { (at + 1) }
                        " " time { (case.clock(mark.at)) } " " (mark.what)
                        @if mark.times > 1 { ", " (mark.times) " times until " (case.clock(mark.last)) }
                    }
                }
                @if more > 0 { li.more { "and " (more) " more that matter less; see the log" } }
            }
        }
    }
}

fn class(meaning: Meaning) -> &'static str {
    match meaning {
        Meaning::Bad => "bad",
        Meaning::Warning => "warn",
        Meaning::Person => "person",
        Meaning::Good => "good",
        Meaning::Wait => "wait",
    }
}

fn charts(case: &Case<'_>, span: &Span) -> Vec<Chart> {
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
