//! Invented histories: a steady traffic, or the week of a real load balancer.

use std::collections::BTreeMap;

use cutover::{
    backtest::Past,
    gate::{Row, SideRow},
    unit::Minute,
};
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, Poisson};

/// The first minute of every history: 2026-03-03, a Tuesday.
pub(crate) const FIRST: i64 = 29_541_600;
pub(crate) const DAY: i64 = 24 * 60;

/// What one minute should be like on average.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mean {
    pub(crate) requests: f64,
    pub(crate) error_rate: f64,
    /// In seconds.
    pub(crate) latency: Option<f64>,
}

/// One request in a thousand fails, and the slow ones take three tenths of a second.
pub(crate) const CALM: Mean = Mean { requests: 60_000.0, error_rate: 0.001, latency: Some(0.3) };

/// Returns a history of so many minutes, drawn around what each should be like; nothing is a minute without a datapoint.
pub(crate) fn history(minutes: i64, mean: impl Fn(i64) -> Option<Mean>) -> Past {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut poisson = |mean: f64| Poisson::new(mean).map_or(0.0, |draw| draw.sample(&mut rng));
    let rows: BTreeMap<Minute, Row> = (0..minutes)
        .filter_map(|minute| {
            let mean = mean(minute)?;
            let requests: f64 = poisson(mean.requests);
            let errors: f64 = poisson(mean.requests * mean.error_rate);
            let legacy = SideRow {
                requests: Some(requests),
                errors: Some(errors.min(requests)),
                latency: mean.latency,
                ..SideRow::default()
            };
            Some((Minute(FIRST + minute), Row { legacy, ..Row::default() }))
        })
        .collect();
    Past::new(&rows).expect("there are requests")
}

/// Returns two days of so many requests a minute, in which nothing happens.
pub(crate) fn steady(requests: f64) -> Past {
    history(2 * DAY, |_| Some(Mean { requests, ..CALM }))
}

/// Returns a week in the shape of a real load balancer's, with so many requests a minute on average.
pub(crate) fn real_week(requests: f64) -> Past {
    let csv = include_str!("../../src/sim/data/elb_week.csv");
    let counts: Vec<(i64, f64)> = csv
        .lines()
        .filter_map(|line| line.split_once(','))
        .filter_map(|(minute, count)| Some((minute.parse().ok()?, count.parse().ok()?)))
        .collect();
    let mean = counts.iter().map(|(_, count)| count).sum::<f64>() / counts.len() as f64;
    history(7 * DAY, |minute| {
        let at = counts.partition_point(|(from, _)| *from <= minute).saturating_sub(1);
        Some(Mean { requests: counts[at].1 / mean * requests, ..CALM })
    })
}
