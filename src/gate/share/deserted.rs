//! One of new's several load balancers that nobody reaches. In the sum of all of them it would not show.

use std::collections::BTreeMap;

use crate::{
    gate::{reading::Row, scene::Scene, words},
    unit::{Minute, Share},
};

/// Requests to expect before their absence means something. By chance none of 7 would come once in a thousand times; what
/// is meant for a load balancer is known as the mean of a day only, and at night a third of that may come.
const FEWEST_EXPECTED: f64 = 20.0;

/// A load balancer that got nothing.
pub(super) struct Deserted<'a> {
    balancer: &'a str,
    /// Requests that it should have got.
    expected: f64,
    minutes: usize,
}

/// Returns the load balancer that lacks most requests, given those a minute that are meant for each at 100 %.
pub(super) fn deserted<'a>(
    scene: Scene<'_>,
    from: Minute,
    set: Share,
    meant_for: &'a BTreeMap<String, f64>,
) -> Option<Deserted<'a>> {
    let rows: Vec<&Row> = scene
        .newest_rows(super::WINDOW)
        .take_while(|(minute, _)| *minute >= from)
        .map(|(_, row)| row)
        .filter(|row| row.new.requests > Some(0.0))
        .collect();
    let minutes = rows.len();
    meant_for
        .iter()
        .filter(|(balancer, _)| rows.iter().all(|row| row.new.silent.contains(balancer)))
        .map(|(balancer, rate)| Deserted {
            balancer,
            expected: rate * set.fraction() * minutes as f64,
            minutes,
        })
        .filter(|deserted| deserted.expected >= FEWEST_EXPECTED)
        .max_by(|one, other| one.expected.total_cmp(&other.expected))
}

impl Deserted<'_> {
    /// Returns the beginning of the sentence for people.
    pub(super) fn words(&self) -> String {
        format!(
            "nobody arrives at {}: it got none of about {} requests that are meant for it in {} min",
            self.balancer,
            words::count(self.expected),
            self.minutes
        )
    }
}
