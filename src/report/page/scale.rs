//! Where a moment or a value stands in a chart, and which of them are written at its edges.

use crate::unit::{SignedDuration, Timestamp};

/// The time that all charts of a page show. Hours in which no process drove the run are folded: else a run that was stopped over a
/// weekend would be two strokes at the edges.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Span {
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
    folds: Vec<Fold>,
}

/// A time in which nothing happened.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fold {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    /// Seconds that it is drawn as.
    width: f64,
}

/// A short run is drawn as one of this length: a chart of seconds shows nothing.
const SHORTEST: SignedDuration = SignedDuration::from_mins(10);
/// Times written below a chart, at most.
const TICKS: i64 = 9;
/// Minutes between them that people count in.
const STEPS: [i64; 16] =
    [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 7 * 1440, 14 * 1440, 28 * 1440];
/// A quiet time is folded when it is longer than this part of all that is not quiet, and is then drawn as the second part.
const FOLDED_FROM: f64 = 0.25;
const FOLDED_TO: f64 = 0.05;

/// Something written at the edge of a chart.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tick {
    /// Where, in percent of the edge, from its beginning.
    pub(super) place: f64,
    pub(super) text: String,
    /// Whether it is left out where there is little room.
    pub(super) minor: bool,
}

impl Span {
    /// Returns the span from one moment to another, or a little more, with its quiet times folded.
    pub(super) fn of(first: Timestamp, last: Timestamp, quiet: &[(Timestamp, Timestamp)]) -> Self {
        let least = first.saturating_add(SHORTEST).unwrap_or(Timestamp::MAX);
        let last = last.max(least);
        let length = |(from, to): &(Timestamp, Timestamp)| to.duration_since(*from).as_secs_f64();
        let all = length(&(first, last));
        let active = (all - quiet.iter().map(length).sum::<f64>()).max(SHORTEST.as_secs_f64());
        let folded = quiet.iter().filter(|gap| length(gap) > active * FOLDED_FROM);
        let fold = |(from, to): &(Timestamp, Timestamp)| Fold {
            from: *from,
            to: *to,
            width: active * FOLDED_TO,
        };
        Self { first, last, folds: folded.map(fold).collect() }
    }

    /// Returns the times that are folded.
    pub(super) fn folds(&self) -> &[Fold] {
        &self.folds
    }

    /// Returns its length in seconds as they are drawn.
    pub(super) fn seconds(&self) -> f64 {
        self.since(self.last).max(1.0)
    }

    /// Returns the seconds, as they are drawn, from its beginning to a moment.
    pub(super) fn since(&self, at: Timestamp) -> f64 {
        let real = |from: Timestamp, to: Timestamp| to.duration_since(from).as_secs_f64();
        let mut seconds = real(self.first, at);
        for fold in self.folds.iter().take_while(|fold| at > fold.from) {
            let (inside, all) = (real(fold.from, at.min(fold.to)), real(fold.from, fold.to));
            seconds += inside * (fold.width / all.max(1.0) - 1.0);
        }
        seconds
    }

    /// Returns where a moment stands, in percent; what is outside stands at the nearer end.
    pub(super) fn place(&self, at: Timestamp) -> f64 {
        (self.since(at) / self.seconds() * 100.0).clamp(0.0, 100.0)
    }

    /// Returns the times that are written below the charts, in UTC.
    pub(super) fn ticks(&self) -> Vec<Tick> {
        let minutes = (self.seconds() / 60.0) as i64;
        let step =
            STEPS.into_iter().find(|step| minutes / step < TICKS).unwrap_or(minutes / TICKS + 1);
        let seconds = step.saturating_mul(60);
        let rounded_up = |at: Timestamp| {
            let at = at.as_second().saturating_add(seconds - 1);
            at.div_euclid(seconds).saturating_mul(seconds)
        };
        let mut at = rounded_up(self.first);
        let mut ticks: Vec<Tick> = Vec::new();
        let mut day = self.first.as_second().div_euclid(86_400);
        while at <= self.last.as_second() {
            let Ok(moment) = Timestamp::from_second(at) else { break };
            let quiet = |fold: &&Fold| fold.from < moment && moment < fold.to;
            if let Some(fold) = self.folds.iter().find(quiet) {
                at = rounded_up(fold.to);
                continue;
            }
            let place = self.place(moment);
            if ticks.last().is_none_or(|before| place - before.place > 50.0 / TICKS as f64) {
                let text = label(at, day);
                day = at.div_euclid(86_400);
                ticks.push(Tick { place, text, minor: ticks.len() % 2 == 1 });
            }
            at = at.saturating_add(seconds);
        }
        ticks
    }
}

