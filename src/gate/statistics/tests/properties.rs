//! What holds for any minutes at all.

use proptest::prelude::*;

use super::{super::*, pair};

/// Minutes of requests and failed requests: new, legacy.
fn counts(most: f64) -> impl Strategy<Value = [f64; 4]> {
    let side = move || {
        (0.0..most, 0.0..=1.0_f64)
            .prop_map(|(n, part)| (n.round(), (n.round() * part * part).round()))
    };
    (side(), side()).prop_map(|((n, x), (m, y))| [n, x, m, y])
}

fn limits() -> impl Strategy<Value = (f64, f64)> {
    (1.0..10.0_f64, prop_oneof![Just(0.0), 0.0..0.05_f64])
}

fn sizes() -> impl Strategy<Value = f64> {
    prop_oneof![Just(2.0), Just(5.0), Just(20.0), Just(f64::INFINITY)]
}

fn relative(counts: [f64; 4], (times, plus): (f64, f64), size: f64) -> [f64; FAULTS.len()] {
    let comparator = Comparator::relative(pair(counts), times, plus, size);
    Comparator::ln_factors(comparator, counts[1], &FAULTS, size)
}

fn absolute(counts: [f64; 4], limit: f64, size: f64) -> [f64; FAULTS.len()] {
    let comparator = Comparator::absolute(pair(counts), limit, size);
    Comparator::ln_factors(comparator, counts[1], &FAULTS, size)
}

/// Returns whether no factor of the first is above the second's, but for rounding.
fn none_above(first: [f64; FAULTS.len()], second: [f64; FAULTS.len()]) -> bool {
    first.iter().zip(second).all(|(a, b)| *a <= b + 1e-9 * (1.0 + b.abs()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn more_errors_on_new_are_never_less_evidence(
        counts in counts(1e6), more in 0.0..1e4_f64, limits in limits(), p0 in 1e-6..0.5_f64, size in sizes(),
    ) {
        let worse = [counts[0], (counts[1] + more).min(counts[0]), counts[2], counts[3]];
        prop_assert!(none_above(relative(counts, limits, size), relative(worse, limits, size)));
        let size = size.min(1e12);
        prop_assert!(none_above(absolute(counts, p0, size), absolute(worse, p0, size)));
    }

    #[test]
    fn more_errors_on_legacy_are_never_more_evidence(
        counts in counts(1e6), more in 0.0..1e4_f64, limits in limits(), p0 in 1e-6..0.5_f64, size in sizes(),
    ) {
        let [n, x, m, y] = counts;
        let worse = [n, x, m, (y + more).min(m)];
        prop_assert!(none_above(relative(worse, limits, size), relative(counts, limits, size)));
        // Against a fixed limit they can only silence a minute.
        let (before, after) = (absolute(counts, p0, 5.0), absolute(worse, p0, 5.0));
        prop_assert!(after == before || after == [0.0; FAULTS.len()]);
    }

    #[test]
    fn a_looser_limit_never_makes_a_minute_speak_more_against_new(
        counts in counts(1e6), limits in limits(), looser in (1.0..3.0_f64, 0.0..0.05_f64),
        p0 in 1e-6..0.3_f64, size in sizes(),
    ) {
        let none = [0.0; FAULTS.len()];
        let above_zero = |factors: [f64; FAULTS.len()]| factors.map(|factor| factor.max(0.0));
        let (times, plus) = limits;
        let loose = (times * looser.0, plus + looser.1);
        let (tight, loose) = (relative(counts, limits, size), relative(counts, loose, size));
        prop_assert!(none_above(above_zero(loose), above_zero(tight)));
        let (tight, loose) = (absolute(counts, p0, 5.0), absolute(counts, p0 * looser.0, 5.0));
        // A limit that legacy breaks says nothing; a looser one that it keeps does.
        prop_assert!(tight == none || none_above(loose, tight));
    }

    #[test]
    fn without_a_size_splitting_a_minute_changes_nothing(
        counts in counts(1e6), part in 0.01..0.99_f64, x_part in 0.0..=1.0_f64, y_part in 0.0..=1.0_f64,
        limits in limits(),
    ) {
        let [n, x, m, y] = counts;
        let halves = [
            [n * part, x * x_part, m * part, y * y_part],
            [n * (1.0 - part), x * (1.0 - x_part), m * (1.0 - part), y * (1.0 - y_part)],
        ];
        let mut whole = Product::<5>::NOTHING;
        whole.advance(relative(counts, limits, f64::INFINITY));
        let mut split = Product::<5>::NOTHING;
        for half in halves {
            split.advance(relative(half, limits, f64::INFINITY));
        }
        let (whole, split) = (whole.ln_value(), split.ln_value());
        prop_assert!((whole - split).abs() <= 1e-9 * (1.0 + whole.abs()), "{whole} {split}");
    }

    #[test]
    fn a_minute_that_says_nothing_changes_nothing_but_the_waiting(
        before in prop::collection::vec(counts(1e5), 1..10), limits in limits(),
    ) {
        let mut evidence = Mixture::<5>::NOTHING;
        for counts in before {
            evidence.advance(0.05, relative(counts, limits, 5.0));
        }
        let mut after = evidence;
        after.advance(0.05, relative([0.0; 4], limits, 5.0));
        let (before, after) = (evidence.ln_value(5), after.ln_value(5));
        prop_assert!((before - after).abs() < 1e-9, "{before} {after}");
    }

    #[test]
    fn a_thousand_million_requests_a_minute_and_more_do_not_overflow(
        counts in prop_oneof![counts(1e9), counts(1e12), counts(1e15)], limits in limits(), size in sizes(),
        minutes in 1..300,
    ) {
        let mut evidence = Mixture::<5>::NOTHING;
        let mut proof = Product::<5>::NOTHING;
        let factors = relative(counts, limits, size);
        for _ in 0..minutes {
            evidence.advance(1.0 / 300.0, factors);
            proof.advance(absolute(counts, 0.003, size.min(1e12)));
        }
        for value in [evidence.ln_value(5), proof.ln_value()] {
            prop_assert!(value.is_finite(), "{value}");
        }
        let visible = smallest_visible_rate(counts[0], 0.003);
        prop_assert!(visible.is_none_or(|rate| (0.003..=1.0).contains(&rate)), "{visible:?}");
    }
}
