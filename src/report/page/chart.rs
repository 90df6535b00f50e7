//! One chart: lines over time, drawn by `plotters`, with everything that is text written around it as HTML.
//!
//! `plotters` with only its SVG backend places points, breaks lines into paths and needs no fonts as long as no text is drawn; of the
//! crates that were looked at it is the one that is kept best, and the others bring a script engine (`charming`) or leave no
//! room for bands and limits (`poloto`). It writes plain shapes with colours as attributes, so that the style sheet can
//! give each colour another value in the dark and on paper: a rule of CSS wins over an attribute. The drawing is stretched to
//! whatever width there is, with lines that keep their thickness, and labels stay as large as other text. So one file
//! is readable on a phone and in print.

use maud::{Markup, PreEscaped, html};
use plotters::prelude::SVGBackend;
use plotters::{
    chart::{ChartBuilder, ChartContext},
    coord::{Shift, cartesian::Cartesian2d, types::RangedCoordf64},
    drawing::{DrawingArea, IntoDrawingArea as _},
    element::{PathElement, Rectangle},
    series::{AreaSeries, LineSeries},
    style::Color as _,
};

use super::{
    ink::{BAND, FOLD, GRID, Ink, rule_colour},
    scale::{Scale, Span},
    story::Meaning,
};
use crate::gate::words::{count, latency, number, percent};

/// Units that a drawing is wide and high. They are no pixels: it is stretched.
const SIZE: (u32, u32) = (2000, 500);
/// Columns of which each keeps the least and the most of its points.
const COLUMNS: f64 = 800.0;
/// Points from which on a line is drawn finer.
const DENSE: usize = 1_000;
/// Labels at the end of lines stand at least so far apart, in percent of the height.
const APART: f64 = 13.0;

/// How values are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// A fraction, as percent.
    Percent,
    /// Seconds.
    Latency,
    /// Things.
    Count,
    /// Whatever the metric's unit is.
    Plain,
}

impl Unit {
    fn words(self, value: f64) -> String {
        match self {
            Self::Percent => percent(value),
            Self::Latency if value == 0.0 => "0".to_owned(),
            Self::Latency => latency(value),
            Self::Count => count(value),
            Self::Plain => number(value),
        }
    }
}

/// One line.
#[derive(Debug, Clone)]
pub(super) struct Curve {
    pub(super) name: String,
    pub(super) ink: Ink,
    /// Whether what is below it is tinted.
    pub(super) filled: bool,
    /// Unbroken pieces of seconds since the span's beginning, and values.
    pub(super) pieces: Vec<Vec<(f64, f64)>>,
}

impl Curve {
    /// Returns the last value that it has.
    fn last(&self) -> Option<f64> {
        self.pieces.last()?.last().map(|(_, value)| *value)
    }
}

/// One chart.
#[derive(Debug, Clone)]
pub(super) struct Chart {
    pub(super) title: String,
    /// What exactly is shown, in words.
    pub(super) note: String,
    pub(super) unit: Unit,
    pub(super) curves: Vec<Curve>,
}

/// What stands in all charts of a page alike.
#[derive(Debug, Clone)]
pub(super) struct Ground {
    pub(super) span: Span,
    /// Every other step, from and to in seconds since the span's beginning.
    pub(super) bands: Vec<(f64, f64)>,
    /// Marks, in seconds since the span's beginning.
    pub(super) rules: Vec<(f64, Meaning)>,
}