/// Returns the time of day, and the date where it is another day than that of the label before.
fn label(at: i64, day: i64) -> String {
    let moment = Timestamp::from_second(at).unwrap_or(Timestamp::MAX);
    let form = match (at.rem_euclid(86_400) == 0, at.div_euclid(86_400) == day) {
        (true, _) => "%-d %b",
        (false, true) => "%H:%M",
        (false, false) => "%-d %b %H:%M",
    };
    moment.strftime(form).to_string()
}

/// The values that a chart shows: from 0 to a top.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scale {
    pub(super) top: f64,
    step: f64,
}

impl Scale {
    /// Returns a scale with room for this value, whose steps are 1, 2 or 5 of some unit.
    pub(super) fn up_to(most: f64) -> Self {
        let most = if most.is_finite() && most > 1e-9 { most } else { 1.0 };
        let raw = most / 4.0;
        let unit = 10_f64.powf(raw.log10().floor());
        let steps = [1.0, 2.0, 2.5, 5.0, 10.0].map(|times| times * unit);
        let step = steps.into_iter().find(|step| *step >= raw * 0.999).unwrap_or(10.0 * unit);
        let top = (most * 1.06).max(step);
        Self { top, step }
    }

    /// Returns the values that are written beside the chart.
    pub(super) fn values(&self) -> Vec<f64> {
        let count = (self.top / self.step) as u32;
        (0..=count.min(6)).map(|n| f64::from(n) * self.step).collect()
    }

    /// Returns where a value stands, in percent from the top.
    pub(super) fn place(&self, value: f64) -> f64 {
        (100.0 - value / self.top * 100.0).clamp(0.0, 100.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(first: &str, last: &str) -> Span {
        Span::of(first.parse().unwrap(), last.parse().unwrap(), &[])
    }

    fn written(span: &Span) -> String {
        span.ticks().into_iter().map(|tick| tick.text).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn times_are_round_and_never_more_than_there_is_room_for() {
        assert_eq!(
            written(&span("2026-11-23T09:00:02Z", "2026-11-23T11:50:00Z")),
            "09:30 10:00 10:30 11:00 11:30"
        );
        assert_eq!(
            written(&span("2026-11-23T22:00:00Z", "2026-11-24T04:00:00Z")),
            "22:00 23:00 24 Nov 01:00 02:00 03:00 04:00"
        );
        let month = span("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z");
        assert_eq!(written(&month), "5 Nov 12 Nov 19 Nov 26 Nov");
        let years = span("1970-01-01T00:00:00Z", "2026-11-23T00:00:00Z");
        assert!(years.ticks().len() as i64 <= TICKS + 1, "{:?}", years.ticks());
    }

    #[test]
    fn a_weekend_in_which_the_run_stood_still_is_folded() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let (friday, monday) = (at("2026-11-20T17:00:00Z"), at("2026-11-23T09:00:00Z"));
        let (first, last) = (at("2026-11-20T15:00:00Z"), at("2026-11-23T11:00:00Z"));
        let span = Span::of(first, last, &[(friday, monday)]);
        assert_eq!(span.since(friday), 2.0 * 3600.0);
        let weekend = 12.0 * 60.0;
        assert_eq!(span.since(monday), 2.0 * 3600.0 + weekend);
        assert_eq!(span.seconds(), 4.0 * 3600.0 + weekend);
        let told = written(&span);
        assert_eq!(told, "15:00 15:30 16:00 16:30 17:00 23 Nov 09:30 10:00 10:30 11:00");
        let short = Span::of(first, last, &[(first, at("2026-11-20T15:40:00Z"))]);
        assert_eq!(short.folds(), [], "what is short beside the rest is drawn as long as it was");
    }

    #[test]
    fn a_run_of_seconds_is_drawn_as_one_of_minutes() {
        let short = span("2026-11-23T09:00:00Z", "2026-11-23T09:00:01Z");
        assert_eq!(short.seconds(), 600.0);
        assert_eq!(short.place("2026-11-23T10:00:00Z".parse().unwrap()), 100.0);
    }

    #[test]
    fn values_have_steps_that_people_count_in() {
        assert_eq!(Scale::up_to(1.0).values(), [0.0, 0.25, 0.5, 0.75, 1.0]);
        assert_eq!(Scale::up_to(0.0036).values(), [0.0, 0.001, 0.002, 0.003]);
        assert_eq!(Scale::up_to(0.0).values(), [0.0, 0.25, 0.5, 0.75, 1.0]);
        assert_eq!(Scale::up_to(f64::NAN).place(0.0), 100.0);
    }
}
