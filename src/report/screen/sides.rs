//! Both sides: requests, error rate and latency in the newest minute, and how they were in the last half hour.

use super::{
    Look,
    row::{Row, Weight},
    spark::{Spread, largest, mean, spark},
};
use crate::{
    engine::{Freshness, MinuteView, SideView, View},
    gate::{Finding, Verdict, words::count},
    report::Tone,
    unit::{Minute, Rate, Side, words},
};

/// Columns of the values.
const VALUES: [usize; 3] = [9, 7, 8];
/// Fewest columns that a trend can be read in.
const FEWEST: usize = 4;
/// Columns between two values.
const GAP: usize = 2;

/// What is measured, in the order of its columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Measure {
    Requests,
    Errors,
    Latency,
}

const MEASURES: [Measure; 3] = [Measure::Requests, Measure::Errors, Measure::Latency];

/// Returns a line for each side, the limits, and how old all of it is.
pub(super) fn rows(view: &View, look: &Look) -> Vec<Row> {
    let trends = Trends::of(view, look);
    let limits = [None, view.limits.error_rate, view.limits.latency];
    let side = |side, values: &SideView| {
        let (label, weight) = match side {
            Side::Legacy => ("legacy", Weight::Much),
            Side::New => ("new", Weight::Most),
        };
        let mut row = look.row(weight, Tone::Plain, label);
        for measure in MEASURES {
            let value = measure.of(values);
            let tone = if side == Side::New { measure.tone(view) } else { Tone::Plain };
            let text = value.map_or("-".to_owned(), |value| measure.words(value));
            let columns = VALUES[measure as usize];
            row = row
                .add(Tone::Plain, gap(measure))
                .add(tone, format!("{text:>columns$}"))
                .add(Tone::Plain, trends.drawn(measure, side, view, look));
        }
        row
    };
    let mut rows = vec![header(view, &trends, look)];
    rows.push(side(Side::Legacy, &view.legacy));
    rows.push(side(Side::New, &view.new));
    rows.extend(limit(limits, &trends, look));
    rows.push(age(&view.freshness, look));
    rows
}

fn gap(measure: Measure) -> String {
    " ".repeat(if measure == Measure::Requests { 0 } else { GAP })
}

fn header(view: &View, trends: &Trends, look: &Look) -> Row {
    let percentile = view.percentile.map_or(String::new(), |percentile| format!(" p{percentile}"));
    let names = ["req/min".to_owned(), "errors".to_owned(), format!("latency{percentile}")];
    columns(look.row(Weight::Some, Tone::Plain, ""), names, trends)
}

fn limit(limits: [Option<f64>; 3], trends: &Trends, look: &Look) -> Option<Row> {
    let known = limits.iter().any(Option::is_some);
    let words = MEASURES.map(|measure| {
        limits[measure as usize].map_or(String::new(), |limit| measure.words(limit))
    });
    known.then(|| columns(look.row(Weight::Little, Tone::Plain, "limit"), words, trends))
}

/// Puts texts above or below the values.
fn columns(row: Row, texts: [String; 3], trends: &Trends) -> Row {
    MEASURES.into_iter().zip(texts).fold(row, |row, (measure, text)| {
        let (value, trend) = (VALUES[measure as usize], trends.columns(measure));
        // A text that is longer than its values goes on above the trend.
        let text = format!("{}{text:>value$}", gap(measure));
        let all = gap(measure).len() + value + trend;
        row.add(Tone::Plain, format!("{text:<all$}"))
    })
}

/// Says how old the newest data is, and warns where it should be newer.
fn age(freshness: &Freshness, look: &Look) -> Row {
    let row = |weight| look.row(weight, Tone::Plain, "data");
    let Some(age) = freshness.age() else {
        return row(Weight::Little).add(Tone::Plain, "none yet");
    };
    let newest = format!("the newest is {} old", words(age));
    if freshness.is_late() {
        let usual = words(freshness.late_after);
        let late = format!("LATE: {newest}, {usual} at most is usual");
        return row(Weight::Most).add(Tone::Bad, late);
    }
    if let Some((side, age)) = freshness.behind() {
        let behind = format!("LATE: {side}'s newest is {} old", words(age));
        return row(Weight::Most).add(Tone::Warning, behind);
    }
    let text = if freshness.watched { newest } else { format!("{newest}; no more is read") };
    row(Weight::Some).add(Tone::Plain, text)
}