impl Chart {
    /// Returns it, unless there is nothing to draw.
    pub(super) fn figure(&self, ground: &Ground) -> Option<Markup> {
        let values = self.curves.iter().flat_map(|curve| curve.pieces.iter().flatten());
        let most = values.map(|(_, value)| *value).fold(f64::NAN, f64::max);
        if most.is_nan() {
            return None;
        }
        let scale = Scale::up_to(most);
        let drawing = self.drawing(ground, scale).unwrap_or_default();
        Some(html! {
            figure.chart {
                figcaption { strong { (self.title) } " " span.note { (self.note) } }
                div.frame {
                    div.y aria-hidden="true" {
                        @for value in scale.values() {
                            div style={ "top:" (place(scale.place(value))) "%" } { (self.unit.words(value)) }
                        }
                    }
                    div.area {
                        svg viewBox={ "0 0 " (SIZE.0) " " (SIZE.1) } preserveAspectRatio="none" role="img" aria-label=(self.said()) {
                            (PreEscaped(drawing))
                        }
                    }
                    div.ends aria-hidden="true" {
                        @for (curve, value, top) in self.ends(scale) {
                            div.(curve.ink.class()) style={ "top:" (place(top)) "%" } {
                                (curve.name) " " b { (self.unit.words(value)) }
                            }
                        }
                    }
                    div.x aria-hidden="true" {
                        @for tick in ground.span.ticks() {
                            div.minor[tick.minor] style={ "left:" (place(tick.place)) "%" } { (tick.text) }
                        }
                    }
                }
            }
        })
    }

    /// Returns the chart in words, for those who cannot see it.
    fn said(&self) -> String {
        let ends = self.curves.iter().filter_map(|curve| {
            let most = curve.pieces.iter().flatten().map(|(_, value)| *value).fold(0.0, f64::max);
            let last = self.unit.words(curve.last()?);
            Some(format!("{} at most {}, in the end {last}", curve.name, self.unit.words(most)))
        });
        format!("{}: {}", self.title, ends.collect::<Vec<_>>().join("; "))
    }

    /// Returns the labels at the lines' ends, moved apart so that none covers another.
    fn ends(&self, scale: Scale) -> Vec<(&Curve, f64, f64)> {
        let end = |curve: &'_ Curve| curve.last();
        let mut ends: Vec<(&Curve, f64, f64)> = self
            .curves
            .iter()
            .filter_map(|curve| end(curve).map(|value| (curve, value, scale.place(value))))
            .collect();
        ends.sort_by(|one, other| one.2.total_cmp(&other.2));
        for at in 1..ends.len() {
            ends[at].2 = ends[at].2.max(ends[at - 1].2 + APART);
        }
        // What was pushed out at the bottom pushes back.
        let mut floor = 100.0;
        for end in ends.iter_mut().rev() {
            end.2 = end.2.min(floor);
            floor = end.2 - APART;
        }
        ends
    }

    /// Returns the shapes inside of the drawing.
    fn drawing(&self, ground: &Ground, scale: Scale) -> Option<String> {
        let mut svg = String::new();
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        let drawn = self.draw(&area, ground, scale).and_then(|()| area.present().ok());
        drop(area);
        drawn?;
        // Only the shapes: the element around them is the page's own.
        let inner = svg.split_once(">\n")?.1;
        Some(inner.strip_suffix("</svg>\n").unwrap_or(inner).to_owned())
    }

    fn draw(
        &self,
        area: &DrawingArea<SVGBackend<'_>, Shift>,
        ground: &Ground,
        Scale { top, .. }: Scale,
    ) -> Option<()> {
        let width = ground.span.seconds();
        let mut plot = ChartBuilder::on(area).build_cartesian_2d(0.0..width, 0.0..top).ok()?;
        let bands = ground.bands.iter();
        let bands =
            bands.map(|(from, to)| Rectangle::new([(*from, 0.0), (*to, top)], BAND.filled()));
        plot.draw_series(bands).ok()?;
        let folds = ground.span.folds().iter().map(|fold| {
            let (from, to) = (ground.span.since(fold.from), ground.span.since(fold.to));
            Rectangle::new([(from, 0.0), (to, top)], FOLD.filled())
        });
        plot.draw_series(folds).ok()?;
        let lines = Scale::up_to(top / 1.06).values().into_iter();
        let lines = lines.map(|value| PathElement::new([(0.0, value), (width, value)], GRID));
        plot.draw_series(lines).ok()?;
        let rules = ground.rules.iter().map(|(at, meaning)| {
            let colour = rule_colour(*meaning).stroke_width(1);
            PathElement::new([(*at, 0.0), (*at, top)], colour)
        });
        plot.draw_series(rules).ok()?;
        self.curves.iter().try_for_each(|curve| draw_curve(&mut plot, curve, width))
    }
}

