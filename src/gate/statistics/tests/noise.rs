//! How far counts stray without anything being wrong.

use crate::gate::statistics::{share_range, unevenness};

#[test]
fn the_range_of_a_share_holds_the_share_and_closes_in_on_it() {
    for share in [0.0, 0.004, 0.05, 0.5, 0.99, 1.0] {
        let mut width = f64::INFINITY;
        for requests in [0.0, 1.0, 30.0, 1e3, 1e6, 1e9, 1e15] {
            let (least, most) = share_range(share, requests);
            assert!((0.0..=share).contains(&least) && (share..=1.0).contains(&most), "{share}");
            assert!(most - least <= width, "{share} {requests}");
            width = most - least;
        }
        assert!(width < 1e-6, "{share}: {width}");
    }
}

#[test]
fn the_range_is_wider_than_three_standard_deviations_and_not_twice_as_wide() {
    let (share, requests): (f64, f64) = (0.05, 61_200.0);
    let deviation = (share * (1.0 - share) / requests).sqrt();
    let (least, most) = share_range(share, requests);
    for reach in [share - least, most - share] {
        assert!((3.0..6.0).contains(&(reach / deviation)), "{}", reach / deviation);
    }
}

#[test]
fn nobody_is_chance_until_seven_were_expected() {
    assert_eq!(share_range(0.01, 680.0).0, 0.0);
    assert!(share_range(0.01, 700.0).0 > 0.0);
}

#[test]
fn a_steady_rise_is_not_uneven_and_bursts_are() {
    let rise: Vec<f64> = (0..120).map(|minute| 6_000.0 + 10.0 * f64::from(minute)).collect();
    let bursts: Vec<f64> = (0..120).map(|m| if m % 20 < 10 { 6_000.0 } else { 600.0 }).collect();
    let part = |counts: &[f64]| unevenness(counts, 10).unwrap_or(f64::NAN) / 60_000.0;
    assert!(part(&rise) < 1e-9, "{}", part(&rise));
    assert!(part(&bursts) > 0.3, "{}", part(&bursts));
}

#[test]
fn fewer_counts_than_three_sums_have_no_unevenness() {
    assert_eq!(unevenness(&[], 1), None);
    assert_eq!(unevenness(&[1.0; 14], 5), None);
    assert_eq!(unevenness(&[1.0; 15], 5), Some(0.0));
}
