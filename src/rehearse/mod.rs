//! A cutover in an invented AWS: the production engine, driver and journal against the simulator.
//!
//! This room knows how to set the stage for a runbook, to play a scenario to its end, and to say in one row what it showed.
//! It prints nothing. Start with [`play()`].

mod datadog;
mod healthy;
mod play;
mod row;
mod silent;
mod stage;
mod under_way;

pub use play::{Played, plan_offline, play};
pub use row::{Row, row, table};
pub use silent::Silent;
pub use stage::stage;
pub use under_way::stage_under_way;
