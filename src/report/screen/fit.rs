//! What is left out where a terminal has few lines.

use super::row::Row;

/// Leaves out lines until so many are left: what matters least first, and of the same weight the lower ones.
pub(super) fn fit(mut rows: Vec<Row>, lines: usize) -> Vec<Row> {
    while rows.len() > lines {
        let least = rows.iter().enumerate().rev().min_by_key(|(_, row)| row.weight);
        let Some((index, _)) = least else { break };
        rows.remove(index);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::{super::row::Weight, *};

    #[test]
    fn what_matters_least_goes_first_and_from_below() {
        let weights = [Weight::Least, Weight::Most, Weight::Some, Weight::Some, Weight::Much];
        let left = |lines| {
            let rows = weights.iter().map(|weight| Row::of(*weight)).collect();
            fit(rows, lines).iter().map(|row| row.weight).collect::<Vec<_>>()
        };
        assert_eq!(left(9), weights);
        assert_eq!(left(4), [Weight::Most, Weight::Some, Weight::Some, Weight::Much]);
        assert_eq!(left(3), [Weight::Most, Weight::Some, Weight::Much]);
        assert_eq!(left(1), [Weight::Most]);
        assert_eq!(left(0), []);
    }
}
