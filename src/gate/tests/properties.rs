//! What holds for any minutes at all.

use proptest::prelude::*;

use super::*;
use crate::gate::Verdict;

/// Minutes of requests and errors: new, legacy.
fn counts() -> impl Strategy<Value = [f64; 4]> {
    let side = || (0_u32..20_000).prop_flat_map(|n| (Just(n), 0..=n / 10));
    (side(), side()).prop_map(|((n, x), (m, y))| [n, x, m, y].map(f64::from))
}

fn row_of([n, x, m, y]: [f64; 4]) -> Row {
    row(n, x, m, y)
}

fn evidence(rows: &[[f64; 4]]) -> f64 {
    let mut run = Run::errors(&[(10, "5%"), (10, "10%"), (10, "50%")]);
    run.lag = SignedDuration::ZERO;
    let now = run.closing(rows.len() as i64 - 1);
    run.read(now, (0..).zip(rows.iter().map(|counts| row_of(*counts))));
    run.judge(now)[0].evidence.unwrap()
}

proptest! {
    #[test]
    fn more_errors_are_never_less_evidence(
        mut rows in prop::collection::vec(counts(), 1..30),
        at in any::<prop::sample::Index>(),
        more in 1.0..1_000.0_f64,
    ) {
        let before = evidence(&rows);
        let at = at.index(rows.len());
        let minute = &mut rows[at];
        minute[1] = (minute[1] + more.floor()).min(minute[0]);
        prop_assert!(evidence(&rows) >= before - 1e-9);
    }

    #[test]
    fn the_order_of_a_steps_minutes_does_not_change_what_they_prove(
        (rows, shuffled) in prop::collection::vec(counts(), 10)
            .prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
    ) {
        // Both end with the same minute, because the newest one decides whether legacy can be compared with.
        let proof = |rows: &[[f64; 4]]| {
            let mut run = Run::errors(&[(30, "10%")]);
            let mut minutes: Vec<Row> = rows.iter().map(|counts| row_of(*counts)).collect();
            minutes.push(row(6_000.0, 6.0, 54_000.0, 54.0));
            let now = run.closing(minutes.len() as i64 - 1);
            run.read(now, (0..).zip(minutes));
            run.judge(now)[0].numbers.get("pass_evidence_ln").copied()
        };
        // A limit that is broken, or a sick legacy, is spoken of instead of the proof.
        if let (Some(a), Some(b)) = (proof(&rows), proof(&shuffled)) {
            prop_assert!((a - b).abs() <= 1e-9 * a.abs().max(1.0));
        }
    }

    #[test]
    fn no_counts_make_the_arithmetic_overflow(
        rows in prop::collection::vec(
            prop::array::uniform4(prop_oneof![0.0..1e9_f64, any::<f64>(), Just(1e9)]),
            1..40,
        ),
        latency in prop::collection::vec(any::<f64>(), 40),
    ) {
        let mut run = Run::new(&all_gates(), &PAST, &[(10, "5%"), (10, "10%")]);
        for (minute, (counts, latency)) in (0..).zip(rows.iter().zip(latency)) {
            let mut row = row_of(*counts);
            row.new.latency = Some(latency);
            for found in run.minute(minute, row) {
                prop_assert!(!found.evidence.is_some_and(f64::is_nan), "{found:?}");
                prop_assert!(found.numbers.values().all(|number| number.is_finite()), "{found:?}");
            }
        }
    }

    #[test]
    fn minutes_without_requests_on_new_never_pass(
        rows in prop::collection::vec(counts(), 1..40),
    ) {
        let mut run = Run::new(&all_gates(), &PAST, &[(40, "10%")]);
        for (minute, counts) in (0..).zip(rows) {
            let row = Row { new: SideRow::default(), ..row_of(counts) };
            for found in run.minute(minute, row) {
                prop_assert_ne!(found.verdict(), Verdict::Pass);
            }
        }
    }

}

proptest! {
    // Each case judges dozens of runs from scratch.
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn what_is_said_depends_on_the_table_and_not_on_how_it_came_about(
        readings in prop::collection::vec(
            (prop::collection::vec((0_i64..200, counts()), 0..6), 0_i64..200, 0_i64..30),
            1..40,
        ),
    ) {
        let steps = [(50, "5%"), (40, "10%"), (60, "50%")];
        let mut run = Run::new(&all_gates(), &PAST, &steps);
        let mut newest = 0;
        for (rows, now, back) in readings {
            let now = if back == 0 { now } else { newest.max(now - back) };
            newest = now;
            let at = run.closing(now);
            run.read(at, rows.into_iter().map(|(minute, counts)| (minute, row_of(counts))));
            let found = run.judge(at);

            let mut fresh = Run::new(&all_gates(), &PAST, &steps);
            fresh.table = run.table.clone();
            prop_assert_eq!(found, fresh.judge(at));
        }
    }
}
