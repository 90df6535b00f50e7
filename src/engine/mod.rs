//! Facts in, wishes out: the state machine of a run.
//!
//! This room is pure: no IO, no clock, no async. Time is an argument.

mod event;

pub use event::{Difference, Event, IllegalEvent, PairWeights, Position, WriteFailure};
