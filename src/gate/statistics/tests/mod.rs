//! Tests of the formulas; what they make of whole runs is tested with the judge.

mod bets;
mod noise;
mod properties;
mod runs;
pub(in crate::gate) mod vectors;

use super::{Counts, Pair};

/// A minute of requests and failed requests: new, legacy.
fn pair([n, x, m, y]: [f64; 4]) -> Pair {
    let side = |requests, errors| Counts { requests, errors };
    Pair { new: side(n, x), legacy: side(m, y) }
}