type Plot<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

fn draw_curve(plot: &mut Plot<'_, '_>, curve: &Curve, width: f64) -> Option<()> {
    let colour = curve.ink.colour();
    for piece in &curve.pieces {
        let mut points = thinned(piece, width / COLUMNS);
        if let [(at, value)] = points[..] {
            // A single minute would be a line without length.
            points.push((at + 60.0, value));
        }
        if curve.filled {
            let below = AreaSeries::new(points.iter().copied(), 0.0, colour.mix(0.07).filled());
            plot.draw_series(below).ok()?;
        }
        // Days of minutes make a band rather than a line: a finer one lets what is behind it be seen.
        let stroke = if points.len() > DENSE { 1 } else { 2 };
        plot.draw_series(LineSeries::new(points, colour.stroke_width(stroke))).ok()?;
    }
    Some(())
}

/// Returns no more points than there is room for: of each column its first, least, most and last one, so that no peak is lost.
fn thinned(points: &[(f64, f64)], column: f64) -> Vec<(f64, f64)> {
    let mut thin: Vec<(f64, f64)> = Vec::new();
    let of_column = |one: &(f64, f64), other: &(f64, f64)| {
        (one.0 / column).floor() == (other.0 / column).floor()
    };
    for group in points.chunk_by(of_column) {
        if group.len() <= 4 {
            thin.extend_from_slice(group);
            continue;
        }
        let by_value = |one: &&(f64, f64), other: &&(f64, f64)| one.1.total_cmp(&other.1);
        let ends = [
            group.first(),
            group.iter().min_by(by_value),
            group.iter().max_by(by_value),
            group.last(),
        ];
        let mut kept: Vec<(f64, f64)> = ends.into_iter().flatten().copied().collect();
        kept.sort_by(|one, other| one.0.total_cmp(&other.0));
        kept.dedup();
        thin.extend(kept);
    }
    thin
}

/// Returns a place in percent with as many digits as can be seen.
pub(super) fn place(percent: f64) -> String {
    format!("{percent:.2}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_of_minutes_is_thinned_and_keeps_its_peaks() {
        let mut points: Vec<(f64, f64)> =
            (0..43_200).map(|minute| (f64::from(minute) * 60.0, 0.001)).collect();
        points[12_345].1 = 0.5;
        let thin = thinned(&points, 43_200.0 * 60.0 / COLUMNS);
        assert!(thin.len() < 4_000, "{}", thin.len());
        assert!(thin.contains(&(12_345.0 * 60.0, 0.5)));
    }

    #[test]
    fn labels_at_the_ends_of_lines_never_cover_each_other_or_leave_the_chart() {
        let curve = |value| Curve {
            name: "x".to_owned(),
            ink: Ink::New,
            filled: false,
            pieces: vec![vec![(0.0, value)]],
        };
        let curves = vec![curve(0.0), curve(0.0), curve(0.001), curve(1.0)];
        let chart =
            Chart { title: String::new(), note: String::new(), unit: Unit::Percent, curves };
        let places: Vec<f64> =
            chart.ends(Scale::up_to(1.0)).into_iter().map(|(_, _, place)| place).collect();
        assert!(places.windows(2).all(|pair| pair[1] - pair[0] >= APART - 1e-9), "{places:?}");
        assert!(places.iter().all(|place| (0.0..=100.0).contains(place)), "{places:?}");
    }
}
