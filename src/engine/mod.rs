//! Facts in, wishes out: the state machine of a run.
//!
//! This room is pure: no IO, no clock, no async. Time is an argument.

mod event;
mod view;

pub use event::{Difference, Event, IllegalEvent, PairWeights, Position, WriteFailure};
pub use view::{SideView, View};