/// How the last half hour is drawn.
struct Trends {
    spread: Option<Spread>,
    /// Only the errors have one.
    only_errors: bool,
}

impl Trends {
    /// Returns trends of all three where there is room for them, else of the errors alone, else none.
    fn of(view: &View, look: &Look) -> Self {
        let values = look.label() + 1 + VALUES.iter().sum::<usize>() + 2 * GAP;
        let room = look.columns.saturating_sub(values);
        let (each, one) = ((room / 3).saturating_sub(1), room.saturating_sub(1));
        let only_errors = each < FEWEST;
        let columns = if only_errors { one } else { each };
        let spread = (columns >= FEWEST && !view.trend.is_empty()).then(|| Spread::over(columns));
        Self { spread, only_errors }
    }

    /// Returns the columns of a trend, with the blank before it.
    fn columns(&self, measure: Measure) -> usize {
        let has = !self.only_errors || measure == Measure::Errors;
        self.spread.filter(|_| has).map_or(0, |spread| spread.columns() + 1)
    }

    fn drawn(&self, measure: Measure, side: Side, view: &View, look: &Look) -> String {
        let columns = self.columns(measure);
        let Some(spread) = self.spread.filter(|_| columns > 0) else { return String::new() };
        let of = |side| spread.columns_with(&measure.values(&view.trend, side), measure.together());
        // Both sides are compared by their errors and latencies, and the limit; of requests the shape says more.
        let (sides, limit) = match measure {
            Measure::Requests => (&[side][..], None),
            Measure::Errors => (&Side::BOTH[..], view.limits.error_rate),
            Measure::Latency => (&Side::BOTH[..], view.limits.latency),
        };
        let known = sides.iter().flat_map(|side| of(*side)).chain([limit]).flatten();
        let highest = known.fold(0.0, f64::max) * measure.headroom();
        let drawn = spark(&of(side), highest, look.unicode);
        format!("{drawn:>columns$}")
    }
}

impl Measure {
    fn of(self, side: &SideView) -> Option<f64> {
        match self {
            Self::Requests => side.requests,
            Self::Errors => side.error_rate,
            Self::Latency => side.latency,
        }
    }

    fn values(self, trend: &[MinuteView], side: Side) -> Vec<(Minute, Option<f64>)> {
        trend.iter().map(|minute| (minute.minute, self.of(minute.side(side)))).collect()
    }

    /// Of minutes that share a column the worst is shown, so that no bad one hides.
    fn together(self) -> fn(&[f64]) -> f64 {
        match self {
            Self::Requests => mean,
            Self::Errors | Self::Latency => largest,
        }
    }

    /// Returns how a value of new's sounds: as its gate does, because one bad minute proves nothing.
    fn tone(self, view: &View) -> Tone {
        let gate = match self {
            Self::Requests => return Tone::Plain,
            Self::Errors => "errors",
            Self::Latency => "latency",
        };
        let finding = view.findings.iter().find(|finding| finding.gate == gate);
        match finding.map(Finding::verdict) {
            Some(Verdict::Breach) => Tone::Bad,
            Some(Verdict::Warn) => Tone::Warning,
            Some(Verdict::Pass | Verdict::Unknown) | None => Tone::Plain,
        }
    }

    /// Even traffic is no wall of full blocks; of errors and latencies what is highest is bad.
    fn headroom(self) -> f64 {
        match self {
            Self::Requests => 1.5,
            Self::Errors | Self::Latency => 1.0,
        }
    }

    fn words(self, value: f64) -> String {
        match self {
            Self::Requests => count(value),
            Self::Errors => {
                Rate::from_fraction(value).map_or("-".to_owned(), |rate| rate.to_string())
            }
            Self::Latency if value < 1.0 => format!("{:.0} ms", value * 1000.0),
            Self::Latency => format!("{value:.2} s"),
        }
    }
}
