//! The charts of a run: where its traffic went, and how both sides did.

mod marks;
mod measured;

use maud::{Markup, html};

use super::{
    Case,
    chart::{Ground, place},
    scale::Span,
    story::{Mark, Meaning, Step},
};
use crate::unit::{Share, words};
use marks::{badges, chosen, class, listed};
use measured::charts;

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
    let step =
        |(at, step): (usize, &Step)| (span.since(step.began), span.since(end(at)), step.share);
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
