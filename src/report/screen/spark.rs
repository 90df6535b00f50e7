//! A trend as one character for every minute, or for every few.

use crate::{engine::TREND_MINUTES, unit::Minute};

/// Heights from lowest to highest.
const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// The same for terminals that show nothing but ASCII.
const PLAIN: [char; 8] = ['_', '.', ':', '-', '=', '+', '*', '#'];

/// How a trend is spread over the columns that there are for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spread {
    /// Minutes of one column.
    minutes: i64,
}

impl Spread {
    /// Returns the finest spread that fits into so many columns, of which there is at least one.
    pub(super) fn over(columns: usize) -> Self {
        // A column that the newest minute has begun is one more.
        let fits = |minutes: &i64| columns_of(*minutes) <= columns;
        Self { minutes: (1..TREND_MINUTES).find(fits).unwrap_or(TREND_MINUTES) }
    }

    /// Returns the columns that it takes at most.
    pub(super) fn columns(self) -> usize {
        columns_of(self.minutes)
    }

    /// Returns what stands in each column: of the minutes that share one, their mean or their largest value. They share
    /// one by the clock, so that a trend moves only when a column is full.
    pub(super) fn columns_with(
        self,
        values: &[(Minute, Option<f64>)],
        together: fn(&[f64]) -> f64,
    ) -> Vec<Option<f64>> {
        let column = |minute: Minute| minute.0.div_euclid(self.minutes);
        let chunks = values.chunk_by(|(one, _), (other, _)| column(*one) == column(*other));
        let of_chunk = |chunk: &[(Minute, Option<f64>)]| {
            let known: Vec<f64> = chunk.iter().filter_map(|(_, value)| *value).collect();
            (!known.is_empty()).then(|| together(&known))
        };
        chunks.map(of_chunk).collect()
    }
}

fn columns_of(minutes: i64) -> usize {
    let whole = TREND_MINUTES.div_euclid(minutes);
    let begun = i64::from(minutes > 1);
    usize::try_from(whole + begun).unwrap_or(usize::MAX)
}

/// Returns the mean.
pub(super) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Returns the largest.
pub(super) fn largest(values: &[f64]) -> f64 {
    values.iter().copied().fold(0.0, f64::max)
}

/// Returns the columns as heights between nothing and this; what is not known is told apart from nothing.
pub(super) fn spark(columns: &[Option<f64>], highest: f64, unicode: bool) -> String {
    let (glyphs, gap) = if unicode { (BLOCKS, '·') } else { (PLAIN, ' ') };
    let glyph = |value: f64| {
        let part = if highest > 0.0 { (value / highest).clamp(0.0, 1.0) } else { 0.0 };
        // Between 0 and 7, so the cast keeps the value. Only nothing at all is the lowest.
        glyphs[(part * 7.0).ceil() as usize]
    };
    columns.iter().map(|value| value.map_or(gap, glyph)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trend_takes_the_columns_that_there_are() {
        for (columns, minutes) in [(1, 30), (2, 16), (7, 5), (11, 3), (16, 2), (29, 2), (30, 1)] {
            let spread = Spread::over(columns);
            assert_eq!(spread, Spread { minutes }, "{columns}");
            assert!(spread.columns() <= columns.max(2), "{columns}");
        }
    }

    #[test]
    fn minutes_share_a_column_by_the_clock() {
        let spread = Spread { minutes: 3 };
        let values = [1.0, 2.0, 3.0, 4.0].map(Some);
        let of = |first: i64| (first..).map(Minute).zip(values).collect::<Vec<_>>();
        assert_eq!(spread.columns_with(&of(6), mean), [Some(2.0), Some(4.0)]);
        assert_eq!(spread.columns_with(&of(7), largest), [Some(2.0), Some(4.0)]);
        assert_eq!(spread.columns_with(&[(Minute(1), None)], mean), [None]);
    }

    #[test]
    fn the_highest_is_full_and_what_is_not_known_is_no_height() {
        let values = [Some(0.0), Some(0.1), Some(5.0), None, Some(10.0)];
        assert_eq!(spark(&values, 10.0, true), "▁▂▅·█");
        assert_eq!(spark(&values, 10.0, false), "_.= #");
        assert_eq!(spark(&[Some(0.0), Some(0.0)], 0.0, true), "▁▁");
    }
}
