//! Tests of the formulas; what they make of whole runs is tested with the judge.

mod noise;
pub(in crate::gate) mod vectors;
