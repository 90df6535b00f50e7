//! When a fault most likely began: so that what is said of it is not watered down by the healthy minutes before.

/// Returns how many of the newest minutes the fault has most likely lasted, or nothing where no beginning makes it
/// likelier than none. The minutes' ln e(r) come newest first.
pub(in crate::gate) fn likeliest_onset<const R: usize>(
    newest_first: impl IntoIterator<Item = [f64; R]>,
) -> Option<usize> {
    let mut sums = [0.0; R];
    let mut best = (0.0, None);
    for (before, factors) in newest_first.into_iter().enumerate() {
        for (sum, factor) in sums.iter_mut().zip(factors) {
            *sum += factor;
            if *sum > best.0 {
                best = (*sum, Some(before + 1));
            }
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_begins_where_the_minutes_begin_to_speak_for_it() {
        let minutes = [2.0, -0.1, 1.5, -0.5, -0.5, 0.2].map(|ln| [ln, f64::NEG_INFINITY]);
        assert_eq!(likeliest_onset(minutes), Some(3));
        assert_eq!(likeliest_onset([[-0.5], [-0.1]]), None);
        assert_eq!(likeliest_onset::<1>([]), None);
        // A minute that says nothing is no part of it.
        assert_eq!(likeliest_onset([[2.0], [0.0]]), Some(1));
        assert_eq!(likeliest_onset([[0.0]]), None);
    }
}
