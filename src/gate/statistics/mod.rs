//! The statistics of the gates: counts of a minute to evidence.
//!
//! This room names nothing else of the crate: numbers in, numbers out. What is done with them is for the gates to say.

mod bernoulli;
mod comparator;
mod counts;
mod log;
mod mixture;
mod noise;
mod power;
mod product;
mod schedule;

pub use power::{requests_needed, smallest_visible_rate};

pub(super) use self::{
    bernoulli::BadMinutes,
    comparator::{Comparator, FAULTS, PASSES},
    counts::{Counts, Pair},
    mixture::Mixture,
    noise::{share_range, unevenness},
    product::Product,
    schedule::Schedule,
};

/// Returns the bar that ln E has to reach for a chance of being wrong of at most alpha, a fraction: `ln(1 / alpha)`.
pub(super) fn ln_bar(alpha: f64) -> f64 {
    -alpha.ln()
}

#[cfg(test)]
pub(super) mod tests;
